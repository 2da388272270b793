package simdb

import (
	"errors"
	"slices"
	"testing"
)

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
		{"a claim that stands in a slot, of no message", func(r *region, q *queue, first uint64) {
			b := queueSlot(r.load(q.at.slot(first, 0))).ref()
			r.store(r.own(b)+8, home(1))
			r.store(q.at.slot(first, 0), uint64(makeClaimedSlot(b, 1)))
		}, []string{"TryPop", "Len", "Take", "Claim", "Delete"}},
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
				c.corrupt(db.r, &q.queue, db.r.own(headOf(t, q)))
				findsCorrupt(t, func() error { return everything[call](q) })
			})
		}
	}
}

// TestCorruptBatch changes what a batch in a queue says of its messages.
func TestCorruptBatch(t *testing.T) {
	const count, length, table = 3, 40, messageHeader
	take := func(q *Queue) error { b, _ := NewBatch(MinBatch, make([]byte, 1000)); return q.Take(b) }
	pop := func(q *Queue) error { _, err := q.TryPop(nil); return err }
	claim := func(q *Queue) error { _, _, err := q.TryClaim(nil); return err }
	all := map[string]func(*Queue) error{"Take": take, "TryPop": pop, "Claim": claim}
	several := map[string]func(*Queue) error{"Take": take}
	noBlock := func(r *region, e *entry, i uint64) {
		l, _ := r.list(e.valueLen)
		r.store(l.table(e.off)+8*i, uint64(ref(r.indexMask)))
	}
	for _, c := range []struct {
		name      string
		blockSize uint64
		popped    int // before
		corrupt   func(r *region, e *entry)
		calls     map[string]func(*Queue) error
	}{
		{"begins beyond the end", 4096, 0, func(r *region, e *entry) { r.storeWord(e, table, (count*length+8)/8<<32|length) }, all},
		{"begins beyond the end, the last", 4096, count - 1, func(r *region, e *entry) { r.storeWord(e, table+8*(count-1), (count*length+8)/8<<32|length) }, all},
		{"is longer than the batch", 4096, 0, func(r *region, e *entry) { r.storeWord(e, table, count*length+1) }, all},
		{"does not follow the one before", 4096, 0, func(r *region, e *entry) { r.storeWord(e, table+8, (length+8)/8<<32|length) }, several},
		{"is named in no block", 72, 0, func(r *region, e *entry) { noBlock(r, e, 0) }, all},
		{"is in no block", 72, 0, func(r *region, e *entry) { l, _ := r.list(e.valueLen); noBlock(r, e, l.refs-1) }, several},
	} {
		for name, call := range c.calls {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				db, err := OpenHeap(Options{BlockSize: c.blockSize, BlockCount: 32})
				must(t, err)
				q, err := db.Queue([]byte("q"), QueueOptions{})
				must(t, err)
				must(t, q.PushBatch(slices.Repeat([][]byte{make([]byte, length)}, count)))
				for range c.popped {
					must(t, second(q.TryPop(nil)))
				}
				r := db.r
				var e entry
				if !r.messageEntry(&e, queueSlot(r.load(q.at.slot(r.own(headOf(t, q)), 0))).ref()) || e.meta.multiple() != (c.blockSize == 72) {
					t.Fatal("no batch, or not in as many blocks as was thought")
				}
				c.corrupt(r, &e)
				findsCorrupt(t, func() error { return call(q) })
			})
		}
	}
}

// TestCorruptBatchTable: where a batch's messages are is not to be found, in a block of its own; they are not taken for empty ones.
func TestCorruptBatchTable(t *testing.T) {
	const count, length = 3, 40
	db, err := OpenHeap(Options{BlockSize: 88, BlockCount: 32})
	must(t, err)
	r := db.r
	q, err := db.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	must(t, q.PushBatch(slices.Repeat([][]byte{make([]byte, length)}, count)))
	var m messages
	if !r.readMessages(&m, queueSlot(r.load(q.at.slot(r.own(headOf(t, q)), 0)))) || !m.meta.multiple() || m.count != count {
		t.Fatal("not all messages are in one list of blocks")
	}
	l, _ := r.list(m.bytes())
	if l.depth != 1 || l.prefix != messageHeader || 8*count > r.payload() {
		t.Fatal("the table of the messages is not in the first leaf")
	}
	r.store(l.table(m.off), uint64(ref(r.indexMask)))
	findsCorrupt(t, func() error { b, _ := NewBatch(MinBatch, make([]byte, 1000)); return q.Take(b) })
}

// TestQueueOfNoLife: an index that names the first block in its life 0, which is no life, does not make who moves the head on try for ever.
func TestQueueOfNoLife(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 72, BlockCount: 32, lanes: 1})
	must(t, err)
	r := db.r
	(*db.lanes.list.Load())[0].cursor = db.r.blockCount - 1
	q, err := db.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	for range 10 {
		must(t, q.Push([]byte("message")))
	}
	if r.index(headOf(t, q)) != 0 {
		t.Fatal("the queue does not begin in the first block")
	}
	var s seen
	must(t, r.lookup(&s, q.key, q.hash))
	r.store(s.slot, s.word&^uint64(refMask))
	for {
		err := comesBack(t, func() error { _, err := q.TryPop(nil); return err })
		if errors.Is(err, ErrCorrupt) {
			return
		}
		must(t, err)
	}
}
