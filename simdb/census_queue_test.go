package simdb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// queueCensus is a queue as a walk over its quiet segments found it.
type queueCensus struct {
	name     ref
	bucket   uint64
	limit    uint64
	after    uint64   // messages pushed, as the last one says
	messages []string // first to last
	segments int
	behind   int  // segments that are used up: before the real head
	ending   bool // closed by a deleter who was killed
	ended    bool // and what it had left is to be freed
	unhanded int  // claimed in a slot by somebody who was killed before the slot went on: 0 or 1
}

// claimCensus is a message that is claimed, or was given up.
type claimCensus struct {
	message string
	queue   ref       // by its name
	next    queueSlot // what its slot becomes
	holder  uint64    // place; 0 if it was given up
	attempt uint64
}

// queue walks the list of segments that begins at first.
func (c *census) queue(first ref, key []byte) error {
	r := c.r
	link := blockHeader + pad8(uint64(len(key)))
	slots := min((r.blockSize-link-32)/8, 1023)
	off, _ := r.block(r.index(first))
	q := &queueCensus{name: ref(r.loadData(off + link + 8)), bucket: r.bucketOf(r.hash(key))}
	q.limit = r.loadData(off + link + 24)
	c.queues[string(key)] = q
	filled, empty := false, false // slots so far: used up, then filled, then empty
	for b, previous := first, ref(0); ; {
		off, _ := r.block(r.index(b))
		q.segments++
		have := make([]byte, len(key))
		r.copyOut(have, off+blockHeader)
		switch {
		case !bytes.Equal(have, key) || meta(r.load(off+8)).keyLen() != uint64(len(key)) || meta(r.load(off+8)).kind() != kindQueue:
			return fmt.Errorf("segment %d has another key", q.segments)
		case ref(r.loadData(off+link+8)) != q.name || r.loadData(off+link+24) != q.limit:
			return fmt.Errorf("segment %d is of queue %#x, limit %d; the first is of %#x, limit %d", q.segments, r.loadData(off+link+8), r.loadData(off+link+24), q.name, q.limit)
		case previous != 0 && ref(r.loadData(off+link+16)) != previous:
			return fmt.Errorf("segment %d says that %#x came before it, not %#x", q.segments, r.loadData(off+link+16), previous)
		case blockWord(r.load(off)).state() == marked && filled:
			return fmt.Errorf("segment %d is marked, and not all before is used up", q.segments)
		}
		for i := range slots {
			w := queueSlot(r.load(off + link + 32 + 8*i))
			at := makePosition(b, i)
			switch {
			case q.ending && w != 0, empty && w != 0 && w != slotSealed, filled && w.used():
				return fmt.Errorf("slot %d of segment %d is %#x, out of order", i, q.segments, w)
			case w.used():
				if o, _ := r.block(r.index(w.ref())); blockWord(r.load(o)) == makeBlockWord(queued, 0, r.version(w.ref())) {
					return fmt.Errorf("slot %d of segment %d is used up and its message queued", i, q.segments)
				}
				continue
			case w == 0:
			case w == slotSealed:
				q.ending = true
			case w.deleted():
				q.ended = true
				if o, _ := r.block(r.index(w.ref())); blockWord(r.load(o)) != makeBlockWord(queued, 0, r.version(w.ref())) {
					break // a sweep has freed it
				}
				if err := c.messages(q, at, makeQueueSlot(w.ref(), 1)); err != nil {
					return fmt.Errorf("slot %d of segment %d, deleted: %w", i, q.segments, err)
				}
			case w.claimed():
				if filled {
					return fmt.Errorf("slot %d of segment %d is claimed, but not the first", i, q.segments)
				}
				q.unhanded++
				if err := c.unhanded(q, at, w); err != nil {
					return err
				}
			default:
				if err := c.messages(q, at, w); err != nil {
					return fmt.Errorf("slot %d of segment %d: %w", i, q.segments, err)
				}
			}
			filled = true
			empty = empty || w == 0
		}
		w := r.load(off + link)
		if queueSlot(w) == slotSealed {
			q.ending = true
		}
		if w == 0 || queueSlot(w) == slotSealed {
			if q.ended {
				q.messages = nil
			}
			return nil
		}
		if empty || w>>refBits != 0 {
			return fmt.Errorf("segment %d leads on (%#x), and is not full", q.segments, w)
		}
		if !filled {
			q.behind++
		}
		if _, err := c.use(ref(w), fmt.Sprintf("queue %.20q", key), segment, marked); err != nil {
			return err
		}
		b, previous = ref(w), b
	}
}

// unhanded goes on with what follows a message that its slot says is claimed.
func (c *census) unhanded(q *queueCensus, at position, w queueSlot) error {
	m, ok := c.claims[w.ref()]
	if !ok {
		return fmt.Errorf("claimed slot leads to block %d, which is not claimed", c.r.index(w.ref()))
	}
	return c.messages(q, at, m.next)
}

// messages takes the messages that a slot leads to.
func (c *census) messages(q *queueCensus, at position, w queueSlot) error {
	for w != 0 {
		if !w.filled() {
			return fmt.Errorf("leads to %#x", w)
		}
		off, err := c.use(w.ref(), fmt.Sprintf("queue %#x", q.name), queued)
		if err != nil {
			return err
		}
		_, value, err := c.entry(w.ref(), off)
		if err != nil {
			return err
		}
		var h messageCensus
		if err := h.read(value); err != nil {
			return err
		}
		switch {
		case h.where != at || h.queue != q.name || h.bucket != q.bucket:
			return fmt.Errorf("message says that it is at %#x of queue %#x in bucket %d, not %#x of %#x in %d", h.where, h.queue, h.bucket, at, q.name, q.bucket)
		case uint64(len(h.bytes)) < w.count():
			return fmt.Errorf("%d messages left of %d", w.count(), len(h.bytes))
		}
		if q.limit > 0 && len(q.messages) > 0 && h.before != q.after || q.limit == 0 && h.before != 0 {
			return fmt.Errorf("message says that %d were pushed before it, those before it that it were %d", h.before, q.after)
		}
		q.after = h.before + uint64(len(h.bytes))
		q.messages = append(q.messages, h.bytes[uint64(len(h.bytes))-w.count():]...)
		w = h.next
	}
	return nil
}

// messageCensus is the value of a message.
type messageCensus struct {
	where  position
	next   queueSlot
	queue  ref
	bucket uint64
	before uint64 // messages pushed before these, where there is a limit
	bytes  []string
}

func (h *messageCensus) read(value []byte) error {
	word := func(i uint64) uint64 {
		if 8*i+8 > uint64(len(value)) {
			return 0
		}
		return binary.NativeEndian.Uint64(value[8*i:])
	}
	n := word(3) >> 48
	*h = messageCensus{position(word(0)), queueSlot(word(1)), ref(word(2)), word(3) & (1<<48 - 1), word(4), nil}
	switch {
	case n == 1:
		h.bytes = []string{string(value[40:])}
	case n < 1 || n > 511 || 40+8*n > uint64(len(value)):
		return fmt.Errorf("list of %d messages in %d bytes", n, len(value))
	default:
		for i := range n {
			from, size := 40+8*n+word(5+i)>>32*8, word(5+i)&(1<<32-1)
			if from+size > uint64(len(value)) {
				return fmt.Errorf("message %d of %d ends at %d of %d bytes", i, n, from+size, len(value))
			}
			h.bytes = append(h.bytes, string(value[from:from+size]))
		}
	}
	return nil
}

// claim notes block i if it is a message that somebody holds or gave up.
func (c *census) claim(i uint64) error {
	r := c.r
	off, _ := r.block(i)
	w := blockWord(r.load(off))
	if w.state() != claimed && w.state() != orphan {
		return nil
	}
	b := r.makeRef(i, w.version())
	c.holder[i] = "claim"
	if w.state() == claimed && (w.owner() == 0 || !handleWord(r.load(r.handle(w.owner()))).used()) {
		return fmt.Errorf("claimed by handle %d, which there is not", w.owner())
	}
	key, value, err := c.entry(b, off)
	if err != nil {
		return err
	}
	var h messageCensus
	if err := h.read(value); err != nil || len(key) > 0 {
		return fmt.Errorf("claimed, but no message: %w", err)
	}
	// Of several messages the last is claimed; for the others a copy is made.
	c.claims[b] = claimCensus{h.bytes[len(h.bytes)-1], h.queue, h.next, w.owner(), w.attempt()}
	return nil
}

// claimed lists the messages that a place holds, or that were given up (place 0), of the queue of that name; sorted.
func (c *census) claimed(queue ref, place uint64) []string {
	var list []string
	for _, m := range c.claims {
		if m.queue == queue && m.holder == place {
			list = append(list, m.message)
		}
	}
	slices.Sort(list)
	return list
}
