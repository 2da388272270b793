package simdb

// Blocks: taking and freeing them. The word of a block says who is responsible for it; hints say where to look first.

// take makes a free block the handle's own: free(v) → owned(handle, v+1). It reports false after a pass over all blocks that saw none free.
func (r *region) take(ln *lane) (ref, bool) {
	for ln.hints > 0 {
		ln.hints--
		if b, ok := r.tryTake(uint64(ln.hint[ln.hints]), ln.handle); ok {
			return b, true
		}
	}
	i := ln.cursor
	for range r.blockCount {
		if i >= r.blockCount {
			i = 0
		}
		if b, ok := r.tryTake(i, ln.handle); ok {
			ln.cursor = i + 1
			return b, true
		}
		i++
	}
	return 0, false
}

func (r *region) tryTake(i, handle uint64) (ref, bool) {
	off, _ := r.block(i)
	w := blockWord(r.load(off))
	v := w.version() + 1
	if w.state() != free || v > r.maxVersion || !r.cas(off, uint64(w), uint64(makeBlockWord(owned, handle, v))) {
		return 0, false
	}
	return r.makeRef(i, v), true
}

// freed is the word of a block after the life that w tells of: free for the next, or retired if there is none.
func (r *region) freed(w blockWord) blockWord {
	if w.version() >= r.maxVersion {
		return makeBlockWord(retired, 0, w.version())
	}
	return makeBlockWord(free, 0, w.version())
}

// release frees the block at off if its word is still w. Whoever comes second does nothing.
func (r *region) release(ln *lane, off uint64, w blockWord) bool {
	if !r.cas(off, uint64(w), uint64(r.freed(w))) {
		return false
	}
	if ln != nil {
		ln.remember((off - r.blockOff) / r.blockSize)
	}
	return true
}

// deref is the offset of the block of a reference that was read from shared memory.
func (r *region) deref(b ref) (off uint64, err error) {
	off, ok := r.block(r.index(b))
	if !ok {
		return 0, &CorruptError{off, "reference beyond the last block"}
	}
	return off, nil
}

// own is the offset of a block that we own.
func (r *region) own(b ref) uint64 {
	off, _ := r.block(r.index(b))
	return off
}

// countFree is the number of free blocks at about this time.
func (r *region) countFree() uint64 {
	var n uint64
	for i := range r.blockCount {
		off, _ := r.block(i)
		if blockWord(r.load(off)).state() == free {
			n++
		}
	}
	return n
}
