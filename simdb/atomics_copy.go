//go:build !race && !explore

package simdb

import "unsafe"

// Plain copies. The reader validates after them, so each ends with a load fence where the processor needs one (loadFence); the writer publishes after them by a CAS.

// copyOut copies len(dst) bytes at off into dst.
func (m *mem) copyOut(dst []byte, off uint64) {
	copy(dst, m.bytes(off, uint64(len(dst))))
	loadFence()
}

// appendOut appends the n bytes at off to dst, which has room for them.
func (m *mem) appendOut(dst []byte, off, n uint64) []byte {
	to := dst[len(dst) : uint64(len(dst))+n]
	if n-32 <= 32 { // 32 to 64
		copyHalves(unsafe.Pointer(unsafe.SliceData(to)), unsafe.Add(m.base, off), n)
	} else {
		copy(to, m.bytes(off, n))
	}
	loadFence()
	return dst[:uint64(len(dst))+n]
}

// copyHalves copies 32 to 64 bytes without a call, in two halves that overlap.
func copyHalves(to, from unsafe.Pointer, n uint64) {
	*(*[32]byte)(to) = *(*[32]byte)(from)
	*(*[32]byte)(unsafe.Add(to, n-32)) = *(*[32]byte)(unsafe.Add(from, n-32))
}

// copyIn copies src to off. The rest of the last word keeps its bytes.
func (m *mem) copyIn(off uint64, src []byte) {
	if len(src) == 16 { // the usual size of an identifier, without a call
		p, q := unsafe.Add(m.base, off), unsafe.Pointer(unsafe.SliceData(src))
		*(*[2]uint64)(p) = *(*[2]uint64)(q)
		return
	}
	copy(m.bytes(off, uint64(len(src))), src)
}

// equal says whether the bytes at off are b.
func (m *mem) equal(off uint64, b []byte) bool {
	p, q := unsafe.Add(m.base, off), unsafe.Pointer(unsafe.SliceData(b))
	var eq bool
	if len(b) == 16 { // the usual size of an identifier, without a call
		eq = *(*uint64)(p) == *(*uint64)(q) && *(*uint64)(unsafe.Add(p, 8)) == *(*uint64)(unsafe.Add(q, 8))
	} else {
		eq = unsafe.String((*byte)(p), len(b)) == unsafe.String((*byte)(q), len(b))
	}
	loadFence()
	return eq
}

// loadData and storeData are one word of a payload.
func (m *mem) loadData(off uint64) uint64 {
	v := *m.word(off)
	loadFence()
	return v
}

func (m *mem) storeData(off, v uint64) { *m.word(off) = v }
