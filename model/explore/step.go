package explore

import (
	"fmt"
	"math/bits"
)

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
		if s.state != nil {
			s.note(p, old, new, first)
		} else {
			s.record(p, old, new, first)
		}
	}
	p.last = d
	p.waiting = false
	e := &s.trace.events[d]
	effective := delayed || e.wrote && (s.sc.Private == nil || !s.sc.Private(e.addr))
	p.settled = effective
	if e.kind == exit {
		return
	}
	c := &p.calls[len(p.calls)-1]
	if first {
		c.first = d
	}
	c.effective = c.effective || effective
	if p.opSteps++; p.opSteps > s.maxSteps {
		s.fail(Livelock, fmt.Sprintf("%s: %s takes more than %d steps", p.name, p.ops[p.op].Name, s.maxSteps))
	}
	if e.wrote || delayed {
		p.dirty = true
		p.circle.reset()
		return
	}
	g := glance{e.code.word(), d}
	p.round = append(p.round, g)
	if !s.sc.LockFree || p.ops[p.op].Blocking {
		s.inferWait(p, g, mix(e.addr, e.new, uint64(e.kind)))
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
	if e.code&codeWatched != 0 {
		s.checkState(e.addr)
	}
}

// note is record without the order of events.
func (s *Scheduler) note(p *Proc, old, new uint64, first bool) {
	e := event{pid: p.id, kind: p.kind, wrote: old != new, num: p.num, solo: p.opSteps + 1, op: p.op, addr: p.addr, old: old, new: new}
	if first && p.kind != exit && s.inHistory(p, int(p.op)) {
		e.code |= codeCall
	}
	if p.waiting {
		e.waited = true
		e.code |= codeWide
		e.forced = p.inferred && s.blocked(p)
		s.inferred += b2i(p.inferred)
	}
	t := s.trace
	switch {
	case p.kind == exit:
		t.events = append(t.events, e)
	case s.delays(p, p.kind):
		e.wrote = false
		t.events = append(t.events, e)
	default:
		t.note(e)
	}
	s.recorded(p)
	if e.wrote {
		s.checkState(e.addr)
	}
	s.state.observe(p, &t.events[len(t.events)-1], first && p.kind != exit)
}

// recordAccess records which word event e, the newest, reads or changes.
func (s *Scheduler) recordAccess(e *event) {
	t := s.trace
	w := t.word(e.addr)
	e.code |= code(w+1) << codeShift
	if e.wrote {
		e.code |= codeWrite
		if s.watches(e.addr) {
			e.code |= codeWatched
			t.access(watched, true)
		}
	}
	t.access(w, e.wrote)
}

// watches says whether EachStep reads a word.
func (s *Scheduler) watches(addr uint64) bool {
	return s.sc.EachStep != nil && (s.sc.Watch == nil || s.sc.Watch(addr))
}

// checkState checks the state after a change of a word.
func (s *Scheduler) checkState(addr uint64) {
	if s.watches(addr) {
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
