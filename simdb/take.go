package simdb

// Taking several messages at once.

// take fills a batch from the front of the queue. What one push appended is taken by one step as far as it fits; the rest follows step by step.
func (q *queue) take(ln *lane, b *Batch) error {
	r := q.r
	crossed := false
	for {
		f, err := q.front(ln)
		crossed = crossed || f.crossed
		if err == ErrEmpty && b.Len() > 0 {
			err = nil
			return q.afterwards(ln, crossed, nil)
		}
		if err != nil {
			return q.afterwards(ln, crossed, err)
		}
		var m messages
		memory, ends := len(b.memory), len(b.ends)
		ok := r.readMessages(&m, f.word) && r.copyMessages(b, &m, m.count-f.word.count())
		n := uint64(len(b.ends) - ends)
		refused := b.end
		if ok && n > 0 && r.cas(f.slot, uint64(f.word), uint64(f.word.left(n, m.next))) {
			crossed = q.took(ln, &f, &m, n) || crossed
			if refused != EndSource {
				return q.afterwards(ln, crossed, nil)
			}
			continue
		}
		unchanged := queueSlot(r.load(f.slot)) == f.word
		switch {
		case unchanged && !ok:
			err = &CorruptError{f.slot, "slot leads to no message"}
		case unchanged && n == 0 && ends == 0:
			_, size, _ := r.extent(&m, m.count-f.word.count())
			if queueSlot(r.load(f.slot)) == f.word {
				err = &ElementError{0, int(size), cap(b.memory)}
			}
		case unchanged && n == 0:
			return q.afterwards(ln, crossed, nil)
		}
		b.memory, b.ends, b.end = b.memory[:memory], b.ends[:ends], EndSource
		if err != nil {
			return q.afterwards(ln, crossed, err)
		}
	}
}

// copyMessages copies the messages of a list from number i on into b, as many as there is room for. It reports false if they make no sense.
func (r *region) copyMessages(b *Batch, m *messages, i uint64) bool {
	if m.count == 1 {
		if n := m.valueLen - messageHeader; n > uint64(cap(b.memory)) {
			b.Room(cap(b.memory) + 1)
		} else if b.Room(int(n)) {
			s := r.stream(&m.entry, messageHeader, n)
			s.get(b.Extend(int(n)))
			return s.ok
		}
		return true
	}
	table := r.stream(&m.entry, messageHeader+8*i, 8*(m.count-i))
	var bytes stream
	end := uint64(0) // of the message before
	for first := true; i < m.count; i++ {
		w := table.getWord()
		from, n := messageHeader+8*m.count+w>>32*8, w&(1<<32-1)
		if !table.ok || from > m.valueLen || n > m.valueLen-from || !first && from != end {
			return false
		}
		if first {
			bytes, first = r.stream(&m.entry, from, m.valueLen-from), false
		}
		if !b.Room(int(n)) {
			return true
		}
		bytes.get(b.Extend(int(n)))
		if !bytes.ok {
			return false
		}
		end = from + pad8(n)
	}
	return true
}
