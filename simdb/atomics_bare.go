//go:build !explore

package simdb

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

type hook struct{}

func (m *mem) load(off uint64) uint64 { return atomic.LoadUint64(m.word(off)) }

// line is words that are looked at together, from an offset on.
type line struct{ first unsafe.Pointer }

func (m *mem) line(off uint64) line { return line{unsafe.Add(m.base, off)} }

// load loads word i.
func (l line) load(i uint64) uint64 { return atomic.LoadUint64((*uint64)(unsafe.Add(l.first, 8*i))) }

func (m *mem) store(off, v uint64) { atomic.StoreUint64(m.word(off), v) }

func (m *mem) cas(off, old, v uint64) bool { return atomic.CompareAndSwapUint64(m.word(off), old, v) }

func (m *mem) add(off, d uint64) uint64 { return atomic.AddUint64(m.word(off), d) }

// local is a word private to this process and shared by the goroutines of one handle.
type local struct{ v atomic.Uint64 }

func (l *local) load(*mem) uint64                 { return l.v.Load() }
func (l *local) store(_ *mem, v uint64)           { l.v.Store(v) }
func (l *local) storeRelease(_ *mem, v uint64)    { storeRelease(&l.v, v) } // whoever sees v sees what was done before
func (l *local) cas(_ *mem, old, new uint64) bool { return l.v.CompareAndSwap(old, new) }

// pause lets others run before a wait for goroutines of this process looks again, for the spin-th time.
func (m *mem) pause(spin int) {
	if spin < 100 {
		runtime.Gosched()
	} else {
		time.Sleep(100 * time.Microsecond)
	}
}

// spin lets a little time pass between two looks at a word that another processor may change.
func (m *mem) spin() {
	for range 8 {
		_ = atomic.LoadUint64((*uint64)(m.base))
	}
}

// startTime is what a handle says of when it was attached.
func startTime() uint64 { return uint64(time.Now().UnixNano()) }

// laneHint is a number that tends to differ between goroutines that run at once: the stack they are on.
func laneHint() uint64 {
	var here byte
	return uint64(uintptr(unsafe.Pointer(&here)) >> 11)
}
