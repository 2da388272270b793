//go:build explore

package simdb

import (
	"errors"
	"fmt"
)

// Who waits does not look again and again: to look once more is what a scheduler does anyway.
func init() { fullPatience = 0 }

// Queue gives access to a queue as [DB.Queue] does. What it keeps in private memory is saved and restored with the handle.
func (x *ExploredDB) Queue(key []byte, limit int) (*Queue, error) {
	q, err := x.DB.Queue(key, QueueOptions{Limit: limit})
	if err == nil {
		x.queues = append(x.queues, q)
	}
	return q, err
}

// Unprotect lets go of the segments that the handle's hazards name.
func (x *ExploredDB) Unprotect() {
	for _, ln := range x.lanes {
		x.r.unprotect(ln)
	}
}

// checkQueue says whether the queue whose first segment the index names is as it should be at rest: the key's entry names the first segment with a slot that is not
// used up, or the last one, and it is marked as the head unless it is the queue's first; slots are used up, then filled, then empty; each filled one leads to a list of queued messages that says where it is and to which
// queue it belongs; and no message is reached twice.
//
// A death may leave one more used-up segment at the head, a deletion half done, and a claim that was not handed over, all for the next one who comes by.
func (e *Explored) checkQueue(bucket uint64, w slotWord) error {
	r := e.bare
	first := r.own(w.ref())
	var en entry
	if !r.entry(&en, first) {
		return errors.New("names no entry")
	}
	if err := e.checkKey(bucket, w, &en); err != nil {
		return err
	}
	var q queue
	if !r.queueAt(&q, first) {
		return errors.New("names no queue")
	}
	c := queueCheck{Explored: e, at: q.at, key: q.key, name: ref(r.load(q.at.info(first, segmentQueue))), limit: r.load(q.at.info(first, segmentLimit))}
	for b := w.ref(); ; {
		if err := c.segment(b); err != nil {
			return fmt.Errorf("segment %s: %w", e.refText(b), err)
		}
		link := r.load(q.at.link(r.own(b)))
		next, ok := nextSegment(link)
		if !ok {
			c.sealed = c.sealed || link != 0
			break
		}
		if r.usedUp(&q.at, r.own(b)) {
			c.usedUp++
		} else if c.state == slotsEmpty {
			return fmt.Errorf("segment %s has empty slots and is not the last", e.refText(b))
		}
		c.last, b = b, next
	}
	switch {
	case !e.deaths && c.usedUp > 0, c.usedUp > 1:
		return fmt.Errorf("the key's entry names %d used-up segments before the head", c.usedUp)
	case !e.deaths && c.sealed:
		return errors.New("the queue is closed and still there")
	}
	return nil
}

// queueCheck is a walk through a queue.
type queueCheck struct {
	*Explored
	at     segments
	key    []byte
	name   ref
	limit  uint64
	last   ref // the segment before
	state  slotsState
	usedUp int
	sealed bool
}

// slotsState says how far the slots have been: they are used up, then filled, then empty.
type slotsState uint8

const (
	slotsUsed slotsState = iota
	slotsFilled
	slotsEmpty
)

func (c *queueCheck) segment(b ref) error {
	r := c.bare
	off, err := c.claim(b, usedBySegment)
	if err != nil {
		return err
	}
	var q queue
	previous := ref(r.load(c.at.info(off, segmentPrevious)))
	switch {
	case !r.queueAt(&q, off) || string(q.key) != string(c.key):
		return errors.New("has another key")
	case ref(r.load(c.at.info(off, segmentQueue))) != c.name || r.load(c.at.info(off, segmentLimit)) != c.limit:
		return errors.New("belongs to another queue")
	case c.last != 0 && previous != c.last || (previous == 0) != (b == c.name):
		return fmt.Errorf("is to be linked by %s", c.refText(previous))
	case c.last == 0 && previous != 0 && !isHead(blockWord(r.load(off))):
		return errors.New("is the head, and not marked as one")
	}
	for i := range c.at.slots {
		if err := c.slot(makePosition(b, i), queueSlot(r.load(c.at.slot(off, i)))); err != nil {
			return fmt.Errorf("slot[%d]: %w", i, err)
		}
	}
	return nil
}

// isHead says whether w is the word of a segment that was marked as the head.
func isHead(w blockWord) bool { return w.state() == marked || w.state() == retiring }

func (c *queueCheck) slot(at position, w queueSlot) error {
	now := slotsFilled
	switch {
	case w.used():
		now = slotsUsed
	case w == 0:
		now = slotsEmpty
	case w == slotSealed:
		now, c.sealed = slotsEmpty, true
	}
	if now < c.state {
		return fmt.Errorf("is %s, behind one that is not used up or empty", c.queueSlotText(w))
	}
	c.state = now
	switch {
	case w.filled():
		return c.messages(at, w)
	case now != slotsFilled:
		return nil
	case !c.deaths:
		return fmt.Errorf("is %s", c.queueSlotText(w))
	case w.claimed(): // its word says so, which checkHeld sees, but the slot does not
		var m messages
		if !c.bare.readMessages(&m, makeQueueSlot(w.ref(), 1)) {
			return errors.New("leads to no message")
		}
		return c.messages(at, m.next)
	}
	return nil // deleted: a sweep frees the message
}

// messages claims the lists of messages that a slot leads to.
func (c *queueCheck) messages(at position, w queueSlot) error {
	for w != 0 {
		var m messages
		if _, err := c.claim(w.ref(), usedByMessage); err != nil {
			return err
		}
		if !c.bare.readMessages(&m, w) {
			return fmt.Errorf("%s is no message", c.refText(w.ref()))
		}
		if err := c.checkList(w.ref(), &m.entry); err != nil {
			return err
		}
		where, _ := c.bare.wordAt(&m.entry, messageWhere)
		name, _ := c.bare.wordAt(&m.entry, messageQueue)
		if position(where) != at || ref(name) != c.name {
			return fmt.Errorf("leads to message %s, which is to be at %s of queue %s", c.refText(w.ref()), c.positionText(position(where)), c.refText(ref(name)))
		}
		w = m.next
	}
	return nil
}

// checkHeld claims the messages that somebody holds, or gave up. Those who hold them are alive. After a sweep nothing that was given up is left of queues that are gone.
func (e *Explored) checkHeld() error {
	r := e.bare
	for i := range r.blockCount {
		off, _ := r.block(i)
		w := blockWord(r.load(off))
		if w.state() != claimed && w.state() != orphan {
			continue
		}
		b := r.makeRef(i, w.version())
		var m messages
		if !r.messageEntry(&m.entry, b) || !r.readMessages(&m, makeQueueSlot(b, 1)) {
			return fmt.Errorf("block[%d] is %s, and no message", i, e.blockText(w))
		}
		if _, err := e.claim(b, usedByHolder); err != nil {
			return err
		}
		if err := e.checkList(b, &m.entry); err != nil {
			return err
		}
		if w.state() == claimed && !e.alive(w.owner()) {
			return fmt.Errorf("block[%d] is %s, which is dead", i, e.blockText(w))
		}
		if name, _ := r.queueOf(b); w.state() == orphan && e.swept {
			if ok, err := r.queueNamed(b, name); err != nil || !ok {
				return fmt.Errorf("block[%d] is %s of a queue that is gone (%v)", i, e.blockText(w), err)
			}
		}
	}
	return nil
}

// Held is how many messages a handle holds.
func (x *ExploredDB) Held() int {
	r, n := x.r, 0
	for i := range r.blockCount {
		off, _ := r.block(i)
		if w := blockWord(*r.word(off)); w.state() == claimed && w.owner() == x.h.slot {
			n++
		}
	}
	return n
}

// queueWord names a word of a segment or message by the layout that its block has now, if it is one.
func (e *Explored) queueWord(block, off uint64) (name string, ok bool) {
	g := &e.heap.geometry
	m := meta(*e.bare.word(block + 8))
	i := (off - blockHeader) / 8
	switch {
	case m.kind() == kindQueue:
		s := g.segments(m.keyLen())
		at := off - s.key // from link
		switch {
		case off < s.key:
			return "key", true
		case at < segmentHeader:
			return [...]string{"link", "queue", "previous", "limit"}[at/8], true
		}
		return fmt.Sprintf("slot[%d]", (at-segmentHeader)/8), true
	case m.kind() == kindMessage && !m.multiple() && i < messageHeader/8:
		return [...]string{"where", "next", "queue", "count", "before"}[i], true
	}
	return "", false
}

// queueSlotText is a slot of a segment for people.
func (e *Explored) queueSlotText(w queueSlot) string {
	ref := e.refText(w.ref())
	switch {
	case w == 0:
		return "empty"
	case w == slotSealed:
		return "sealed"
	case w.used():
		return "-m(" + ref + ")"
	case w.deleted():
		return "deleted m(" + ref + ")"
	case w.claimed():
		return fmt.Sprintf("claimed(%s) m(%s)", e.owner(w.handle()), ref)
	case w.count() > 1:
		return fmt.Sprintf("+m(%s) x%d", ref, w.count())
	}
	return "+m(" + ref + ")"
}

func (e *Explored) positionText(p position) string {
	return fmt.Sprintf("%s.slot[%d]", e.refText(p.segment()), p.slot())
}

// isRef says whether a value may be a reference: of a block that there is, in one of its first lives.
func (e *Explored) isRef(b ref) bool {
	return e.heap.index(b) < e.heap.blockCount && e.heap.version(b) > 0 && e.heap.version(b) < 100
}

// Token is a number that names the message that is held, and for the how manieth time.
func (c Claim) Token() uint64 { return uint64(c.b)<<attemptBits | c.attempt }
