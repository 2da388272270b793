package simdb

// Retiring: the key's entry moves on to the real head, and the segments before it are freed.

// retire makes the index name the first segment that is not used up, and frees those before. Only used-up segments are announced. So when the index names one that is not used
// up, all that we announced are behind it, whoever moved it there.
func (q *queue) retire(ln *lane) error {
	r := q.r
	var room [8]ref
	announced := room[:0]
	var lost lost
	begin := r.here()
	for {
		r.again(begin).but(uint64(lost.last)).butRefs(announced)
		var p spot
		if err := r.locate(&p, q.key, q.hash); err != nil {
			return err
		}
		if !p.found || p.entry.meta.kind() != kindQueue {
			break
		}
		head, list, ok := q.announceUsed(ln, &p, announced)
		announced = list
		failpoint(atRetireAnnounced)
		if ok && (head == p.ref() || r.cas(p.slot, p.word, uint64(makeSlot(fingerprint(q.hash), head)))) {
			break
		}
		if !ok && head != 0 {
			if err := lost.at(q, head); err != nil {
				return err
			}
		}
	}
	r.done(begin).butRefs(announced)
	for _, b := range announced {
		r.rest(b)
	}
	r.done(begin)
	return nil
}

// announceUsed announces the used-up segments from the one that the index names on, appends them to list, and gives the first that is not used up. It reports false if the
// index went on meanwhile, with the segment behind which the way was lost if it was.
func (q *queue) announceUsed(ln *lane, p *spot, list []ref) (ref, []ref, bool) {
	r := q.r
	b := p.ref()
	if !r.protect(ln, popping, b) {
		return b, list, false
	}
	begin := r.here()
	for n := uint64(0); r.still(&p.seen); n++ {
		r.again(begin).but(uint64(b)).butRefs(list)
		off := r.own(b)
		next, ok := nextSegment(r.load(q.at.link(off)))
		if !ok || !r.usedUp(&q.at, off) {
			return b, list, true
		}
		r.markHead(next)
		if n > r.blockCount || !r.announceSegment(ln, b) {
			return b, list, false
		}
		list = append(list, b)
		if !r.protect(ln, popping, next) {
			return b, list, false
		}
		b = next
	}
	return 0, list, false
}
