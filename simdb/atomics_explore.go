//go:build explore

package simdb

import (
	"sync/atomic"
	"unsafe"
)

// The kinds of steps, as a Stepper is told them.
const (
	stepLoad uint8 = iota
	stepStore
	stepCAS
	stepAdd
	_ // and
	_ // or
	_ // swap
	stepCopyLoad
	stepCopyStore
)

// Stepper is told of every step on the memory of a region: before it, when it may let others run first, and after it, with the word before and after.
// A word is named by its offset in the region, words that are private to a process by their address with the top bit set. explore.Scheduler is one.
type Stepper interface {
	Before(kind uint8, word uint64)
	After(old, new uint64)
	Retry() // the caller looks again at what it waits for

	// What an operation forgets: see explore.Scheduler.
	Here() (moment int)
	Again(moment int)
	Done(moment int)
	But(value uint64)
}

// hook makes steps of the operations on a region. The words that only the goroutines of one process share are left out unless private is set, since
// nobody else can tell in which order they are done.
type hook struct {
	s       Stepper
	private bool
}

func (h *hook) before(kind uint8, word uint64) {
	if h.s != nil {
		h.s.Before(kind, word)
	}
}

func (h *hook) after(old, new uint64) {
	if h.s != nil {
		h.s.After(old, new)
	}
}

func (h *hook) load(kind uint8, word uint64, p *uint64) uint64 {
	h.before(kind, word)
	v := atomic.LoadUint64(p)
	h.after(v, v)
	return v
}

func (h *hook) store(kind uint8, word uint64, p *uint64, v uint64) {
	h.before(kind, word)
	old := atomic.SwapUint64(p, v)
	h.after(old, v)
}

func (h *hook) cas(word uint64, p *uint64, old, v uint64) bool {
	h.before(stepCAS, word)
	was := *p
	ok := atomic.CompareAndSwapUint64(p, old, v)
	h.after(was, *p)
	return ok
}

func (m *mem) load(off uint64) uint64         { return m.hook.load(stepLoad, off, m.word(off)) }
func (m *mem) store(off, v uint64)            { m.hook.store(stepStore, off, m.word(off), v) }
func (m *mem) cas(off, old, v uint64) bool    { return m.hook.cas(off, m.word(off), old, v) }
func (m *mem) loadData(off uint64) uint64     { return m.hook.load(stepCopyLoad, off, m.word(off)) }
func (m *mem) storeData(off uint64, v uint64) { m.hook.store(stepCopyStore, off, m.word(off), v) }

// line is words that are looked at together, from an offset on.
type line struct {
	m   *mem
	off uint64
}

func (m *mem) line(off uint64) line { return line{m, off} }

// load loads word i.
func (l line) load(i uint64) uint64 { return l.m.load(l.off + 8*i) }

func (m *mem) add(off, d uint64) uint64 {
	m.hook.before(stepAdd, off)
	v := atomic.AddUint64(m.word(off), d)
	m.hook.after(v-d, v)
	return v
}

// local is a word private to this process and shared by the goroutines of one handle.
type local struct{ v uint64 }

func (l *local) name() uint64 { return 1<<63 | uint64(uintptr(unsafe.Pointer(l))) }

func (l *local) hook(m *mem) *hook {
	if m.hook.private {
		return &m.hook
	}
	return &hook{}
}

func (l *local) load(m *mem) uint64             { return l.hook(m).load(stepLoad, l.name(), &l.v) }
func (l *local) store(m *mem, v uint64)         { l.hook(m).store(stepStore, l.name(), &l.v, v) }
func (l *local) storeRelease(m *mem, v uint64)  { l.store(m, v) }
func (l *local) cas(m *mem, old, v uint64) bool { return l.hook(m).cas(l.name(), &l.v, old, v) }

func (m *mem) pause(int) {
	if m.hook.s != nil {
		m.hook.s.Retry()
	}
}

func (m *mem) spin() {}

// words are the words of b, for a scheduler to put back.
func words(b []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/8)
}

// laneHint and startTime are constant, so that a schedule replays.
func laneHint() uint64  { return 0 }
func startTime() uint64 { return 0 }
