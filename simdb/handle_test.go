package simdb

import "testing"

// takenMeanwhile are locks under which somebody attaches, and dies, just before one is taken.
type takenMeanwhile struct {
	locks
	r *region
}

func (l takenMeanwhile) tryLock(slot uint64) (bool, error) {
	l.r.store(l.r.handle(slot), uint64(handleWord(l.r.load(l.r.handle(slot))).next()))
	return l.locks.tryLock(slot)
}

// TestAttachLooksAgain: a place that was clean when it was chosen is a dead handle's when its lock is taken, and has to be swept before anybody has it.
func TestAttachLooksAgain(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 10})
	must(t, err)
	defer db.Close()
	r := db.heap.region()
	r.locks = takenMeanwhile{r.locks, r}
	if h, err := r.attachClean(); err != ErrHandles {
		t.Fatalf("got place %d of a dead handle (%v)", h.slot, err)
	}
	for slot := uint64(2); slot <= r.handles; slot++ {
		if held, err := r.locks.held(slot); held || err != nil {
			t.Fatalf("place %d is locked still (%v)", slot, err)
		}
	}
}
