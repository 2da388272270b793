//go:build explore

package simdb

import "testing"

// onLoad runs f once, before the first load of a word.
type onLoad struct {
	word uint64
	f    func()
}

func (s *onLoad) Before(k StepKind, word uint64) {
	if f := s.f; f != nil && k == StepLoad && word == s.word {
		s.f = nil
		f()
	}
}

func (s *onLoad) After(StepKind, uint64, uint64, uint64) {}

// TestInsertedDuringScan: an insertion is decided and its slot filled after a deleter looked at the head, and its author stops there. The deleter must complete it before it
// changes the slot, or the next helper fills the slot again: the key comes back (racing case 2).
func TestInsertedDuringScan(t *testing.T) {
	l := newLeftBehind(t, 5)
	s := &onLoad{word: l.survivor.r.chain(l.survivor.r.bucket(0)).slot}
	l.survivor.r.hook = hook{s}
	s.f = func() { must(t, steps(l.inserting(), l.decide(), l.fill())) }
	must(t, l.survivor.Delete(l.key))
	l.survivor.r.hook = hook{}
	l.expect("")
	must(t, l.writer.r.help(l.p.head, l.pending()))
	l.die()
	l.settle("")
}
