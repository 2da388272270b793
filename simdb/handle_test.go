package simdb

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

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

// TestAttachSaysWho: a place says for people who has it.
func TestAttachSaysWho(t *testing.T) {
	before := startTime()
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 10})
	must(t, err)
	defer db.Close()
	place := db.r.handle(db.h.slot)
	if pid := db.r.loadData(place + handlePID); pid != uint64(os.Getpid()) {
		t.Errorf("process %d", pid)
	}
	if start := db.r.loadData(place + handleStart); start < before || start > startTime() || start == 0 && before != 0 {
		t.Errorf("attached at %d, between %d and %d", start, before, startTime())
	}
	var command [commandSize]byte
	db.r.copyOut(command[:], place+handleCommand)
	if want := filepath.Base(os.Args[0]); string(bytes.TrimRight(command[:], "\x00")) != want[:min(len(want), commandSize)] {
		t.Errorf("command %q instead of %q", command, want)
	}
}
