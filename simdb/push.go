package simdb

// Pushing: the first empty slot of the last segment gets the message.

// find gives the first segment of the queue, protected. ErrNotFound: there is no queue.
func (q *queue) find(ln *lane, role hazardRole) (ref, error) {
	r := q.r
	begin := r.here()
	for {
		r.again(begin)
		var s seen
		if err := r.lookup(&s, q.key, q.hash); err != nil {
			return 0, err
		}
		kind := s.entry.meta.kind()
		ok := kind == kindQueue && r.protect(ln, role, s.ref())
		if !r.still(&s) {
			continue // a segment that is not the first any more may be unlinked, and then its hazard came too late
		}
		if kind != kindQueue {
			return 0, ErrKind
		}
		if !ok {
			return 0, &CorruptError{r.own(s.ref()), "the index names a segment that is " + blockWord(r.load(r.own(s.ref()))).state().String()}
		}
		r.done(begin).but(uint64(s.ref()))
		return s.ref(), nil
	}
}

// hinted gives the position in a hint if its segment could be protected, else that of the queue's first slot. A hint that led astray is not asked again: other goroutines may have
// written the same place there anew.
func (q *queue) hinted(ln *lane, role hazardRole, hint *local, astray bool) (position, error) {
	p := position(hint.load(&q.r.mem))
	if p != 0 && !astray && q.r.protect(ln, role, p.segment()) {
		return p, nil
	}
	b, err := q.find(ln, role)
	return makePosition(b, 0), err
}

// end is where a walk to the end of the queue came out.
type end struct {
	at     position // the first empty slot, or the one after the last if the last segment is full
	off    uint64   // of the segment
	sealed bool
}

// toEnd walks from a protected position to the first empty slot, or to the end of the last segment. It reports false if the way was lost because segments were retired; the position is where.
func (q *queue) toEnd(ln *lane, role hazardRole, at position) (e end, ok bool) {
	r := q.r
	b, i := at.segment(), at.slot()
	begin := r.here()
	for walked := uint64(0); walked <= r.blockCount; walked++ {
		r.again(begin).but(uint64(makePosition(b, i)))
		off := r.own(b)
		link := r.load(q.at.link(off))
		if next, ok := nextSegment(link); ok { // this one is full
			if !r.protect(ln, role, next) {
				return end{at: makePosition(b, 0)}, false
			}
			b, i = next, 0
			continue
		}
		for ; i < q.at.slots; i++ {
			if w := queueSlot(r.load(q.at.slot(off, i))); w == 0 || w == slotSealed {
				return end{makePosition(b, i), off, w == slotSealed}, true
			}
		}
		if now := r.load(q.at.link(off)); now == link {
			return end{makePosition(b, i), off, queueSlot(link) == slotSealed}, true
		}
	}
	return end{at: makePosition(b, 0)}, false
}

// push appends messages.
func (q *queue) push(ln *lane, messages [][]byte) error {
	r := q.r
	first, rest := messages, [][]byte(nil)
	if len(first) > mostInPart {
		first, rest = messages[:mostInPart], messages[mostInPart:]
	}
	list, err := q.buildParts(ln, first, rest)
	if err != nil {
		return err
	}
	var (
		ended position
		lost  lost
	)
	begin := r.here()
	for {
		r.again(begin).but(uint64(ended)).but(uint64(lost.last))
		done, err := q.pushTo(ln, &list, uint64(len(messages)), &ended, &lost)
		if err != nil {
			q.discardParts(ln, list)
			return err
		}
		if done {
			break
		}
	}
	r.done(begin)
	failpoint(atPushLinked)
	for m := &list; m != nil; m = m.rest {
		r.publish(ln, m.b, queued)
	}
	failpoint(atPushPublished)
	r.wake(q.line)
	return nil
}

// parts is a batch as it is built: a message that a slot can name, and what follows it.
type parts struct {
	message
	rest *parts
}

// buildParts builds the last part first, since each names the next.
func (q *queue) buildParts(ln *lane, first, rest [][]byte) (list parts, err error) {
	if len(rest) > 0 {
		n := min(len(rest), mostInPart)
		next, err := q.buildParts(ln, rest[:n], rest[n:])
		if err != nil {
			return list, err
		}
		list.rest = &next
	}
	list.message, err = q.r.buildMessage(ln, q.bucket, first)
	if list.rest != nil {
		if err != nil {
			q.discardParts(ln, *list.rest)
			return list, err
		}
		q.r.storeWord(&list.e, messageNext, uint64(makeQueueSlot(list.rest.b, list.rest.count)))
	}
	return list, err
}

func (q *queue) discardParts(ln *lane, list parts) {
	q.r.discard(ln, list.b)
	for m := list.rest; m != nil; m = m.rest {
		q.r.discard(ln, m.b)
	}
}

// pushTo tries to link a list at the end of the queue. It reports false if that moved on.
func (q *queue) pushTo(ln *lane, list *parts, n uint64, ended *position, lost *lost) (bool, error) {
	r := q.r
	at, err := q.hinted(ln, pushing, &q.tail, *ended != 0 || lost.last != 0)
	if err == ErrNotFound {
		if q.limit != 0 && n > q.limit {
			return false, &LimitError{Limit: q.limit}
		}
		return false, q.create(ln)
	}
	if err != nil {
		return false, err
	}
	e, ok := q.toEnd(ln, pushing, at)
	switch {
	case !ok:
		q.tail.store(&r.mem, 0)
		return false, lost.at(q, e.at.segment())
	case e.sealed:
		q.tail.store(&r.mem, 0)
		return false, q.ends(ln, e.at, ended)
	case e.at.slot() == q.at.slots:
		return false, q.extend(ln, e)
	}
	limit, before := r.loadData(q.at.info(e.off, segmentLimit)), uint64(0)
	if limit != 0 {
		if before, ok, err = q.pushedBefore(e); !ok {
			return false, err
		}
		if err := q.checkLimit(ln, e, before, limit, n); err != nil {
			return false, err
		}
	}
	queue := ref(r.loadData(q.at.info(e.off, segmentQueue)))
	for m := list; m != nil; m = m.rest {
		r.goesTo(&m.message, e.at, queue)
		if limit != 0 {
			r.storeWord(&m.e, messageBefore, before)
			before += m.count
		}
	}
	if !r.cas(q.at.slot(e.off, e.at.slot()), 0, uint64(makeQueueSlot(list.b, list.count))) {
		return false, nil
	}
	q.tail.store(&r.mem, uint64(e.at+1))
	return true, nil
}

// extend links a new segment behind the last, which is full.
func (q *queue) extend(ln *lane, e end) error {
	r := q.r
	b, err := r.buildSegment(ln, &q.at, q.key, fingerprint(q.hash), ref(r.loadData(q.at.info(e.off, segmentQueue))), e.at.segment(), r.loadData(q.at.info(e.off, segmentLimit)))
	if err != nil {
		return err
	}
	if !r.cas(q.at.link(e.off), 0, uint64(b)) {
		r.discard(ln, b)
		return nil
	}
	failpoint(atSegmentLinked)
	r.publish(ln, b, segment)
	if r.usedUp(&q.at, e.off) { // its last consumer may have looked before the link was there
		return q.retire(ln)
	}
	return nil
}

// create inserts an empty queue, unless somebody else does.
func (q *queue) create(ln *lane) error {
	r := q.r
	var b ref
	for {
		var p spot
		err := r.locate(&p, q.key, q.hash)
		if err == nil && !p.found && b == 0 {
			b, err = r.buildSegment(ln, &q.at, q.key, fingerprint(q.hash), 0, 0, q.limit)
		}
		done := err != nil || p.found
		switch {
		case done:
			if b != 0 {
				r.discard(ln, b)
			}
		case p.empty != 0:
			if done, err = r.insert(ln, &p, b); done {
				return err
			}
		default:
			err = r.overflow(ln, &p, q.bucket)
			if done = err != nil; done {
				r.discard(ln, b)
			}
		}
		if done {
			return err
		}
	}
}

// count is how many messages there are, and the position after the last one.
func (q *queue) count(ln *lane) (n uint64, at position, err error) {
	r := q.r
	var (
		ended position
		lost  lost
	)
again:
	for {
		b, err := q.find(ln, popping)
		if err != nil {
			return 0, 0, err
		}
		n = 0
		life := q.lifeOf(b)
		for walked := uint64(0); walked <= r.blockCount; walked++ {
			off := r.own(b)
			for i := range q.at.slots {
				w := queueSlot(r.load(q.at.slot(off, i)))
				switch {
				case w.deleted():
					if err := q.ends(ln, makePosition(b, i), &ended); err != nil {
						return 0, 0, err
					}
					continue again
				case w == 0 || w == slotSealed:
					return n, makePosition(b, i), nil
				case w.filled():
					n += w.count()
					more, ok, err := r.chained(q.at.slot(off, i), w)
					if err != nil && q.lives(life) {
						return 0, 0, err
					}
					if !ok {
						continue again
					}
					n += more
				case w.claimed():
					if err := r.handOver(q.at.slot(off, i), w); err != nil {
						return 0, 0, err
					}
					continue again
				}
			}
			next, ok := nextSegment(r.load(q.at.link(off)))
			if !ok {
				return n, makePosition(b, q.at.slots), nil
			}
			if !r.protect(ln, popping, next) {
				if err := lost.at(q, b); err != nil {
					return 0, 0, err
				}
				continue again
			}
			b = next
		}
		return 0, 0, &CorruptError{r.own(b), "queue without end"}
	}
}

// chained is how many messages follow those of slot word w in the rest of its batch. It reports false if the slot went on meanwhile.
func (r *region) chained(slot uint64, w queueSlot) (n uint64, ok bool, _ error) {
	for at, parts := w, uint64(0); ; parts++ {
		var m messages
		whole := r.readMessages(&m, at) && parts <= r.blockCount
		if queueSlot(r.load(slot)) != w {
			return 0, false, nil
		}
		if !whole {
			return 0, false, &CorruptError{slot, "slot leads to no message"}
		}
		if m.next == 0 {
			return n, true, nil
		}
		at = m.next
		n += at.count()
	}
}
