package simdb

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func openQueue(t testing.TB, o Options, key string, qo QueueOptions) (*DB, *Queue) {
	t.Helper()
	db, err := OpenHeap(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	q, err := db.Queue([]byte(key), qo)
	if err != nil {
		t.Fatal(err)
	}
	return db, q
}

// headOf is the segment that the key of a queue leads to.
func headOf(t *testing.T, q *Queue) ref {
	t.Helper()
	var s seen
	must(t, q.r.lookup(&s, q.key, q.hash))
	return s.ref()
}

// atRest says whether nothing but empty queues, of so many segments, and spares is left of a region's blocks.
func atRest(t testing.TB, db *DB, segments uint64) {
	t.Helper()
	c := checkRegion(t, db)
	spares := uint64(0)
	for _, ln := range *db.lanes.list.Load() {
		if ln.spare != 0 {
			spares++
		}
	}
	if c.counts[segment]+c.counts[marked] > segments || c.free+c.retired+spares+c.counts[index]+c.counts[segment]+c.counts[marked] != db.r.blockCount {
		t.Errorf("blocks left: %v", c.counts)
	}
	for key, q := range c.queues {
		if q.behind > 0 {
			t.Errorf("the entry of queue %q is %d segments behind", key, q.behind)
		}
	}
	findings, err := db.Check()
	if err != nil || len(findings) > 0 {
		t.Errorf("check: %v %v", findings, err)
	}
}

func TestQueueInOrder(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 200, slots: 2, buckets: 3}, "q", QueueOptions{})
	if _, err := q.TryPop(nil); err != ErrEmpty {
		t.Fatal(err)
	}
	pushed, popped := 0, 0
	for round := range 50 {
		for range round%17 + 1 {
			if err := q.Push([]byte(fmt.Sprint("message ", pushed))); err != nil {
				t.Fatal(err)
			}
			pushed++
		}
		if n, err := q.Len(); err != nil || n != pushed-popped {
			t.Fatal(n, err, pushed-popped)
		}
		for popped < pushed-round%3 {
			m, err := q.TryPop(nil)
			if err != nil || string(m) != fmt.Sprint("message ", popped) {
				t.Fatalf("%q %v", m, err)
			}
			popped++
		}
	}
	for range q.All() {
		popped++
	}
	if popped != pushed {
		t.Error(popped, pushed)
	}
	atRest(t, db, 1)
	if err := q.Delete(); err != nil {
		t.Fatal(err)
	}
	atRest(t, db, 0)
}

func TestQueueBatches(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 256, BlockCount: 2000}, "q", QueueOptions{})
	var batch [][]byte
	for i := range 1200 {
		batch = append(batch, []byte(fmt.Sprint("m", i)))
	}
	if err := q.PushBatch(batch); err != nil {
		t.Fatal(err)
	}
	if err := q.Push(nil); err != nil {
		t.Fatal(err)
	}
	if n, err := q.Len(); n != 1201 || err != nil {
		t.Fatal(n, err)
	}
	for i := range 1200 {
		m, err := q.TryPop(nil)
		if err != nil || string(m) != fmt.Sprint("m", i) {
			t.Fatalf("%d: %q %v", i, m, err)
		}
	}
	if m, err := q.TryPop(nil); len(m) != 0 || err != nil {
		t.Fatal(m, err)
	}
	atRest(t, db, 1)
}

func TestQueueTake(t *testing.T) {
	for _, blockSize := range []uint64{88, 128, 4096} {
		db, q := openQueue(t, Options{BlockSize: blockSize, BlockCount: 3000}, "q", QueueOptions{})
		next, want := 0, 0
		b, err := NewBatch(64, make([]byte, 1000))
		must(t, err)
		if err := q.Take(b); err != ErrEmpty {
			t.Fatal(err)
		}
		for round := range 60 {
			var batch [][]byte
			for range round%7*20 + 1 {
				batch = append(batch, []byte(fmt.Sprint(next, "/"[:next%2], "......................."[:next%23])))
				next++
			}
			must(t, q.PushBatch(batch))
			for range 3 {
				if err := q.Take(b); err == ErrEmpty {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				if b.Len() == 0 || b.Size() > 1000 || b.Len() > 64 {
					t.Fatal(b.Len(), b.Size())
				}
				for _, m := range b.All() {
					if string(m) != fmt.Sprint(want, "/"[:want%2], "......................."[:want%23]) {
						t.Fatalf("%q for %d", m, want)
					}
					want++
				}
			}
		}
		for q.Take(b) == nil {
			want += b.Len()
			if b.End() == EndSource && want != next {
				t.Fatal("ended by the source too early")
			}
		}
		if want != next {
			t.Fatal(want, next)
		}
		must(t, q.Push(make([]byte, 1001)))
		var large *ElementError
		if err := q.Take(b); !errors.As(err, &large) || large.Bytes != 1001 {
			t.Fatal(err)
		}
		if m, err := q.TryPop(nil); err != nil || len(m) != 1001 {
			t.Fatal(err)
		}
		must(t, q.PushBatch([][]byte{nil}))
		must(t, q.Push(make([]byte, 1001)))
		if err := q.Take(b); err != nil || b.Len() != 1 || b.End() != EndMemory {
			t.Fatal(err, b.Len(), b.End())
		}
		if m, err := q.TryPop(nil); err != nil || len(m) != 1001 {
			t.Fatal(err)
		}
		atRest(t, db, 1)
	}
}

func TestQueueClaims(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 200}, "q", QueueOptions{})
	must(t, q.PushBatch([][]byte{[]byte("a"), []byte("b"), []byte("c")}))
	var claims []Claim
	for _, want := range []string{"a", "b", "c"} {
		m, c, err := q.TryClaim(nil)
		if err != nil || string(m) != want || c.Redelivered() {
			t.Fatalf("%q %v %v", m, c, err)
		}
		claims = append(claims, c)
	}
	if _, _, err := q.TryClaim(nil); err != ErrEmpty {
		t.Fatal(err)
	}
	must(t, q.Ack(claims[0]))
	if err := q.Ack(claims[0]); err != ErrStale {
		t.Fatal(err)
	}
	must(t, q.Release(claims[1]))
	m, c, err := q.TryClaim(nil)
	if err != nil || string(m) != "b" || !c.Redelivered() {
		t.Fatalf("%q %v %v", m, c, err)
	}
	must(t, q.Ack(c))
	must(t, q.Ack(claims[2]))
	atRest(t, db, 1)

	// A handle that closes gives up what it holds.
	other, err := db.Attach()
	must(t, err)
	q2, err := other.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	must(t, q.Push([]byte("d")))
	if _, _, err := q2.TryClaim(nil); err != nil {
		t.Fatal(err)
	}
	must(t, other.Close())
	m, c, err = q.TryClaim(nil)
	if err != nil || string(m) != "d" || c.Attempt() != 2 {
		t.Fatalf("%q %v %v", m, c, err)
	}
	must(t, q.Ack(c))
	atRest(t, db, 1)
}

// TestQueueLastOfBatch: the last of several messages that were pushed together is claimed where it is, the others as copies. Given up, each comes back as itself.
func TestQueueLastOfBatch(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 200}, "q", QueueOptions{})
	must(t, q.PushBatch([][]byte{[]byte("a"), []byte("b"), []byte("c")}))
	for _, want := range []string{"a", "b", "c"} {
		_, c, err := q.TryClaim(nil)
		must(t, err)
		must(t, q.Release(c))
		m, c, err := q.TryClaim(nil)
		if err != nil || string(m) != want || !c.Redelivered() {
			t.Fatalf("%q given up came back as %q, %v", want, m, err)
		}
		must(t, q.Ack(c))
	}
	atRest(t, db, 1)
}

// TestQueueLimitOfNone: a push that the limit refuses does not make the queue.
func TestQueueLimitOfNone(t *testing.T) {
	db, q := openQueue(t, Options{}, "q", QueueOptions{Limit: 2})
	var limit *LimitError
	if err := q.PushBatch(make([][]byte, 3)); !errors.As(err, &limit) || *limit != (LimitError{Limit: 2}) {
		t.Error(err)
	}
	if _, err := q.Len(); err != ErrNotFound {
		t.Error(err)
	}
	atRest(t, db, 0)
}

// TestQueueClaimWithoutRoom: where there is no room for the copy of a message, a claim gets what a dead handle held.
func TestQueueClaimWithoutRoom(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 12}, "q", QueueOptions{})
	other, err := db.Attach()
	must(t, err)
	held, err := other.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	must(t, q.Push([]byte("held")))
	_, _, err = held.TryClaim(nil)
	must(t, err)
	must(t, q.PushBatch([][]byte{[]byte("first"), []byte("second")}))
	for err = error(nil); err == nil; {
		err = q.Push([]byte("fills the region"))
	}
	if _, _, err := q.TryClaim(nil); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	other.r.locks.unlock(other.h.slot) // as the kernel does when it dies
	if m, c, err := q.TryClaim(nil); err != nil || string(m) != "held" || !c.Redelivered() {
		t.Fatalf("%q %v %v", m, c, err)
	}
}

func TestQueueKinds(t *testing.T) {
	db, q := openQueue(t, Options{}, "q", QueueOptions{Limit: 2})
	must(t, q.Push([]byte("a")))
	must(t, q.Push([]byte("b")))
	if err := q.Push([]byte("c")); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	k := []byte("q")
	ctx, version := t.Context(), Version{}
	update := func([]byte) ([]byte, error) { return k, nil }
	for name, err := range map[string]error{
		"put": db.Put(k, k), "delete": db.Delete(k), "get": second(db.Get(k, nil)), "len": second(db.Len(k)), "add": second(db.Add(k, 1)),
		"insert": second(db.CompareAndSwap(k, version, k)), "update": db.Update(k, update),
		"put pack": db.PutPack(k, [][]byte{k}), "pack": second(db.Pack(k)), "wait": second(db.Wait(ctx, k, version)),
	} {
		if err != ErrKind {
			t.Error(name, err)
		}
	}
	must(t, db.Put([]byte("v"), k))
	v, err := db.Queue([]byte("v"), QueueOptions{})
	must(t, err)
	p, err := db.Queue([]byte("p"), QueueOptions{})
	must(t, err)
	must(t, db.PutPack([]byte("p"), [][]byte{k}))
	batch, err := NewBatch(MinBatch, nil)
	must(t, err)
	of := func(q *Queue) map[string]error {
		_, _, claim := q.TryClaim(nil)
		return map[string]error{
			"push": q.Push(k), "batch": q.PushBatch([][]byte{k, k}), "pop": second(q.TryPop(nil)), "take": q.Take(batch), "claim": claim, "len": second(q.Len()), "delete": q.Delete(),
			"push wait": q.PushWait(ctx, k), "pop wait": second(q.Pop(ctx, nil)), "take wait": q.TakeWait(ctx, batch),
		}
	}
	for name, err := range of(p) {
		if err != ErrKind {
			t.Error(name, "of a pack:", err)
		}
	}
	for name, err := range of(v) {
		if err != ErrKind {
			t.Error(name, err)
		}
	}
	keys := map[string]bool{}
	for k := range db.Keys() {
		keys[string(k)] = true
	}
	for k := range db.All() {
		if string(k) == "q" {
			t.Errorf("%q among the values", k)
		}
	}
	if !keys["q"] || !keys["v"] {
		t.Error(keys)
	}
}

func second[T any](_ T, err error) error { return err }

// TestQueueUnacked counts claims of two queues through their ways: of a single message and of one of several, given up by release, by close and by death, acknowledged.
func TestQueueUnacked(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 500}, "q", QueueOptions{})
	other, err := db.Queue([]byte("other"), QueueOptions{})
	must(t, err)
	unacked := func(want int) {
		t.Helper()
		if n, err := q.Unacked(); n != want || err != nil {
			t.Fatalf("%d unacknowledged, want %d; %v", n, want, err)
		}
	}
	if _, err := q.Unacked(); err != ErrNotFound {
		t.Fatal(err)
	}
	must(t, q.PushBatch([][]byte{{1}, {2}, {3}}))
	must(t, q.Push([]byte{4}))
	must(t, other.Push([]byte{5}))
	_, _, err = other.TryClaim(nil)
	must(t, err)
	unacked(0)
	var claims []Claim
	for i := range 4 {
		_, c, err := q.TryClaim(nil)
		must(t, err)
		claims = append(claims, c)
		unacked(i + 1)
	}
	must(t, q.Release(claims[0]))
	unacked(4)
	must(t, q.Ack(claims[1]))
	unacked(3)
	peer, err := db.Attach()
	must(t, err)
	theirs, err := peer.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	_, _, err = theirs.TryClaim(nil) // what was released
	must(t, err)
	unacked(3)
	must(t, peer.Close())
	unacked(3)
	for range 3 {
		if _, c, err := q.TryClaim(nil); err == nil {
			must(t, q.Ack(c))
		}
	}
	must(t, q.Ack(claims[2]))
	must(t, q.Ack(claims[3]))
	unacked(0)
}

// TestPushBatchWait waits for room, and not for what there never will be room for.
func TestPushBatchWait(t *testing.T) {
	_, q := openQueue(t, Options{BlockSize: 128, BlockCount: 500}, "q", QueueOptions{Limit: 3})
	must(t, q.PushBatch([][]byte{{1}, {2}}))
	if err := q.PushBatchWait(t.Context(), make([][]byte, 4)); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- q.PushBatchWait(t.Context(), [][]byte{{3}, {4}}) }()
	for want := byte(1); want <= 4; want++ {
		m, err := q.Pop(t.Context(), nil)
		if err != nil || m[0] != want {
			t.Fatal(m, err)
		}
	}
	must(t, <-done)
	ctx, cancel := context.WithCancel(t.Context())
	must(t, q.PushBatch([][]byte{{1}, {2}}))
	cancel()
	if err := q.PushBatchWait(ctx, [][]byte{{3}, {4}}); err != context.Canceled {
		t.Fatal(err)
	}
}
