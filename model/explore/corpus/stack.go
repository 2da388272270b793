package corpus

import (
	"fmt"

	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

// stackReuse: Treiber's stack of nodes in an array. One process takes two nodes and puts the first back while another is in the middle of a pop.
func stackReuse(corrected bool) *explore.Scenario {
	const nodes = 3
	var stack struct {
		top  atomic.Uint64 // index of a node, 0: none; above it a tag that counts the changes
		next [nodes + 1]atomic.Uint64
	}
	index := func(w uint64) uint64 { return w & 0xff }
	above := func(w, i uint64) uint64 {
		if corrected {
			return (w>>8+1)<<8 | i
		}
		return i
	}
	pop := func() uint64 {
		for {
			top := stack.top.Load()
			i := index(top)
			if i == 0 {
				return 0
			}
			if stack.top.CompareAndSwap(top, above(top, stack.next[i].Load())) {
				return i
			}
			atomic.Retry()
		}
	}
	push := func(i uint64) {
		for {
			top := stack.top.Load()
			stack.next[i].Store(index(top))
			if stack.top.CompareAndSwap(top, above(top, i)) {
				return
			}
			atomic.Retry()
		}
	}
	var held [nodes + 1]int // by a process; private, each entry written by the node's holder
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			for i := range stack.next {
				stack.next[i].Store(uint64(i+1) % (nodes + 1))
			}
			stack.top.Store(1)
			explore.Track(s, "stack", &stack)
			explore.Track(s, "held", &held)
		},
		Processes: []explore.Process{
			{Ops: []explore.Op{step("pop", func(*explore.Proc) any {
				i := pop()
				held[i]++
				return i
			})}},
			{Ops: []explore.Op{step("pop two, push the first", func(*explore.Proc) any {
				first, second := pop(), pop()
				held[second]++
				push(first)
				return second
			})}},
		},
		Invariant: func(*explore.Execution) error {
			on := held
			i, n := index(stack.top.Load()), 0
			for ; i != 0 && n <= nodes; i, n = stack.next[i].Load(), n+1 {
				on[i]++
			}
			for i := 1; i <= nodes; i++ {
				if on[i] != 1 {
					return fmt.Errorf("node %d is in %d places", i, on[i])
				}
			}
			return nil
		},
		LockFree: true,
	}
}
