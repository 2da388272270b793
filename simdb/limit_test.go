package simdb

import "testing"

// TestLimitCorrupt: a push that has to know how many messages there are does not believe messages that are none.
func TestLimitCorrupt(t *testing.T) {
	noMessage := func(r *region, slot uint64) { r.store(r.own(queueSlot(r.load(slot)).ref())+8, home(1)) }
	for name, corrupt := range map[string]func(r *region, first, last uint64){
		"the first is no message": func(r *region, first, last uint64) { noMessage(r, first) },
		"the last is no message":  func(r *region, first, last uint64) { noMessage(r, last) },
		"the rest of the last is itself": func(r *region, first, last uint64) {
			w := queueSlot(r.load(last))
			r.store(r.own(w.ref())+blockHeader+messageNext, uint64(w))
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 32})
			must(t, err)
			q, err := db.Queue([]byte("q"), QueueOptions{Limit: 5})
			must(t, err)
			for range 2 {
				must(t, q.Push([]byte("message")))
			}
			off := db.r.own(headOf(t, q))
			corrupt(db.r, q.at.slot(off, 0), q.at.slot(off, 1))
			findsCorrupt(t, func() error { return q.Push([]byte("more")) })
		})
	}
}
