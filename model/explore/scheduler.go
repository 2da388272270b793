package explore

import (
	"fmt"
	"math/bits"
	"sync"
)

// Scheduler runs the processes of a scenario one step at a time. Code under exploration reports each step on a shared word with Before, the bare operation,
// and After; nothing else runs between the two.
type Scheduler struct {
	sc       *Scenario
	procs    []*Proc
	groups   []*group
	finisher *Proc
	shared   uint64 // kernels of groups of several processes
	tracked  []tracked
	strategy strategy
	trace    *trace
	state    *state // of States
	exits    bool   // a kill after the last step of a process shows
	// everyCrash: kill before every step, also where it differs in nothing from an earlier one.
	everyCrash bool
	observe    func() // called instead of the checks
	maxSteps   int32

	// path is the process of each step: steps below planned are decided, the strategy appends the others as they happen.
	path    []uint8
	planned int
	depth   int // of the next step

	current   *Proc // whose code runs; nil: the scenario's own
	next      *Proc
	live      uint64 // begun or ready to begin, and not ended
	kills     int    // left
	admitting bool
	fresh     bool // the newest event has not been shown to the strategy
	unwinding bool
	ending    ending
	failure   *Failure

	longest  int // steps that an operation needed when left alone
	inferred int // waits without Retry
	points   map[uint64]struct{}
	marked   uint64
	checker  *checker
	numbers  map[any]uint32 // of results
	steps    uint64

	leave func() // the seat of explore/atomic
}

// seat is taken by a scenario whose words find the scheduler by explore/atomic: there can be only one at a time.
var seat sync.Mutex

// ending says how an execution came to its end.
type ending uint8

const (
	complete ending = iota // nothing is left to do
	cut                    // the strategy knows that the rest has been seen
	failed
)

// strategy decides what is executed.
type strategy interface {
	// begin plans an execution by setting path and planned, or says that there is none left.
	begin(s *Scheduler) bool
	// choose names the process that does step s.depth, one of enabled or (to kill its group) of kills, or -1 to cut the execution.
	choose(s *Scheduler, enabled, kills uint64) int
	// stepped is called after each new event.
	stepped(s *Scheduler)
	// completed is called after each complete execution that passed.
	completed(s *Scheduler)
	// share estimates how much of the search is done, 0 if that is unknown.
	share() float64
}

// close ends the coroutines, and leaves the memory as Setup did.
func (s *Scheduler) close() {
	for i := range s.tracked {
		s.tracked[i].restore()
	}
	if s.leave != nil {
		s.leave()
	}
	s.unwinding = true
	for _, p := range s.procs {
		p.cancel()
	}
}

// Mark says that the condition name of Scenario.Marks has been reached.
func (s *Scheduler) Mark(name string) {
	for i, m := range s.sc.Marks {
		if m == name {
			s.marked |= 1 << i
			return
		}
	}
	s.fail(Violation, fmt.Sprintf("the scenario has no mark %q", name))
}

// execute runs one execution to its end and checks it.
func (s *Scheduler) execute() {
	for i := range s.tracked {
		s.tracked[i].restore()
	}
	s.live = 0
	for _, p := range s.procs {
		p.reset()
	}
	for _, g := range s.groups {
		g.dead = false
	}
	s.kills = s.sc.Kills
	s.depth = 0
	s.fresh = false
	s.ending = complete
	if s.sc.Reset != nil {
		s.sc.Reset()
	}
	for _, p := range s.procs {
		if p.role == worker {
			s.admit(p)
		}
	}

	for p := s.pick(); p != nil; p = s.next {
		s.current = p
		if !p.begun {
			p.begun, p.granted = true, true
		}
		p.resume()
	}
	s.current = nil
	s.steps += uint64(s.depth)
	switch {
	case s.failure != nil || s.ending != complete:
	case s.observe != nil:
		s.observe()
	default:
		s.check()
	}
	s.unwind()
	if s.failure == nil && s.ending == complete {
		s.strategy.completed(s)
	}
}

// admit lets p take part from now on. A process that does no step at all is run at once, since no choice of the scheduler could show.
func (s *Scheduler) admit(p *Proc) {
	s.live |= p.bit()
	if !p.stepless && len(p.ops) > 0 {
		return
	}
	caller, admitting := s.current, s.admitting
	s.current, s.admitting = p, true
	p.begun = true
	p.resume()
	s.current, s.admitting = caller, admitting
}

// unwind ends the calls of all processes that are in the middle of one.
func (s *Scheduler) unwind() {
	for _, p := range s.procs {
		if p.begun && !p.ended {
			s.unwinding = true
			s.current = p
			p.resume()
		}
	}
	s.unwinding = false
	s.current = nil
}

// pick returns the process that does the next step, and kills those that are to be killed before it. Nil: the execution is over.
// It runs on the coroutine of the process that did the last step, so that going on costs no switch.
func (s *Scheduler) pick() *Proc {
	for {
		if s.failure != nil {
			s.ending = failed
			return nil
		}
		if s.fresh {
			s.fresh = false
			s.strategy.stepped(s)
		}
		var c int
		if s.depth < s.planned {
			c = int(s.path[s.depth])
			if s.live&(1<<c) == 0 {
				s.startFinisher()
			}
		} else {
			enabled := s.enabled()
			if enabled == 0 {
				return nil
			}
			if c = s.strategy.choose(s, enabled, s.killable()); c < 0 {
				s.ending = cut
				return nil
			}
		}
		p := s.procs[c]
		switch {
		case s.live&p.bit() != 0 && p.role == buffer:
			s.flush(p)
		case s.live&p.bit() != 0:
			return p
		case p.stepless || p.role == kernel && p.group.stepless():
			s.planned, s.path = s.depth, s.path[:s.depth] // found out just now: its turn, or its end, is void
		case p.role == kernel && s.killable()&p.bit() != 0:
			s.kill(p)
		default:
			s.fail(Nondeterminism, fmt.Sprintf("step %d: %s is not there to do it", s.depth+1, p.name))
		}
	}
}

// enabled is the set of processes that can do a step.
func (s *Scheduler) enabled() uint64 {
	s.startFinisher()
	m := s.live
	var circling uint64
	for w := m; w != 0; w &= w - 1 {
		p := s.procs[bits.TrailingZeros64(w)]
		if p.waiting && s.blocked(p) {
			m &^= p.bit()
			if p.inferred {
				circling |= p.bit()
			}
		} else if s.sc.StoreBuffer != nil && s.held(p) {
			m &^= p.bit()
		}
	}
	if m == 0 {
		return circling // nothing can change any more: let them show that they never end
	}
	return m
}

func (s *Scheduler) startFinisher() {
	if s.live == 0 && s.finisher != nil && !s.finisher.ended {
		s.live |= s.finisher.bit()
	}
}

// ended notes that p has done all its operations, and starts what waited for that.
func (s *Scheduler) ended(p *Proc) {
	p.ended = true
	p.stepless = p.num == 0
	s.live &^= p.bit()
	if p.role == kernel && p.group.rescuer != nil {
		p.group.rescuer.origin = p.last
		s.admit(p.group.rescuer)
	}
}

// depend says whether the next step of a process, described by code, depends on event e.
func (s *Scheduler) depend(pid int, c code, e *event) bool {
	p := s.procs[pid]
	if p.id == e.pid {
		return true
	}
	if p.role == kernel && c == 0 && !p.group.dead { // its next step is the kill
		return p.group.mask&(1<<e.pid) != 0
	}
	if e.kind == kill && p.group == s.procs[e.pid].group {
		return true
	}
	return conflict(c, e.code)
}

// runOn lets the process of the newest step go on if it can, or else the first that can.
func runOn(s *Scheduler, enabled uint64) int {
	if s.depth > 0 && enabled&(1<<s.path[s.depth-1]) != 0 {
		return int(s.path[s.depth-1])
	}
	return bits.TrailingZeros64(enabled)
}
