//go:build !explore

package simdb

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	futexWaitOp = 0
	futexWakeOp = 1
)

// futexWait sleeps while the low half of the word at off is that of w, until futexWake, or for d. The word may be in a file that others map.
func (m *mem) futexWait(off, w uint64, d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(m.low(off))), futexWaitOp, uintptr(uint32(w)), uintptr(unsafe.Pointer(&t)), 0, 0)
}

// futexWake wakes all that sleep on the word at off. It never blocks, and the runtime need not be told.
func (m *mem) futexWake(off uint64) {
	unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(m.low(off))), futexWakeOp, 1<<30, 0, 0, 0)
}

// low is the address of the low half of a word.
func (m *mem) low(off uint64) *uint32 {
	p := (*[2]uint32)(unsafe.Pointer(m.word(off)))
	if bigEndian {
		return &p[1]
	}
	return &p[0]
}

var bigEndian = func() bool { w := uint16(1); return *(*byte)(unsafe.Pointer(&w)) == 0 }()
