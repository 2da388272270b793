package simdb

import "testing"

// TestRetireRing: who retires segments that lead round says so, and does not make the key's entry name one of them that it then lets rest.
func TestRetireRing(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 72, BlockCount: 32}, "q", QueueOptions{})
	for range 3 {
		must(t, q.Push([]byte("message")))
	}
	r := db.r
	head := headOf(t, q)
	next := r.load(q.at.link(r.own(head)))
	for _, off := range []uint64{r.own(head), r.own(ref(next))} {
		r.store(q.at.last(off), uint64(makeUsedSlot(1)))
	}
	r.store(q.at.link(r.own(ref(next))), next)
	ln, err := q.enter()
	must(t, err)
	defer ln.leave(&r.mem)
	findsCorrupt(t, func() error { return q.retire(ln) })
}

// TestRetireDeleted: who retires the segments of a queue that was deleted takes no other for it whose key looks the same to the index. Keys of other lengths have their segments' words elsewhere.
func TestRetireDeleted(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 32, hash: func([]byte) uint64 { return 1 }}, "q", QueueOptions{})
	other, err := db.Queue([]byte("another, whose key is longer"), QueueOptions{})
	must(t, err)
	for range other.at.slots {
		must(t, other.Push(nil))
	}
	for range other.at.slots {
		must(t, second(other.TryPop(nil)))
	}
	ln, err := q.enter()
	must(t, err)
	err = q.retire(ln)
	ln.leave(&db.r.mem)
	must(t, err)
	must(t, other.Push(nil))
	must(t, second(other.TryPop(nil)))
	atRest(t, db, 1)
}
