package simdb

import (
	"errors"
	"testing"
)

// openFastQueue is a queue whose next push and pop are of the common case.
func openFastQueue(t *testing.T, o Options) (*DB, *Queue) {
	t.Helper()
	o.lanes = 1
	db, q := openQueue(t, o, "q", QueueOptions{})
	for range 2 {
		must(t, q.Push([]byte("first")))
		must(t, second(q.TryPop(nil)))
	}
	return db, q
}

// inLane runs f in the only lane.
func inLane(db *DB, f func(ln *lane)) {
	ln := db.lanes.enterFirst(&db.r.mem, 1)
	defer ln.leave(&db.r.mem)
	f(ln)
}

// TestFastPushReused: what a block held before says nothing of the message in it.
func TestFastPushReused(t *testing.T) {
	db, q := openFastQueue(t, Options{BlockSize: 128, BlockCount: 40})
	r := db.r
	inLane(db, func(ln *lane) {
		r.giveBack(ln)
		var ok bool
		if ln.spare, ok = r.take(ln); !ok {
			t.Fatal("no block")
		}
		for off := r.own(ln.spare) + blockHeader; off < r.own(ln.spare)+r.blockSize; off += 8 {
			r.store(off, ^uint64(0))
		}
		if !q.pushFast(ln, []byte("message")) {
			t.Fatal("not the common case")
		}
	})
	must(t, q.Push([]byte("another")))
	for _, want := range []string{"message", "another"} {
		if n, err := q.Len(); n == 0 || err != nil {
			t.Error(n, err)
		}
		if m, err := q.TryPop(nil); string(m) != want || err != nil {
			t.Errorf("%q, %v", m, err)
		}
	}
	atRest(t, db, 1)
}

// TestFastPushFull: without a free block it writes into none.
func TestFastPushFull(t *testing.T) {
	db, q := openFastQueue(t, Options{BlockSize: 128, BlockCount: 8})
	must(t, db.PutString("key", "value")) // in the spare
	r := db.r
	inLane(db, func(ln *lane) {
		for ok := true; ok; _, ok = r.take(ln) {
		}
		before := string(r.bytes(r.blockOff, r.blockCount*r.blockSize))
		if q.pushFast(ln, []byte("message")) {
			t.Error("pushed without a block")
		}
		if string(r.bytes(r.blockOff, r.blockCount*r.blockSize)) != before {
			t.Error("it wrote into a block that is not its own")
		}
	})
	if err := q.Push([]byte("message")); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
}

// TestFastPopFilled: a slot that leads to no message to be taken is left as it is, though its bits look like one of a single message.
func TestFastPopFilled(t *testing.T) {
	for name, word := range map[string]func(b ref) queueSlot{
		"claimed by the first handle": func(b ref) queueSlot { return makeClaimedSlot(b, 1) },
		"sealed":                      func(ref) queueSlot { return slotSealed },
	} {
		t.Run(name, func(t *testing.T) {
			db, q := openFastQueue(t, Options{BlockSize: 128, BlockCount: 20})
			r := db.r
			ln := db.lanes.enterFirst(&r.mem, 1)
			defer ln.leave(&r.mem)
			if !q.pushFast(ln, []byte("message")) {
				t.Fatal("not the common case")
			}
			p := position(q.head.load(&r.mem))
			slot := q.at.slot(r.own(p.segment()), p.slot())
			pushed := queueSlot(r.load(slot))
			off, _ := r.block(0) // what the word of a seal names as a block
			for from, n := r.own(pushed.ref())+8, uint64(0); n < r.blockSize-8; n += 8 {
				r.store(off+8+n, r.load(from+n))
			}
			w := word(pushed.ref())
			r.store(slot, uint64(w))
			if m, ok := q.popFast(ln, make([]byte, 0, 100)); ok || queueSlot(r.load(slot)) != w {
				t.Errorf("%q, %v: the slot was %x, is %x", m, ok, w, r.load(slot))
			}
			r.store(slot, uint64(pushed))
			if m, ok := q.popFast(ln, make([]byte, 0, 100)); !ok || string(m) != "message" {
				t.Errorf("%q, %v: not the common case", m, ok)
			}
		})
	}
}
