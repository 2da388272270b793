package simdb

// A queue's limit. Its messages say how many were pushed before them, counted from 0 when the one before was used up by then. So from the first message that is left to the last one the numbers go on
// without a gap: a new count begins only behind what is used up.

// pushedBefore is how many messages were pushed before the slot at e. It reports false if it has to be asked again.
func (q *queue) pushedBefore(e end) (uint64, bool, error) {
	r := q.r
	off, i := e.off, e.at.slot()
	b := e.at.segment()
	if i == 0 {
		b, i = ref(r.loadData(q.at.info(off, segmentPrevious))), q.at.slots
		if b == 0 {
			return 0, true, nil
		}
		ok := false
		if off, ok = r.block(r.index(b)); !ok {
			return 0, true, nil
		}
	}
	if !r.linkedSegment(b, blockWord(r.load(off))) {
		return 0, true, nil // used up and retired
	}
	slot := q.at.slot(off, i-1)
	w := queueSlot(r.load(slot))
	if w.claimed() {
		w = makeQueueSlot(w.ref(), 1)
	}
	n, at := uint64(0), w
	for parts := uint64(0); at.filled(); parts++ {
		var m messages
		ok := r.readMessages(&m, at)
		before, ok2 := r.wordAt(&m.entry, messageBefore)
		if !ok || !ok2 || parts > r.blockCount {
			break
		}
		n, at = before+m.count, m.next
	}
	now := queueSlot(r.load(slot))
	same := r.linkedSegment(b, blockWord(r.load(off))) && (now == w || now.claimed() && now.ref() == w.ref())
	if same && at.filled() {
		return 0, false, &CorruptError{slot, "slot leads to no message"}
	}
	return n, same, nil
}

// checkLimit says whether n more messages may be pushed at e, behind so many. If they are linked there, nobody else pushed in between; who took some meanwhile only made room.
func (q *queue) checkLimit(ln *lane, e end, before, limit, n uint64) error {
	if q.unlimited {
		return nil
	}
	f, err := q.front(ln)
	if err == ErrEmpty && n <= limit {
		return nil
	}
	var have uint64
	if err == nil {
		var m messages
		ok := q.r.readMessages(&m, f.word)
		first, ok2 := q.r.wordAt(&m.entry, messageBefore)
		if queueSlot(q.r.load(f.slot)) != f.word {
			return q.checkLimit(ln, e, before, limit, n)
		}
		if !ok || !ok2 {
			return &CorruptError{f.slot, "slot leads to no message"}
		}
		have = before - (first + m.count - f.word.count())
	} else if err != ErrEmpty {
		return err
	}
	// The first message and what was pushed before e belong together only if nobody has pushed there since.
	if have+n > limit && q.r.load(q.at.slot(e.off, e.at.slot())) == 0 {
		return &LimitError{Limit: limit, Have: have}
	}
	return nil
}
