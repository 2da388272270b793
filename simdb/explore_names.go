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
	default:
		slot, off := (word-g.attachOff)/handleSize+1, (word-g.attachOff)%handleSize
		if off != 0 {
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
		for i, ln := range x.lanes {
			if ln.word.name() == word {
				return fmt.Sprintf("%s.lane[%d]", x.name, i), [...]string{"idle", "busy", "closed"}[value%3]
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
	case m.multiple():
		return fmt.Sprintf("list, place %d", m.place())
	default:
		return fmt.Sprintf("key %d B, value %d B, place %d", m.keyLen(), m.valueLen(), m.place())
	}
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
