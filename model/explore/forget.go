package explore

import "fmt"

// What a process has read and found out in the course of an operation tells states apart that differ in nothing else. An operation that says when that no longer
// matters makes them one (dead variables: M. Bozga, J.-C. Fernandez, L. Ghirvu, "State space reduction based on live variables analysis", SAS 1999).
//
//	n := s.Here()
//	for {
//		s.Again(n) // all variables are as they were at n
//		…
//	}
//	s.Done(n); s.But(x) // all variables but x are as they were at n, or will not be read any more
//
// It changes what States does, and nothing else. CheckForgetting checks it.

// Here gives the present moment of the running operation a number.
func (s *Scheduler) Here() (moment int) {
	p, st := s.current, s.state
	if p == nil || st == nil || s.unwinding {
		return 0
	}
	if knows := s.mind(p); knows != nil {
		p.remember(*knows)
		*knows = knows.with(0, tagHere) // so that a part that begins before the next step is another one
	}
	p.here++
	return p.here - 1
}

// remember keeps what p knows at its next moment. What it knew at earlier moments of this execution is what it knew then in the one before, up to where they part.
func (p *Proc) remember(knows hash) {
	if p.here == len(p.moments) {
		p.moments = append(p.moments, hash{})
	}
	p.moments[p.here] = knows
}

// Again says that a loop begins again, or for the first time, that began at that moment: the process is where it was and knows what it knew, and But says what it knows besides.
func (s *Scheduler) Again(moment int) { s.forget(moment, tagAgain) }

// Done says that a part of an operation ends that began at that moment: of what it found out the process will use nothing but what But then says.
func (s *Scheduler) Done(moment int) { s.forget(moment, tagPart) }

// But adds a value to what the running operation knows after Again or Done, or a process keeps: see Scenario.Keeps.
func (s *Scheduler) But(value uint64) {
	if p := s.current; p != nil && s.state != nil && s.forgets(p) {
		if knows := s.mind(p); knows != nil {
			*knows = knows.with(value, tagPart)
		}
	}
}

func (s *Scheduler) forget(moment int, how uint64) {
	p, st := s.current, s.state
	if p == nil || st == nil || s.unwinding || !s.forgets(p) || !s.sc.LockFree || p.ops[p.op].Blocking {
		return
	}
	p.dirty = true // what was read before does not tell whether to wait
	if knows := s.mind(p); knows != nil {
		*knows = p.moments[moment].with(how, 0)
		s.sc.Keeps(p)
	}
}

// mind is what p knows at present, nil while it only does again what it did in the execution before.
func (s *Scheduler) mind(p *Proc) *hash {
	switch {
	case p.num == 0:
		return &p.innate
	case s.fresh:
		return &s.state.now.knows
	}
	return nil
}

// forgets says whether it is known what p keeps between operations, so that what it saw in them does not matter afterwards.
func (s *Scheduler) forgets(p *Proc) bool {
	return s.sc.Keeps != nil && s.sc.StoreBuffer == nil && len(p.objects) == 0
}

// forgetting checks that what is forgotten does not matter: processes that know the same do the same, and operations that know the same return the same.
// All that a process has ever seen tells states apart meanwhile.
type forgetting struct {
	s    *Scheduler
	does map[fact]uint64
}

// fact is a question about a process, and what it knows.
type fact struct {
	about uint64
	knows hash
}

const (
	whatItDoes = iota
	whatItWrites
	whatItReturns
)

func (f *forgetting) one(about uint64, knows hash, answer uint64) {
	was, ok := f.does[fact{about, knows}]
	if ok && was != answer {
		f.s.failBeside(Forgot, fmt.Sprintf("%s has forgotten what matters: it knows what it knew in another execution, and does something else", f.s.current.name))
	}
	f.does[fact{about, knows}] = answer
}

func (f *forgetting) announced(knows hash, next uint64) { f.one(whatItDoes, knows, next) }
func (f *forgetting) returned(knows hash, id uint32)    { f.one(whatItReturns, knows, uint64(id)) }

func (f *forgetting) did(knows hash, e *event) {
	if e.kind < kill {
		f.one(whatItWrites, knows.with(e.old, 0), e.new)
	}
}
