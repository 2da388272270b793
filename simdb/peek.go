package simdb

import (
	"context"
	"iter"
	"slices"
)

// Peek gives the messages that wait, first to last, and takes none. It is no snapshot of the queue, but of each push: a message that waits all the time is given exactly once, in order; one that
// is taken, claimed or pushed meanwhile at most once. The slice is valid until the next step. It gives nothing if there is no queue, and ends when the queue is deleted.
// The last it gives is an error if it met one: ErrKind, ErrClosed, ErrCorrupt.
func (q *Queue) Peek() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		v := view{queue: &q.queue}
		for {
			more, err := q.look(&v)
			if err != nil && err != ErrNotFound {
				yield(nil, err)
			}
			if !more || !v.give(yield) {
				return
			}
		}
	}
}

// Follow is Peek, but goes on with what is pushed later, also to a queue that is made anew, until ctx ends. What is pushed and taken before Follow looks is not given.
func (q *Queue) Follow(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		v := view{queue: &q.queue}
		for {
			err := q.db.wait(ctx, q.line, &q.patience, v.glance, func() (bool, error) {
				more, err := q.look(&v)
				return more || err != nil && err != ErrNotFound, err
			})
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !v.give(yield) {
				return
			}
		}
	}
}

func (q *Queue) look(v *view) (bool, error) {
	ln, err := q.enterReading()
	if err != nil {
		return false, err
	}
	more, err := v.look(ln)
	err = q.leave(ln, err)
	return more && err == nil, err
}

// view is how far somebody has looked at a queue. It changes nothing but hazards.
//
// What it copies was in the queue if, after the copy, the slot is what it was, and the queue is still the key's: nobody took the messages, nor freed them with the queue. Where the queue is another by now,
// or its segment was retired, all that waits is behind what was seen, and the view begins at the front again.
type view struct {
	*queue
	life  ref      // the queue's first segment
	at    position // the next slot to look at; 0: the first one of the queue
	bytes []byte   // what the last slot led to
	ends  []int    // of each message
	lost  lost
}

// look copies the messages of the next slot that has any. It reports false at the end of the queue, with ErrNotFound if there is none.
func (v *view) look(ln *lane) (bool, error) {
	r := v.r
	for walked := uint64(0); walked <= r.blockCount; walked++ {
		if v.at == 0 || !r.protect(ln, popping, v.at.segment()) {
			if err := v.toFront(ln); err != nil {
				return false, err
			}
		}
		b := v.at.segment()
		end, err := v.lookAlong(b)
		if !v.lives(v.life) || !v.stays(b) {
			v.at, walked = 0, 0
			continue
		}
		if err != nil || len(v.ends) > 0 || end {
			return len(v.ends) > 0, err
		}
		next, ok := nextSegment(r.load(v.queue.at.link(r.own(b))))
		if !v.stays(b) {
			v.at, walked = 0, 0
			continue
		}
		if !ok {
			return false, nil
		}
		v.at = makePosition(next, 0)
		if !r.protect(ln, popping, next) {
			v.at = 0
			if err := v.lost.at(v.queue, b); err != nil {
				return false, err
			}
		} else if !v.follows(next, b) {
			return false, &CorruptError{v.queue.at.link(r.own(b)), "link names a segment of another place"}
		}
	}
	return false, &CorruptError{r.own(v.at.segment()), "queue without end"}
}

// stays says whether what was read of segment b up to now is its own: it is protected, or it is a segment still. Of one that is not, all messages were taken before.
func (v *view) stays(b ref) bool {
	return !v.r.readOnly || v.r.linkedSegment(b, blockWord(v.r.load(v.r.own(b))))
}

// follows says whether segment next says that it follows b: then no walk along a queue goes round in a ring.
func (v *view) follows(next, b ref) bool {
	before := ref(v.r.loadData(v.queue.at.info(v.r.own(next), segmentPrevious)))
	return before == b || !v.stays(next)
}

// countByLooking is Len for who may not complete what others began.
func (q *Queue) countByLooking() (n int, err error) {
	v := view{queue: &q.queue}
	for more := true; more; n += len(v.ends) {
		if more, err = q.look(&v); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// toFront goes to the first segment.
func (v *view) toFront(ln *lane) error {
	v.at = 0
	b, err := v.find(ln, popping)
	if err == nil {
		v.life = v.lifeOf(b)
		v.at = makePosition(b, 0)
	}
	return err
}

// lookAlong copies the messages of the next slot of a segment that has any. It says whether the queue ends before.
func (v *view) lookAlong(b ref) (end bool, err error) {
	v.ends = v.ends[:0]
	for i := v.at.slot(); i < v.queue.at.slots; i++ {
		w, err := v.copySlot(v.queue.at.slot(v.r.own(b), i))
		if err != nil || w == 0 || w == slotSealed || w.deleted() {
			return true, err
		}
		v.at = makePosition(b, i+1)
		if len(v.ends) > 0 {
			break
		}
	}
	return false, nil
}

// copySlot copies what a slot leads to, as long as it stays what it is.
func (v *view) copySlot(slot uint64) (queueSlot, error) {
	for {
		w := queueSlot(v.r.load(slot))
		whole := v.copyParts(slot, w)
		if queueSlot(v.r.load(slot)) != w {
			continue
		}
		if !whole {
			return w, &CorruptError{slot, "slot leads to no message"}
		}
		return w, nil
	}
}

// copyParts copies the messages of slot word w and of what the slot will lead to afterwards. It reports false if they make no sense.
func (v *view) copyParts(slot uint64, w queueSlot) bool {
	v.bytes, v.ends = v.bytes[:0], v.ends[:0]
	at := w
	if w.claimed() {
		at = makeQueueSlot(w.ref(), 1)
	}
	for parts := uint64(0); at.filled(); parts++ {
		var m messages
		if parts > v.r.blockCount || !v.r.readMessages(&m, at) {
			return false
		}
		if parts > 0 || !w.claimed() {
			for i := m.count - at.count(); i < m.count; i++ {
				if !v.copyMessage(&m, i, slot, w) {
					return false
				}
			}
		}
		at = m.next
	}
	return true
}

// copyMessage copies message i of a list, growing its memory only once slot and queue confirmed the length.
func (v *view) copyMessage(m *messages, i, slot uint64, w queueSlot) bool {
	from, n, ok := v.r.extent(m, i)
	if !ok || n > uint64(cap(v.bytes)-len(v.bytes)) && (queueSlot(v.r.load(slot)) != w || !v.lives(v.life)) {
		return false
	}
	v.bytes, ok = v.r.appendBytes(slices.Grow(v.bytes, int(n)), &m.entry, from, n)
	v.ends = append(v.ends, len(v.bytes))
	return ok
}

// give gives what was copied, and says whether more is wanted.
func (v *view) give(yield func([]byte, error) bool) bool {
	from := 0
	for _, end := range v.ends {
		if !yield(v.bytes[from:end:end], nil) {
			return false
		}
		from = end
	}
	return true
}

// glance is the word that the next push changes.
func (v *view) glance() uint64 {
	off, ok := v.r.block(v.r.index(v.at.segment()))
	if v.at == 0 || !ok {
		return 0
	}
	if v.at.slot() >= v.queue.at.slots {
		return v.r.load(v.queue.at.link(off))
	}
	return v.r.load(v.queue.at.slot(off, v.at.slot()))
}

// lifeOf is the name of the life of the queue that a protected segment is of.
func (q *queue) lifeOf(b ref) ref { return ref(q.r.loadData(q.at.info(q.r.own(b), segmentQueue))) }

// lives says whether the queue of the key is that one still: if not, its messages may be freed although their slots are what they were.
func (q *queue) lives(life ref) bool {
	r := q.r
	var s seen
	for {
		if err := r.lookup(&s, q.key, q.hash); err != nil {
			return false
		}
		now := ref(0)
		if _, err := r.deref(s.ref()); err == nil && s.entry.meta.kind() == kindQueue {
			now = q.lifeOf(s.ref())
		}
		if r.still(&s) {
			return now == life
		}
	}
}
