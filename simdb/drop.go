package simdb

// Deleting a queue: it is closed, so that no push succeeds any more; then it ends at the first message that is left; then it is unlinked, and freed.

// drop deletes the queue.
func (q *queue) drop(ln *lane) error {
	r := q.r
	var lost lost
	for {
		b, err := q.find(ln, pushing)
		if err != nil {
			return err
		}
		e, ok := q.toEnd(ln, pushing, makePosition(b, 0))
		if !ok {
			if err := lost.at(q, e.at.segment()); err != nil {
				return err
			}
			continue
		}
		mine := false
		if !e.sealed {
			word := q.at.link(e.off)
			if e.at.slot() < q.at.slots {
				word = q.at.slot(e.off, e.at.slot())
			}
			if mine = r.cas(word, 0, uint64(slotSealed)); !mine {
				continue
			}
		}
		failpoint(atQueueClosed)
		if err := q.finishDrop(ln, true); mine || err != nil {
			return err
		}
	}
}

// finishDrop completes the deletion of the queue at the key, if one is under way. The deletion is that of whoever closed it. A sweep leaves it to others to decide, since it changes no slots.
func (q *queue) finishDrop(ln *lane, decide bool) error {
	r := q.r
	var announced []ref
	begin := r.here()
	for {
		r.again(begin).butRefs(announced)
		var p spot
		if err := r.locate(&p, q.key, q.hash); err != nil {
			return err
		}
		if !p.found || p.entry.meta.kind() != kindQueue {
			break
		}
		closed, ok := q.endHere(ln, &p, decide)
		if ok && !closed {
			break
		}
		if ok {
			announced, ok = q.announceAll(ln, &p, announced)
		}
		if ok && r.cas(p.slot, p.word, uint64(slotWord(p.word).dead())) {
			break
		}
		if !ok && r.still(&p.seen) { // segments are retired behind the index alone
			return &CorruptError{p.entry.off, "queue leads to what is no segment"}
		}
	}
	r.done(begin).butRefs(announced)
	for i, b := range announced {
		r.again(begin).butRefs(announced[i:])
		q.freeSegment(ln, b)
	}
	r.done(begin)
	r.wake(q.line)
	return nil
}

// endHere decides that the queue ends at the first message that is left, if it is closed. It reports false if the index went on meanwhile.
func (q *queue) endHere(ln *lane, p *spot, decide bool) (closed, ok bool) {
	r := q.r
	if !r.protect(ln, popping, p.ref()) {
		return false, false
	}
	e, ok := q.toEnd(ln, popping, makePosition(p.ref(), 0))
	if !ok || !e.sealed {
		return false, ok && r.still(&p.seen)
	}
	b := p.ref()
	if !r.protect(ln, popping, b) {
		return false, false
	}
	begin := r.here()
	for range r.blockCount {
		off := r.own(b)
		for i := range q.at.slots {
			slot := q.at.slot(off, i)
			for {
				r.again(begin).but(uint64(makePosition(b, i)))
				w := queueSlot(r.load(slot))
				if (w.claimed() || w.filled()) && !decide {
					return false, true
				}
				if w.claimed() {
					if r.handOver(slot, w) != nil {
						return false, false
					}
					continue
				}
				if w.filled() && !r.cas(slot, uint64(w), uint64(makeDeletedSlot(w.ref()))) {
					continue
				}
				if !w.used() {
					return true, true
				}
				break
			}
		}
		next, ok := nextSegment(r.load(q.at.link(off)))
		if !ok {
			return true, true
		}
		if !r.protect(ln, popping, next) {
			return false, false
		}
		b = next
	}
	return false, false
}

// announceAll announces all segments of a queue that has ended.
func (q *queue) announceAll(ln *lane, p *spot, list []ref) ([]ref, bool) {
	r := q.r
	b := p.ref()
	begin := r.here()
	for range r.blockCount {
		r.again(begin).but(uint64(b)).butRefs(list)
		if !r.protect(ln, popping, b) || !r.announceSegment(ln, b) {
			return list, false
		}
		list = append(list, b)
		next, ok := nextSegment(r.load(q.at.link(r.own(b))))
		if !ok {
			return list, r.still(&p.seen)
		}
		b = next
	}
	return list, false
}

// freeSegment frees what is left in a segment of a queue that was deleted, and then the segment. Several may do so at once.
func (q *queue) freeSegment(ln *lane, b ref) {
	r := q.r
	if r.protect(ln, popping, b) {
		r.freeLeft(ln, &q.at, b)
	}
	r.rest(b)
}

// freeLeft frees the messages that slots of segment b lead to, of a queue that was deleted.
func (r *region) freeLeft(ln *lane, s *segments, b ref) {
	off := r.own(b)
	begin := r.here()
	for i := range s.slots {
		r.again(begin).but(i)
		w := queueSlot(r.load(s.slot(off, i)))
		if w.deleted() {
			w = makeQueueSlot(w.ref(), 1)
		}
		for n := uint64(0); w.filled() && n < r.blockCount; n++ {
			r.again(begin).but(i).but(uint64(w))
			var m messages
			if !r.readMessages(&m, w) {
				break
			}
			// The rest of a batch is only known from a message that nobody else has freed yet; if somebody has, it goes on there.
			word := blockWord(r.load(m.off))
			if word.version() != r.version(w.ref()) || word.state() != queued && word.state() != owned {
				break
			}
			r.freeMessage(ln, w.ref())
			w = m.next
		}
	}
}
