package corpus

import (
	"fmt"

	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

func lostUpdate(corrected bool) *explore.Scenario {
	var count atomic.Int64
	increment := call("increment", 1, func(*explore.Proc) any {
		if corrected {
			return int(count.Add(1))
		}
		v := count.Load() + 1
		count.Store(v)
		return int(v)
	})
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "count", &count) },
		Processes: []explore.Process{{Ops: []explore.Op{increment}}, {Ops: []explore.Op{increment}}, {Ops: []explore.Op{increment}}},
		Model:     counter,
		LockFree:  true,
	}
}

// resurrected: an object with a reference count is freed by who lowers it to zero.
func resurrected(corrected bool) *explore.Scenario {
	var object struct {
		count atomic.Int64
		freed atomic.Bool
	}
	release := func() {
		if object.count.Add(-1) == 0 {
			object.freed.Store(true)
		}
	}
	acquire := func() bool {
		if !corrected {
			if object.count.Load() == 0 {
				return false
			}
			object.count.Add(1)
			return true
		}
		for {
			n := object.count.Load()
			if n == 0 {
				return false
			}
			if object.count.CompareAndSwap(n, n+1) {
				return true
			}
			atomic.Retry()
		}
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			object.count.Store(1)
			object.freed.Store(false)
			explore.Track(s, "object", &object)
		},
		Processes: []explore.Process{
			{Ops: []explore.Op{step("release", func(*explore.Proc) any { release(); return nil })}},
			{Ops: []explore.Op{step("use", func(p *explore.Proc) any {
				if !acquire() {
					return "gone"
				}
				p.Mark("used")
				if object.freed.Load() {
					p.Errorf("uses a freed object")
				}
				release()
				return "used"
			})}},
		},
		Marks:    []string{"used"},
		LockFree: true,
	}
}

// twice: the first of two users initialises.
func twice(corrected bool) *explore.Scenario {
	var once struct {
		state atomic.Uint32 // 0, then 1 while it is being initialised, then 2
		inits atomic.Int32
	}
	use := step("use", func(*explore.Proc) any {
		if !corrected {
			if once.state.Load() != 2 {
				once.inits.Add(1)
				once.state.Store(2)
			}
			return nil
		}
		if once.state.CompareAndSwap(0, 1) {
			once.inits.Add(1)
			once.state.Store(2)
		}
		for once.state.Load() != 2 {
			atomic.Retry()
		}
		return nil
	})
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "once", &once) },
		Processes: []explore.Process{{Ops: []explore.Op{use}}, {Ops: []explore.Op{use}}},
		Invariant: func(*explore.Execution) error {
			if n := once.inits.Load(); n != 1 {
				return fmt.Errorf("initialised %d times", n)
			}
			return nil
		},
	}
}
