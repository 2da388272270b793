package simdb

// Popping: the first slot that is not used up gives its messages.

// front is the first slot that is not used up, and what it leads to.
type front struct {
	at      position
	slot    uint64 // offset
	word    queueSlot
	crossed bool // a used-up segment was left behind on the way
}

// front finds the first message, having completed what others left half done on the way. Nobody may have taken it in the meantime; the slot says so.
func (q *queue) front(ln *lane) (f front, err error) {
	r := q.r
	var (
		ended position // the last word that said that the queue ends
		lost  lost
	)
	begin := r.here()
again:
	for {
		r.again(begin).but(uint64(ended)).but(uint64(lost.last)).butBool(f.crossed)
		at, err := q.hinted(ln, popping, &q.head, ended != 0 || lost.last != 0)
		if err == ErrNotFound {
			err = ErrEmpty
		}
		if err != nil {
			return f, err
		}
		b, i := at.segment(), at.slot()
		for walked := uint64(0); walked <= r.blockCount; walked++ {
			off := r.own(b)
			for ; i < q.at.slots; i++ {
				r.again(begin).but(uint64(makePosition(b, i))).but(uint64(ended)).but(uint64(lost.last)).butBool(f.crossed)
				slot := q.at.slot(off, i)
				w := queueSlot(r.load(slot))
				for w.claimed() {
					if err := r.handOver(slot, w); err != nil {
						return f, err
					}
					w = queueSlot(r.load(slot))
				}
				switch {
				case w.filled():
					f.at, f.slot, f.word = makePosition(b, i), slot, w
					return f, nil
				case w == 0:
					q.head.store(&r.mem, uint64(makePosition(b, i)))
					return f, ErrEmpty
				case !w.used(): // sealed or deleted
					if err := q.ends(ln, makePosition(b, i), &ended); err != nil {
						return f, err
					}
					continue again
				}
			}
			r.again(begin).but(uint64(makePosition(b, i))).but(uint64(ended)).but(uint64(lost.last)).butBool(f.crossed)
			link := r.load(q.at.link(off))
			next, ok := nextSegment(link)
			switch {
			case ok:
				f.crossed = true
				r.markHead(next)
				if !r.protect(ln, popping, next) {
					q.head.store(&r.mem, 0)
					if err := lost.at(q, b); err != nil {
						return f, err
					}
					continue again
				}
				b, i = next, 0
			case link == 0:
				q.head.store(&r.mem, uint64(makePosition(b, i)))
				return f, ErrEmpty
			default:
				if err := q.ends(ln, makePosition(b, i), &ended); err != nil {
					return f, err
				}
				continue again
			}
		}
		return f, &CorruptError{r.own(b), "queue without end"}
	}
}

// ends completes the deletion that the word at a position tells of. Where that is the queue of the key, it is gone afterwards; the same word again is that of no deletion.
func (q *queue) ends(ln *lane, at position, last *position) error {
	if *last == at {
		return &CorruptError{q.r.own(at.segment()), "queue ends here and goes on elsewhere"}
	}
	*last = at
	q.head.store(&q.r.mem, 0)
	return q.finishDrop(ln, true)
}

// pop takes the first message.
func (q *queue) pop(ln *lane, dst []byte) ([]byte, error) {
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
			return dst[:at], q.afterwards(ln, crossed, err)
		}
		var m messages
		ok := r.readMessages(&m, f.word)
		if ok {
			dst, ok = r.appendMessage(dst[:at], &m, m.count-f.word.count(), f.slot, f.word)
		}
		if !ok {
			if queueSlot(r.load(f.slot)) == f.word {
				return dst[:at], &CorruptError{f.slot, "slot leads to no message"}
			}
			continue
		}
		if !r.cas(f.slot, uint64(f.word), uint64(f.word.left(1, m.next))) {
			continue
		}
		crossed = q.took(ln, &f, &m, 1) || crossed
		r.done(begin).butBytes(dst[at:]).butBool(crossed)
		return dst, q.afterwards(ln, crossed, nil)
	}
}

// took ends a successful CAS of the front slot that took n messages. It says whether that used up the segment.
func (q *queue) took(ln *lane, f *front, m *messages, n uint64) bool {
	r := q.r
	failpoint(atPopTaken)
	if n < f.word.count() {
		q.head.store(&r.mem, uint64(f.at))
		return false
	}
	r.freeMessage(ln, f.word.ref())
	if m.next != 0 {
		return false
	}
	q.head.store(&r.mem, uint64(f.at+1))
	return f.at.slot()+1 == q.at.slots
}

// afterwards is done when the work of reading is: it moves the key's entry on if segments were left behind, and tells whoever waits for room.
func (q *queue) afterwards(ln *lane, crossed bool, err error) error {
	if crossed {
		if err2 := q.retire(ln); err == nil || err == ErrEmpty {
			if err2 != nil {
				return err2
			}
		}
	}
	if err == nil {
		q.r.wake(q.line)
	}
	return err
}
