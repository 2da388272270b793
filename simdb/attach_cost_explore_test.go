//go:build explore

package simdb

import "testing"

// touched counts the steps on a region, and those on words of its blocks.
type touched struct {
	onLoad
	r             *region
	steps, blocks int
}

func (s *touched) Before(_ uint8, word uint64) {
	s.steps++
	if word >= s.r.blockOff && word < s.r.size {
		s.blocks++
	}
}

// TestAttachCost counts what attaching touches. As long as there is a clean place it looks at no block, and at one word more for each place on the way that is in use, by the living or the
// dead; only when every place is, it pays for a sweep.
func TestAttachCost(t *testing.T) {
	const places = 6
	cost := func(blocks uint64, dead int) touched {
		heap := newHeapRegion(must2(t)((&Options{BlockSize: 64, BlockCount: blocks, handles: places}).geometry()))
		for range dead {
			db, err := attachHeap(heap, Options{})
			must(t, err)
			db.r.locks.unlock(db.h.slot)
		}
		s := touched{r: heap.region()}
		heap.hook = hook{s: &s}
		db, err := attachHeap(heap, Options{})
		must(t, err)
		db.r.hook = hook{}
		must(t, db.Close())
		return s
	}
	clean := cost(10, 0)
	for dead := range places {
		small, large := cost(10, dead), cost(1000, dead)
		if small.steps != large.steps || large.blocks != 0 {
			t.Errorf("%d dead: %d steps among 10 blocks, %d among 1000, %d of them on blocks", dead, small.steps, large.steps, large.blocks)
		}
		if small.steps > clean.steps+2*dead { // one to see that it is in use, one to say how far places are
			t.Errorf("%d dead: %d steps, %d with none", dead, small.steps, clean.steps)
		}
	}
	if all := cost(1000, places); all.blocks < 1000 {
		t.Errorf("every place is dirty, and %d blocks were looked at", all.blocks)
	}
}

func must2(t fataler) func(*geometry, error) *geometry {
	return func(g *geometry, err error) *geometry { must(t, err); return g }
}
