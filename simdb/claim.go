package simdb

import (
	"context"
	"slices"
)

// Claiming: a message that its consumer holds until it acknowledges it, and that goes to another if the consumer dies.

// Claim is a message that this handle holds.
type Claim struct {
	b       ref
	attempt uint64
}

// Redelivered says whether somebody had the message before, and died or gave it up.
func (c Claim) Redelivered() bool { return c.attempt > 1 }

// Attempt is how often the message has been claimed, this time included.
func (c Claim) Attempt() int { return int(c.attempt) }

// TryClaim gives a message, appended to dst, that this handle holds until Ack or Release: one that was given up if there is one, else the first of the queue. When the
// handle dies or is closed, what it holds is given up. A claim of one of several messages that were pushed together needs free blocks for a copy.
// Errors: ErrEmpty (also if there is no queue), ErrFull, ErrKind, ErrClosed, ErrCorrupt.
func (q *Queue) TryClaim(dst []byte) ([]byte, Claim, error) {
	ln, err := q.enter()
	if err != nil {
		return dst, Claim{}, err
	}
	defer q.leave(ln)
	q.db.claims.store(&q.r.mem, 1)
	out, c, err := q.claim(ln, dst)
	if full, ok := err.(*FullError); ok && q.db.space(ln, full) {
		out, c, err = q.claim(ln, dst)
	}
	return out, c, err
}

// Claim is TryClaim, but waits for a message. It ends with ctx's error if that ends first.
func (q *Queue) Claim(ctx context.Context, dst []byte) (out []byte, c Claim, err error) {
	out = dst
	err = q.wait(ctx, func() (bool, error) {
		out, c, err = q.TryClaim(dst)
		return err != ErrEmpty, err
	})
	return out, c, err
}

// Ack says that a claimed message is done with. ErrStale: this handle does not hold it any more.
func (q *Queue) Ack(c Claim) error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	defer q.leave(ln)
	r := q.r
	off, w, ok := q.holds(ln, c)
	if !ok || !r.cas(off, uint64(w), uint64(makeBlockWord(dying, ln.handle, w.version()))) {
		return ErrStale
	}
	r.unlinked(ln, c.b)
	return nil
}

// Release gives a claimed message up, for the next claim. ErrStale: this handle does not hold it any more.
func (q *Queue) Release(c Claim) error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	defer q.leave(ln)
	off, w, ok := q.holds(ln, c)
	if !ok || !q.r.giveUp(ln, off, w) {
		return ErrStale
	}
	q.r.wake(q.line())
	return nil
}

// giveUpAll gives up what the handle of a lane holds.
func (r *region) giveUpAll(handle uint64) {
	for i := range r.blockCount {
		off, _ := r.block(i)
		if w := blockWord(r.load(off)); w.state() == claimed && w.owner() == handle {
			r.giveUp(nil, off, w)
		}
	}
}

// holds gives the block word of a claimed message if this handle holds it.
func (q *queue) holds(ln *lane, c Claim) (off uint64, w blockWord, ok bool) {
	off, ok = q.r.block(q.r.index(c.b))
	if !ok {
		return 0, 0, false
	}
	w = blockWord(q.r.load(off))
	return off, w, w == makeBlockWord(claimed, ln.handle, q.r.version(c.b)).withAttempt(c.attempt)
}

// giveUp makes an orphan of a claimed message, if its word is still w. A message whose attempts are used up is freed instead.
func (r *region) giveUp(ln *lane, off uint64, w blockWord) bool {
	b := r.makeRef((off-r.blockOff)/r.blockSize, w.version())
	if w.attempt() == maxAttempt {
		if !r.cas(off, uint64(w), uint64(makeBlockWord(dying, w.owner(), w.version()))) {
			return false
		}
		r.unlinked(ln, b)
		return true
	}
	line, _ := r.orphanLine(b)
	r.raiseOrphans(line) // whoever looks before there is one must look again after
	ok := r.cas(off, uint64(w), uint64(makeBlockWord(orphan, 0, w.version()).withAttempt(w.attempt()+1)))
	r.raiseOrphans(line)
	return ok
}

// orphanLine is the wait line of the queue of a message.
func (r *region) orphanLine(b ref) (line uint64, ok bool) {
	var m messages
	if !r.messageEntry(&m.entry, b) {
		return r.waitLine(0), false
	}
	w, ok := r.wordAt(&m.entry, messageCount)
	return r.waitLine(w & (1<<countShift - 1)), ok
}

// claim takes an orphan, or the first message.
func (q *queue) claim(ln *lane, dst []byte) ([]byte, Claim, error) {
	r := q.r
	at := len(dst)
	if out, c, ok, err := q.claimOrphan(ln, dst); ok || err != nil {
		return out, c, err
	}
	crossed := false
	for {
		f, err := q.front(ln)
		crossed = crossed || f.crossed
		if err != nil {
			return dst[:at], Claim{}, q.afterwards(ln, crossed, err)
		}
		var m messages
		ok := r.readMessages(&m, f.word)
		if ok {
			dst, ok = r.appendMessage(dst[:at], &m, m.count-f.word.count(), f.slot, f.word)
		}
		if !ok {
			if queueSlot(r.load(f.slot)) == f.word {
				return dst[:at], Claim{}, &CorruptError{f.slot, "slot leads to no message"}
			}
			continue
		}
		x := f.word.ref()
		if f.word.count() > 1 {
			if x, err = q.split(ln, &f, dst[at:]); err != nil {
				return dst[:at], Claim{}, q.afterwards(ln, crossed, err)
			}
		}
		w := makeClaimedSlot(x, ln.handle)
		if !r.cas(f.slot, uint64(f.word), uint64(w)) {
			if x != f.word.ref() {
				r.discard(ln, x)
			}
			continue
		}
		r.handOver(f.slot, w)
		if queueSlot(r.load(f.slot)).used() {
			crossed = crossed || f.at.slot()+1 == q.at.slots
		}
		return dst, Claim{x, 1}, q.afterwards(ln, crossed, nil)
	}
}

// split makes a message of its own of the next one of several.
func (q *queue) split(ln *lane, f *front, bytes []byte) (ref, error) {
	r := q.r
	m, err := r.buildMessage(ln, r.bucketOf(q.hash), [][]byte{bytes})
	if err != nil {
		return 0, err
	}
	r.storeWord(&m.e, messageNext, uint64(makeQueueSlot(f.word.ref(), f.word.count()-1)))
	r.goesTo(&m, f.at, ref(r.loadData(q.at.info(r.own(f.at.segment()), segmentQueue))))
	return m.b, nil
}

// handOver completes a claim that stands in a slot: the message's own word says who holds it, then the slot goes on. A message is not freed before the slot has gone on, so what
// is read of it is right if the slot is still w.
func (r *region) handOver(slot uint64, w queueSlot) {
	off, ok := r.block(r.index(w.ref()))
	if !ok {
		return
	}
	word := blockWord(r.load(off))
	if queueSlot(r.load(slot)) != w {
		return
	}
	if word.version() == r.version(w.ref()) && (word.state() == owned || word.state() == queued) {
		r.cas(off, uint64(word), uint64(makeBlockWord(claimed, w.handle(), word.version()).withAttempt(1)))
	}
	var m messages
	if !r.readMessages(&m, makeQueueSlot(w.ref(), 1)) {
		return
	}
	next := m.next
	if next == 0 {
		next = makeUsedSlot(w.ref())
	}
	r.cas(slot, uint64(w), uint64(next))
}

// claimOrphan looks for a message of this queue that was given up, if there may be one.
func (q *queue) claimOrphan(ln *lane, dst []byte) (_ []byte, c Claim, ok bool, _ error) {
	r := q.r
	line := q.line()
	seen := r.load(line + waitOrphans)
	if seen&1 == 0 || seen == q.none.load(&r.mem) {
		return dst, c, false, nil
	}
	queue, err := q.name(ln)
	if err != nil {
		if err == ErrNotFound {
			err = ErrEmpty
		}
		return dst, c, false, err
	}
	others := false
	start := q.found.load(&r.mem)
	for n := range r.blockCount {
		i := (start + n) % r.blockCount
		off, _ := r.block(i)
		w := blockWord(r.load(off))
		if w.state() != orphan {
			continue
		}
		b := r.makeRef(i, w.version())
		if of, ok := r.queueOf(b); !ok || of != queue {
			others = true
			continue
		}
		mine := makeBlockWord(claimed, ln.handle, w.version()).withAttempt(w.attempt())
		if !r.cas(off, uint64(w), uint64(mine)) {
			continue // somebody else has it
		}
		q.found.store(&r.mem, i)
		c = Claim{b, w.attempt()}
		if dst, err = q.adopt(ln, b, dst); err != nil {
			r.giveUp(ln, off, mine)
		}
		return dst, c, err == nil, err
	}
	q.none.store(&r.mem, seen)
	if !others {
		r.cas(line+waitOrphans, seen, seen+1) // even: there is none
	}
	return dst, c, false, nil
}

// adopt reads a message that we just claimed as an orphan. Whoever claimed it first may have died before its slot went on; it must, before we may free the message.
func (q *queue) adopt(ln *lane, b ref, dst []byte) ([]byte, error) {
	r := q.r
	var m messages
	if !r.readMessages(&m, makeQueueSlot(b, 1)) {
		return dst, &CorruptError{r.own(b), "orphan is no message"}
	}
	where, _ := r.wordAt(&m.entry, messageWhere)
	if at := position(where); at.slot() < q.at.slots && r.protect(ln, popping, at.segment()) {
		slot := q.at.slot(r.own(at.segment()), at.slot())
		if w := queueSlot(r.load(slot)); w.claimed() && w.ref() == b {
			r.handOver(slot, w)
		}
	}
	from, n, ok := r.extent(&m, 0)
	if !ok {
		return dst, &CorruptError{r.own(b), "message without extent"}
	}
	dst, ok = r.appendBytes(slices.Grow(dst, int(n)), &m.entry, from, n)
	if !ok {
		return dst, &CorruptError{r.own(b), "list leads out of the region"}
	}
	return dst, nil
}

// name is the queue's first segment, by which its messages know it.
func (q *queue) name(ln *lane) (ref, error) {
	b, err := q.find(ln, popping)
	if err != nil {
		return 0, err
	}
	return ref(q.r.loadData(q.at.info(q.r.own(b), segmentQueue))), nil
}

// queueOf is the queue that a message says it is of.
func (r *region) queueOf(b ref) (ref, bool) {
	var m messages
	if !r.messageEntry(&m.entry, b) {
		return 0, false
	}
	w, ok := r.wordAt(&m.entry, messageQueue)
	return ref(w), ok
}
