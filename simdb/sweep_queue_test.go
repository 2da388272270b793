package simdb

import (
	"fmt"
	"runtime/debug"
	"testing"
)

// givenUp is a queue whose only message was claimed and given up: that orphan, and the queue's name.
func givenUp(t *testing.T) (db *DB, q *Queue, orphan, name ref) {
	t.Helper()
	db, q = openQueue(t, Options{BlockSize: 128, BlockCount: 20, lanes: 1, buckets: 1}, "q", QueueOptions{})
	must(t, q.Push([]byte("message")))
	_, c, err := q.TryClaim(nil)
	must(t, err)
	must(t, q.Release(c))
	name, ok := db.r.queueOf(c.b)
	if !ok {
		t.Fatal("no message")
	}
	return db, q, c.b, name
}

// TestSweepStale: what a sweep saw has become something else meanwhile. It leaves that alone, and does not count it.
func TestSweepStale(t *testing.T) {
	db, q, b, name := givenUp(t)
	r := db.r
	must(t, q.Delete())
	off, w := r.own(b), blockWord(r.load(r.own(b)))
	if report, err := db.Sweep(); err != nil || report != (SweepReport{Freed: 1}) {
		t.Errorf("of the orphan of a queue that was deleted: %+v, %v", report, err)
	}
	atRest(t, db, 0)
	ln := db.lanes.enter(&r.mem)
	defer ln.leave(&r.mem)
	var ok bool
	for used := b; blockWord(r.load(off)).state() == free; { // until another life of it is taken
		if used, ok = r.take(ln); !ok || r.index(used) == r.index(name) {
			t.Fatal("the block is not to be had")
		}
	}
	segmentOff := r.own(name)
	now, rests := r.load(off), r.load(segmentOff)
	var report SweepReport
	must(t, r.sweepOrphan(b, off, w, &report))
	must(t, r.sweepSegment(ln, name, segmentOff, makeBlockWord(owned, ln.handle+1, r.version(name)), &report))
	if r.load(off) != now || r.load(segmentOff) != rests || report != (SweepReport{}) {
		t.Errorf("%x was %x, %x was %x, %+v", r.load(off), now, r.load(segmentOff), rests, report)
	}
}

// TestSweepMessages: a sweep counts no messages that wait, and frees at once what was never linked.
func TestSweepMessages(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
	r := db.r
	must(t, q.Push([]byte("message")))
	if report, err := db.Sweep(); report != (SweepReport{}) || err != nil {
		t.Errorf("%+v, %v", report, err)
	}
	ln := db.lanes.enter(&r.mem)
	defer ln.leave(&r.mem)
	m, err := r.buildMessage(ln, q.bucket, [][]byte{[]byte("another")})
	must(t, err)
	off := r.own(m.b)
	var report SweepReport
	r.sweepMessage(m.b, off, blockWord(r.load(off)), &report)
	if s := blockWord(r.load(off)).state(); s != free || report != (SweepReport{Freed: 1}) {
		t.Errorf("%v, %+v", s, report)
	}
}

// TestQueueNamed: the queue of a message is there if a segment of that name is in the bucket that the message names, and not by anything else that looks like it.
func TestQueueNamed(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(t *testing.T, db *DB, q *Queue, b, name ref)
		there bool
	}{
		{"there", func(*testing.T, *DB, *Queue, ref, ref) {}, true},
		{"its insertion is pending", func(t *testing.T, db *DB, q *Queue, _, _ ref) { // others use it by then
			var s seen
			must(t, db.r.lookup(&s, q.key, q.hash))
			db.r.store(db.r.bucket(q.bucket), uint64(headPending)|uint64(s.ref()))
			db.r.store(s.witness, 0)
		}, true},
		{"deleted", func(t *testing.T, db *DB, q *Queue, _, _ ref) { must(t, q.Delete()) }, false},
		{"another of its key", func(t *testing.T, db *DB, q *Queue, _, _ ref) {
			must(t, q.Delete())
			must(t, q.Push(nil))
		}, false},
		{"a value that names it", func(t *testing.T, db *DB, q *Queue, _, name ref) {
			must(t, q.Delete())
			value := alignedBytes(80)
			m := newMem(value)
			for i := uint64(0); i < 80; i += 8 {
				*m.word(i) = uint64(name)
			}
			must(t, db.Put(q.key, value))
		}, false},
		{"a bucket beyond the last", func(t *testing.T, db *DB, q *Queue, b, _ ref) {
			var s seen
			must(t, db.r.lookup(&s, q.key, q.hash))
			db.r.store(db.r.chain(db.r.bucket(db.r.buckets)).slot, s.word)
			db.r.store(db.r.own(b)+blockHeader+messageCount, db.r.buckets|1<<countShift)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, q, b, name := givenUp(t)
			c.do(t, db, q, b, name)
			if ok, err := db.r.queueNamed(b, name); ok != c.there || err != nil {
				t.Error(ok, err)
			}
		})
	}
}

// TestSweepCorruptSegment: a sweep believes no segment that says of itself what can not be: a key that leaves no room for slots, a segment before it beyond the last block.
func TestSweepCorruptSegment(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	o := Options{BlockSize: 128, BlockCount: 32, buckets: 1}
	g, memory := guarded(o)
	defer unguarded(memory)
	db, err := attachHeap(&heapRegion{bytes: memory, geometry: *g}, o)
	must(t, err)
	defer db.Close()
	r := db.r
	ln := db.lanes.enter(&r.mem)
	defer ln.leave(&r.mem)
	b, ok := r.take(ln)
	if !ok {
		t.Fatal("no block")
	}
	off := r.own(b)
	var q queue
	for n := uint64(1); n <= r.payload(); n++ {
		r.store(off+8, uint64(makeMeta(kindQueue, n, 0, 0, 0)))
		if fits := r.segments(n).slots >= minSlots; r.queueAt(&q, off) != fits {
			t.Errorf("a key of %d bytes: %v", n, !fits)
		}
	}
	r.store(off+8, uint64(makeMeta(kindQueue, 1, 0, 0, 0)))
	r.queueAt(&q, off)
	for _, before := range []ref{0, b, r.makeRef(r.blockCount, 1), ref(r.indexMask), refMask} {
		r.store(q.at.info(off, segmentPrevious), uint64(before))
		if ok, err := r.linkedTo(&q, b, off); ok || err != nil {
			t.Errorf("behind %x: %v, %v", before, ok, err)
		}
	}
}

// TestSweepRing: a sweep comes back from a batch whose rest is itself.
func TestSweepRing(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
	r := db.r
	must(t, q.Push([]byte("message")))
	head := headOf(t, q)
	w := queueSlot(r.load(q.at.slot(r.own(head), 0)))
	r.store(r.own(w.ref())+blockHeader+messageNext, uint64(w))
	must(t, comesBack(t, func() error {
		if found, _ := r.chainLeads(w, head); found != leadsNowhere {
			return fmt.Errorf("it leads somewhere: %d", found)
		}
		return nil
	}))
}
