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
	q.db.claims.store(&q.r.mem, 1)
	out, c, err := q.claim(ln, dst)
	if full, ok := err.(*FullError); ok {
		q.db.space(ln, full)
		out, c, err = q.claim(ln, dst) // what the dead gave up needs no room
		if _, ok := err.(*FullError); ok {
			err = full
		}
	}
	return out, c, q.leave(ln, err)
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
	if _, w, ok := q.holds(ln, c); !ok || !q.r.discardClaimed(ln, c.b, w) {
		err = ErrStale
	}
	return q.leave(ln, err)
}

// Release gives a claimed message up, for the next claim. ErrStale: this handle does not hold it any more.
func (q *Queue) Release(c Claim) error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	off, w, ok := q.holds(ln, c)
	if !ok || !q.r.giveUp(off, w) {
		err = ErrStale
	}
	return q.leave(ln, err)
}

// Unacked is how many messages have been claimed and not acknowledged: somebody holds them, or held them and died, or gave them up. Who found the queue empty, and then Unacked 0, knows that what was
// pushed before is done with, if nothing is pushed meanwhile. It costs a pass over all blocks. Errors: ErrNotFound, ErrKind, ErrClosed, ErrCorrupt.
func (q *Queue) Unacked() (n int, err error) {
	ln, err := q.enterReading()
	if err != nil {
		return 0, err
	}
	name, err := q.name(ln)
	for i := uint64(0); err == nil && i < q.r.blockCount; i++ {
		if q.unacked(i, name) {
			n++
		}
	}
	if err = q.leave(ln, err); err != nil {
		n = 0
	}
	return n, err
}

// unacked says whether block i is a message of that queue that was claimed and not acknowledged. From its claim until then it is in that block, whoever holds it.
func (q *queue) unacked(i uint64, name ref) bool {
	off, _ := q.r.block(i)
	for {
		w := blockWord(q.r.load(off))
		if s := w.state(); s != claimed && s != orphan {
			return false
		}
		of, ok := q.r.queueOf(q.r.makeRef(i, w.version()))
		if blockWord(q.r.load(off)) == w {
			return ok && of == name
		}
	}
}

// giveUpAll gives up what a handle holds.
func (r *region) giveUpAll(handle uint64) {
	for i := range r.blockCount {
		off, _ := r.block(i)
		if w := blockWord(r.load(off)); w.state() == claimed && w.owner() == handle {
			r.giveUp(off, w)
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

// giveUp makes an orphan of a claimed message, if its word is still w.
func (r *region) giveUp(off uint64, w blockWord) bool {
	gone := makeBlockWord(orphan, 0, w.version()).withAttempt(min(w.attempt()+1, maxAttempt))
	ok := r.cas(off, uint64(w), uint64(gone))
	if ok {
		r.raiseOrphans(r.orphanLine(r.makeRef((off-r.blockOff)/r.blockSize, w.version())))
	}
	return ok
}

// discardClaimed frees a message that the lane's handle holds, if its word is still w: the word decides, then its blocks are freed.
func (r *region) discardClaimed(ln *lane, b ref, w blockWord) bool {
	if !r.cas(r.own(b), uint64(w), uint64(makeBlockWord(dying, ln.handle, w.version()))) {
		return false
	}
	failpoint(atAcknowledged)
	r.unlinked(ln, b)
	return true
}

// orphanLine is the wait line of the queue of a message.
func (r *region) orphanLine(b ref) uint64 {
	var e entry
	if !r.messageEntry(&e, b) {
		return r.waitLine(0)
	}
	w, _ := r.wordAt(&e, messageCount)
	return r.waitLine(w & (1<<countShift - 1))
}

// claim takes an orphan if there is one, else the first message.
func (q *queue) claim(ln *lane, dst []byte) ([]byte, Claim, error) {
	begin := q.r.here()
	for {
		q.r.again(begin)
		given := q.r.load(q.line + waitOrphans)
		out, c, err := q.claimOrphan(ln, dst, given)
		if err == nil && c.attempt == 0 {
			out, c, err = q.claimFirst(ln, dst)
		}
		// Empty only if nothing was given up before the queue was seen empty.
		if err != ErrEmpty || q.r.load(q.line+waitOrphans) == given {
			return out, c, err
		}
	}
}

// claimFirst takes the first message.
func (q *queue) claimFirst(ln *lane, dst []byte) ([]byte, Claim, error) {
	r := q.r
	at := len(dst)
	crossed := false
	begin := r.here()
	for {
		r.again(begin).butBool(crossed)
		f, err := q.front(ln)
		crossed = crossed || f.crossed
		if err != nil {
			r.done(begin).butBool(crossed).butBool(err == ErrEmpty)
			return dst[:at], Claim{}, q.afterwards(ln, crossed, err)
		}
		var m messages
		ok := r.readMessages(&m, f.word)
		if ok {
			dst, ok = r.appendMessage(dst[:at], &m, m.count-f.word.count(), f.slot, f.word)
		}
		now := queueSlot(r.load(f.slot)) == f.word
		if !ok && now {
			return dst[:at], Claim{}, &CorruptError{f.slot, "slot leads to no message"}
		}
		if !now {
			continue
		}
		x := f.word.ref()
		if f.word.count() > 1 {
			if x, err = q.split(ln, &f, dst[at:]); err != nil {
				return dst[:at], Claim{}, q.afterwards(ln, crossed, err)
			}
		} else if !q.settleFirst(&f) {
			continue
		}
		w := makeClaimedSlot(x, ln.handle)
		if !r.cas(f.slot, uint64(f.word), uint64(w)) {
			if x != f.word.ref() {
				r.discard(ln, x)
			}
			continue
		}
		failpoint(atClaimDecided)
		if err := r.handOver(f.slot, w); err != nil {
			return dst, Claim{x, 1}, err
		}
		if queueSlot(r.load(f.slot)).used() {
			crossed = crossed || f.at.slot()+1 == q.at.slots
		}
		r.done(begin).butBytes(dst[at:]).but(uint64(x)).butBool(crossed)
		return dst, Claim{x, 1}, q.afterwards(ln, crossed, nil)
	}
}

// settleFirst says for the author of the first message, which was seen linked, that it is: owned(any) → queued. A message that stands claimed in a slot is then either nobody's or the
// claimer's own, and a sweep after the claimer's death sees it. It reports false if the slot went on.
func (q *queue) settleFirst(f *front) bool {
	r := q.r
	off := r.own(f.word.ref())
	for {
		w := blockWord(r.load(off))
		if queueSlot(r.load(f.slot)) != f.word {
			return false
		}
		if w.state() != owned || r.cas(off, uint64(w), uint64(makeBlockWord(queued, 0, w.version()))) {
			return true
		}
	}
}

// split makes a message of its own of the next one of several.
func (q *queue) split(ln *lane, f *front, bytes []byte) (ref, error) {
	r := q.r
	m, err := r.buildMessage(ln, q.bucket, [][]byte{bytes})
	if err != nil {
		return 0, err
	}
	r.storeWord(&m.e, messageNext, uint64(makeQueueSlot(f.word.ref(), f.word.count()-1)))
	r.goesTo(&m, f.at, ref(r.loadData(q.at.info(r.own(f.at.segment()), segmentQueue))))
	return m.b, nil
}

// handOver completes a claim that stands in a slot: the message's own word says who holds it, then the slot goes on. A message is not freed before the slot has gone on, so what
// is read of it is right if the slot is still w.
func (r *region) handOver(slot uint64, w queueSlot) error {
	begin := r.here()
	off, ok := r.block(r.index(w.ref()))
	word := blockWord(0)
	if ok {
		word = blockWord(r.load(off))
	}
	// A message has been queued, or its author's, only before the claim was handed over, so that the word says that w is still to be completed.
	if ok && word.version() == r.version(w.ref()) && (word.state() == owned || word.state() == queued) {
		r.cas(off, uint64(word), uint64(makeBlockWord(claimed, w.handle(), word.version()).withAttempt(1)))
	}
	var m messages
	if !r.readMessages(&m, makeQueueSlot(w.ref(), 1)) {
		if queueSlot(r.load(slot)) != w {
			return nil
		}
		return &CorruptError{slot, "slot leads to no message"}
	}
	next := m.next
	if next == 0 {
		next = makeUsedSlot(w.ref())
	}
	failpoint(atClaimPublished)
	r.cas(slot, uint64(w), uint64(next))
	r.done(begin)
	return nil
}

// claimOrphan looks for a message of this queue that was given up, if there may be one, given the line's count. The claim is zero if there was none.
func (q *queue) claimOrphan(ln *lane, dst []byte, given uint64) (_ []byte, c Claim, _ error) {
	r := q.r
	if given == q.none.load(&r.mem) {
		return dst, c, nil
	}
	name, err := q.name(ln)
	if err != nil {
		if err == ErrNotFound {
			err = ErrEmpty
		}
		return dst, c, err
	}
	start := q.found.load(&r.mem)
	begin := r.here()
	for n := range r.blockCount {
		r.again(begin).but(n)
		i := (start + n) % r.blockCount
		off, _ := r.block(i)
		w := blockWord(r.load(off))
		if w.state() != orphan {
			continue
		}
		b := r.makeRef(i, w.version())
		if of, ok := r.queueOf(b); !ok || of != name {
			continue
		}
		mine := makeBlockWord(claimed, ln.handle, w.version()).withAttempt(w.attempt())
		if !r.cas(off, uint64(w), uint64(mine)) {
			continue // somebody else has it
		}
		now, err := q.name(ln)
		if err == ErrNotFound || err == ErrKind || err == nil && now != name {
			r.discardClaimed(ln, b, mine) // its queue was deleted meanwhile
			return q.claimOrphan(ln, dst, r.load(q.line+waitOrphans))
		}
		at := len(dst)
		if err == nil {
			dst, err = q.adopt(ln, b, dst)
		}
		if err != nil {
			r.giveUp(off, mine)
			return dst[:at], c, err
		}
		if w.attempt() == maxAttempt {
			dst = dst[:at]
			r.discardClaimed(ln, b, mine)
			continue
		}
		q.found.store(&r.mem, i)
		return dst, Claim{b, w.attempt()}, nil
	}
	r.done(begin)
	q.none.store(&r.mem, given)
	return dst, c, nil
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
			if err := r.handOver(slot, w); err != nil {
				return dst, err
			}
		}
	}
	from, n, ok := r.extent(&m, m.count-1) // of several, only the last is claimed without a copy
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
	r := q.r
	for {
		b, err := q.find(ln, popping)
		if err != nil {
			return 0, err
		}
		off := r.own(b)
		name := ref(r.loadData(q.at.info(off, segmentQueue)))
		if !r.readOnly || r.linkedSegment(b, blockWord(r.load(off))) { // who only reads has no hazard that keeps it
			return name, nil
		}
	}
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
