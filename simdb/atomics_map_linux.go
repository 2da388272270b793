package simdb

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size and alignment at which one entry of the translation buffer covers 512 ordinary pages.
const hugePage = 2 << 20

// mapFile maps size bytes of a file, aligned for huge pages if there is room: a random access then misses the cache, not the translation buffer too.
func mapFile(fd int, size uint64, readOnly bool) ([]byte, error) {
	var hint unsafe.Pointer
	if size >= hugePage {
		if room, err := unix.MmapPtr(-1, 0, nil, uintptr(size+hugePage), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON); err == nil {
			hint = unsafe.Pointer((uintptr(room) + hugePage - 1) &^ (hugePage - 1))
			unix.MunmapPtr(room, uintptr(size+hugePage))
		}
	}
	access := unix.PROT_READ | unix.PROT_WRITE
	if readOnly {
		access = unix.PROT_READ
	}
	p, err := unix.MmapPtr(fd, 0, hint, uintptr(size), access, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	b := unsafe.Slice((*byte)(p), size)
	catchFaults(b)
	return b, nil
}

// flush writes the mapping to the file system.
func (r *region) flush() error {
	if err := unix.Msync(r.bytes(0, r.size), unix.MS_SYNC); err != nil {
		return explain(r.path, fmt.Errorf("flush: %w", err))
	}
	return nil
}

func unmapFile(b []byte) {
	letFaults(b)
	unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)))
}
