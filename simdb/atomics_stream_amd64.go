//go:build !race && !explore

package simdb

import "unsafe"

const cacheLine = 64

// streamIn is copyIn for more than the caches hold: what is copied goes to memory and leaves them alone, and the lines that are overwritten are not fetched first. The
// stores that do so are ordered by a fence before any later one.
func (m *mem) streamIn(off uint64, src []byte) {
	dst := m.bytes(off, uint64(len(src)))
	at := int(-uintptr(unsafe.Pointer(unsafe.SliceData(dst))) % cacheLine)
	lines := (len(src) - at) / cacheLine
	if lines <= 0 {
		m.copyIn(off, src)
		return
	}
	copy(dst[:at], src)
	streamLines(unsafe.Pointer(&dst[at]), unsafe.Pointer(&src[at]), uint64(lines))
	at += lines * cacheLine
	copy(dst[at:], src[at:])
}

// streamLines copies lines, of which there is at least one. to is aligned.
//
//go:noescape
func streamLines(to, from unsafe.Pointer, lines uint64)
