//go:build !explore

package simdb

import "math/bits"

// Reading ahead: lines are asked for that will be needed soon, while the processor goes on, as nothing depends on what is read.

// aheadBucket asks for the bucket of a hash.
func (r *region) aheadBucket(hash uint64) { r.touch(r.bucket(r.bucketOf(hash))) }

// aheadEntry asks for the first lines of the entry that the bucket seems to have for a hash.
func (r *region) aheadEntry(hash uint64) {
	slots := r.line(r.bucket(r.bucketOf(hash)) + 8)
	found := match(slots, r.slots, slotTag(fingerprint(hash)))
	if found == 0 {
		return
	}
	if off, ok := r.block(slots.load(uint64(bits.TrailingZeros64(found))) & r.indexMask); ok {
		r.touch(off)
		r.touch(off + min(r.blockSize-8, 64))
	}
}
