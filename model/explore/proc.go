package explore

import (
	"fmt"
	"iter"
	"runtime/debug"
)

type role uint8

const (
	worker    role = iota // a Process of the scenario
	kernel                // kills a group, then does OnKill for it
	recoverer             // Scenario.Recover, for one killed group
	finisher              // Scenario.After
	buffer                // the store buffer of another process; it has no code
)

// Proc is a process while it is explored. It lives on a coroutine that is kept from one execution to the next.
type Proc struct {
	s     *Scheduler
	id    uint8
	role  role
	group *group // whose death ends it; nil: it cannot be killed. For a kernel: the group that it kills.
	name  string
	label string // in schedules
	ops   []Op

	resume func() (struct{}, bool)
	cancel func()
	yield  func(struct{}) bool

	stepless bool // it was seen to do no step

	begun   bool // it has been resumed in this execution
	granted bool // its next step is decided already
	ended   bool // all operations are done
	dead    bool

	kind Kind   // the step that Before announced
	addr uint64 //

	last   int32 // its newest event, -1: none
	origin int32 // the event that made it start, -1: none
	num    int32 // of its newest event

	op      int32
	opSteps int32
	solo    int32
	calls   []call
	// settled: its newest event changed a word or ended an operation, or there is none. To be killed later, up to its next such event, is no different.
	settled bool

	waiting  bool     // for a change of what waitSet read
	inferred bool     // it did not say Retry but went in circles
	waitSet  []glance //
	round    []glance // what it read since its operation began or it last said Retry
	dirty    bool     // it changed a word since then
	circle   circle

	together bool   // it shares a group with other processes of the scenario
	innate   hash   // what it knows before its first step
	moments  []hash // what it knew at each Here
	here     int    // how many of them there were

	drain        *Proc // the process that is its store buffer, nil: it has none
	owner        *Proc // of a store buffer
	buffer       []buffered
	forwarded    bool // memory holds what its buffer has for the word that it is about to load, and hidden is what memory had
	hidden       uint64
	afterDeathOf *group // of a kernel and of a recovery

	objects map[any]*objects
}

// glance is a read of a word at an event.
type glance struct{ word, event int32 }

// call is one operation of one execution.
type call struct {
	base      int32 // newest event of the process before it
	num       int32 // its number
	first     int32 // event, -1: none yet
	last      int32 // event
	returned  bool
	effective bool // it has changed something that others can see
	result    any
}

// group is an operating system process: what a kill ends.
type group struct {
	name    string
	members []*Proc
	mask    uint64
	kernel  *Proc
	rescuer *Proc
	dead    bool
}

// newest is the event of p's own past that it goes on from, -1: none.
func (p *Proc) newest() int32 {
	if p.last < 0 {
		return p.origin
	}
	return p.last
}

func (p *Proc) bit() uint64 { return 1 << p.id }

// Name is the name of the process.
func (p *Proc) Name() string { return p.name }

// Retry is [Scheduler.Retry].
func (p *Proc) Retry() { p.s.Retry() }

// Mark is [Scheduler.Mark].
func (p *Proc) Mark(name string) { p.s.Mark(name) }

// Knows is [Scheduler.But].
func (p *Proc) Knows(value uint64) { p.s.But(value) }

// Errorf fails the execution. The process goes on to its next step and is not resumed.
func (p *Proc) Errorf(format string, args ...any) {
	p.s.fail(Violation, fmt.Sprintf("%s: %s", p.name, fmt.Sprintf(format, args...)))
}

// start makes the coroutine.
func (p *Proc) start() {
	p.resume, p.cancel = iter.Pull(func(yield func(struct{}) bool) {
		p.yield = yield
		for yield(struct{}{}) {
			p.run()
			if !p.s.unwinding {
				p.s.ended(p)
				if !p.s.admitting {
					p.s.next = p.s.pick()
				}
			}
		}
	})
	p.resume()
}

// unwind is what the hooks panic with to end the calls of a process that will not go on.
type unwind struct{}

// run does all operations of one execution.
func (p *Proc) run() {
	defer func() {
		switch r := recover(); {
		case p.s.unwinding: // whatever its deferred calls made of it
		case r != nil:
			p.s.fail(Panic, fmt.Sprintf("%s: panic: %v\n%s", p.name, r, debug.Stack()))
		}
	}()
	for i := range p.ops {
		p.begin(i)
		result := p.ops[i].Do(p)
		if p.s.unwinding {
			return
		}
		p.end(result)
	}
	if p.s.exits && p.group != nil && p.role != kernel {
		p.s.Before(exit, 0)
		p.s.After(0, 0)
	}
}

func (p *Proc) begin(op int) {
	p.op = int32(op)
	p.opSteps = 0
	p.calls = append(p.calls, call{base: p.last, num: p.num, first: -1})
	p.newRound()
}

func (p *Proc) end(result any) {
	s, c := p.s, &p.calls[len(p.calls)-1]
	c.returned, c.result = true, result
	if c.first >= 0 {
		c.last = p.last
		p.settled = true
		s.longest = max(s.longest, int(s.trace.events[p.last].solo))
	}
	p.markReturn(c)
	p.opSteps = 0
	if s.state != nil && s.fresh && p.num > 0 && p.role != kernel {
		s.state.returns(p)
	}
}

// markReturn notes at the newest event of p that an operation returns after it.
func (p *Proc) markReturn(c *call) {
	if p.last < 0 || !p.s.inHistory(p, len(p.calls)-1) {
		return
	}
	e := &p.s.trace.events[p.last]
	e.code |= codeReturn
	if c.first < 0 {
		e.code |= codeCall
	}
}

func (p *Proc) newRound() {
	p.round = p.round[:0]
	p.dirty = false
	p.circle.reset()
}

// suspend hands control to the process that the scheduler picked, and returns when this one is resumed.
func (p *Proc) suspend() {
	p.yield(struct{}{})
	if p.s.unwinding {
		panic(unwind{})
	}
}

// stop suspends the process for good, after a failure.
func (p *Proc) stop() {
	p.s.next = nil
	p.suspend()
}

// reset makes p ready for a new execution.
func (p *Proc) reset() {
	p.begun, p.granted, p.ended, p.dead = false, false, false, false
	p.last, p.origin, p.num = -1, -1, 0
	p.op, p.opSteps = 0, 0
	p.calls = p.calls[:0]
	p.settled = true
	p.waiting = false
	p.innate, p.here = tagged(tagKnows, uint64(p.id)), 0
	p.buffer = p.buffer[:0]
	p.forwarded = false
	p.newRound()
	for _, o := range p.objects {
		o.used = 0
	}
}
