package simdb

import (
	"sync"
	"sync/atomic"
)

// A lane is what one running write of a handle has for itself: its hints where free blocks are. A goroutine enters a lane for the time of a write. It waits for one only if it needs one with
// hazards, and then for a goroutine of its own process. Lanes are also how Close knows that no write is running.
type lane struct {
	word    local // laneIdle, laneBusy or laneClosed
	handle  uint64
	number  uint64 // among the handle's lanes; beyond those with hazards if it is for building
	spare   ref    // a block that the handle owns and will link next, of what it replaced or popped; or 0
	keeps   bool   // it may have one
	hints   int
	hint    [laneHints]uint32 // blocks this lane freed: taken again first, while they are in the cache
	cursor  uint64            // where to look for a free block when there is no hint
	hazards [hazardRoles]hazard
	_       [64]byte
}

const (
	laneIdle = iota
	laneBusy
	laneClosed
)

const laneHints = 16

// lanes are the lanes of a handle. There are four for each processor, and more come if all are busy (with goroutines preempted inside a write).
type lanes struct {
	list   atomic.Pointer[[]*lane]
	grow   sync.Mutex // of list and closed
	closed bool
	handle uint64
	first  uint64 // the number of the first one
	blocks uint64
	spares uint64 // lanes that keep a spare
}

func (l *lanes) init(handle uint64, g *geometry, n int) {
	if handle != 0 {
		l.spares = g.spares(handle)
	}
	l.fill(handle, g, n)
}

// initBuilding is init for lanes of writes that run code of the caller. That code may use queues, whose operations wait for lanes with hazards, so these have none, and no
// operation waits for them. They keep no spares.
func (l *lanes) initBuilding(handle uint64, g *geometry, n int) {
	l.first = g.hazardLanes
	l.fill(handle, g, n)
}

func (l *lanes) fill(handle uint64, g *geometry, n int) {
	l.handle, l.blocks = handle, g.blockCount
	list := make([]*lane, n)
	for i := range list {
		list[i] = l.newLane(i)
	}
	l.list.Store(&list)
}

// refuse is init for lanes that nobody enters.
func (l *lanes) refuse() {
	l.closed = true
	l.list.Store(&[]*lane{})
}

// newLane spreads the cursors of all lanes of all handles over the region (golden ratio).
func (l *lanes) newLane(i int) *lane {
	number := l.first + uint64(i)
	spread := (l.handle*64 + number) * 0x9e3779b97f4a7c15
	return &lane{handle: l.handle, number: number, cursor: (spread >> 32) * l.blocks >> 32, keeps: number < l.spares}
}

// enter gives a lane that nobody else is in, or nil if the handle is closed.
func (l *lanes) enter(m *mem) *lane {
	list := *l.list.Load()
	first := uint64(uint32(laneHint()*0x9e3779b9)) * uint64(len(list)) >> 32
	for i := range list {
		if i += int(first); i >= len(list) {
			i -= len(list)
		}
		if ln := list[i]; ln.word.cas(m, laneIdle, laneBusy) {
			return ln
		}
	}
	return l.enterNew(m)
}

// enterFirst is enter for one of the first n lanes. If all are busy, it waits for one: for a goroutine of this process.
func (l *lanes) enterFirst(m *mem, n int) *lane {
	for spin := 0; ; spin++ {
		list := *l.list.Load()
		usable := list[:min(n, len(list))]
		first := uint64(uint32(laneHint()*0x9e3779b9)) * uint64(len(usable)) >> 32
		for i := range usable {
			if i += int(first); i >= len(usable) {
				i -= len(usable)
			}
			if ln := usable[i]; ln.word.cas(m, laneIdle, laneBusy) {
				return ln
			}
		}
		if len(list) < n {
			return l.enterNew(m)
		}
		if usable[0].word.load(m) == laneClosed {
			return nil
		}
		m.pause(spin)
	}
}

func (l *lanes) enterNew(m *mem) *lane {
	l.grow.Lock()
	defer l.grow.Unlock()
	if l.closed {
		return nil
	}
	old := *l.list.Load()
	ln := l.newLane(len(old))
	ln.word.store(m, laneBusy)
	list := append(old[:len(old):len(old)], ln)
	l.list.Store(&list)
	return ln
}

func (ln *lane) leave(m *mem) { ln.word.storeRelease(m, laneIdle) }

// close ends the lanes after the writes that are running, and frees their spares. They are goroutines of this process, so waiting for them is not waiting for another process.
func (l *lanes) close(r *region) {
	l.grow.Lock()
	l.closed = true
	l.grow.Unlock()
	for _, ln := range *l.list.Load() {
		for spin := 0; !ln.word.cas(&r.mem, laneIdle, laneClosed); spin++ {
			r.pause(spin)
		}
		r.giveBack(ln)
	}
}

// giveBack frees the spares of a writer's lane and of those that nobody is in.
func (l *lanes) giveBack(r *region, mine *lane) {
	r.giveBack(mine)
	for _, ln := range *l.list.Load() {
		if ln.word.cas(&r.mem, laneIdle, laneBusy) {
			r.giveBack(ln)
			ln.leave(&r.mem)
		}
	}
}

// unprotect lets go of the segments that a writer's lane and those that nobody is in kept.
func (l *lanes) unprotect(r *region, mine *lane) {
	for _, ln := range *l.list.Load() {
		if ln == mine {
			r.unprotect(ln)
		} else if ln.word.cas(&r.mem, laneIdle, laneBusy) {
			r.unprotect(ln)
			ln.leave(&r.mem)
		}
	}
}

func (ln *lane) remember(i uint64) {
	if ln.hints < laneHints {
		ln.hint[ln.hints] = uint32(i)
		ln.hints++
	}
}
