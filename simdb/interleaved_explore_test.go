//go:build explore

package simdb

import (
	"encoding/binary"
	"slices"
	"testing"
)

// onLoad runs f once, before a load of a word: the first after so many others.
type onLoad struct {
	word  uint64
	after int
	f     func()
}

func (s *onLoad) Before(k uint8, word uint64) {
	if s.f == nil || k != stepLoad || word != s.word {
		return
	}
	if s.after--; s.after < 0 {
		f := s.f
		s.f = nil
		f()
	}
}

func (s *onLoad) After(uint64, uint64) {}
func (s *onLoad) Retry()               {}
func (s *onLoad) Here() int            { return 0 }
func (s *onLoad) Again(int)            {}
func (s *onLoad) Done(int)             {}
func (s *onLoad) But(uint64)           {}

// TestInsertedDuringScan: an insertion is decided and its slot filled after a deleter looked at the head, and its author stops there. The deleter must complete it before it
// changes the slot, or the next helper fills the slot again: the key comes back (racing case 2).
func TestInsertedDuringScan(t *testing.T) {
	l := newLeftBehind(t, 5)
	s := &onLoad{word: l.survivor.r.chain(l.survivor.r.bucket(0)).slot}
	l.survivor.r.hook = hook{s: s}
	s.f = func() { must(t, steps(l.inserting(), l.decide(), l.fill())) }
	must(t, l.survivor.Delete(l.key))
	l.survivor.r.hook = hook{}
	l.expect("")
	must(t, l.writer.r.help(l.p.head, l.pending()))
	l.die()
	l.settle("")
}

// TestIterationOfOneHead: a key that moves to another slot of its bucket in the middle of an iteration is given once.
func TestIterationOfOneHead(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 20, slots: 3, buckets: 1})
	must(t, db.PutString("moves", ""))
	s := &onLoad{word: db.r.chain(db.r.bucket(0)).slot + 8}
	s.f = func() {
		must(t, db.DeleteString("moves"))
		must(t, db.PutString("takes its slot", ""))
		must(t, db.PutString("moves", ""))
	}
	db.r.hook = hook{s: s}
	defer func() { db.r.hook = hook{} }()
	seen := map[string]int{}
	for key := range db.Keys() {
		seen[string(key)]++
	}
	if seen["moves"] != 1 || seen["takes its slot"] > 1 {
		t.Errorf("%v", seen)
	}
}

// TestSecondFreer: while one frees an entry, another has freed it, and its blocks are an entry again. The slow one leaves them alone (racing case 5).
func TestSecondFreer(t *testing.T) {
	l := newLeftBehind(t, 100) // few enough blocks for the hints to find them again
	must(t, steps(l.deleting(), l.announce(), l.unlink(slotWord(l.p.word).dead())))
	r, b := l.survivor.r, l.p.ref()
	fast := (*l.survivor.lanes.list.Load())[0]
	s := &onLoad{word: r.own(b) + 8}
	s.f = func() {
		r.unlinked(fast, b)
		must(t, l.survivor.Put(l.key, l.value))
		var p spot
		must(t, r.locate(&p, l.key, l.hash))
		if r.index(p.ref()) != r.index(b) {
			t.Error("the block of the entry was not reused: nothing is tested")
		}
	}
	l.writer.r.hook = hook{s: s}
	l.writer.r.unlinked(l.ln, b)
	l.writer.r.hook = hook{}
	if s.f != nil {
		t.Error("never stopped")
	}
	l.die()
	l.settle(string(l.value))
}

// TestLimitOfAnotherMoment: a push that its queue's limit might refuse counts what was pushed before its slot; then others push into that slot and beyond, and pop. What is in the
// queue now is not to be compared with that count.
func TestLimitOfAnotherMoment(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 512, BlockCount: 60}, "q", QueueOptions{Limit: 5})
	other, err := db.Attach()
	must(t, err)
	defer other.Close()
	q2, err := other.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	push, pop := func() { must(t, q2.Push(nil)) }, func() { must(t, second(q2.TryPop(nil))) }
	must(t, q.Push(nil))
	must(t, second(q.TryPop(nil)))
	if _, err := q.TryPop(nil); err != ErrEmpty {
		t.Fatal(err)
	}
	e := position(q.tail.load(&db.r.mem))
	s := &onLoad{word: q.at.slot(db.r.own(e.segment()), e.slot())}
	for s.after = range 4 {
		s.f = func() { push(); push(); push(); pop(); pop() }
		db.r.hook = hook{s: s}
		must(t, q.Push(nil))
		db.r.hook = hook{}
		for range q.All() {
		}
		e = position(q.tail.load(&db.r.mem))
		s.word = q.at.slot(db.r.own(e.segment()), e.slot())
	}
}

// TestLimitSegmentReused: a push at the first slot of a segment asks the segment before it how many messages there were. That one is used up meanwhile, and its block becomes a value that
// looks as if a slot led to a message.
func TestLimitSegmentReused(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 72, BlockCount: 8}, "q", QueueOptions{})
	another := func() (*DB, *Queue) {
		other, err := db.Attach()
		must(t, err)
		q, err := other.Queue([]byte("q"), QueueOptions{Limit: 2})
		must(t, err)
		return other, q
	}
	other, q2 := another()
	defer other.Close()
	first, q1 := another()
	for range 2 {
		must(t, q1.Push(nil))
	}
	must(t, second(q1.TryPop(nil)))
	must(t, first.Close()) // nobody protects the segment any more
	r := db.r
	var s seen
	must(t, r.lookup(&s, q.key, q.hash))
	before := r.own(s.ref())
	value := slices.Repeat(binary.NativeEndian.AppendUint64(nil, uint64(makeQueueSlot(s.ref(), 1))), 6)
	h := &onLoad{word: q.at.last(before), after: 2} // it has looked for an empty slot, and whether all are used up
	h.f = func() {
		_, err := q2.TryPop(nil)
		for i := byte(0); err == nil && blockWord(r.load(before)).state() == resting; i++ {
			err = other.Put([]byte{i}, value)
		}
		if state := blockWord(r.load(before)).state(); state != live {
			t.Errorf("the segment before is %v instead of a value, %v: nothing is tested", state, err)
		}
	}
	r.hook = hook{s: h}
	err := q.Push(nil)
	r.hook = hook{}
	must(t, err)
	if h.f != nil {
		t.Error("never stopped")
	}
	if n, err := q.Len(); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// TestHintOfDeletedQueue: while one goroutine completes the deletion of a queue, another that shares the accessor says late where it was in it. The first must not believe that.
func TestHintOfDeletedQueue(t *testing.T) {
	for name, do := range map[string]func(q *Queue) error{
		"push": func(q *Queue) error { return q.Push(nil) },
		"pop":  func(q *Queue) error { return ifErr(ErrEmpty, second(q.TryPop(nil))) },
	} {
		t.Run(name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 60}, "q", QueueOptions{})
			must(t, q.Push(nil))
			must(t, second(q.TryPop(nil)))
			if _, err := q.TryPop(nil); err != ErrEmpty {
				t.Fatal(err)
			}
			end := position(q.tail.load(&db.r.mem))
			if !db.r.cas(q.at.slot(db.r.own(end.segment()), end.slot()), 0, uint64(slotSealed)) {
				t.Fatal("not the end")
			}
			s := &onLoad{word: db.r.bucket(q.bucket)}
			s.f = func() {
				q.tail.store(&db.r.mem, uint64(end))
				q.head.store(&db.r.mem, uint64(end))
			}
			db.r.hook = hook{s: s}
			must(t, do(q))
			db.r.hook = hook{}
			if name == "push" {
				must(t, second(q.TryPop(nil)))
				must(t, q.Delete())
			}
			atRest(t, db, 0)
		})
	}
}
