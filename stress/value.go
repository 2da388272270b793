package main

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"
)

// A stamped value carries its id and a checksum of all its bytes and its key:
//
//	id 8 bytes, filler, checksum 8 bytes
//
// so whatever is not one whole value written to this key is seen to be torn.
const stampSize = 16

// appendStamped appends the stamped value of n bytes, at least stampSize.
func appendStamped(dst []byte, key, id uint64, n int) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, id)
	word := id
	for left := n - stampSize; left > 0; left -= 8 {
		word = word*0x9e3779b97f4a7c15 + key
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	dst = dst[:start+n-8]
	return binary.LittleEndian.AppendUint64(dst, xxh3.HashSeed(dst[start:], key))
}

// readStamped returns the id of a stamped value, and whether it is whole.
func readStamped(b []byte, key uint64) (id uint64, whole bool) {
	if len(b) < stampSize {
		return 0, false
	}
	body, sum := b[:len(b)-8], b[len(b)-8:]
	return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(sum) == xxh3.HashSeed(body, key)
}

// appendShort appends the short value of n bytes: too short for an id, it is
// the same whenever it is written, and its version tells one write from
// another.
func appendShort(dst []byte, key uint64, n int) []byte {
	word := (key + 1) * 0x9e3779b97f4a7c15 * uint64(n+1)
	for i := range n {
		dst = append(dst, byte(word>>(8*(i%8))))
	}
	return dst
}

// isShort reports whether b is a whole short value.
func isShort(b []byte, key uint64) bool {
	var buf [stampSize]byte
	return len(b) < stampSize && string(appendShort(buf[:0], key, len(b))) == string(b)
}

// keyNames makes n keys of different lengths, some longer than a small block.
func keyNames(prefix string, n int) [][]byte {
	names := make([][]byte, n)
	for i := range names {
		names[i] = fmt.Appendf(nil, "%s%d", prefix, i)
		if i%5 == 4 {
			names[i] = fmt.Appendf(nil, "%s%0*d", prefix, longKey-len(prefix), i)
		}
	}
	return names
}

// longKey is the length of the longest keys.
const longKey = 150
