//go:build explore

package atomic

import (
	"fmt"
	"slices"
	"testing"
)

// tape is a scheduler that lets everything happen at once and writes it down.
type tape struct {
	kind    uint8
	addr    uint64
	steps   []string
	retries int
	kept    map[any]any
}

func (t *tape) Before(kind uint8, addr uint64) { t.kind, t.addr = kind, addr }
func (t *tape) Retry()                         { t.retries++ }

func (t *tape) After(old, new uint64) {
	t.steps = append(t.steps, fmt.Sprint([]string{"load", "store", "cas", "add", "and", "or", "swap"}[t.kind], " ", int64(old), " ", int64(new)))
}

func (t *tape) Object(key any, alloc func() any) (any, bool) {
	if o, ok := t.kept[key]; ok {
		return o, false
	}
	t.kept[key] = alloc()
	return t.kept[key], true
}

// record runs f under a tape.
func record(f func(t *tape)) *tape {
	t := &tape{kept: map[any]any{}}
	leave := Enter(t)
	defer leave()
	f(t)
	return t
}

func TestEachOperationIsOneStep(t *testing.T) {
	var n Int32
	var got []any
	tp := record(func(*tape) {
		got = append(got, n.Load(), n.Add(-3), n.Swap(5), n.CompareAndSwap(5, 6), n.CompareAndSwap(5, 7), n.And(4), n.Or(3))
		n.Store(-1)
	})
	want := []any{int32(0), int32(-3), int32(-3), true, false, int32(6), int32(4)}
	if !slices.Equal(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
	steps := []string{"load 0 0", "add 0 -3", "swap -3 5", "cas 5 6", "cas 6 6", "and 6 4", "or 4 7", "store 7 -1"}
	if !slices.Equal(tp.steps, steps) {
		t.Errorf("steps %q, want %q", tp.steps, steps)
	}
}

func TestBoolAndPointerAreSteps(t *testing.T) {
	var flag Bool
	var p Pointer[int]
	one, two := new(int), new(int)
	tp := record(func(*tape) {
		flag.Store(true)
		if flag.CompareAndSwap(false, true) || !flag.Swap(false) || flag.Load() {
			t.Error("Bool")
		}
		p.Store(one)
		if p.CompareAndSwap(two, one) || !p.CompareAndSwap(one, two) || p.Swap(nil) != two || p.Load() != nil {
			t.Error("Pointer")
		}
	})
	if len(tp.steps) != 9 {
		t.Errorf("steps %q", tp.steps)
	}
}

// Where nothing explores, the operations are those of sync/atomic.
func TestBareWithoutScheduler(t *testing.T) {
	var n Uint64
	done := make(chan bool)
	for range 4 {
		go func() {
			for range 1000 {
				n.Add(1)
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
	if n.Load() != 4000 {
		t.Errorf("%d", n.Load())
	}
	Retry()
	if a, b := New[int](), New[int](); a == b {
		t.Error("New returns the same object twice")
	}
}

func TestNewGivesTheObjectOfBefore(t *testing.T) {
	record(func(tp *tape) {
		type node struct{ next Uint64 }
		first := New[node]()
		first.next.Store(7)
		again := New[node]()
		if first != again || again.next.Load() != 0 {
			t.Error("not the same object, or not zero")
		}
		if any(New[Uint64]()) == any(first) {
			t.Error("types share objects")
		}
		Retry()
		if tp.retries != 1 {
			t.Error("Retry is not passed on")
		}
	})
}
