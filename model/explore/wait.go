package explore

import (
	"fmt"
	"math/bits"
)

// inferWait takes p to wait if the read that it has just done closes a circle.
func (s *Scheduler) inferWait(p *Proc, g glance, signature uint64) {
	lap := p.circle.read(g, signature)
	if lap == 0 {
		return
	}
	p.waitSet = p.circle.lap(p.waitSet[:0], lap)
	p.inferred = true
	p.waiting = s.waits(p)
	p.newRound()
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
	p.waiting = s.waits(p)
	if p.waiting && s.sc.LockFree && !p.ops[p.op].Blocking && s.alone(p) {
		s.stuckAlone(p)
	}
}

// waits says whether p waits for a change. Without the order of events that is decided when it is to go on.
func (s *Scheduler) waits(p *Proc) bool { return s.trace.flat || !s.knowsOfChange(p) }

// alone says whether p, which is about to wait, waits for others. Without the order of events that can be told where the state is known: after a new step.
func (s *Scheduler) alone(p *Proc) bool { return !s.trace.flat || s.fresh && s.blocked(p) }

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

// blocked says whether nothing that p waits for has changed. Without the order of events that is: whether it would read the same again.
func (s *Scheduler) blocked(p *Proc) bool {
	if s.trace.flat {
		for _, g := range p.waitSet {
			if s.view(p, g.word) != s.trace.events[g.event].new {
				return false
			}
		}
		return true
	}
	for _, g := range p.waitSet {
		if s.trace.changed(g.word, g.event, p.id, nil) {
			return false
		}
	}
	return true
}

// view is what p would read from a word: the newest store in its buffer, or memory.
func (s *Scheduler) view(p *Proc, w int32) uint64 {
	word := &s.trace.words[w]
	if b := p.newestStore(word.addr); b != nil {
		return b.value
	}
	return word.value
}

// forcing says whether enabled is a set of processes that circle.
func (s *Scheduler) forcing(enabled uint64) bool {
	p := s.procs[bits.TrailingZeros64(enabled)]
	return p.waiting && p.inferred && s.blocked(p)
}
