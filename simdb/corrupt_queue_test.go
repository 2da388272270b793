package simdb

import "testing"

// TestCorruptQueue: what only a corrupt region holds gives an error to who comes upon it: no walk goes round and round.
func TestCorruptQueue(t *testing.T) {
	everything := map[string]func(q *Queue) error{
		"Push":   func(q *Queue) error { return q.Push([]byte("more")) },
		"TryPop": func(q *Queue) error { _, err := q.TryPop(nil); return err },
		"Len":    func(q *Queue) error { _, err := q.Len(); return err },
		"Take":   func(q *Queue) error { b, _ := NewBatch(MinBatch, make([]byte, 1000)); return q.Take(b) },
		"Claim":  func(q *Queue) error { _, _, err := q.TryClaim(nil); return err },
		"Delete": func(q *Queue) error { return q.Delete() },
	}
	for _, c := range []struct {
		name    string
		corrupt func(r *region, q *queue, first uint64)
		calls   []string // that come upon it
	}{
		{"a batch whose rest is itself", func(r *region, q *queue, first uint64) {
			w := queueSlot(r.load(q.at.slot(first, 1)))
			r.store(r.own(w.ref())+blockHeader+messageNext, uint64(w))
		}, []string{"Len"}},
		{"segments in a ring", func(r *region, q *queue, first uint64) {
			for _, off := range []uint64{first, r.own(ref(r.load(q.at.link(first))))} {
				for i := range q.at.slots {
					r.store(q.at.slot(off, i), uint64(makeUsedSlot(1)))
				}
			}
			second := r.load(q.at.link(first))
			r.store(q.at.link(r.own(ref(second))), second)
		}, []string{"Push", "TryPop", "Len", "Take", "Claim", "Delete"}},
		{"a slot that leads to no message", func(r *region, q *queue, first uint64) {
			r.store(r.own(queueSlot(r.load(q.at.slot(first, 0))).ref())+8, home(1))
		}, []string{"TryPop", "Take", "Claim"}},
		{"a slot that leads out of the region", func(r *region, q *queue, first uint64) {
			r.store(q.at.slot(first, 0), uint64(makeQueueSlot(ref(r.indexMask), 1)))
		}, []string{"TryPop", "Take", "Claim"}},
	} {
		for _, call := range c.calls {
			t.Run(c.name+"/"+call, func(t *testing.T) {
				db, err := OpenHeap(Options{BlockSize: 72, BlockCount: 32})
				must(t, err)
				q, err := db.Queue([]byte("q"), QueueOptions{})
				must(t, err)
				for range 3 {
					must(t, q.Push([]byte("message")))
				}
				var s seen
				must(t, db.r.lookup(&s, q.key, q.hash))
				c.corrupt(db.r, &q.queue, db.r.own(s.ref()))
				findsCorrupt(t, func() error { return everything[call](q) })
			})
		}
	}
}
