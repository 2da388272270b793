//go:build explore

package simdb

import "fmt"

// Word names a word that was reported as a step, and one of its values, for people.
func (e *Explored) Word(word, value uint64) (name, text string) {
	g := &e.heap.geometry
	switch {
	case Private(word):
		return e.privateWord(word, value)
	case word >= g.size:
		return fmt.Sprintf("lock[%s]", e.owner((word-g.size)/8+1)), [...]string{"free", "held"}[value&1]
	case word >= g.blockOff:
		i, off := (word-g.blockOff)/g.blockSize, (word-g.blockOff)%g.blockSize
		switch off {
		case 0:
			return fmt.Sprintf("block[%d]", i), e.blockText(blockWord(value))
		case 8:
			return fmt.Sprintf("block[%d].meta", i), e.metaText(value)
		}
		if part, ok := e.queueWord(word-off, off); ok {
			return fmt.Sprintf("block[%d].%s", i, part), e.queueText(part, value)
		}
		return fmt.Sprintf("block[%d].payload[%d]", i, (off-blockHeader)/8), e.payloadText(value)
	case word >= g.bucketOff:
		n, i := (word-g.bucketOff)/g.bucketSize, (word-g.bucketOff)%g.bucketSize/8
		switch i {
		case 0:
			return fmt.Sprintf("bucket[%d].head", n), e.headText(headWord(value))
		case g.slots + 1:
			return fmt.Sprintf("bucket[%d].link", n), e.slotText(slotWord(value))
		}
		return fmt.Sprintf("bucket[%d].slot[%d]", n, i-1), e.slotText(slotWord(value))
	case word == sharedOff:
		return "places", fmt.Sprint(value)
	case word < g.attachOff:
		n, off := (word-waitOff)/waitLineSize, (word-waitOff)%waitLineSize
		if off == waitOrphans {
			return fmt.Sprintf("line[%d].orphans", n), fmt.Sprint(value)
		}
		return fmt.Sprintf("line[%d]", n), fmt.Sprint(value)
	default:
		slot, off := (word-g.attachOff)/handleSize+1, (word-g.attachOff)%handleSize
		switch {
		case off >= hazardFirst:
			lane, role := (off-hazardFirst)/8/hazardRoles, (off-hazardFirst)/8%hazardRoles
			text := "none"
			if value != 0 {
				text = fmt.Sprintf("block[%d]", value-1)
			}
			return fmt.Sprintf("hazard[%s.%d %s]", e.owner(slot), lane, [...]string{"pushing", "popping"}[role]), text
		case off != 0:
			return fmt.Sprintf("place[%s].info[%d]", e.owner(slot), off/8), fmt.Sprint(value)
		}
		w := handleWord(value)
		return fmt.Sprintf("place[%s]", e.owner(slot)), fmt.Sprintf("%s g%d", ifElse(w.used(), "used", "clean"), w.generation())
	}
}

func (e *Explored) privateWord(word, value uint64) (name, text string) {
	for _, x := range e.handles {
		if x.DB.closed.name() == word {
			return x.name + ".closed", fmt.Sprint(value != 0)
		}
		if x.DB.claims.name() == word {
			return x.name + ".claims", fmt.Sprint(value != 0)
		}
		for i, ln := range x.lanes {
			if ln.word.name() == word {
				return fmt.Sprintf("%s.lane[%d]", x.name, i), [...]string{"idle", "busy", "closed"}[value%3]
			}
		}
		for _, q := range x.queues {
			for i, l := range []*local{&q.head, &q.tail, &q.found, &q.none} {
				if l.name() != word {
					continue
				}
				text := fmt.Sprint(value)
				if i < 2 && value != 0 {
					text = e.positionText(position(value))
				}
				return fmt.Sprintf("%s.%s.%s", x.name, q.key, [...]string{"head", "tail", "found", "none"}[i]), text
			}
		}
	}
	return "private", fmt.Sprint(value)
}

func (e *Explored) owner(slot uint64) string {
	for _, x := range e.handles {
		if x.h.slot == slot {
			return x.name
		}
	}
	return fmt.Sprintf("#%d", slot)
}

func (e *Explored) blockText(w blockWord) string {
	switch {
	case w.state() == dying && w.owner() == 0:
		return fmt.Sprintf("dying(nobody) v%d", w.version())
	case w.state() == claimed:
		return fmt.Sprintf("claimed(%s, %d) v%d", e.owner(w.owner()), w.attempt(), w.version())
	case w.state() == orphan:
		return fmt.Sprintf("orphan(%d) v%d", w.attempt(), w.version())
	case w.owner() != 0:
		return fmt.Sprintf("%v(%s) v%d", w.state(), e.owner(w.owner()), w.version())
	}
	return fmt.Sprintf("%v v%d", w.state(), w.version())
}

func (e *Explored) refText(b ref) string {
	return fmt.Sprintf("block[%d]v%d", e.heap.index(b), e.heap.version(b))
}

func (e *Explored) slotText(w slotWord) string {
	switch {
	case w.used():
		return e.refText(w.ref())
	case w == 0:
		return "empty"
	}
	return "dead " + e.refText(w.ref())
}

func (e *Explored) headText(h headWord) string {
	switch {
	case h == 0:
		return "none"
	case h.pending():
		return "pending " + e.refText(h.ref())
	}
	return "done " + e.refText(h.ref())
}

func (e *Explored) metaText(value uint64) string {
	if b, ok := homeOf(value); ok {
		return "home " + e.refText(b)
	}
	switch m := meta(value); {
	case m.kind() == kindIndex:
		return fmt.Sprintf("overflow of bucket[%d]", m.bucket())
	case m.kind() == kindQueue:
		return fmt.Sprintf("segment, place %d", m.place())
	case m.kind() == kindMessage && !m.multiple():
		return fmt.Sprintf("message %d B", m.valueLen()-messageHeader)
	case m.kind() == kindMessage:
		return "message, list"
	case m.multiple():
		return "list, " + linkingText(m)
	default:
		return fmt.Sprintf("key %d B, value %d B, %s", m.keyLen(), m.valueLen(), linkingText(m))
	}
}

// queueText is a value of a part of a segment or message.
func (e *Explored) queueText(part string, value uint64) string {
	switch {
	case part == "link" && value == uint64(slotSealed):
		return "sealed"
	case value == 0 && part[0] != 's':
		return "0"
	case part == "link", part == "queue", part == "previous":
		return e.refText(ref(value))
	case part == "where":
		return e.positionText(position(value))
	case part == "next", part[0] == 's':
		return e.queueSlotText(queueSlot(value))
	case part == "count":
		return fmt.Sprintf("%d of bucket[%d]", value>>countShift, value&(1<<countShift-1))
	}
	return e.payloadText(value)
}

func linkingText(m meta) string {
	if i, named := m.victim(); named {
		return fmt.Sprintf("victim block[%d]", i)
	}
	return fmt.Sprintf("place %d", m.place())
}

// payloadText shows small numbers and letters as such, and what looks like a slot as one: an overflow block has slots as payload.
func (e *Explored) payloadText(value uint64) string {
	w := slotWord(value)
	switch {
	case value>>62 != 0 && e.heap.index(w.ref()) < e.heap.blockCount && e.heap.version(w.ref()) < 1000:
		return e.slotText(w)
	case value >= 'a' && value <= 'z':
		return fmt.Sprintf("%q", rune(value))
	}
	return fmt.Sprintf("%#x", value)
}

func ifElse(c bool, yes, no string) string {
	if c {
		return yes
	}
	return no
}
