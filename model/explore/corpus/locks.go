package corpus

import (
	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

// critical is a section that only one process may be in.
type critical struct{ inside atomic.Int32 }

func (c *critical) enter(p *explore.Proc) {
	if c.inside.Add(1) != 1 {
		p.Errorf("two in the critical section")
	}
	c.inside.Add(-1)
}

func checkThenSet(corrected bool) *explore.Scenario {
	var m struct {
		locked  atomic.Bool
		section critical
	}
	lock := func() {
		for {
			if corrected {
				if m.locked.CompareAndSwap(false, true) {
					return
				}
			} else if !m.locked.Load() {
				m.locked.Store(true)
				return
			}
			atomic.Retry()
		}
	}
	enter := step("enter", func(p *explore.Proc) any {
		lock()
		m.section.enter(p)
		m.locked.Store(false)
		return nil
	})
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "mutex", &m) },
		Processes: []explore.Process{{Ops: []explore.Op{enter}}, {Ops: []explore.Op{enter}}, {Ops: []explore.Op{enter}}},
	}
}

// peterson: G. L. Peterson, "Myths about the mutual exclusion problem" (1981).
func peterson(corrected bool) *explore.Scenario {
	var m struct {
		wants   [2]atomic.Bool
		turn    atomic.Int32
		section critical
	}
	enter := func(me int) explore.Op {
		other := 1 - me
		return step("enter", func(p *explore.Proc) any {
			if corrected {
				m.wants[me].Store(true)
				m.turn.Store(int32(other))
			} else {
				m.turn.Store(int32(other))
				m.wants[me].Store(true)
			}
			for m.wants[other].Load() && m.turn.Load() == int32(other) {
				atomic.Retry()
			}
			m.section.enter(p)
			m.wants[me].Store(false)
			return nil
		})
	}
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "mutex", &m) },
		Processes: []explore.Process{{Ops: []explore.Op{enter(0), enter(0)}}, {Ops: []explore.Op{enter(1), enter(1)}}},
	}
}

// afterYou: both raise a flag, and who sees that of the other lowers its own and tries again. The corrected ones take turns at giving way: T. J. Dekker's solution, in
// E. W. Dijkstra, "Cooperating sequential processes" (1968).
func afterYou(corrected bool) *explore.Scenario {
	var m struct {
		wants   [2]atomic.Bool
		turn    atomic.Int32
		section critical
	}
	enter := func(me int) explore.Op {
		other := 1 - me
		return step("enter", func(p *explore.Proc) any {
			m.wants[me].Store(true)
			for m.wants[other].Load() {
				if corrected && m.turn.Load() == int32(me) {
					atomic.Retry()
					continue
				}
				m.wants[me].Store(false)
				for corrected && m.turn.Load() != int32(me) {
					atomic.Retry()
				}
				m.wants[me].Store(true)
			}
			m.section.enter(p)
			m.turn.Store(int32(other))
			m.wants[me].Store(false)
			return nil
		})
	}
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "mutex", &m) },
		Processes: []explore.Process{{Ops: []explore.Op{enter(0)}}, {Ops: []explore.Op{enter(1)}}},
		MaxSteps:  60,
	}
}

// robustLock: a spin lock in shared memory. The corrected one names its holder, and whoever waits takes over from a dead one.
func robustLock(corrected bool) *explore.Scenario {
	var m struct {
		holder atomic.Uint32 // 0: free, else process + 1
		dead   [2]atomic.Bool
		count  atomic.Int64
	}
	add := func(me uint32) explore.Op {
		return step("add", func(*explore.Proc) any {
			for !m.holder.CompareAndSwap(0, me+1) {
				h := m.holder.Load()
				if corrected && h != 0 && m.dead[h-1].Load() && m.holder.CompareAndSwap(h, me+1) {
					break
				}
				atomic.Retry()
			}
			m.count.Store(m.count.Load() + 1)
			m.holder.Store(0)
			return nil
		})
	}
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "lock", &m) },
		Processes: []explore.Process{{Name: "p0", Ops: []explore.Op{add(0)}}, {Name: "p1", Ops: []explore.Op{add(1)}}},
		Kills:     1,
		OnKill: func(_ *explore.Proc, group string) {
			m.dead[group[1]-'0'].Store(true)
		},
	}
}

// lostWakeup: a condition with an event count, as a futex gives it: to sleep is to wait until the event count differs from what was read.
func lostWakeup(corrected bool) *explore.Scenario {
	var c struct {
		ready  atomic.Bool
		events atomic.Uint64
	}
	wait := step("wait", func(*explore.Proc) any {
		for {
			seen := c.events.Load()
			if c.ready.Load() {
				return nil
			}
			if !corrected {
				seen = c.events.Load()
			}
			for c.events.Load() == seen { // asleep
				atomic.Retry()
			}
		}
	})
	signal := step("signal", func(*explore.Proc) any {
		c.ready.Store(true)
		c.events.Add(1)
		return nil
	})
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "condition", &c) },
		Processes: []explore.Process{{Name: "waiter", Ops: []explore.Op{wait}}, {Name: "signaller", Ops: []explore.Op{signal}}},
	}
}
