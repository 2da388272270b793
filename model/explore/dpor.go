package explore

import "math/bits"

// exhaustive visits at least one execution of every trace: dynamic partial-order reduction with source sets and sleep sets
// (P. Abdulla, S. Aronis, B. Jonsson, K. Sagonas, "Source sets: a foundation for optimal dynamic partial order reduction", J. ACM 64(4), 2017, algorithm 1).
// How kills fit in is argued in the package comment.
type exhaustive struct {
	nodes []node
	codes []code // width per node: what the next step of a process that is asleep or done depends on
	width int

	pruned int
	firsts []int32 // scratch of reverse: per process, the number of its first event in the sequence, 0: none
}

// node is the state before a step of the current execution.
type node struct {
	backtrack uint64 // processes to be explored from here
	done      uint64 // those that have been
	sleep     uint64 // those whose next step, taken here, leads to nothing new
	kills     uint64 // kernels that could kill here
}

func newExhaustive() *exhaustive { return &exhaustive{} }

func (x *exhaustive) begin(s *Scheduler) bool {
	if x.width == 0 {
		x.width = len(s.procs)
		x.firsts = make([]int32, x.width)
		return true
	}
	for d := len(s.trace.events) - 1; d >= 0; d-- {
		n, e := &x.nodes[d], &s.trace.events[d]
		n.done |= 1 << e.pid
		x.codes[d*x.width+int(e.pid)] = e.code
		todo := n.backtrack &^ n.done &^ n.sleep
		if todo == 0 {
			continue
		}
		next := bits.TrailingZeros64(todo)
		if k := todo & n.kills; k != 0 {
			next = bits.TrailingZeros64(k) // a kill sleeps as long as its victim does, so it goes first
		}
		x.nodes = x.nodes[:d+1]
		x.codes = x.codes[:(d+1)*x.width]
		x.take(s, n, next)
		s.trace.truncate(d)
		s.path = append(s.path[:d], uint8(next))
		s.planned = d + 1
		return true
	}
	return false
}

// take explores process next from n, and with it the kill of next, which is another choice at the same place.
func (x *exhaustive) take(s *Scheduler, n *node, next int) {
	n.backtrack |= 1 << next
	if g := s.procs[next].group; g != nil && g.kernel.id != uint8(next) && len(g.members) == 1 {
		n.backtrack |= g.kernel.bit() & n.kills
	}
}

func (x *exhaustive) choose(s *Scheduler, enabled, kills uint64) int {
	if s.depth == len(x.nodes) {
		x.nodes = append(x.nodes, node{})
		x.codes = append(x.codes, make([]code, x.width)...)
	}
	n := &x.nodes[s.depth]
	*n = node{sleep: n.sleep, kills: kills}
	if s.forcing(enabled) {
		n.sleep = 0 // these steps depend on everything
		n.backtrack = enabled
	}
	awake := enabled &^ n.sleep
	if awake == 0 {
		if awake = kills &^ n.sleep & s.shared; awake == 0 {
			x.pruned++
			x.killLate(s)
			return -1
		}
		n.backtrack |= awake
	}
	next := runOn(s, awake)
	x.take(s, n, next)
	return next
}

// stepped puts to sleep after the newest event what was asleep or done before it and does not depend on it, and plans the reversal of its races.
func (x *exhaustive) stepped(s *Scheduler) {
	d := s.depth - 1
	e := &s.trace.events[d]
	n := x.nodes[d]
	if len(x.nodes) == d+1 {
		x.nodes = append(x.nodes, node{})
		x.codes = append(x.codes, make([]code, x.width)...)
	}
	var sleep uint64
	here, there := x.codes[d*x.width:(d+1)*x.width], x.codes[(d+1)*x.width:]
	for w := n.sleep | n.done; w != 0; w &= w - 1 {
		pid := bits.TrailingZeros64(w)
		if !s.depend(pid, here[pid], e) {
			sleep |= 1 << pid
			there[pid] = here[pid]
		}
	}
	x.nodes[d+1] = node{sleep: sleep}

	clock := s.trace.clock(int32(d))
	for _, c := range s.trace.races {
		x.reverse(s, c, int(e.pid), clock, d)
	}
}

func (x *exhaustive) completed(s *Scheduler) { x.killLate(s) }

// killLate plans the kills that could have come before the last steps of groups of several. It is called where nothing else is left to explore: there
// a kill is the one step left. When all of the group are done it would change nothing, but its races count all the same.
func (x *exhaustive) killLate(s *Scheduler) {
	if s.kills == 0 {
		return
	}
	t := s.trace
	for _, g := range s.groups {
		if g.dead || len(g.members) == 1 || x.asleep(s.depth, g.kernel) {
			continue
		}
		t.append(event{pid: g.kernel.id, kind: kill, num: 1}, -1)
		for _, p := range g.members {
			if at := p.newest(); at >= 0 {
				t.join(at)
			}
		}
		t.seal()
		d := len(t.events) - 1
		for _, c := range t.races {
			x.reverse(s, c, int(g.kernel.id), t.clock(int32(d)), d)
		}
		t.truncate(d)
	}
}

func (x *exhaustive) asleep(depth int, p *Proc) bool {
	return depth < len(x.nodes) && x.nodes[depth].sleep&p.bit() != 0
}

// reverse makes sure that an execution is explored in which the step of pid with the given clock, event d, comes before event c, with which it races:
// from the state before c, one of the processes that can go first in the sequence of what did not need c, and the step.
func (x *exhaustive) reverse(s *Scheduler, c int32, pid int, clock []int32, d int) {
	t := s.trace
	n := &x.nodes[c]
	for i := range x.firsts {
		x.firsts[i] = 0
	}
	first := -1 // an initial of the sequence
	visit := func(pid int, num int32, clock []int32) bool {
		if x.firsts[pid] != 0 {
			return false
		}
		x.firsts[pid] = num
		for q, f := range x.firsts {
			if q != pid && f != 0 && clock[q] >= f {
				return false
			}
		}
		if first < 0 || int(t.events[d].pid) == pid {
			first = pid
		}
		return n.backtrack&(1<<pid) != 0
	}
	for i := int(c) + 1; i < d; i++ {
		if !t.before(c, int32(i)) {
			e := &t.events[i]
			if visit(int(e.pid), e.num, t.clock(int32(i))) {
				return
			}
		}
	}
	if visit(pid, clock[pid], clock) {
		return
	}
	n.backtrack |= 1 << first
}

// share takes each node's unexplored processes to be as much work as the explored ones. Races found later add to them, so it tends to be too high.
func (x *exhaustive) share() float64 {
	part, weight := 0.0, 1.0
	for i := range x.nodes {
		n := &x.nodes[i]
		done := float64(bits.OnesCount64(n.done))
		all := done + float64(bits.OnesCount64(n.backtrack&^n.done&^n.sleep))
		if all > 1 {
			part += weight * done / all
			weight /= all
		}
	}
	return part
}
