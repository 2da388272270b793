package simdb

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// hash is XXH3 of a key with the region's seed; its low byte is the fingerprint, its high bits choose the bucket.
func (g *geometry) hash(key []byte) uint64 {
	if g.hashFunc != nil {
		return g.hashFunc(bytes.Clone(key)) // or every key of every caller would escape to the heap
	}
	if g.short(key) {
		return hashShort(key, g.seed)
	}
	return xxh3.HashSeed(key, g.seed)
}

// short says whether hashShort is the hash of the key.
func (g *geometry) short(key []byte) bool { return uint64(len(key))-9 <= 7 && g.hashFunc == nil }

// hashShort is XXH3 of 9 to 16 bytes: the usual size of an identifier, without calls.
func hashShort(key []byte, seed uint64) uint64 {
	n := len(key)
	lo := binary.LittleEndian.Uint64(key) ^ ((0x1f67b3b7a4a44072 ^ 0x78e5c0cc4ee679cb) + seed)
	hi := binary.LittleEndian.Uint64(key[n-8:]) ^ ((0x2172ffcc7dd05a82 ^ 0x8e2443f7744608b8) - seed)
	h, l := bits.Mul64(lo, hi)
	x := uint64(n) + bits.ReverseBytes64(lo) + hi + (h ^ l)
	x ^= x >> 37
	x *= 0x165667919e3779f9
	return x ^ x>>32
}

func fingerprint(hash uint64) uint64 { return hash & 0xff }

// bucketOf is the number of the bucket of a hash.
func (g *geometry) bucketOf(hash uint64) uint64 {
	n, _ := bits.Mul64(hash, g.buckets)
	return n
}
