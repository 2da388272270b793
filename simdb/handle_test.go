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

// cleanedMeanwhile are locks under which another sweep cleans a place just before it is taken. They see whether who holds one and looks for the dead, as a sweep does at first, uses the place.
type cleanedMeanwhile struct {
	locks
	r           *region
	place, mine uint64
	unused      bool
}

func (l *cleanedMeanwhile) tryLock(slot uint64) (bool, error) {
	if slot == l.place {
		l.r.store(l.r.handle(slot), uint64(handleWord(l.r.load(l.r.handle(slot))).clean()))
	}
	l.mine = slot
	return l.locks.tryLock(slot)
}

func (l *cleanedMeanwhile) unlock(slot uint64) {
	l.mine = 0
	l.locks.unlock(slot)
}

func (l *cleanedMeanwhile) held(slot uint64) (bool, error) {
	l.unused = l.unused || l.mine != 0 && !handleWord(l.r.load(l.r.handle(l.mine))).used()
	return l.locks.held(slot)
}

// TestAdoptedIsInUse: who sweeps in the place of a dead handle has that place in use. If another sweep was faster, what it announced would be nobody's if it died.
func TestAdoptedIsInUse(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 72, BlockCount: 100})
	first, err := db.Attach()
	must(t, err)
	first.r.locks.unlock(first.h.slot)
	diedRetiring(t, db)
	r := db.heap.region()
	l := &cleanedMeanwhile{locks: r.locks, r: r, place: first.h.slot}
	r.locks = l
	must(t, r.sweepAdopted())
	if l.unused {
		t.Error("swept in a place that was cleaned")
	}
	if dead, err := db.r.dead(db.h.slot); len(dead) > 0 || err != nil {
		t.Errorf("dead still: %v, %v", dead, err)
	}
}
