package explore

import (
	"fmt"
	"math/bits"
	"sync"

	"simdb.dev/model/explore/atomic"
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
	exits    bool // a kill after the last step of a process shows
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

const maxProcs = 64

func newScheduler(sc *Scenario) (*Scheduler, error) {
	s := &Scheduler{sc: sc, maxSteps: int32(sc.MaxSteps), points: map[uint64]struct{}{}}
	if s.maxSteps == 0 {
		s.maxSteps = 1000
	}
	add := func(p *Proc) *Proc {
		p.s, p.id, p.objects = s, uint8(len(s.procs)), map[any]*objects{}
		s.procs = append(s.procs, p)
		return p
	}
	named := map[string]*group{}
	for i, w := range sc.Processes {
		p := add(&Proc{name: w.Name, label: string(rune('a' + i)), ops: w.Ops})
		if p.name == "" {
			p.name = fmt.Sprintf("p%d", i)
		}
		if w.Unkillable || sc.Kills == 0 {
			continue
		}
		name := w.Group
		if name == "" {
			name = p.name
		}
		g := named[name]
		if g == nil {
			g = &group{name: name}
			named[name] = g
			s.groups = append(s.groups, g)
		}
		p.group = g
	}
	for i := 0; i < len(s.groups); i++ { // grows: recoverers are groups too when a second kill is allowed
		g := s.groups[i]
		g.kernel = add(&Proc{role: kernel, group: g, name: "kernel of " + g.name, label: string(rune('A' + i))})
		if sc.OnKill != nil {
			g.kernel.ops = []Op{{Name: "release " + g.name, Do: func(p *Proc) any { sc.OnKill(p, g.name); return nil }}}
		}
		if len(sc.Recover) > 0 && (len(g.members) == 0 || g.members[0].role != recoverer) {
			g.rescuer = add(&Proc{role: recoverer, name: "recovery of " + g.name, label: "r" + string(rune('A'+i)), ops: sc.Recover})
			if sc.Kills > 1 {
				rg := &group{name: g.rescuer.name, members: []*Proc{g.rescuer}}
				g.rescuer.group = rg
				s.groups = append(s.groups, rg)
			}
		}
	}
	if sc.StoreBuffer != nil {
		for _, p := range s.procs {
			if p.role == worker || p.role == recoverer {
				p.drain = add(&Proc{role: buffer, owner: p, name: "store buffer of " + p.name, label: "s" + p.label})
			}
		}
	}
	if len(sc.After) > 0 {
		s.finisher = add(&Proc{role: finisher, name: "after", label: "z", ops: sc.After})
	}
	for _, p := range s.procs {
		if p.role == worker && p.group != nil {
			p.group.members = append(p.group.members, p)
		}
	}
	for _, g := range s.groups {
		g.kernel.afterDeathOf = g
		if g.rescuer != nil {
			g.rescuer.afterDeathOf = g
		}
	}
	for _, g := range s.groups {
		for _, p := range g.members {
			g.mask |= p.bit()
		}
		if len(g.members) > 1 {
			s.shared |= g.kernel.bit()
		}
	}
	switch {
	case len(s.procs) > maxProcs || len(sc.Processes) > 25 || len(s.groups) > 26:
		return nil, fmt.Errorf("explore: %s: too many processes", sc.Name)
	case len(s.procs) == 0:
		return nil, fmt.Errorf("explore: %s: no process", sc.Name)
	case len(sc.Marks) > 64:
		return nil, fmt.Errorf("explore: %s: more than 64 marks", sc.Name)
	}
	s.exits = sc.OnKill != nil || len(sc.Recover) > 0
	s.trace = newTrace(len(s.procs))
	if sc.Model != nil {
		s.checker = newChecker(sc.Model)
	}
	if sc.Setup != nil {
		sc.Setup(s)
	}
	for i := range s.tracked {
		s.tracked[i].save()
	}
	for _, p := range s.procs {
		p.start()
	}
	if !sc.InPlace {
		s.leave = atomic.Enter(s)
	}
	return s, nil
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
	caller := s.current
	s.current, s.admitting = p, true
	p.begun = true
	p.resume()
	s.current, s.admitting = caller, false
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

// Before announces a step of the current process on the word addr. It returns when the step is to be done.
func (s *Scheduler) Before(kind Kind, addr uint64) {
	p := s.current
	if p == nil {
		return
	}
	if s.unwinding {
		panic(unwind{})
	}
	p.kind, p.addr = kind, addr
	if p.granted {
		p.granted = false
	} else if q := s.pick(); q != p {
		s.next = q
		p.suspend()
	}
	if len(p.buffer) > 0 {
		s.forward(p)
	}
}

// After reports the step that Before announced: the word was old and is new.
func (s *Scheduler) After(old, new uint64) {
	p := s.current
	if p == nil {
		return
	}
	delayed := p.drain != nil && s.delays(p, p.kind)
	if delayed || p.forwarded {
		s.conceal(p, old, new)
	}
	d := int32(s.depth)
	s.depth++
	p.num++
	first := p.opSteps == 0
	if int(d) < len(s.trace.events) {
		e := &s.trace.events[d]
		if e.pid != p.id || e.kind != p.kind || e.addr != p.addr || e.old != old || e.new != new {
			s.diverged(p, e, old, new)
			return
		}
	} else {
		s.record(p, old, new, first)
	}
	p.last = d
	e := &s.trace.events[d]
	p.waiting = false
	p.settled = e.wrote || e.final || delayed
	if e.kind == exit {
		return
	}
	if first {
		p.calls[len(p.calls)-1].first = d
	}
	if p.opSteps++; p.opSteps > s.maxSteps {
		s.fail(Livelock, fmt.Sprintf("%s: %s takes more than %d steps", p.name, p.ops[p.op].Name, s.maxSteps))
	}
	if e.wrote || delayed {
		p.calls[len(p.calls)-1].wrote = true
		p.dirty = true
		p.circle.reset()
		return
	}
	g := glance{int32(e.code>>codeShift) - 1, d}
	p.round = append(p.round, g)
	if s.sc.LockFree && !p.ops[p.op].Blocking {
		return
	}
	if lap := p.circle.read(g, mix(e.addr, e.new, uint64(e.kind))); lap > 0 {
		p.waitSet = p.circle.lap(p.waitSet[:0], lap)
		p.inferred = true
		p.waiting = !s.knowsOfChange(p)
		p.newRound()
	}
}

// record appends the step of p to the trace.
func (s *Scheduler) record(p *Proc, old, new uint64, first bool) {
	t := s.trace
	e := t.append(event{pid: p.id, kind: p.kind, wrote: old != new, num: p.num, op: p.op, addr: p.addr, old: old, new: new}, p.newest())
	switch {
	case p.kind == exit:
	case s.delays(p, p.kind):
		e.wrote = false
	default:
		if p.waiting {
			e.waited = true
			e.code |= codeWide
			e.forced = p.inferred && s.blocked(p)
			for _, g := range p.waitSet {
				t.access(g.word, false)
			}
			if p.inferred {
				s.inferred++
			}
		}
		s.recordAccess(e)
	}
	if p.role == finisher || e.forced {
		for _, q := range s.procs {
			if q.last >= 0 {
				t.join(q.last)
			}
		}
	}
	if s.sc.StoreBuffer != nil {
		s.joinDrained(p)
	}
	joined := t.seal()
	if joined || first {
		p.solo = 0
	}
	p.solo++
	e.solo = p.solo
	switch {
	case p.role == finisher || e.forced:
		t.races = t.races[:0]
	case e.waited:
		s.keepReversible(p)
	}
	if s.sc.StoreBuffer != nil {
		s.dropDrained(p)
	}
	s.recorded(p)
	s.checkStep(e)
}

// recordAccess records which word event e, the newest, reads or changes.
func (s *Scheduler) recordAccess(e *event) {
	t := s.trace
	w := t.word(e.addr)
	e.code |= code(w+1) << codeShift
	if e.wrote {
		e.code |= codeWrite
		if s.sc.EachStep != nil && (s.sc.Watch == nil || s.sc.Watch(e.addr)) {
			e.code |= codeWatched
			t.access(watched, true)
		}
	}
	t.access(w, e.wrote)
}

// checkStep checks the state after event e.
func (s *Scheduler) checkStep(e *event) {
	if e.code&codeWatched != 0 {
		if err := s.sc.EachStep(); err != nil {
			s.fail(Violation, "after this step: "+err.Error())
		}
	}
}

// recorded notes that p has done a new event.
func (s *Scheduler) recorded(p *Proc) {
	if len(s.path) < s.depth {
		s.path = append(s.path, p.id)
	}
	s.fresh = true
}

// keepReversible drops the races of the newest event, which p waited for, with changes that it could not have gone on without.
func (s *Scheduler) keepReversible(p *Proc) {
	t := s.trace
	kept := t.races[:0]
	for _, c := range t.races {
		for _, g := range p.waitSet {
			if t.changedWithout(c, g.word, g.event, p.id) {
				kept = append(kept, c)
				break
			}
		}
	}
	t.races = kept
}

// Retry says that the current process is about to do again what it did since its operation began, or since it last said Retry.
// If nothing that it read in that time has changed since then, it waits for a change: to go on would change nothing.
func (s *Scheduler) Retry() {
	p := s.current
	if p == nil {
		return
	}
	if s.unwinding {
		panic(unwind{})
	}
	if p.dirty {
		p.newRound()
		return
	}
	if len(p.round) == 0 {
		s.fail(Livelock, fmt.Sprintf("%s: %s retries without having read anything", p.name, p.ops[p.op].Name))
		p.stop()
	}
	p.waitSet = append(p.waitSet[:0], p.round...)
	p.newRound()
	p.inferred = false
	p.waiting = !s.knowsOfChange(p)
	if p.waiting && s.sc.LockFree && !p.ops[p.op].Blocking {
		s.stuckAlone(p)
	}
}

// knowsOfChange says whether a change of what p waits for happened before p's newest event: then it does not wait, in no order of concurrent events.
func (s *Scheduler) knowsOfChange(p *Proc) bool {
	clock := s.trace.clock(p.last)
	for _, g := range p.waitSet {
		if s.trace.changed(g.word, g.event, p.id, clock) {
			return true
		}
	}
	return false
}

// blocked says whether nothing that p waits for has changed.
func (s *Scheduler) blocked(p *Proc) bool {
	for _, g := range p.waitSet {
		if s.trace.changed(g.word, g.event, p.id, nil) {
			return false
		}
	}
	return true
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
		case p.stepless:
			s.planned, s.path = s.depth, s.path[:s.depth] // found out just now: its turn is void
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

// forcing says whether enabled is a set of processes that circle.
func (s *Scheduler) forcing(enabled uint64) bool {
	p := s.procs[bits.TrailingZeros64(enabled)]
	return p.waiting && p.inferred && s.blocked(p)
}

func (s *Scheduler) startFinisher() {
	if s.live == 0 && s.finisher != nil && !s.finisher.ended {
		s.live |= s.finisher.bit()
	}
}

// killable is the set of kernel processes that can kill their group now.
//
// A lone process is killed only when it is settled. To kill it later, before its next settled state, differs in nothing: it has only read since then, nobody
// sees that, and no operation of it has returned since.
func (s *Scheduler) killable() uint64 {
	var m uint64
	if s.kills == 0 {
		return 0
	}
	for _, g := range s.groups {
		if g.dead || g.mask&s.live == 0 || len(g.members) == 1 && !g.members[0].settled && !s.everyCrash {
			continue
		}
		m |= g.kernel.bit()
	}
	return m
}

// kill ends a group. Its processes stay where they are and are unwound after the execution.
func (s *Scheduler) kill(k *Proc) {
	g := k.group
	d := int32(s.depth)
	s.depth++
	s.kills--
	k.num++
	if int(d) >= len(s.trace.events) {
		t := s.trace
		t.append(event{pid: k.id, kind: kill, num: k.num}, -1)
		for _, p := range g.members {
			if at := p.newest(); at >= 0 {
				t.join(at)
			}
		}
		t.seal()
		if len(g.members) == 1 { // its own choice, not a race: see the package comment
			t.races = t.races[:0]
		}
		s.recorded(k)
		s.points[s.point(g)] = struct{}{}
	}
	k.last = d
	g.dead = true
	for _, p := range g.members {
		p.dead = !p.ended
	}
	s.live &^= g.mask
	s.admit(k)
}

// point names where g dies: how many steps each of its processes has done.
func (s *Scheduler) point(g *group) uint64 {
	h := uint64(g.kernel.id)
	for _, p := range g.members {
		h = mix(h, uint64(p.id), uint64(p.num))
	}
	return h
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

// diverged reports that step e was another one when the same schedule was executed before.
func (s *Scheduler) diverged(p *Proc, e *event, old, new uint64) {
	s.fail(Nondeterminism, fmt.Sprintf("step %d of the same schedule was %s, and now is %s: the scenario depends on something that the scheduler does not see, or Reset does not put back (memory that is shared must be allocated in Setup or by explore/atomic.New)",
		s.depth, s.describe(e), s.describe(&event{pid: p.id, kind: p.kind, addr: p.addr, old: old, new: new, wrote: old != new})))
}

func mix(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xbf58476d1ce4e5b9)
	hi, lo = bits.Mul64(hi^lo^c, 0x94d049bb133111eb)
	return hi ^ lo
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
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
