package explore

import (
	"fmt"
	"math/bits"
)

// states visits every state once: depth first, an execution being cut where it comes to a state that has been seen, and with sleep sets, which leave out transitions
// but no states (P. Godefroid, G. Holzmann, D. Pirottin, "State-space caching revisited", Formal Methods in System Design 7(3), 1995).
// What a state is, and why nothing is lost, is argued in the package comment.
type states struct {
	seen        *seenStates
	nodes       []stateNode
	codes       []code // width per node: what the next step of a process that sleeps depends on
	width       int
	state       *state
	transitions uint64
	pruned      uint64
	full        bool // there is no room for more states
	bound       int  // preemptions allowed; negative: any number. What sleeps would then be left out wrongly, so nothing does.
	over        bool // the bound has cut something off
}

// stateNode is the state before a step of the current execution.
type stateNode struct {
	before savedState
	sleep  uint64 // processes whose next step, taken here, leads to nothing new
	todo   uint64 // processes to be explored from here
	known  uint64 // those that could go on when the state was reached
	switches
}

func newStates(limit, bound int) *states { return &states{seen: newSeenStates(limit), bound: bound} }

// maxStatesProcs is how many processes there may be, as the table of states keeps a bit for each.
const maxStatesProcs = 32

// fits says why a scenario cannot be explored by its states, if so.
func (s *Scheduler) fits() error {
	if len(s.procs) > maxStatesProcs {
		return fmt.Errorf("explore: %s: States is for at most %d processes, kernels and recoveries", s.sc.Name, maxStatesProcs)
	}
	for _, p := range s.procs {
		if p.together && s.sc.Guards == nil {
			return fmt.Errorf("explore: %s: States has to know by Guards what orders the private memory that %s shares with others of its group", s.sc.Name, p.name)
		}
	}
	return nil
}

func (x *states) begin(s *Scheduler) bool {
	if x.width == 0 {
		x.width = len(s.procs)
		x.state = s.state
		x.arrive(0)
		return true
	}
	for d := len(s.trace.events) - 1; d >= 0 && !x.full; d-- {
		n, e := &x.nodes[d], &s.trace.events[d]
		if x.bound < 0 {
			n.sleep |= 1 << e.pid
		}
		x.codes[d*x.width+int(e.pid)] = e.code
		if n.todo == 0 {
			continue
		}
		next := bits.TrailingZeros64(n.todo)
		n.todo &^= 1 << next
		x.nodes = x.nodes[:d+1]
		x.codes = x.codes[:(d+1)*x.width]
		x.state.restore(n.before)
		s.trace.truncate(d)
		s.path = append(s.path[:d], uint8(next))
		s.planned = d + 1
		return true
	}
	return false
}

// arrive makes a node for the state after the newest step.
func (x *states) arrive(sleep uint64) {
	x.nodes = append(x.nodes, stateNode{before: x.state.save(), sleep: sleep})
	x.codes = append(x.codes, make([]code, x.width)...)
}

func (x *states) choose(s *Scheduler, enabled, kills uint64) int {
	n := &x.nodes[s.depth]
	all := enabled | kills
	if x.bound >= 0 {
		n.switches = switches{enabled, -1, 0}
		if d := s.depth; d > 0 {
			n.switches = x.nodes[d-1].after(&s.trace.events[d-1], enabled)
		}
		if others := n.preempting(); n.used == x.bound && others != 0 {
			all &^= others
			x.over = true
		}
	}
	switch {
	case n.known != 0: // a process turned out to have no step
		n.todo |= all &^ n.known &^ n.sleep
		n.todo &= all
	case s.forcing(enabled): // these steps depend on everything
		n.sleep = 0
		fallthrough
	default:
		x.look(s, n, all)
	}
	n.known |= all
	if n.todo == 0 {
		x.pruned++
		return -1
	}
	next := runOn(s, n.todo)
	n.todo &^= 1 << next
	return next
}

// look decides what is to be explored from a state. One with a single step to go on with is not kept: the next one will do.
func (x *states) look(s *Scheduler, n *stateNode, all uint64) {
	n.todo = all &^ n.sleep
	if all&(all-1) == 0 && !s.between() {
		return
	}
	key := x.key(n)
	at, seen := x.seen.find(key)
	if !seen {
		if !x.seen.add(at, seenState{key, uint32(n.sleep & all), uint32(x.state.next)}) {
			x.full, n.todo = true, 0
		}
		return
	}
	if x.circles(s) {
		n.todo = 0
		return
	}
	if at.next != uint32(x.state.next) {
		s.failBeside(Nondeterminism, "the processes are about to do something else than when they had seen the same in the same memory: they share something that the scheduler does not see")
		n.todo = 0
		return
	}
	n.todo = uint64(at.sleep) &^ n.sleep
	if s.state.lacks&awakening != 0 {
		n.todo = 0
	}
	n.sleep &= uint64(at.sleep)
	at.sleep = uint32(n.sleep)
}

// key is what the state is known by: with a bound also which process runs, and how many preemptions are left.
func (x *states) key(n *stateNode) hash {
	switch {
	case x.bound < 0:
		return x.state.key
	case n.goesOn():
		return x.state.key.with(uint64(n.running)+1, uint64(n.used))
	}
	return x.state.key.with(0, uint64(n.used))
}

// between says whether the process of the newest step has ended an operation by it.
func (s *Scheduler) between() bool {
	return s.depth > 0 && s.procs[s.trace.events[s.depth-1].pid].opSteps == 0
}

// circles reports a livelock if the newest state has been on the current path before. To show it, the path goes round until an operation takes too many steps.
func (x *states) circles(s *Scheduler) bool {
	for d := range s.depth {
		if x.nodes[d].before.key != x.state.key {
			continue
		}
		s.fail(Livelock, fmt.Sprintf("after %d steps everything is as it was %d steps before, and no operation has ended", s.depth, s.depth-d))
		round := s.path[d:s.depth]
		for range int(s.maxSteps)/len(round) + 1 {
			s.failure.path = append(s.failure.path, round...)
		}
		return true
	}
	return false
}

// stepped puts to sleep after the newest event what slept before it and does not depend on it.
func (x *states) stepped(s *Scheduler) {
	d := s.depth - 1
	e := &s.trace.events[d]
	x.transitions++
	x.state.settle(s.procs[e.pid])
	n := &x.nodes[d]
	sleep := n.sleep
	x.arrive(0)
	here, there := x.codes[d*x.width:(d+1)*x.width], x.codes[(d+1)*x.width:]
	for w := sleep; w != 0; w &= w - 1 {
		pid := bits.TrailingZeros64(w)
		c := here[pid]
		calls := ordered(c, e.code) && s.state.lacks&callsOrder == 0
		if e.forced || calls || s.depend(pid, c, e) {
			sleep &^= 1 << pid
		} else {
			there[pid] = c
		}
	}
	x.nodes[d+1].sleep = sleep
}

// ordered says whether the order of two steps shows in the history: an operation returns after one, and another is called before the other.
func ordered(a, b code) bool {
	return a&codeReturn != 0 && b&codeCall != 0 || a&codeCall != 0 && b&codeReturn != 0
}

func (x *states) completed(*Scheduler) {}
func (x *states) share() float64       { return 0 }
