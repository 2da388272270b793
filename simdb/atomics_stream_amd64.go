//go:build !race && !explore

package simdb

import "unsafe"

const cacheLine = 64

// streamIn is copyIn for what is long: it goes to memory past the caches, and the lines that are overwritten are not fetched first. The stores that do so are in no order
// before endStream.
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

// endStream keeps what was streamed before later stores. It waits for it to be in memory, so it comes once for many runs. A goroutine that goes on in another
// thread before the fence was handed over by locked instructions, and a thread that goes on on another processor by the kernel: on the processor that stored, these wait for the
// stores as the fence does. So whoever is killed before the fence has no stores left to come when its file lock is released.
func (m *mem) endStream() { storeFence() }

// streamLines copies lines, of which there is at least one. to is aligned.
//
//go:noescape
func streamLines(to, from unsafe.Pointer, lines uint64)

func storeFence()
