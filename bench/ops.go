package main

// opKind is one of the three things that every peer can do.
type opKind uint8

const (
	opGet opKind = iota
	opPut
	opDelete
)

// batchSize is how many operations are prepared at once, outside the time measured.
const batchSize = 256

// A batch is operations to be carried out in order. Puts write the same value.
type batch struct {
	kinds [batchSize]opKind
	keys  [batchSize]key
	n     int
	value []byte

	present int // gets and deletes whose key is there
}

// add prepares one operation. It is only called with room for it.
func (b *batch) add(kind opKind, k key, isThere bool) {
	b.kinds[b.n], b.keys[b.n] = kind, k
	b.n++
	if isThere && kind != opPut {
		b.present++
	}
}

func (b *batch) reset() { b.n, b.present = 0, 0 }

// source prepares batches of some kind of work: it fills b and says how many units of work that is.
type source interface{ fill(b *batch) (units int) }

// keyspace is the keys that are there: numbers from low to low+n-1. A process that has keys of its own draws every procs-th of them.
type keyspace struct {
	random
	low, n      uint64
	proc, procs uint64
}

// index draws a key that is there, all equally often.
func (s *keyspace) index() uint64 {
	return s.low + s.below(s.n/s.procs)*s.procs + s.proc
}

// gets, misses and updates are operations of one kind on keys drawn evenly.
type (
	gets    struct{ *keyspace }
	misses  struct{ *keyspace }
	updates struct{ *keyspace }
)

func (s gets) fill(b *batch) int {
	for range batchSize {
		b.add(opGet, keyOf(s.index()), true)
	}
	return batchSize
}

func (s misses) fill(b *batch) int {
	for range batchSize {
		b.add(opGet, keyOf(s.index()+missing), false)
	}
	return batchSize
}

func (s updates) fill(b *batch) int {
	for range batchSize {
		b.add(opPut, keyOf(s.index()), true)
	}
	return batchSize
}

// churn deletes half a batch of keys and puts them again, in another order.
type churn struct {
	*keyspace
	chosen []uint64
}

func (s *churn) fill(b *batch) int {
	// So many steps of that length do not lead around to the first key: none is chosen twice.
	half := min(batchSize/2, int(s.n/4))
	step := 1 + s.below(s.n/uint64(2*half))
	at := s.below(s.n)
	s.chosen = s.chosen[:0]
	for range half {
		s.chosen = append(s.chosen, s.low+at)
		at = (at + step) % s.n
	}
	for i := range half {
		b.add(opDelete, keyOf(s.chosen[i]), true)
	}
	for i := range half {
		b.add(opPut, keyOf(s.chosen[(i+half/2)%half]), true)
	}
	return 2 * half
}
