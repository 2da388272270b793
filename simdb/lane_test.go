package simdb

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// TestBusyLanes: who gives back what a handle keeps touches no lane that somebody is in, but for its own.
func TestBusyLanes(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 400, lanes: 1}, "q", QueueOptions{})
	must(t, q.Push([]byte("message")))
	r, l := db.r, &db.lanes
	mine, other := l.enter(&r.mem), l.enter(&r.mem)
	defer mine.leave(&r.mem) // also if the test ends early: Close waits for them
	defer other.leave(&r.mem)
	if mine == other {
		t.Fatal("two are in one lane")
	}
	for _, ln := range []*lane{mine, other} {
		var ok bool
		if ln.spare, ok = r.take(ln); !ok || !r.protect(ln, popping, headOf(t, q)) {
			t.Fatal("no spare, or no hazard")
		}
	}
	kept := func(ln *lane) bool {
		hazard := r.load(r.hazardWord(ln.handle, ln.number, popping)) != 0
		if hazard != (ln.spare != 0) {
			t.Fatal("a spare without a hazard, or the other way round")
		}
		return hazard
	}
	l.giveBack(r, mine)
	l.unprotect(r, mine)
	if kept(mine) || !kept(other) || other.word.load(&r.mem) != laneBusy {
		t.Error("not what is mine, or what another lane has that is in use")
	}
	other.leave(&r.mem)
	l.giveBack(r, mine)
	l.unprotect(r, mine)
	if kept(other) || other.word.load(&r.mem) != laneIdle {
		t.Error("another lane keeps what it has, or is not left")
	}
	mine.leave(&r.mem)
	if _, err := q.TryPop(nil); err != nil {
		t.Fatal(err)
	}
	atRest(t, db, 1)
}

// TestAttachClearsHazards: what the dead protected is nothing to who has their place.
func TestAttachClearsHazards(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 10})
	must(t, err)
	defer db.Close()
	next := db.h.slot + 1
	db.r.store(db.r.hazardWord(next, 0, popping), 1)
	db.r.store(db.r.hazardWord(next+1, 0, pushing), 2)
	after := uint64(handleWord(0).next().clean())
	db.r.store(db.r.handle(next+1), after)
	other, err := db.Attach()
	must(t, err)
	if other.h.slot != next || db.r.load(db.r.hazardWord(next, 0, popping)) != 0 {
		t.Errorf("place %d protects still what it did", other.h.slot)
	}
	if db.r.load(db.r.hazardWord(next+1, 0, pushing)) != 2 || db.r.load(db.r.handle(next+1)) != after {
		t.Error("another place is not what it was, or protects no more what it did")
	}
	must(t, other.Close())
}

// TestFewLanes: no goroutine gets a lane beyond those that have hazards.
func TestFewLanes(t *testing.T) {
	const n = 2
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 10, lanes: n})
	r, l := db.r, &db.lanes
	list := *l.list.Load()
	for _, ln := range list {
		ln.word.store(&r.mem, laneClosed) // neither is given, and nobody waits for one
	}
	if ln := l.enterFirst(&r.mem, n); ln != nil {
		t.Errorf("got lane %d of %d", ln.number, n)
	}
	for _, ln := range list {
		ln.word.store(&r.mem, laneIdle)
	}
	if ln := l.enterFirst(&r.mem, n); ln == nil || ln.number >= n {
		t.Errorf("got %v", ln)
	} else {
		ln.leave(&r.mem)
	}
}

// TestWaitForLane: who finds all lanes taken gets one once somebody leaves.
func TestWaitForLane(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 10, lanes: 1})
	r, l := db.r, &db.lanes
	mine := l.enterFirst(&r.mem, 1)
	got := make(chan *lane)
	go func() { got <- l.enterFirst(&r.mem, 1) }()
	for range 1000 {
		runtime.Gosched() // it may come before that, but hardly
	}
	mine.leave(&r.mem)
	if ln := <-got; ln != mine {
		t.Fatalf("got %v", ln)
	}
	mine.leave(&r.mem)
}

// TestSweepInLaneWithoutHazard: a sweep waits for a lane that has hazards, and writes none in the next handle's place.
func TestSweepInLaneWithoutHazard(t *testing.T) {
	for _, how := range []struct {
		name  string
		sweep func(db *DB) error
	}{
		{"Sweep", func(db *DB) error { _, err := db.Sweep(); return err }},
		{"space", func(db *DB) error {
			ln := (*db.lanes.list.Load())[maxHazardLanes]
			ln.word.store(&db.r.mem, laneBusy)
			defer ln.leave(&db.r.mem)
			db.space(ln, &FullError{})
			return nil
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			db := openHeap(t, Options{BlockSize: 72, BlockCount: 100, lanes: maxHazardLanes + 1})
			diedRetiring(t, db)
			next := func() (words [handleSize / 8]uint64) {
				for i := range words {
					words[i] = db.r.load(db.r.handle(db.h.slot+1) + 8*uint64(i))
				}
				words[0] = 0 // used, and then clean
				return words
			}
			before := next()
			busy := (*db.lanes.list.Load())[:maxHazardLanes]
			for _, ln := range busy { // writes that are running
				ln.word.store(&db.r.mem, laneBusy)
			}
			done := make(chan error)
			go func() { done <- how.sweep(db) }()
			for range 1000 {
				runtime.Gosched() // it may begin after that, but hardly
			}
			for _, ln := range busy {
				ln.leave(&db.r.mem)
			}
			must(t, <-done)
			if after := next(); after != before {
				t.Errorf("the next handle's place was %x, and is %x", before, after)
			}
		})
	}
}

// TestBuilderHasNoHazards: who builds a pack, and sweeps for room, leaves the hazards of the handle's other lanes alone.
func TestBuilderHasNoHazards(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 72, BlockCount: 100, lanes: 1}, "mine", QueueOptions{})
	diedRetiring(t, db)
	must(t, q.Push([]byte("x")))
	r := db.r
	popper, err := q.enter()
	must(t, err)
	hazard := r.hazardWord(popper.handle, popper.number, popping)
	if !r.protect(popper, popping, headOf(t, q)) {
		t.Fatal("not protected")
	}
	protected := r.load(hazard)
	builder, err := db.enterBuilding()
	must(t, err)
	db.space(builder, &FullError{})
	builder.leave(&r.mem)
	if now := r.load(hazard); now != protected {
		t.Errorf("the hazard was %d and is %d, and its lane still trusts in it", protected, now)
	}
	popper.leave(&r.mem)
}

// diedRetiring leaves a used-up segment that a handle, in the next place, announced before it died.
func diedRetiring(t *testing.T, db *DB) {
	t.Helper()
	dead, err := db.Attach()
	must(t, err)
	q, err := dead.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	for range 3 {
		must(t, q.Push([]byte("x")))
	}
	ln, err := q.enter()
	must(t, err)
	r := dead.r
	for range 2 {
		f, err := q.front(ln)
		must(t, err)
		if !r.cas(f.slot, uint64(f.word), uint64(f.word.left(1, 0))) {
			t.Fatal("somebody else took it")
		}
		r.freeMessage(ln, f.word.ref())
	}
	var p spot
	must(t, r.locate(&p, q.key, q.hash))
	if _, list, ok := q.announceUsed(ln, &p, nil); !ok || len(list) != 1 {
		t.Fatal("not announced")
	}
	dead.r.locks.unlock(dead.h.slot)
}

// TestPacksOfQueues: packs built from iterators that use queues, and sweep, do not wait for each other, however many goroutines of a handle build one.
func TestPacksOfQueues(t *testing.T) {
	for _, n := range []int{1, maxHazardLanes, 3 * maxHazardLanes} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 2000}) // not closed if they hang: Close waits for them
			must(t, err)
			q, err := db.Queue([]byte("q"), QueueOptions{})
			must(t, err)
			for range n {
				must(t, q.Push([]byte("message")))
			}
			var begun, done sync.WaitGroup
			begun.Add(n)
			errs := make([]error, n)
			for i := range n {
				done.Go(func() {
					errs[i] = db.PutPackSeq(fmt.Appendf(nil, "pack %d", i), func(yield func([]byte) bool) {
						begun.Done()
						begun.Wait() // now each of them has a lane
						m, err := q.TryPop(nil)
						if err == nil && yield(m) {
							_, err = db.Sweep()
						}
						if err != nil {
							panic(err)
						}
					})
				})
			}
			comesBack(t, func() error { done.Wait(); return nil })
			must(t, errors.Join(errs...))
			for i := range n {
				p, err := db.Pack(fmt.Appendf(nil, "pack %d", i))
				must(t, err)
				if m, err := p.At(0, nil); err != nil || string(m) != "message" || p.Len() != 1 {
					t.Fatalf("pack %d: %d records, %q, %v", i, p.Len(), m, err)
				}
			}
			must(t, db.Close())
		})
	}
}

// TestCloseDuringBuild: Close waits for a pack that is being built, which may need blocks of the dead until its end.
func TestCloseDuringBuild(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 200})
	other, err := db.Attach()
	must(t, err)
	dead, err := db.Attach()
	must(t, err)
	ln := dead.lanes.enter(&dead.r.mem)
	for range 150 {
		if _, ok := dead.r.take(ln); !ok {
			t.Fatal("no free block")
		}
	}
	dead.r.locks.unlock(dead.h.slot) // as its death would

	const records = 120
	closed := make(chan error, 1)
	must(t, other.PutPackSeq([]byte("pack"), func(yield func([]byte) bool) {
		go func() { closed <- other.Close() }()
		for !other.isClosed() {
			runtime.Gosched()
		}
		for range 1000 {
			runtime.Gosched() // it may have come further after that, but hardly
		}
		for range records {
			if !yield(make([]byte, 100)) {
				return
			}
		}
		if len(closed) != 0 {
			t.Error("Close did not wait")
		}
	}))
	must(t, <-closed)
	p, err := db.Pack([]byte("pack"))
	if err != nil || p.Len() != records {
		t.Fatalf("%d records, %v", p.Len(), err)
	}
	if findings, err := db.Check(); err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
}
