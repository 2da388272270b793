package simdb

import (
	"sync/atomic"
	"unsafe"
)

// mem is the shared memory of a region. All atomics and all copies on it are methods of mem, in the files atomics*.go:
//
//	atomics_bare.go     the bare instruction (default)
//	atomics_explore.go  each one is a step that a scheduler can order (build tag explore)
//	atomics_copy.go     plain copies (default)
//	atomics_words.go    copies by atomic words (race detector and explorer)
//	atomics_pipeline.go copies of long values, run by run (amd64: with the lines of the next asked for)
//	atomics_stream.go   copies of very long values (amd64: past the caches)
//
// Offsets are bytes from the start of the region and multiples of 8. They are bounds-checked where an index read from shared memory is turned into
// an offset (geometry.block, geometry.bucket), and nowhere else.
type mem struct {
	base unsafe.Pointer
	hook hook // empty type unless explored
}

func newMem(b []byte) mem {
	return mem{base: unsafe.Pointer(unsafe.SliceData(b))}
}

// word is the address of the 64-bit word at off.
func (m *mem) word(off uint64) *uint64 { return (*uint64)(unsafe.Add(m.base, off)) }

// gone says whether the header of the region is not what it was: the file was truncated, its pages can not be read, or somebody wrote there. To ask costs one load of a line that
// nobody changes, and is no step of a protocol.
func (m *mem) gone() bool { return atomic.LoadUint64((*uint64)(m.base)) != magic }

// bytes is the shared memory [off, off+n) as a slice. What is read through it must be validated afterwards.
func (m *mem) bytes(off, n uint64) []byte { return unsafe.Slice((*byte)(unsafe.Add(m.base, off)), n) }

// alignedBytes is n bytes of private memory that can hold atomic words.
func alignedBytes(n uint64) []byte {
	w := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))), n)
}
