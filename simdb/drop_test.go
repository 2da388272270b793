package simdb

import "testing"

// TestCompletedDeletion: who comes to complete a deletion that is complete leaves another queue alone, though its key has the same fingerprint.
func TestCompletedDeletion(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20, hash: func([]byte) uint64 { return 1 }}, "deleted", QueueOptions{})
	other, err := db.Queue([]byte("another queue, its key longer"), QueueOptions{})
	must(t, err)
	must(t, other.Push([]byte("message")))
	ln, err := q.enter()
	must(t, err)
	err = q.finishDrop(ln, true)
	must(t, q.leave(ln, err))
	if n, err := other.Len(); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// TestCorruptDeletion: where the way to the queue's end is lost though the index did not go on, only a corrupt region can be.
func TestCorruptDeletion(t *testing.T) {
	for name, corrupt := range map[string]func(r *region, q *Queue, first ref){
		"segments in a ring": func(r *region, q *Queue, first ref) { r.store(q.at.link(r.own(first)), uint64(first)) },
		"a first segment that rests": func(r *region, q *Queue, first ref) {
			for _, ln := range *q.db.lanes.list.Load() {
				r.unprotect(ln)
			}
			r.store(r.own(first), uint64(makeBlockWord(resting, 0, r.version(first))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
			must(t, q.Push([]byte("message")))
			corrupt(db.r, q, headOf(t, q))
			findsCorrupt(t, func() error {
				ln, err := q.enter()
				must(t, err)
				return q.leave(ln, q.finishDrop(ln, true))
			})
		})
	}
}

// TestDeletionLeftToOthers: a sweep that meets a queue that is closed changes no slot of it.
func TestDeletionLeftToOthers(t *testing.T) {
	for name, word := range map[string]func(ref) queueSlot{
		"filled":  func(b ref) queueSlot { return makeQueueSlot(b, 1) },
		"claimed": func(b ref) queueSlot { return makeClaimedSlot(b, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
			must(t, q.Push([]byte("message")))
			r := db.r
			var s seen
			must(t, r.lookup(&s, q.key, q.hash))
			slot := q.at.slot(r.own(s.ref()), 0)
			w := word(queueSlot(r.load(slot)).ref())
			r.store(slot, uint64(w))
			r.store(slot+8, uint64(slotSealed))
			ln, err := q.enter()
			must(t, err)
			must(t, q.leave(ln, q.finishDrop(ln, false)))
			if now := queueSlot(r.load(slot)); now != w || !r.still(&s) {
				t.Errorf("the slot was %x, and is %x; the queue is there: %v", w, now, r.still(&s))
			}
		})
	}
}
