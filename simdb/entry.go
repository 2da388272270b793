package simdb

import "slices"

// entry is what the first block of an entry says about it. The block may have been freed and reused by the time it is read: an entry is only worth
// something once whatever named the block was seen unchanged afterwards.
type entry struct {
	off      uint64 // of the first block
	meta     meta
	keyLen   uint64
	valueLen uint64
}

func pad8(n uint64) uint64 { return (n + 7) &^ 7 }

// entry reads the entry whose first block is at off. It reports false if that is not an entry's block, or no more.
func (r *region) entry(e *entry, off uint64) bool {
	e.off, e.meta = off, meta(r.load(off+8))
	if e.meta.multiple() {
		return r.entryMultiple(e)
	}
	e.keyLen, e.valueLen = e.meta.keyLen(), e.meta.valueLen()
	return e.meta.isEntry() && pad8(e.keyLen)+e.valueLen <= r.payload()
}

func (r *region) entryMultiple(e *entry) bool {
	if !e.meta.isEntry() || e.meta.kind() == kindQueue {
		return false
	}
	e.keyLen, e.valueLen = r.loadData(e.off+blockHeader), r.loadData(e.off+blockHeader+8)
	if e.keyLen > r.maxBytes() || e.valueLen > r.maxBytes() {
		return false
	}
	_, ok := r.list(e.bytes())
	return ok
}

// bytes is how many bytes the entry's block list holds.
func (e *entry) bytes() uint64 { return pad8(e.keyLen) + pad8(e.valueLen) }

// runs are the runs of bytes [from, from+n) of an entry's key and value together.
func (r *region) runs(e *entry, from, n uint64) pieces {
	l, _ := r.list(e.bytes())
	return pieces{r: r, l: l, head: e.off, at: from, end: from + n}
}

// keyIs says whether the entry's key is key. It reports false also where the bytes make no sense.
func (r *region) keyIs(e *entry, key []byte) bool {
	if e.keyLen != uint64(len(key)) {
		return false
	}
	if !e.meta.multiple() {
		return r.equal(e.off+blockHeader, key)
	}
	for p := r.runs(e, 0, e.keyLen); len(key) > 0; {
		off, n, ok := p.next()
		if !ok || !r.equal(off, key[:n]) {
			return false
		}
		key = key[n:]
	}
	return true
}

// appendBytes appends n bytes of the entry from offset from to dst, which has room for them.
func (r *region) appendBytes(dst []byte, e *entry, from, n uint64) ([]byte, bool) {
	if !e.meta.multiple() {
		return r.appendOut(dst, e.off+blockHeader+from, n), true
	}
	for p := r.runs(e, from, n); ; {
		off, n, ok := p.next()
		if n == 0 || !ok {
			return dst, ok
		}
		at := len(dst)
		dst = dst[:at+int(n)]
		r.copyOutAhead(dst[at:], off, p.after)
	}
}

// appendValue appends the value to dst, growing it only after still() confirmed that the length is the entry's.
func (r *region) appendValue(dst []byte, e *entry, s *seen) ([]byte, bool) {
	if uint64(cap(dst)-len(dst)) < e.valueLen {
		if !r.still(s) {
			return dst, false
		}
		dst = slices.Grow(dst, int(e.valueLen))
	}
	return r.appendBytes(dst, e, pad8(e.keyLen), e.valueLen)
}

// appendKey appends the key to dst. Its length must have been confirmed.
func (r *region) appendKey(dst []byte, e *entry) ([]byte, bool) {
	return r.appendBytes(slices.Grow(dst, int(e.keyLen)), e, 0, e.keyLen)
}

// build makes an entry that nobody sees yet, in blocks that we own. The last thing it does is to hand the continuation blocks to their head.
func (r *region) build(ln *lane, k kind, key, value []byte, fingerprint uint64) (ref, error) {
	bytes := pad8(uint64(len(key))) + uint64(len(value))
	if bytes <= r.payload() {
		b, ok := r.takeFirst(ln)
		if !ok {
			return 0, &FullError{Needed: 1}
		}
		off := r.own(b)
		r.storeData(off+8, uint64(makeMeta(k, uint64(len(key)), uint64(len(value)), 0, fingerprint)))
		r.copyIn(off+blockHeader, key)
		r.copyIn(off+blockHeader+pad8(uint64(len(key))), value)
		return b, nil
	}
	e := entry{meta: makeMeta(k, 0, 0, 0, fingerprint) | metaMultiple, keyLen: uint64(len(key)), valueLen: uint64(len(value))}
	l, ok := r.list(e.bytes())
	if !ok {
		return 0, &TooLargeError{Bytes: e.keyLen + e.valueLen, Max: r.largest()}
	}
	b, ok := r.takeFirst(ln)
	if !ok {
		return 0, &FullError{Needed: l.blocks}
	}
	e.off = r.own(b)
	r.storeData(e.off+8, uint64(e.meta))
	r.storeData(e.off+blockHeader, e.keyLen)
	r.storeData(e.off+blockHeader+8, e.valueLen)
	if !r.buildList(ln, b, &l) {
		r.discard(ln, b)
		return 0, &FullError{Needed: l.blocks}
	}
	failpoint(atListBuilt)
	r.copyRuns(&e, 0, key)
	r.copyRuns(&e, pad8(e.keyLen), value)
	r.publishList(ln, b, &l)
	return b, nil
}

const (
	streamed     = 1 << 20 // bytes: the runtime too copies what is as long past the caches
	streamedRuns = 512     // bytes of a block: shorter runs gain nothing by it, or lose
)

// streams says whether n bytes of a value, pack or message are copied past the caches.
func (r *region) streams(n uint64) bool { return n >= streamed && r.blockSize >= streamedRuns }

// copyRuns writes src at offset from of the bytes of an entry that we own. It writes what it can if somebody else wrote into the entry's tables, which nobody may.
func (r *region) copyRuns(e *entry, from uint64, src []byte) {
	long := r.streams(uint64(len(src)))
	for p := r.runs(e, from, uint64(len(src))); len(src) > 0; {
		off, n, ok := p.next()
		if !ok {
			break
		}
		if long {
			r.streamIn(off, src[:n])
		} else {
			r.copyInAhead(off, src[:n], p.after)
		}
		src = src[n:]
	}
	if long {
		r.endStream()
	}
}

// largest is about how many bytes of key and value fit into the empty region.
func (r *region) largest() uint64 {
	lo, hi := uint64(0), r.maxBytes()
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if _, ok := r.list(mid); ok {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// discard frees an entry that we own and never linked.
func (r *region) discard(ln *lane, b ref) {
	r.freeFrom(ln, b, func(w blockWord) bool { return w.state() == owned && w.owner() == ln.handle }, false)
}

// unlinked frees an entry that is linked nowhere any more, whoever did that. Anyone may call it, at any time, any number of times; it says whether it was this call.
func (r *region) unlinked(ln *lane, b ref) bool { return r.freeFrom(ln, b, settled, false) }

// unlinkedRecycled is unlinked, but the first block becomes the lane's spare.
func (r *region) unlinkedRecycled(ln *lane, b ref) { r.freeFrom(ln, b, settled, true) }

// freeFrom frees the blocks of an entry: continuation blocks first, so that a head that is left says what is left; then the head, while mine says of its word that it may be freed.
// With recycle the head becomes the lane's spare. It says whether it freed the head.
func (r *region) freeFrom(ln *lane, b ref, mine func(blockWord) bool, recycle bool) bool {
	off := r.own(b)
	begin := r.here()
	alive := func() (blockWord, bool) {
		w := blockWord(r.load(off))
		return w, w.version() == r.version(b) && mine(w)
	}
	w, ok := alive()
	if !ok {
		r.done(begin).butBool(false)
		return false
	}
	var e entry
	if r.entry(&e, off) && e.meta.multiple() {
		l, _ := r.list(e.bytes())
		r.walkList(b, &l, tablesLast, func(off uint64, c blockWord) {
			if c.state() == cont || w.state() == owned && c.state() == owned && c.owner() == w.owner() {
				r.release(ln, off, c)
			}
		})
		failpoint(atPartlyFreed)
	}
	for ; ok; w, ok = alive() {
		if recycle && r.recycle(ln, b, w) || !recycle && r.release(ln, off, w) {
			r.done(begin).butBool(true)
			return true
		}
	}
	r.done(begin).butBool(false)
	return false
}

// reserve takes the blocks of an entry whose bytes will be filled in, and makes us their owner.
func (r *region) reserve(ln *lane, k kind, keyLen, valueLen uint64) (ref, entry, error) {
	e := entry{keyLen: keyLen, valueLen: valueLen}
	if pad8(keyLen)+valueLen <= r.payload() {
		b, ok := r.take(ln)
		if !ok {
			return 0, e, &FullError{Needed: 1}
		}
		e.off, e.meta = r.own(b), makeMeta(k, keyLen, valueLen, 0, 0)
		r.storeData(e.off+8, uint64(e.meta))
		return b, e, nil
	}
	e.meta = makeMeta(k, 0, 0, 0, 0) | metaMultiple
	l, ok := r.list(e.bytes())
	if !ok {
		return 0, e, &TooLargeError{Bytes: keyLen + valueLen, Max: r.largest()}
	}
	b, ok := r.take(ln)
	if !ok {
		return 0, e, &FullError{Needed: l.blocks}
	}
	e.off = r.own(b)
	r.storeData(e.off+8, uint64(e.meta))
	r.storeData(e.off+blockHeader, keyLen)
	r.storeData(e.off+blockHeader+8, valueLen)
	if !r.buildList(ln, b, &l) {
		r.discard(ln, b)
		return 0, e, &FullError{Needed: l.blocks}
	}
	failpoint(atListBuilt)
	return b, e, nil
}

// copyValue writes src at offset from, a multiple of 8, of the value of an entry that we own.
func (r *region) copyValue(e *entry, from uint64, src []byte) {
	from += pad8(e.keyLen)
	if !e.meta.multiple() {
		r.copyIn(e.off+blockHeader+from, src)
		return
	}
	r.copyRuns(e, from, src)
}

// storeWord writes a word at offset from, a multiple of 8, of the value of an entry that we own.
func (r *region) storeWord(e *entry, from, w uint64) {
	from += pad8(e.keyLen)
	if !e.meta.multiple() {
		r.storeData(e.off+blockHeader+from, w)
		return
	}
	p := r.runs(e, from, 8)
	if off, _, ok := p.next(); ok {
		r.storeData(off, w)
	}
}

// wordAt is a word of an entry's bytes, at offset from, a multiple of 8.
func (r *region) wordAt(e *entry, from uint64) (uint64, bool) {
	if !e.meta.multiple() {
		return r.loadData(e.off + blockHeader + from), from+8 <= r.payload()
	}
	p := r.runs(e, from, 8)
	off, n, ok := p.next()
	if !ok || n < 8 {
		return 0, false
	}
	return r.loadData(off), true
}
