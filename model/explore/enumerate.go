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
	todo    uint64
	enabled uint64
	choices float64
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
	n := choices{enabled: enabled, running: -1}
	if d := s.depth; d > 0 {
		before := &x.nodes[d-1]
		n.used, n.running = before.after(&s.trace.events[d-1])
	}
	n.todo = enabled | kills
	next := bits.TrailingZeros64(enabled)
	if n.running >= 0 && enabled&(1<<n.running) != 0 {
		next = n.running
		if others := enabled &^ (1 << next); x.bound >= 0 && n.used == x.bound && others != 0 {
			n.todo &^= others
			x.over = true
		}
	}
	n.choices = float64(bits.OnesCount64(n.todo))
	n.todo &^= 1 << next
	x.nodes = append(x.nodes[:s.depth], n)
	return next
}

// after is used and running after event e.
func (n *choices) after(e *event) (used, running int) {
	switch {
	case e.kind == kill:
		return n.used, n.running
	case n.running >= 0 && int(e.pid) != n.running && n.enabled&(1<<n.running) != 0:
		return n.used + 1, int(e.pid)
	}
	return n.used, int(e.pid)
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
