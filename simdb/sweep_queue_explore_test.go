//go:build explore

package simdb

import "testing"

// TestHazardBeforeLook: a hazard is there before its segment is looked at, or whoever takes the segment in between does not see it.
func TestHazardBeforeLook(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
	must(t, q.Push(nil))
	r := db.r
	b := headOf(t, q)
	ln := db.lanes.enter(&r.mem)
	defer ln.leave(&r.mem)
	r.unprotect(ln)
	s := &onLoad{word: r.own(b), f: func() {
		if !r.hazarded(r.index(b)) {
			t.Error("it looks first")
		}
	}}
	r.hook = hook{s: s}
	ok := r.protect(ln, popping, b)
	r.hook = hook{}
	if !ok || s.f != nil {
		t.Error("not protected, or not looked at")
	}
}

// TestSegmentReusedUnderSweep: while a sweep looks where a message is, its segment's block becomes another thing, with bytes that look like a claim of the message.
func TestSegmentReusedUnderSweep(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
	must(t, q.Push(nil))
	r := db.r
	off := r.own(headOf(t, q))
	slot := q.at.slot(off, 0)
	was, pushed := blockWord(r.load(off)), r.load(slot)
	b := queueSlot(pushed).ref()
	s := &onLoad{word: slot, f: func() {
		r.store(off, uint64(makeBlockWord(owned, db.h.slot, was.version()+1)))
		r.store(slot, uint64(makeClaimedSlot(b, db.h.slot)))
	}}
	r.hook = hook{s: s}
	lead, _ := r.leads(b)
	r.hook = hook{}
	if lead != leadsNowhere || s.f != nil {
		t.Errorf("%d, or never stopped", lead)
	}
	r.store(off, uint64(was))
	r.store(slot, pushed)
}
