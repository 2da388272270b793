package simdb

import (
	"bytes"
	"errors"
	"iter"
	"testing"

	"pgregory.net/rapid"
)

func newBatch(t fataler, most, memory int) *Batch {
	t.Helper()
	b, err := NewBatch(most, make([]byte, memory))
	must(t, err)
	return b
}

// TestBatches takes random elements in batches of random size: all of them, in order, each batch as full as its limits allow, and ended by the right one.
func TestBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		longest := rapid.SampledFrom([]int{1, 10, 1000}).Draw(t, "longest")
		lengths := rapid.SliceOfN(rapid.IntRange(0, longest), 0, 300).Draw(t, "lengths")
		elements := make([][]byte, len(lengths))
		for i, n := range lengths {
			elements[i] = content(uint64(i), n)
		}
		source := NewSource(reused(elements))
		defer source.Stop()
		for next := 0; ; {
			most := rapid.IntRange(MinBatch, 2*MinBatch).Draw(t, "most")
			b := newBatch(t, most, rapid.IntRange(0, 3*longest).Draw(t, "memory"))
			err := source.Take(b)
			size := 0
			for i, e := range b.All() {
				if !bytes.Equal(e, elements[next]) || !bytes.Equal(b.At(i), e) {
					t.Fatalf("element %d is another one", next)
				}
				size += len(e)
				next++
			}
			if size != b.Size() || size > cap(b.memory) || b.Len() > most {
				t.Fatalf("%d elements of %d bytes, where %d of %d fit", b.Len(), size, most, cap(b.memory))
			}
			left := elements[next:]
			want := EndSource
			if b.Len() == most {
				want = EndCount
			} else if len(left) > 0 {
				want = EndMemory
				if size+len(left[0]) <= cap(b.memory) {
					t.Fatalf("element %d fits and was not taken", next)
				}
			}
			if b.End() != want {
				t.Fatalf("ended by %v instead of %v", b.End(), want)
			}
			large := want == EndMemory && b.Len() == 0
			var e *ElementError
			if large != errors.As(err, &e) || !large && err != nil || large && (*e != ElementError{uint64(next), len(left[0]), cap(b.memory)}) {
				t.Fatalf("element %d of %d bytes, memory of %d: %v", next, len(left[0]), cap(b.memory), err)
			}
			if large && rapid.Bool().Draw(t, "skip") {
				source.Skip()
				next++
			}
			if want == EndSource {
				if len(left) > 0 {
					t.Fatalf("%d elements left", len(left))
				}
				return
			}
		}
	})
}

// reused gives elements in memory that it overwrites at the next step.
func reused(elements [][]byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var buf []byte
		for _, e := range elements {
			buf = append(buf[:0], e...)
			if !yield(buf) {
				return
			}
			for i := range buf {
				buf[i] = 0xee
			}
		}
	}
}

// TestBatchOfPack takes the records of a pack until it is replaced: what was taken before that is good, and the error stays.
func TestBatchOfPack(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 4096, BlockCount: 100})
	key := []byte("key")
	records := equalRecords(1000, 64)
	must(t, db.PutPack(key, records))
	source := NewSource2(db.Elements(key))
	defer source.Stop()
	b := newBatch(t, 100, 1<<20)
	for next := 0; ; {
		err := source.Take(b)
		for _, e := range b.All() {
			if !bytes.Equal(e, records[next]) {
				t.Fatalf("element %d is another one", next)
			}
			next++
		}
		if err != nil {
			if err != ErrStale || next < 300 || next == 1000 || source.Take(b) != ErrStale || b.Len() > 0 {
				t.Errorf("%v after %d records", err, next)
			}
			return
		}
		if next == 300 {
			must(t, db.PutPack(key, records))
		}
	}
}

// TestBatchLimits: what a batch may be made for, and that it is used again.
func TestBatchLimits(t *testing.T) {
	for _, most := range []int{-1, 0, MinBatch - 1, MaxBatch + 1} {
		if _, err := NewBatch(most, nil); !errors.Is(err, ErrOptions) {
			t.Errorf("%d elements: %v", most, err)
		}
	}
	memory := make([]byte, 100)
	b, err := NewBatch(MaxBatch, memory[:10])
	must(t, err)
	for range 2 {
		if !b.Append([]byte("seven b")) || b.Append([]byte("four")) || b.End() != EndMemory || !b.Append([]byte("3 b")) || !b.Append(nil) {
			t.Errorf("%q, ended by %v", b.memory, b.End())
		}
		if b.Len() != 3 || string(b.At(0)) != "seven b" || string(b.At(1)) != "3 b" || len(b.At(2)) != 0 || string(memory[:11]) != "seven b3 b\x00" {
			t.Errorf("%q", memory)
		}
		if e := append(b.At(0), 'x'); string(b.At(1)) != "3 b" || string(e) != "seven bx" {
			t.Error("an element reaches into the next")
		}
		b.Reset()
		if b.Len() != 0 || b.Size() != 0 || b.End() != EndSource {
			t.Error("not empty")
		}
	}
	for b.Append(nil) {
	}
	if b.Len() != MaxBatch || b.End() != EndCount {
		t.Errorf("%d elements, ended by %v", b.Len(), b.End())
	}
	if got := EndSource.String() + EndCount.String() + EndMemory.String() + BatchEnd(3).String(); got != "sourcecountmemoryBatchEnd(3)" {
		t.Error(got)
	}
}

// TestSourceStops: an iterator is ended once, by Stop or by its end, and nothing comes after that.
func TestSourceStops(t *testing.T) {
	ended := 0
	elements := func(yield func([]byte) bool) {
		defer func() { ended++ }()
		for range 100 {
			if !yield([]byte("element")) {
				return
			}
		}
	}
	b := newBatch(t, 64, 1000)
	s := NewSource(elements)
	must(t, s.Take(b))
	s.Stop()
	s.Stop()
	if err := s.Take(b); err != nil || ended != 1 || b.Len() != 0 || b.End() != EndSource {
		t.Error(err, ended, b.Len())
	}
	s = NewSource(elements)
	for _, want := range []int{64, 35, 0, 0} {
		if err := s.Take(b); err != nil || b.Len() != want {
			t.Errorf("%d elements instead of %d, %v", b.Len(), want, err)
		}
		s.Skip()
	}
	if ended != 2 {
		t.Errorf("ended %d times", ended)
	}
}

// TestBatchAllocations: a batch allocates nothing, however it is filled.
func TestBatchAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	b := newBatch(t, 64, 1000)
	element := []byte("element")
	if n := testing.AllocsPerRun(100, func() {
		b.Reset()
		for b.Append(element) && b.Room(3) {
			copy(b.Extend(3), "abc")
		}
		for i := range b.Len() {
			b.At(i)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	forever := func(yield func([]byte) bool) {
		for yield(element) {
		}
	}
	s := NewSource(forever)
	defer s.Stop()
	if n := testing.AllocsPerRun(100, func() { s.Take(b) }); n != 0 {
		t.Errorf("Take: %v allocations", n)
	}
}
