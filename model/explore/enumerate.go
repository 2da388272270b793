package explore

import "math/bits"

// enumeration visits every schedule, or every one with at most some number of preemptions. It knows nothing of the dependence of steps.
type enumeration struct {
	nodes []choices
	bound int  // preemptions allowed; negative: any number
	over  bool // the bound has cut something off
}

// choices is the state before a step.
type choices struct {
	switches
	todo    uint64
	choices float64
}

// switches is what the bound on preemptions is about, before a step.
type switches struct {
	enabled uint64
	running int // process of the newest step that is not a kill, -1: none
	used    int // preemptions so far: that running could have gone on, and another one did a step
}

func (x *enumeration) begin(s *Scheduler) bool {
	if x.nodes == nil {
		x.nodes = []choices{}
		return true
	}
	for d := len(s.trace.events) - 1; d >= 0; d-- {
		n := &x.nodes[d]
		if n.todo == 0 {
			continue
		}
		next := bits.TrailingZeros64(n.todo)
		n.todo &= n.todo - 1
		x.nodes = x.nodes[:d+1]
		s.trace.truncate(d)
		s.path = append(s.path[:d], uint8(next))
		s.planned = d + 1
		return true
	}
	return false
}

func (x *enumeration) choose(s *Scheduler, enabled, kills uint64) int {
	n := choices{switches: switches{enabled: enabled, running: -1}, todo: enabled | kills}
	if d := s.depth; d > 0 {
		n.switches = x.nodes[d-1].after(&s.trace.events[d-1], enabled)
	}
	if others := n.preempting(); n.used == x.bound && others != 0 {
		n.todo &^= others
		x.over = true
	}
	next := bits.TrailingZeros64(enabled)
	if n.goesOn() {
		next = n.running
	}
	n.choices = float64(bits.OnesCount64(n.todo))
	n.todo &^= 1 << next
	x.nodes = append(x.nodes[:s.depth], n)
	return next
}

// after is what n becomes by event e, when these processes can go on.
func (n *switches) after(e *event, enabled uint64) switches {
	switch {
	case e.kind == kill:
		return switches{enabled, n.running, n.used}
	case n.preempting()&(1<<e.pid) != 0:
		return switches{enabled, int(e.pid), n.used + 1}
	}
	return switches{enabled, int(e.pid), n.used}
}

// goesOn says whether the process that runs can go on.
func (n *switches) goesOn() bool { return n.running >= 0 && n.enabled&(1<<n.running) != 0 }

// preempting are the processes whose next step would be a preemption.
func (n *switches) preempting() uint64 {
	if !n.goesOn() {
		return 0
	}
	return n.enabled &^ (1 << n.running)
}

func (x *enumeration) share() float64 {
	part, weight := 0.0, 1.0
	for i := range x.nodes {
		n := &x.nodes[i]
		left := float64(bits.OnesCount64(n.todo))
		part += weight * (n.choices - 1 - left) / n.choices
		weight /= n.choices
	}
	return part
}

func (x *enumeration) stepped(*Scheduler)   {}
func (x *enumeration) completed(*Scheduler) {}
