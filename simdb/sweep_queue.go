package simdb

// What a sweep does with blocks of queues. It reads segments that others may free meanwhile: what it read counts if the segment's word is that of the same life afterwards.

// sweepSegment settles a segment whose word w names a dead owner.
func (r *region) sweepSegment(ln *lane, b ref, off uint64, w blockWord, report *SweepReport) error {
	var q queue
	ok := r.queueAt(&q, off)
	if w.state() == owned {
		linked := false
		if ok {
			var err error
			if linked, err = r.linkedTo(&q, b, off); err != nil {
				return err
			}
		}
		if linked {
			r.cas(off, uint64(w), uint64(makeBlockWord(segment, 0, w.version())))
			report.Kept++
		} else if r.release(nil, off, w) {
			report.Freed++
		}
		return nil
	}
	if !ok {
		if blockWord(r.load(off)) != w {
			return nil // it rested meanwhile, and is something else
		}
		return &CorruptError{off, "retiring block is no segment"}
	}
	// It is used up, or its queue has ended. Anyone can complete either; afterwards the index does not lead to it any more.
	if err := q.retire(ln); err != nil {
		return err
	}
	if err := q.finishDrop(ln, false); err != nil {
		return err
	}
	if blockWord(r.load(off)) == w {
		q.freeSegment(ln, b)
	}
	report.Freed++
	return nil
}

// queueAt is the queue of the segment at off, if the key makes sense.
func (r *region) queueAt(q *queue, off uint64) bool {
	var e entry
	if !r.entry(&e, off) || e.meta.kind() != kindQueue {
		return false
	}
	key, ok := r.appendKey(nil, &e)
	q.init(r, key)
	return ok && q.at.slots >= minSlots
}

// linkedTo says whether the index or another segment leads to segment b, whose owner is dead. The segment before it is not retired before somebody marked this one, which then is not owned any more.
func (r *region) linkedTo(q *queue, b ref, off uint64) (bool, error) {
	if ok, err := r.reachable(off, b); ok || err != nil {
		return ok, err
	}
	before := ref(r.loadData(q.at.info(off, segmentPrevious)))
	at, ok := r.block(r.index(before))
	if before == 0 || !ok || !r.linkedSegment(before, blockWord(r.load(at))) {
		return false, nil
	}
	link := r.load(q.at.link(at))
	return ref(link) == b && r.linkedSegment(before, blockWord(r.load(at))), nil
}

// lead is what the slot of a message says of it.
type lead int

const (
	leadsNowhere   lead = iota // the message was never linked there, or is used up
	leadsTo                    // it is there to be taken
	leadsToClaimed             // it is claimed, and its word may not say so yet
)

// leads says whether the slot where a message was to be linked leads to it, and who claimed it there.
func (r *region) leads(b ref) (lead, uint64) {
	var e entry
	if !r.messageEntry(&e, b) {
		return leadsNowhere, 0
	}
	word, _ := r.wordAt(&e, messageWhere)
	at := position(word)
	off, ok := r.block(r.index(at.segment()))
	if !ok {
		return leadsNowhere, 0
	}
	for {
		before := blockWord(r.load(off))
		if !r.linkedSegment(at.segment(), before) {
			return leadsNowhere, 0
		}
		s := r.segments(meta(r.load(off + 8)).keyLen())
		if at.slot() >= s.slots {
			return leadsNowhere, 0
		}
		slot := s.slot(off, at.slot())
		w := queueSlot(r.load(slot))
		found, handle := r.chainLeads(w, b)
		if blockWord(r.load(off)).version() == before.version() && queueSlot(r.load(slot)) == w {
			return found, handle
		}
	}
}

// chainLeads says whether slot word w leads to message b, directly or by the batch that it begins.
func (r *region) chainLeads(w queueSlot, b ref) (lead, uint64) {
	if w.claimed() && w.ref() == b {
		return leadsToClaimed, w.handle()
	}
	if w.claimed() {
		w = makeQueueSlot(w.ref(), 1)
	}
	for n := uint64(0); w.filled() && n <= r.blockCount; n++ {
		if w.ref() == b {
			return leadsTo, 0
		}
		var m messages
		if !r.readMessages(&m, w) {
			break
		}
		w = m.next
	}
	return leadsNowhere, 0
}

// sweepMessage settles a message whose word is w: one whose owner is dead, or that is queued, since its consumer may have died before it freed it.
func (r *region) sweepMessage(b ref, off uint64, w blockWord, report *SweepReport) {
	found, handle := r.leads(b)
	switch {
	case found == leadsTo && w.state() == owned:
		r.cas(off, uint64(w), uint64(makeBlockWord(queued, 0, w.version())))
		report.Kept++
	case found == leadsToClaimed:
		r.cas(off, uint64(w), uint64(makeBlockWord(claimed, handle, w.version()).withAttempt(1)))
		report.Kept++
	case found == leadsNowhere:
		r.freeFrom(nil, b, func(now blockWord) bool { return now == w }, false)
		report.Freed++
	}
}

// sweepOrphan keeps an orphan in view while its queue is there.
func (r *region) sweepOrphan(b ref, off uint64, w blockWord, report *SweepReport) error {
	line := r.orphanLine(b)
	name, ok := r.queueOf(b)
	if ok {
		var err error
		if ok, err = r.queueNamed(b, name); err != nil {
			return err
		}
	}
	if ok {
		r.raiseOrphans(line)
	} else if r.cas(off, uint64(w), uint64(makeBlockWord(dying, 0, w.version()))) {
		r.unlinked(nil, b)
		report.Freed++
	}
	return nil
}

// queueNamed says whether the queue of message b is still there: decided on a bucket whose head did not change meanwhile.
func (r *region) queueNamed(b, name ref) (bool, error) {
	var m messages
	if !r.messageEntry(&m.entry, b) {
		return false, nil
	}
	w, _ := r.wordAt(&m.entry, messageCount)
	bucket := w & (1<<countShift - 1)
	if bucket >= r.buckets {
		return false, nil
	}
	head := r.bucket(bucket)
again:
	for {
		h := headWord(r.load(head))
		if h.pending() {
			if err := r.help(head, h); err != nil {
				return false, err
			}
			continue
		}
		for c := r.chain(head); ; {
			for i := range c.slots {
				w := slotWord(r.load(c.slot + 8*i))
				for w.used() {
					is := r.isQueue(w.ref(), name)
					now := slotWord(r.load(c.slot + 8*i))
					if now == w {
						if is {
							return true, nil
						}
						break
					}
					w = now
				}
			}
			if ok, err := r.next(&c); err != nil {
				return false, err
			} else if !ok {
				break
			}
		}
		if headWord(r.load(head)) != h {
			continue again
		}
		return false, nil
	}
}

// isQueue says whether block b is a segment of the queue of that name.
func (r *region) isQueue(b, name ref) bool {
	off, ok := r.block(r.index(b))
	if !ok || meta(r.load(off+8)).kind() != kindQueue {
		return false
	}
	s := r.segments(meta(r.load(off + 8)).keyLen())
	return s.slots > 0 && ref(r.loadData(s.info(off, segmentQueue))) == name
}
