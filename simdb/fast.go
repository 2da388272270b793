package simdb

import (
	"errors"
	"math/bits"
)

// The common cases of get and put, each in one function: entries of one block, found in the bucket itself, nobody in the way. They take the same steps as the general
// code, in the same order; where something is not as usual they leave it to that, having shared nothing.

// errSlow says that the common case is not given.
var errSlow = errors.New("slow")

// getFast is lookup and appendValue in one. It also finds that there is no entry, where that is plain, and needs room in dst.
func (r *region) getFast(key, dst []byte, hash uint64) ([]byte, error) {
	tag := slotTag(fingerprint(hash))
	head := r.bucket(r.bucketOf(hash))
	h := headWord(r.load(head))
	slots := r.line(head + 8)
	if found := match(slots, r.slots, tag); found != 0 {
		slot := uint64(bits.TrailingZeros64(found))
		w := slots.load(slot)
		off, ok := r.block(w & r.indexMask)
		if !ok {
			return dst, errSlow
		}
		m := meta(r.load(off + 8))
		start, n := pad8(uint64(len(key))), m.valueLen()
		if w>>refBits != tag || m&metaShape != meta(len(key)) || start+n > r.payload() || uint64(cap(dst)-len(dst)) < n || !r.equal(off+blockHeader, key) {
			return dst, errSlow
		}
		out := r.appendOut(dst, off+blockHeader+start, n)
		if slots.load(slot) != w {
			return dst, errSlow
		}
		return out, nil
	}
	if slots.load(r.slots) != 0 || h.pending() { // the link
		return dst, errSlow
	}
	return dst, ErrNotFound
}

// putFast replaces a settled entry of one block by another. It reports false if it did not; then b, unless it is 0, is the new entry, still private.
func (r *region) putFast(ln *lane, key, value []byte, hash uint64, c condition) (slot uint64, b ref, done bool) {
	tag := slotTag(fingerprint(hash))
	head := r.bucket(r.bucketOf(hash))
	slots := r.line(head + 8)
	found := match(slots, r.slots, tag)
	if found == 0 {
		return 0, 0, false
	}
	place := uint64(bits.TrailingZeros64(found))
	slot = head + 8 + 8*place
	w := slotWord(slots.load(place))
	i := uint64(w) & r.indexMask
	victim, ok := r.block(i)
	start, n := pad8(uint64(len(key))), uint64(len(value))
	if !ok || i >= r.victims || start+n > r.payload() || uint64(w)>>refBits != tag || c.kind == ifAbsent || c.kind == ifVersion && w.ref() != c.ref {
		return 0, 0, false
	}
	v := r.version(w.ref())
	if meta(r.load(victim+8))&metaShape != meta(len(key)) || !r.equal(victim+blockHeader, key) ||
		headWord(r.load(head)).pending() || blockWord(r.load(victim)) != makeBlockWord(live, 0, v) {
		return 0, 0, false
	}
	if b, ok = r.takeFirst(ln); !ok {
		return 0, 0, false
	}
	off := r.own(b)
	r.storeData(off+8, uint64(makeMeta(kindValue, uint64(len(key)), n, 0, 0).replacing(i)))
	r.copyIn(off+blockHeader, key)
	r.copyIn(off+blockHeader+start, value)
	if !r.cas(slot, uint64(w), tag<<refBits|uint64(b)) {
		return 0, b, false
	}
	failpoint(atSwapped)
	r.recycle(ln, w.ref(), makeBlockWord(live, 0, v)) // or somebody freed it, or announced it and will
	failpoint(atVictimFreed)
	r.linked(ln, b)
	return slot, b, true
}
