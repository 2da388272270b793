package simdb

import "testing"

// TestHazardedPlaces: only places that are in use protect a block, by their hazards alone.
func TestHazardedPlaces(t *testing.T) {
	const block = 4
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 10})
	must(t, err)
	defer db.Close()
	r := db.r
	other, err := db.Attach()
	must(t, err)
	place := other.h.slot
	last := r.hazardWord(place, r.hazardLanes-1, popping)
	r.store(last, block+1)
	if !r.hazarded(block) || r.hazarded(block-1) || r.hazarded(block+1) {
		t.Error("the last hazard of a place does not name its block alone")
	}
	must(t, other.Close())
	if r.hazarded(block) {
		t.Error("a place that nobody is in protects a block")
	}
	for w := handleWord(0); w.generation() <= block+1; w = w.next().clean() { // the word of a place comes after the hazards of the place before
		r.store(r.handle(place), uint64(w))
		if r.hazarded(block) {
			t.Errorf("the generation of a place, %d, protects a block", w.generation())
		}
	}
}

// TestProtectNothing: no segment is not protected, whatever a corrupt region says where one is.
func TestProtectNothing(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 40}, "q", QueueOptions{})
	must(t, q.Push(nil))
	ln, err := q.enter()
	must(t, err)
	defer ln.leave(&db.r.mem)
	for _, role := range []hazardRole{pushing, popping} {
		db.r.unprotect(ln)
		if db.r.protect(ln, role, 0) {
			t.Error("a lane that protects nothing says that it protects no segment")
		}
		if !db.r.protect(ln, role, headOf(t, q)) || db.r.protect(ln, role, 0) {
			t.Error("a lane that protects a segment says that it protects no segment")
		}
	}
}
