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
	if n := len(key); n > 8 && n <= 16 {
		return hash16(binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[n-8:]), uint64(n), g.seed)
	}
	return xxh3.HashSeed(key, g.seed)
}

// hash16 is XXH3 of n bytes, 9 to 16: the usual size of an identifier, without calls. lo are the first eight of them, hi the last.
func hash16(lo, hi, n, seed uint64) uint64 {
	lo ^= (0x1f67b3b7a4a44072 ^ 0x78e5c0cc4ee679cb) + seed
	hi ^= (0x2172ffcc7dd05a82 ^ 0x8e2443f7744608b8) - seed
	h, l := bits.Mul64(lo, hi)
	x := n + bits.ReverseBytes64(lo) + hi + (h ^ l)
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
