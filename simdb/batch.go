package simdb

import (
	"fmt"
	"iter"
)

// Batch holds elements that were taken together. It takes as many as its index has places for, in memory that is the caller's: no more than fit there. It is used again and again.
type Batch struct {
	memory []byte // the elements, one after the other; the capacity is the limit
	ends   []int  // of each element; the capacity is the limit
	end    BatchEnd
}

// BatchEnd is why a batch has no more elements.
type BatchEnd int

const (
	EndSource BatchEnd = iota // there are no more, or none for now
	EndCount                  // as many as the batch takes
	EndMemory                 // the next one does not fit
)

func (e BatchEnd) String() string {
	if e < EndSource || e > EndMemory {
		return fmt.Sprintf("BatchEnd(%d)", int(e))
	}
	return [...]string{"source", "count", "memory"}[e]
}

// The least and the most elements that a batch may be made for.
const (
	MinBatch = 64
	MaxBatch = 4096
)

// NewBatch makes a batch of at most so many elements, MinBatch to MaxBatch, which are copied into memory: all of its length. It fails with ErrOptions.
func NewBatch(most int, memory []byte) (*Batch, error) {
	if most < MinBatch || most > MaxBatch {
		return nil, fmt.Errorf("simdb: %w: a batch of %d elements (%d to %d)", ErrOptions, most, MinBatch, MaxBatch)
	}
	return &Batch{memory: memory[:0:len(memory)], ends: make([]int, 0, most)}, nil
}

// Reset empties the batch. The elements that it had are overwritten by the next ones.
func (b *Batch) Reset() { b.memory, b.ends, b.end = b.memory[:0], b.ends[:0], EndSource }

// Len is the number of elements.
func (b *Batch) Len() int { return len(b.ends) }

// Size is how many bytes the elements have together.
func (b *Batch) Size() int { return len(b.memory) }

// End is why there are no more elements.
func (b *Batch) End() BatchEnd { return b.end }

// At is element i. It is the batch's memory, until Reset; it panics where there is none, as an index does.
func (b *Batch) At(i int) []byte {
	from, end := 0, b.ends[i]
	if i > 0 {
		from = b.ends[i-1]
	}
	return b.memory[from:end:end]
}

// All gives the elements with their numbers.
func (b *Batch) All() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for i := range b.ends {
			if !yield(i, b.At(i)) {
				return
			}
		}
	}
}

// Room says whether an element of n bytes fits. If not, that is the end of the batch: EndCount or EndMemory.
func (b *Batch) Room(n int) bool {
	switch {
	case len(b.ends) == cap(b.ends):
		b.end = EndCount
	case n > cap(b.memory)-len(b.memory):
		b.end = EndMemory
	default:
		return true
	}
	return false
}

// Extend adds an element of n bytes, for which there must be room, and returns it to be filled.
func (b *Batch) Extend(n int) []byte {
	b.memory = b.memory[:len(b.memory)+n]
	b.ends = append(b.ends, len(b.memory))
	return b.At(len(b.ends) - 1)
}

// Append adds a copy of the element if there is room for it.
func (b *Batch) Append(element []byte) bool {
	if !b.Room(len(element)) {
		return false
	}
	copy(b.Extend(len(element)), element)
	return true
}

// Source gives the elements of an iterator in batches. It keeps its place: what does not fit into one batch is the first of the next.
type Source struct {
	next    func() ([]byte, error, bool)
	stop    func()
	element []byte // the next one, if it was looked at
	state   sourceState
	taken   uint64
	err     error // that the iterator ended with
}

type sourceState int

const (
	sourceUnseen sourceState = iota // the next element was not looked at
	sourceSeen                      // it is there
	sourceEnded
)

// NewSource begins to iterate. It must be stopped, unless it has ended.
func NewSource(elements iter.Seq[[]byte]) *Source {
	return NewSource2(func(yield func([]byte, error) bool) {
		for e := range elements {
			if !yield(e, nil) {
				return
			}
		}
	})
}

// NewSource2 is NewSource for iterators that may end with an error, such as Pack.All and DB.Elements.
func NewSource2(elements iter.Seq2[[]byte, error]) *Source {
	s := &Source{}
	s.next, s.stop = iter.Pull2(elements)
	return s
}

// Stop ends the iteration.
func (s *Source) Stop() {
	s.stop()
	s.state, s.element = sourceEnded, nil
}

// Take fills b, emptied before, until it takes no more or the source ends: End says why. Whatever the error is, the batch holds what was taken. The error that the iterator ended with
// comes after its elements. ErrElement says that b would not hold the next element even if it were all that it holds; a larger batch takes it, or Skip passes over it.
func (s *Source) Take(b *Batch) error {
	for b.Reset(); len(b.ends) < cap(b.ends); s.Skip() {
		if !s.peek() {
			return s.err
		}
		if b.Append(s.element) {
			continue
		}
		if b.Len() == 0 {
			return &ElementError{s.taken, len(s.element), cap(b.memory)}
		}
		return nil
	}
	b.end = EndCount
	return nil
}

// Skip passes over the next element, if there is one.
func (s *Source) Skip() {
	if s.peek() {
		s.state, s.element = sourceUnseen, nil
		s.taken++
	}
}

// peek looks at the next element, and says whether there is one.
func (s *Source) peek() bool {
	if s.state != sourceUnseen {
		return s.state == sourceSeen
	}
	element, err, more := s.next()
	if !more || err != nil {
		s.Stop()
		s.err = err
		return false
	}
	s.state, s.element = sourceSeen, element
	return true
}
