//go:build explore

package simdb

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
)

// peekStep runs f once, before step n.
type peekStep struct {
	n int
	f func()
}

func (s *peekStep) Before(uint8, uint64) {
	if f := s.f; s.n == 0 && f != nil {
		s.f = nil
		f()
	}
	s.n--
}

func (s *peekStep) After(uint64, uint64) {}
func (s *peekStep) Retry()               {}
func (s *peekStep) Here() int            { return 0 }
func (s *peekStep) Again(int)            {}
func (s *peekStep) Done(int)             {}
func (s *peekStep) But(uint64)           {}

// interrupted looks at a queue of the messages 0 to 6 again and again, and lets others change it, all at once, before each single step of that. stays are those that nobody touches.
func interrupted(t *testing.T, look func(q *Queue, when string, stays []uint64)) {
	push := func(q *Queue, numbers ...uint64) {
		var batch [][]byte
		for _, n := range numbers {
			batch = append(batch, tagged(0, n))
		}
		must(t, q.PushBatch(batch))
	}
	pop := func(q *Queue, n int) {
		for range n {
			must(t, second(q.TryPop(nil)))
		}
	}
	reuse := func(q *Queue) { // what is free becomes values
		for i := byte(0); ; i++ {
			if q.db.Put([]byte{'v', i}, make([]byte, 40)) != nil {
				return
			}
		}
	}
	claim := func(q *Queue) {
		_, _, err := q.TryClaim(nil)
		must(t, err)
	}
	changes := map[string]struct {
		do    func(q *Queue)
		stays []uint64 // of the messages 0 to 6
	}{
		"pop":               {func(q *Queue) { pop(q, 4); reuse(q) }, []uint64{4, 5, 6}},
		"pop all, push":     {func(q *Queue) { pop(q, 7); push(q, 7, 8); reuse(q) }, nil},
		"claim":             {func(q *Queue) { claim(q); claim(q); reuse(q) }, []uint64{2, 3, 4, 5, 6}},
		"push":              {func(q *Queue) { push(q, 7, 8); push(q, 9) }, []uint64{0, 1, 2, 3, 4, 5, 6}},
		"delete":            {func(q *Queue) { must(t, q.Delete()); reuse(q) }, nil},
		"delete, push":      {func(q *Queue) { must(t, q.Delete()); push(q, 7); push(q, 8); reuse(q) }, nil},
		"pop, delete, push": {func(q *Queue) { pop(q, 3); must(t, q.Delete()); push(q, 7, 8); reuse(q) }, nil},
	}
	for name, change := range changes {
		steps := 0
		for done := false; !done && !t.Failed(); steps++ {
			db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 60, slots: 2, buckets: 3, seed: func() uint64 { return 1 }}, "q", QueueOptions{})
			push(q, 0)
			push(q, 1, 2, 3)
			push(q, 4)
			push(q, 5, 6)
			other, err := db.Attach()
			must(t, err)
			view, err := other.Queue([]byte("q"), QueueOptions{})
			must(t, err)
			s := &peekStep{n: steps, f: func() { change.do(q) }}
			other.r.hook = hook{s: s}
			look(view, fmt.Sprintf("%s before step %d", name, steps), change.stays)
			other.r.hook = hook{}
			done = s.f != nil
			other.Close()
			db.Close()
		}
		if steps < 20 && !t.Failed() {
			t.Errorf("%s: only %d steps", name, steps)
		}
	}
}

// TestPeekInterrupted: a Peek gives messages that were there, in order, and all that nobody touched.
func TestPeekInterrupted(t *testing.T) {
	interrupted(t, func(q *Queue, when string, stays []uint64) {
		var seen []uint64
		for m, err := range q.Peek() {
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			n := uint64(0)
			if len(m) >= 16 {
				n = binary.LittleEndian.Uint64(m[8:])
			}
			if !slices.Equal(m, tagged(0, n)) {
				t.Fatalf("%s: a mix: %x", when, m)
			}
			seen = append(seen, n)
		}
		if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
			t.Errorf("%s: %d", when, seen)
		}
		for _, n := range stays {
			if !slices.Contains(seen, n) {
				t.Errorf("%s: %d without %d", when, seen, n)
			}
		}
	})
}

// TestLenInterrupted: what others do to the queue is no corruption.
func TestLenInterrupted(t *testing.T) {
	interrupted(t, func(q *Queue, when string, stays []uint64) {
		if n, err := q.Len(); err != nil && err != ErrNotFound || n < len(stays) || n > 10 {
			t.Errorf("%s: %d messages, %v", when, n, err)
		}
	})
}
