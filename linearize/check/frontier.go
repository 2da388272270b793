package check

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"simdb.dev/model"
)

// frontier decides linearizability of one key in one pass over time, by Lowe's
// just-in-time linearization (Testing for linearizability, 2017). It keeps the
// set of configurations that explain everything returned so far: what the key
// holds, and which of the running operations have been applied. Where an
// operation returns, each configuration that has not applied it yet applies
// running operations until it has. The history is refused at the first return
// that leaves no configuration.
//
// Its memory is that of the running operations, whatever the length of the
// history, where porcupine keeps a set of bits for every step.
//
// A step that never returned runs on for ever, and applying it is never owed.
// So of two configurations that differ in such steps alone, the one that has
// applied fewer can do whatever the other can, and the other is dropped. And of
// steps that never returned and do just the same, the earlier goes first.
type frontier struct {
	rules  model.Rules
	steps  []step
	states []config // the frontier
	next   []config

	slots    [maxOpen]int32 // running steps by slot; none
	same     [maxOpen]int32 // for an optional step: slot of the one that goes before it; none
	running  set            // slots in use
	optional set            // of these, steps that never return
	visited  map[key][]set  // configurations met at the present return, by their owed part
	stack    []config
	advanced int64 // configurations looked at, for the clock
	deadline time.Time
}

// maxOpen is the most steps that can run at one time. 256 are 256 clients, or
// as many operations of killed processes on one key that nobody saw.
const maxOpen = 256

// set is a set of slots.
type set [maxOpen / 64]uint64

func (s *set) add(i int)        { s[i/64] |= 1 << (i % 64) }
func (s *set) remove(i int)     { s[i/64] &^= 1 << (i % 64) }
func (s *set) has(i int32) bool { return s[i/64]>>(i%64)&1 != 0 }
func (s *set) with(i int) set   { t := *s; t.add(i); return t }
func (s *set) and(t set) (r set) {
	for i := range r {
		r[i] = s[i] & t[i]
	}
	return r
}
func (s *set) less(t set) (r set) {
	for i := range r {
		r[i] = s[i] &^ t[i]
	}
	return r
}
func (s *set) within(t set) bool { return s.less(t) == set{} }

func (s *set) full() bool {
	for _, w := range s {
		if ^w != 0 {
			return false
		}
	}
	return true
}

func (s *set) firstFree() int {
	for i, w := range s {
		if ^w != 0 {
			return i*64 + bits.TrailingZeros64(^w)
		}
	}
	return -1
}

// config explains the past: the key holds state after the running steps in
// applied and all steps that have returned.
type config struct {
	state   model.State
	applied set
}

// key is the part of a configuration in which two must agree to be compared.
type key struct {
	state model.State
	owed  set
}

// refusal is the return that nothing explains.
type refusal struct {
	step   int32         // in the list of steps
	states []model.State // what the key may have held, given all returns before
}

// search is how a pass ends.
type search struct {
	verdict Verdict
	why     string // of Unknown
	refused refusal
}

// event is the call or the return of a step.
type event struct {
	time int64
	step int32
	ret  bool
}

func events(list []step) []event {
	all := make([]event, 0, 2*len(list))
	for i := range list {
		all = append(all, event{list[i].call, int32(i), false})
		if !list[i].optional() {
			all = append(all, event{list[i].ret, int32(i), true})
		}
	}
	slices.SortFunc(all, func(a, b event) int {
		// What touches overlaps: calls before returns.
		return cmp.Or(cmp.Compare(a.time, b.time), compareBool(a.ret, b.ret), cmp.Compare(a.step, b.step))
	})
	return all
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// sweep runs the search over all steps.
func sweep(rules model.Rules, list []step, deadline time.Time) search {
	f := &frontier{rules: rules, steps: list, visited: map[key][]set{}, deadline: deadline}
	for i := range f.slots {
		f.slots[i] = none
	}
	f.states = []config{{}}
	place := make([]uint16, len(list)) // slot of each step
	for _, e := range events(list) {
		if !e.ret {
			if f.running.full() {
				return search{verdict: Unknown, why: "more than 256 operations at one time on one key"}
			}
			place[e.step] = uint16(f.start(e.step))
			continue
		}
		slot := int(place[e.step])
		if !f.finish(slot) {
			return search{verdict: Unknown, why: "time ran out"}
		}
		if len(f.next) == 0 {
			return search{verdict: Violation, refused: refusal{step: e.step, states: f.held()}}
		}
		f.states, f.next = f.next, f.states[:0]
		f.running.remove(slot)
		f.slots[slot] = none
	}
	return search{verdict: Linearizable}
}

// start gives the step a slot.
func (f *frontier) start(i int32) int {
	slot := f.running.firstFree()
	f.running.add(slot)
	f.slots[slot] = i
	f.same[slot] = none
	if s := &f.steps[i]; s.optional() {
		f.same[slot] = f.twin(s)
		f.optional.add(slot)
	}
	return slot
}

// twin returns the slot of the latest step that does just what s does and
// never returns either.
func (f *frontier) twin(s *step) int32 {
	last := int32(none)
	for i, n := range f.slots {
		if n != none && f.optional.has(int32(i)) && alike(&f.steps[n], s) && (last == none || n > f.slots[last]) {
			last = int32(i)
		}
	}
	return last
}

func alike(a, b *step) bool {
	return a.after == none && b.after == none && len(a.in.Batch)+len(b.in.Batch) == 0 &&
		a.in.Op == b.in.Op && a.in.Value == b.in.Value && a.in.Len == b.in.Len &&
		a.in.Version == b.in.Version && a.in.Process == b.in.Process
}

// finish makes next of all configurations in which the step of slot has been
// applied, and takes the slot out of them. It returns false out of time.
func (f *frontier) finish(slot int) bool {
	clear(f.visited)
	for _, c := range f.states {
		if c.applied.has(int32(slot)) {
			c.applied.remove(slot)
			f.keep(c)
		} else {
			f.advance(f.absorb(c), slot)
		}
	}
	for len(f.stack) > 0 {
		c := f.stack[len(f.stack)-1]
		f.stack = f.stack[:len(f.stack)-1]
		f.advance(c, slot)
		if f.late() {
			return false
		}
	}
	return !f.late()
}

// late looks at the clock now and then.
func (f *frontier) late() bool {
	f.advanced++
	return f.advanced&0x3ff == 0 && !f.deadline.IsZero() && time.Now().After(f.deadline)
}

// advance applies the step of slot to c, and stacks what c becomes when another
// step comes first.
func (f *frontier) advance(c config, slot int) {
	if c.applied.has(int32(slot)) {
		c.applied.remove(slot)
		f.keep(c)
		return
	}
	if s, ok := f.apply(c, slot); ok {
		f.keep(config{s, c.applied})
	}
	for w, word := range f.running {
		for word &^= c.applied[w]; word != 0; word &= word - 1 {
			other := w*64 + bits.TrailingZeros64(word)
			if other == slot {
				continue
			}
			s, ok := f.apply(c, other)
			if !ok || s == c.state && f.optional.has(int32(other)) {
				continue
			}
			if d := f.absorb(config{s, c.applied.with(other)}); f.visit(d) {
				f.stack = append(f.stack, d)
			}
		}
	}
}

// absorb applies the running steps that the state explains and that change
// nothing: to have them behind is never worse.
func (f *frontier) absorb(c config) config {
	for w, word := range f.running.less(f.optional) {
		for word &^= c.applied[w]; word != 0; word &= word - 1 {
			slot := w*64 + bits.TrailingZeros64(word)
			if !f.steps[f.slots[slot]].idle() {
				continue
			}
			if s, ok := f.apply(c, slot); ok && s == c.state {
				c.applied.add(slot)
			}
		}
	}
	return c
}

// apply makes one step, unless another has to come first.
func (f *frontier) apply(c config, slot int) (model.State, bool) {
	if twin := f.same[slot]; twin != none && !c.applied.has(twin) {
		return c.state, false
	}
	s := &f.steps[f.slots[slot]]
	if s.after != none {
		for i, n := range f.slots {
			if n == s.after && !c.applied.has(int32(i)) {
				return c.state, false
			}
		}
	}
	return f.rules.Step(c.state, s.in, s.out)
}

// visit reports whether c is worth going on from: no configuration met at this
// return does the same with fewer steps that are not owed.
func (f *frontier) visit(c config) bool {
	k := key{c.state, c.applied.less(f.optional)}
	free := c.applied.and(f.optional)
	met := f.visited[k]
	for _, m := range met {
		if m.within(free) {
			return false
		}
	}
	f.visited[k] = append(met, free)
	return true
}

// keep adds c to next, unless one there makes it needless, and drops those that
// c makes needless.
func (f *frontier) keep(c config) {
	owed, free := c.applied.less(f.optional), c.applied.and(f.optional)
	kept := f.next[:0]
	for i := range f.next {
		n := &f.next[i]
		if n.state == c.state && n.applied.less(f.optional) == owed {
			have := n.applied.and(f.optional)
			if have.within(free) {
				return // nothing has been dropped: c would be no better than that one
			}
			if free.within(have) {
				continue
			}
		}
		kept = append(kept, *n)
	}
	f.next = append(kept, c)
}

// held lists what the key may hold, in the order of first mention.
func (f *frontier) held() []model.State {
	var states []model.State
	for _, c := range f.states {
		if !slices.Contains(states, c.state) {
			states = append(states, c.state)
		}
	}
	return states
}
