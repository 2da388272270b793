//go:build explore

package simdb

import (
	"sync/atomic"
	"unsafe"
)

// StepKind says what a step does to its word.
type StepKind uint8

// The kinds of steps. Data steps are one word of a payload copy.
const (
	StepLoad StepKind = iota
	StepStore
	StepCAS
	StepAdd
	StepDataLoad
	StepDataStore
)

// Stepper is told of every step on the memory of a region: before it, when it may let others run first, and after it, with the word before and after.
// A word is named by its offset in the region; words private to a handle by their address with the top bit set.
type Stepper interface {
	Before(k StepKind, word uint64)
	After(k StepKind, word, old, new uint64)
}

type hook struct{ s Stepper }

func (m *mem) before(k StepKind, word uint64) {
	if m.hook.s != nil {
		m.hook.s.Before(k, word)
	}
}

func (m *mem) after(k StepKind, word, old, new uint64) {
	if m.hook.s != nil {
		m.hook.s.After(k, word, old, new)
	}
}

func (m *mem) loadAs(k StepKind, word uint64, p *uint64) uint64 {
	m.before(k, word)
	v := atomic.LoadUint64(p)
	m.after(k, word, v, v)
	return v
}

func (m *mem) storeAs(k StepKind, word uint64, p *uint64, v uint64) {
	m.before(k, word)
	old := atomic.SwapUint64(p, v)
	m.after(k, word, old, v)
}

func (m *mem) casAs(word uint64, p *uint64, old, v uint64) bool {
	m.before(StepCAS, word)
	was := *p
	ok := atomic.CompareAndSwapUint64(p, old, v)
	m.after(StepCAS, word, was, *p)
	return ok
}

func (m *mem) load(off uint64) uint64         { return m.loadAs(StepLoad, off, m.word(off)) }
func (m *mem) store(off, v uint64)            { m.storeAs(StepStore, off, m.word(off), v) }
func (m *mem) cas(off, old, v uint64) bool    { return m.casAs(off, m.word(off), old, v) }
func (m *mem) loadData(off uint64) uint64     { return m.loadAs(StepDataLoad, off, m.word(off)) }
func (m *mem) storeData(off uint64, v uint64) { m.storeAs(StepDataStore, off, m.word(off), v) }

func (m *mem) add(off, d uint64) uint64 {
	m.before(StepAdd, off)
	v := atomic.AddUint64(m.word(off), d)
	m.after(StepAdd, off, v-d, v)
	return v
}

// local is a word private to this process and shared by the goroutines of one handle.
type local struct{ v uint64 }

func (l *local) name() uint64 { return 1<<63 | uint64(uintptr(unsafe.Pointer(l))) }

func (l *local) load(m *mem) uint64               { return m.loadAs(StepLoad, l.name(), &l.v) }
func (l *local) store(m *mem, v uint64)           { m.storeAs(StepStore, l.name(), &l.v, v) }
func (l *local) cas(m *mem, old, new uint64) bool { return m.casAs(l.name(), &l.v, old, new) }

// laneHint is constant, so that a schedule replays.
func laneHint() uint64 { return 0 }
