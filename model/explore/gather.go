package explore

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// Found is all that an exploration came across. What is found by one strategy and not by another is a mistake of one of them.
type Found struct {
	// Outcomes are the ends of executions: tracked memory, the results that Model or Invariant can see, who was killed, and who waits for ever.
	Outcomes map[string]bool
	// Histories are those that the checker would judge.
	Histories map[History]bool
	Result    *Result
}

// History is the operations of a scenario with their results, and for each the set of those that had returned when it was called.
type History struct{ Operations, Precedes string }

// Gather explores a scenario as Run does. It does not check executions, but keeps what they come to.
func Gather(sc *Scenario, opts ...Option) (*Found, error) {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	f := &Found{Outcomes: map[string]bool{}, Histories: map[History]bool{}}
	o.unmarked = true
	o.observe = func(s *Scheduler) {
		f.Outcomes[s.outcome()] = true
		if s.live == 0 && s.checker != nil {
			s.checker.gather(s).each(func(h History) { f.Histories[h] = true })
		}
	}
	if !sc.InPlace {
		seat.Lock()
		defer seat.Unlock()
	}
	var err error
	f.Result, err = search(sc, &o)
	return f, err
}

// Lacks names an outcome or a history that g has and f has not, "" if there is none. A history is not lacking if f has one with the same results in which every
// operation is preceded by at least the same.
func (f *Found) Lacks(g *Found) string {
	for o := range g.Outcomes {
		if !f.Outcomes[o] {
			return "the outcome " + o
		}
	}
	for h := range g.Histories {
		if !f.Histories[h] && !h.weakerThanAny(f.Histories) {
			return fmt.Sprintf("the history %v", h)
		}
	}
	return ""
}

func (h History) weakerThanAny(set map[History]bool) bool {
	for k := range set {
		if h.weaker(k) {
			return true
		}
	}
	return false
}

// weaker says whether every pair that is ordered in h is so in k.
func (h History) weaker(k History) bool {
	if h.Operations != k.Operations {
		return false
	}
	a, b := strings.Fields(h.Precedes), strings.Fields(k.Precedes)
	for i := range a {
		var x, y uint64
		fmt.Sscan(a[i], &x)
		fmt.Sscan(b[i], &y)
		if x&^y != 0 {
			return false
		}
	}
	return true
}

// outcome is what the current execution has come to.
func (s *Scheduler) outcome() string {
	var b strings.Builder
	b.WriteString(s.memory())
	for _, p := range s.procs {
		fmt.Fprintf(&b, "%s:", p.label)
		for i := range p.calls {
			// An operation without steps at the start of a process that is killed may or may not have been called: nothing depends on it.
			if c := &p.calls[i]; c.returned && s.resultShows(p, i) && !(p.dead && c.first < 0) {
				fmt.Fprint(&b, c.result, " ")
			}
		}
		switch {
		case p.dead:
			b.WriteString("† ")
		case s.live&p.bit() != 0:
			b.WriteString("waits ")
		}
	}
	return b.String()
}

// memory is what tracked memory holds, with the names of what pointers point to.
func (s *Scheduler) memory() string {
	var parts []string
	for i := range s.tracked {
		t := &s.tracked[i]
		var b strings.Builder
		b.WriteString(t.name)
		for at := uintptr(0); at < t.size; at += 8 {
			v := t.word(at)
			if name, _ := s.locate(uintptr(v)); name != "" {
				fmt.Fprintf(&b, " &%s", name)
			} else {
				fmt.Fprintf(&b, " %x", v)
			}
		}
		parts = append(parts, b.String())
	}
	slices.Sort(parts)
	return strings.Join(parts, " ") + " "
}

// word is the word, or the rest of one, at an offset.
func (t *tracked) word(at uintptr) uint64 {
	var w [8]byte
	copy(w[:], unsafe.Slice((*byte)(t.start), t.size)[at:])
	return *(*uint64)(unsafe.Pointer(&w))
}

// each calls f for every history that h allows.
func (h *history) each(f func(History)) {
	n := len(h.ops)
	var head strings.Builder
	var all, returns uint64
	for i, x := range h.ops {
		fmt.Fprintf(&head, "%s%d", x.p.label, x.op)
		all |= 1 << i
		if x.pending {
			head.WriteString("? ")
		} else {
			fmt.Fprintf(&head, "=%v ", x.output)
			returns |= 1 << i
		}
	}
	visited := map[string]bool{}
	var extend func(called, returned uint64, precedes []uint64)
	extend = func(called, returned uint64, precedes []uint64) {
		state := fmt.Sprint(called, returned, precedes)
		if visited[state] {
			return
		}
		visited[state] = true
		if called == all && returned == returns {
			f(History{head.String(), strings.Trim(fmt.Sprint(precedes), "[]")})
			return
		}
		for i := range n {
			o := &h.order[i]
			b := uint64(1) << i
			if called&b == 0 && o.callAfterCalls&^called == 0 && o.callAfterReturns&returns&^returned == 0 {
				next := slices.Clone(precedes)
				next[i] = returned
				extend(called|b, returned, next)
			}
			if called&b != 0 && returns&^returned&b != 0 && o.returnAfterCalls&^called == 0 && o.returnAfterReturns&returns&^returned == 0 {
				extend(called, returned|b, precedes)
			}
		}
	}
	extend(0, 0, make([]uint64, n))
}
