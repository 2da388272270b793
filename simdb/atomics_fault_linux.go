//go:build amd64 || arm64

package simdb

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A page of a mapping that the file has no more of, or that can not be read, is a SIGBUS to whoever touches it, and the end of a Go process. A handler before that of the runtime lets
// it go on instead: it puts private zeros in the place of the whole region, so that what was running ends in its ordinary way, and finds the header gone (region.gone). Nothing of that
// costs anything before it happens. debug.SetPanicOnFault does: it is set and put back by every operation, which has to recover, and what panics leaves lanes and hazards behind.
//
// The handler is assembly, since no Go code can run where the kernel calls it. What is not in a region of ours it hands on to the handler that was there before.

// mapped lists where regions are: first and last address + 1 of each, then 0. It is replaced, not changed. The handler reads it on a thread that can not be stopped for garbage collection
// meanwhile, so what it reads is not freed.
var mapped unsafe.Pointer

var mappedRanges struct {
	sync.Mutex
	list []uintptr
}

// previousHandler is what the handler hands on to.
//
//lint:ignore U1000 the assembly reads it
var previousHandler uintptr

var installHandler sync.Once

// sigaction is the kernel's.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// catchFaults lets faults in b become zeros.
func catchFaults(b []byte) {
	installHandler.Do(install)
	mappedRanges.Lock()
	defer mappedRanges.Unlock()
	first := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	publishMapped(append(mappedRanges.list, first, first+uintptr(len(b))))
}

// letFaults is the end of catchFaults, before b is unmapped.
func letFaults(b []byte) {
	mappedRanges.Lock()
	defer mappedRanges.Unlock()
	first := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	for i := 0; i < len(mappedRanges.list); i += 2 {
		if mappedRanges.list[i] == first {
			publishMapped(append(mappedRanges.list[:i:i], mappedRanges.list[i+2:]...))
			return
		}
	}
}

func publishMapped(list []uintptr) {
	mappedRanges.list = list
	ended := append(list[:len(list):len(list)], 0)
	atomic.StorePointer(&mapped, unsafe.Pointer(unsafe.SliceData(ended)))
}

// install puts the handler before the one that is there, which stays as it is in all else: stack, mask and way back.
func install() {
	var a sigaction
	if rtSigaction(nil, &a) != nil || a.handler == 0 {
		return // then a fault is what it was
	}
	previousHandler = a.handler
	a.handler = faultHandler()
	rtSigaction(&a, nil)
}

func rtSigaction(set, old *sigaction) error {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGBUS), uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// faultHandler is the address of the handler.
func faultHandler() uintptr

// onFault is the handler. Only the kernel calls it.
//
//lint:ignore U1000 the assembly takes its address
func onFault()
