//go:build race || explore

package simdb

import "encoding/binary"

// Copies by atomic words: what the race detector needs to see no race in an optimistic copy, and what the explorer needs to tear it.

// copyOut copies len(dst) bytes at off into dst. off need not be that of a word: records of packs lie anywhere.
func (m *mem) copyOut(dst []byte, off uint64) {
	var w [8]byte
	for len(dst) > 0 {
		binary.NativeEndian.PutUint64(w[:], m.loadData(off&^7))
		n := copy(dst, w[off&7:])
		dst = dst[n:]
		off += uint64(n)
	}
}

// appendOut appends the n bytes at off to dst, which has room for them.
func (m *mem) appendOut(dst []byte, off, n uint64) []byte {
	at := len(dst)
	dst = dst[:at+int(n)]
	m.copyOut(dst[at:], off)
	return dst
}

// copyIn copies src to off. The rest of the last word becomes zero.
func (m *mem) copyIn(off uint64, src []byte) {
	for len(src) > 0 {
		var w [8]byte
		src = src[copy(w[:], src):]
		m.storeData(off, binary.NativeEndian.Uint64(w[:]))
		off += 8
	}
}

// equal says whether the bytes at off are b.
func (m *mem) equal(off uint64, b []byte) bool {
	var w [8]byte
	for len(b) > 0 {
		binary.NativeEndian.PutUint64(w[:], m.loadData(off))
		n := min(8, len(b))
		if string(w[:n]) != string(b[:n]) {
			return false
		}
		b = b[n:]
		off += 8
	}
	return true
}
