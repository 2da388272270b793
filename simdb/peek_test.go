package simdb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

func peeked(t testing.TB, q *Queue) []string {
	t.Helper()
	var list []string
	for m, err := range q.Peek() {
		must(t, err)
		list = append(list, string(m))
	}
	return list
}

func TestPeek(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 200}, "q", QueueOptions{})
	if got := peeked(t, q); got != nil {
		t.Errorf("%q of no queue", got)
	}
	var want []string
	push := func(n int) {
		var batch [][]byte
		for range n {
			want = append(want, fmt.Sprintf("message %d of some length, so that several blocks hold it", len(want)))
			batch = append(batch, []byte(want[len(want)-1]))
		}
		must(t, q.PushBatch(batch))
	}
	same := func(when string) {
		t.Helper()
		if got := peeked(t, q); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	for _, n := range []int{1, 3, 2, 1, 1, 1, 1, 1} { // several segments
		push(n)
	}
	same("pushed")
	same("again")
	if n, err := q.Len(); err != nil || n != len(want) {
		t.Error(n, err)
	}
	m, c, err := q.TryClaim(nil) // the only one of its slot, then one that is split off
	must(t, err)
	_, d, err := q.TryClaim(m)
	must(t, err)
	want = want[2:]
	same("claimed")
	must(t, q.Ack(c))
	must(t, q.Ack(d))
	for range 6 {
		_, err := q.TryPop(nil)
		must(t, err)
		want = want[1:]
		same("popped")
	}
	must(t, q.Delete())
	want = nil
	same("deleted")
	must(t, db.PutString("v", "value"))
	v, err := db.Queue([]byte("v"), QueueOptions{})
	must(t, err)
	for _, err := range v.Peek() {
		if err != ErrKind {
			t.Error(err)
		}
	}
}

// tagged is a message that says who pushed it and when; the rest follows from that, so that a mix of two is noticed.
func tagged(producer, number uint64) []byte {
	n := 2 + (producer+number)%12
	b := make([]byte, 0, 8*n)
	b = binary.LittleEndian.AppendUint64(b, producer)
	for i := range n - 1 {
		b = binary.LittleEndian.AppendUint64(b, number+i<<32)
	}
	return b
}

// TestPeekConcurrent looks at a queue that others push to, pop from and delete, in a region so small that its blocks become something else at once.
func TestPeekConcurrent(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 120, slots: 1, buckets: 1}, "q", QueueOptions{})
	duration := 2 * time.Second
	if testing.Short() {
		duration /= 4
	}
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	var all sync.WaitGroup
	work := func(do func(q *Queue, db *DB, i uint64) error) {
		h, err := db.Attach()
		must(t, err)
		t.Cleanup(func() { h.Close() })
		other, err := h.Queue([]byte("q"), QueueOptions{})
		must(t, err)
		all.Add(1)
		go func() {
			defer all.Done()
			for i := uint64(0); ctx.Err() == nil; i++ {
				if err := do(other, h, i); err != nil && err != ErrEmpty && err != ErrNotFound && !errors.Is(err, ErrFull) {
					t.Error(err)
					return
				}
			}
		}()
	}
	for p := range uint64(2) {
		work(func(q *Queue, _ *DB, i uint64) error {
			return q.PushBatch([][]byte{tagged(p, 3*i), tagged(p, 3*i+1), tagged(p, 3*i+2)}[:1+i%3])
		})
	}
	work(func(q *Queue, _ *DB, _ uint64) error { return second(q.TryPop(nil)) })
	work(func(q *Queue, _ *DB, i uint64) error {
		if i%64 != 0 {
			_, c, err := q.TryClaim(nil)
			if err == nil {
				err = q.Ack(c)
			}
			return err
		}
		return q.Delete()
	})
	work(func(_ *Queue, db *DB, i uint64) error {
		return db.Put([]byte{'v', byte('0' + i%4)}, make([]byte, 8*(i%14)))
	})
	looks := 0
	for ctx.Err() == nil && !t.Failed() {
		var last [2]uint64
		for m, err := range q.Peek() {
			must(t, err)
			if len(m) < 16 {
				t.Fatalf("%x", m)
			}
			p, n := binary.LittleEndian.Uint64(m), binary.LittleEndian.Uint64(m[8:])
			if p > 1 || !slices.Equal(m, tagged(p, n)) {
				t.Fatalf("a mix: %x", m)
			}
			if n < last[p] {
				t.Fatalf("%d after %d", n, last[p])
			}
			last[p] = n + 1
			looks++
		}
	}
	cancel()
	all.Wait()
	if looks < 100 {
		t.Errorf("only %d messages were seen", looks)
	}
}

func TestFollow(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 400}, "q", QueueOptions{})
	const n = 60
	push := func(from int) {
		for i := range n {
			must(t, q.Push(fmt.Append(nil, from+i)))
		}
	}
	push(0)
	other, err := db.Attach()
	must(t, err)
	defer other.Close()
	follower, err := other.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	seen := 0
	for m, err := range follower.Follow(ctx) {
		must(t, err)
		if string(m) != fmt.Sprint(seen) {
			t.Fatalf("%q, want %d", m, seen)
		}
		seen++
		switch seen {
		case n: // what was seen is taken, and more comes
			for range n {
				_, err := q.TryPop(nil)
				must(t, err)
			}
			go push(n)
		case 2 * n: // another queue
			must(t, q.Delete())
			go push(2 * n)
		case 3 * n:
			cancel()
		}
	}
	if seen != 3*n || !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(seen, ctx.Err())
	}
}
