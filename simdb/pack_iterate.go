package simdb

import (
	"encoding/binary"
	"iter"
	"runtime"
	"slices"
)

// All gives the records in order. Each slice is valid until the next step. If the pack is replaced or deleted meanwhile, the iteration ends with the error ErrStale after
// records of this pack only; other errors are ErrClosed and ErrCorrupt.
func (p *Pack) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if p.stride != 0 {
			p.equal(yield)
		} else {
			p.various(yield)
		}
	}
}

// equal gives records with a stride.
func (p *Pack) equal(yield func([]byte, error) bool) {
	stride, n := int(p.stride), int(min(p.count, max(1, packChunk/p.stride)))
	buf := make([]byte, n*stride)
	for i := 0; i < p.Len(); i += n {
		n = min(n, p.Len()-i)
		if err := p.read(buf[:n*stride], p.data+(p.begin+uint64(i))*p.stride); err != nil {
			yield(nil, err)
			return
		}
		for at, end := 0, n*stride; at < end; at += stride {
			if !yield(buf[at:at+stride:at+stride], nil) {
				return
			}
		}
	}
}

// various gives records with offsets.
func (p *Pack) various(yield func([]byte, error) bool) {
	offsets := make([]byte, 8*(min(p.count, packOffsets)+1))
	var buf []byte
	for i := uint64(0); i < p.count; {
		ends := offsets[:8*(min(p.count-i, packOffsets)+1)]
		if err := p.read(ends, packTableSize+8*(p.begin+i)); err != nil {
			yield(nil, err)
			return
		}
		first := binary.LittleEndian.Uint64(ends)
		n, size, ok := fitting(ends, p.entry.valueLen-p.data)
		if !ok {
			yield(nil, p.corrupt())
			return
		}
		buf = slices.Grow(buf[:0], int(size))[:size]
		if err := p.read(buf, p.data+first); err != nil {
			yield(nil, err)
			return
		}
		for range n {
			from, end := binary.LittleEndian.Uint64(ends)-first, binary.LittleEndian.Uint64(ends[8:])-first
			if !yield(buf[from:end:end], nil) {
				return
			}
			ends = ends[8:]
		}
		i += n
	}
}

// fitting is how many records, at least one, make a chunk, and how many bytes these have. It reports false if offsets of them are not in order, or beyond the end of the records.
func fitting(offsets []byte, end uint64) (n, size uint64, ok bool) {
	first := binary.LittleEndian.Uint64(offsets)
	for at := first; len(offsets) > 8; n++ {
		offsets = offsets[8:]
		next := binary.LittleEndian.Uint64(offsets)
		if next < at || next > end {
			return n, size, false
		}
		if next-first > packChunk && n > 0 {
			break
		}
		at, size = next, next-first
	}
	return n, size, true
}

// read copies len(dst) bytes of the value at byte from, all of this pack.
func (p *Pack) read(dst []byte, from uint64) error {
	if p.db.isClosed() {
		return ErrClosed
	}
	whole := p.copy(dst, from)
	err := p.judge(whole)
	runtime.KeepAlive(p.db)
	return err
}
