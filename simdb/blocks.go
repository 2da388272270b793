package simdb

// Blocks: taking, freeing and recycling them. The word of a block says who is responsible for it; hints say where to look first.

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

// takeFirst is take for the first block of an entry: the lane's spare, if it has one.
func (r *region) takeFirst(ln *lane) (ref, bool) {
	if b := ln.spare; b != 0 {
		ln.spare = 0
		return b, true
	}
	return r.take(ln)
}

func (r *region) tryTake(i, handle uint64) (ref, bool) {
	off, _ := r.block(i)
	w := blockWord(r.load(off))
	v := w.version() + 1
	if w.state() != free && (w.state() != resting || r.hazarded(i)) || v > r.maxVersion || !r.cas(off, uint64(w), uint64(makeBlockWord(owned, handle, v))) {
		return 0, false
	}
	failpoint(atBlockTaken)
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

// recycle makes block b the lane's spare, if its word is still w: w → owned(handle, v+1). It frees it if the lane keeps none, or has one, or the version
// is used up.
func (r *region) recycle(ln *lane, b ref, w blockWord) bool {
	v := w.version() + 1
	if !ln.keeps || ln.spare != 0 || v > r.maxVersion {
		return r.release(ln, r.own(b), w)
	}
	if !r.cas(r.own(b), uint64(w), uint64(makeBlockWord(owned, ln.handle, v))) {
		return false
	}
	ln.spare = r.makeRef(r.index(b), v)
	return true
}

// giveBack frees the lane's spare.
func (r *region) giveBack(ln *lane) {
	if b := ln.spare; b != 0 {
		ln.spare = 0
		r.release(nil, r.own(b), makeBlockWord(owned, ln.handle, r.version(b)))
	}
}

// deref is the offset of the block of a reference that was read from shared memory. 0 is none: code that walks means by it that there is nothing.
func (r *region) deref(b ref) (off uint64, err error) {
	off, ok := r.block(r.index(b))
	if !ok || b == 0 {
		return 0, &CorruptError{off, "reference to no block"}
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
		if s := blockWord(r.load(off)).state(); s == free || s == resting {
			n++
		}
	}
	return n
}
