//go:build explore

package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"simdb.dev/model"
)

// What a queue may do is not always decided by what its clients saw: a killed claim may have taken the head or an orphan, and what a dead process held may have been
// given up by a sweep or not. So the specification of programs with queues steps sets of states.

// possible are the states that the keys may be in. Equal sets are the same pointer.
type possible struct {
	list []states
}

// sets keeps the sets that have been met.
type sets struct {
	numbers map[states]uint32
	sets    map[string]*possible
}

func newSets() *sets {
	return &sets{numbers: map[states]uint32{}, sets: map[string]*possible{}}
}

func (s *sets) of(list []states) *possible {
	key := make([]uint32, len(list))
	for i, st := range list {
		n, ok := s.numbers[st]
		if !ok {
			n = uint32(len(s.numbers))
			s.numbers[st] = n
		}
		key[i] = n
	}
	slices.Sort(key)
	key = slices.Compact(key)
	var name []byte
	for _, n := range key {
		name = binary.AppendUvarint(name, uint64(n))
	}
	p := s.sets[string(name)]
	if p == nil {
		p = &possible{list}
		s.sets[string(name)] = p
	}
	return p
}

// stepAll is step for a set of states.
func (w *world) stepAll(from *possible, in *input, out output) (bool, *possible) {
	var to []states
	for _, s := range from.list {
		if !in.Op.OnQueue() && in.Op != drain {
			if s[in.key].Kind == model.Absent && w.p.creates && out.outcome == model.WrongKind {
				s[in.key].Kind = model.Queue
			}
			if ok, next := w.step(s, in, out); ok {
				to = append(to, next)
			}
			continue
		}
		for _, k := range w.stepQueue(s[in.key], in.Input, out) {
			next := s
			next[in.key] = k
			to = append(to, next)
		}
	}
	if len(to) == 0 {
		return false, from
	}
	return true, w.sets.of(to)
}

// stepQueue gives the states that an operation on a queue may lead to.
func (w *world) stepQueue(s model.State, in model.Input, out output) []model.State {
	unknown := out.outcome == model.Unknown
	if s.Kind == model.Absent && w.p.creates && out.outcome == model.OK && (in.Op == model.QueueLen || in.Op == model.DeleteQueue) {
		s.Kind = model.Queue
	}
	switch {
	case out.outcome == closed, out.outcome == tooLarge && w.beyond(in):
		return []model.State{s}
	case out.outcome == noRoom:
		if first := s.Messages(); len(first) > 0 && w.lengths[first[0]] == out.value {
			return []model.State{s}
		}
		return nil
	case in.Op == drain:
		return w.stepDrain(s, in, out)
	case in.Op == model.Claim:
		return w.stepClaim(s, in, out)
	case in.Op == model.Ack && out.again: // by a claim that was given up
		if out.outcome == model.Stale {
			return []model.State{s}
		}
		return nil
	case in.Op == model.Take && unknown && w.p.parted:
		whole := w.steps(s, in, out)
		if n := slices.Index(s.Messages(), 3); n >= 0 && uint64(n) < in.Value {
			in.Value = uint64(n + 1)
		}
		return append(w.steps(s, in, out), whole...)
	case in.Op == model.Take && out.outcome == model.OK:
		if n := len(out.fifo); uint64(n) != min(in.Value, uint64(len(s.Messages()))) {
			return nil
		}
		for _, id := range out.fifo {
			in.Op, out.value = model.Pop, uint64(id)
			next, ok := model.Rules{}.Step(s, in, out.model())
			if !ok {
				return nil
			}
			s = next
		}
		return []model.State{s}
	case (in.Op == model.Ack || in.Op == model.Release) && unknown:
		var list []model.State
		for _, id := range s.Holds(in.Process) {
			in.Value = id
			list = append(list, w.steps(s, in, out)...)
		}
		return append(list, s)
	case in.Op == model.Ack || in.Op == model.Release:
		in.Value = out.value
	}
	return w.steps(s, in, out)
}

// steps is the specification of package model.
func (w *world) steps(s model.State, in model.Input, out output) []model.State {
	next, ok := model.Rules{Full: w.p.tight}.Step(s, in, out.model())
	switch limit := w.p.limit; {
	case limit > 0 && out.outcome == model.Full:
		ok = len(s.Messages())+pushes(in) > limit
	case limit > 0 && pushes(in) > 0:
		ok = ok && len(next.Messages()) <= limit
	}
	if !ok {
		return nil
	}
	return []model.State{next}
}

// pushes is how many messages an operation pushes.
func pushes(in model.Input) int {
	switch in.Op {
	case model.Push:
		return 1
	case model.PushBatch:
		return len(in.Batch)
	}
	return 0
}

// stepClaim lets whoever may be dead or have closed give up what it holds just before. (That it really was is checked in checkHeld.)
func (w *world) stepClaim(s model.State, in model.Input, out output) []model.State {
	list := w.claims(s, in, out)
	for _, p := range w.processes {
		if p == in.Process || !w.leaves[p] {
			continue
		}
		for _, id := range s.Holds(p) {
			if out.outcome == model.OK && out.value != id {
				continue
			}
			given, ok := model.Rules{}.Step(s, model.Input{Op: model.Release, Process: p, Value: id}, model.Output{Outcome: model.OK})
			if ok && (out.outcome == model.OK || out.outcome == model.Unknown) {
				list = append(list, w.claims(given, in, out)...)
			}
		}
	}
	return list
}

// claims gives what a claim may do: one that was killed may have taken any orphan.
func (w *world) claims(s model.State, in model.Input, out output) []model.State {
	if out.outcome != model.Unknown || len(s.Orphans()) == 0 {
		return w.steps(s, in, out)
	}
	var list []model.State
	for _, id := range s.Orphans() {
		in.Value = id
		list = append(list, w.steps(s, in, out)...)
	}
	return list
}

// stepDrain takes everything: messages in order, and all that was given up, which includes what those held who are gone.
func (w *world) stepDrain(s model.State, in model.Input, out output) []model.State {
	if out.outcome != model.OK {
		if s.Kind == model.Value && out.outcome == model.WrongKind {
			return []model.State{s}
		}
		return nil
	}
	all := func(op model.Op, process int32, id uint64, again bool) bool {
		next, ok := model.Rules{}.Step(s, model.Input{Op: op, Process: process, Value: id}, model.Output{Outcome: model.OK, Value: id, Again: again})
		if op == model.Claim {
			next, ok = model.Rules{}.Step(s, model.Input{Op: op, Process: process}, model.Output{Outcome: model.OK, Value: id, Again: again})
		}
		s = next
		return ok
	}
	for _, p := range w.processes {
		if out.gone&(1<<p) == 0 {
			continue
		}
		for _, id := range s.Holds(p) {
			all(model.Release, p, id, false)
		}
	}
	for _, id := range out.fifo {
		if !all(model.Pop, in.Process, uint64(id), false) {
			return nil
		}
	}
	for _, id := range out.orphans {
		if !all(model.Claim, in.Process, uint64(id), true) || !all(model.Ack, in.Process, uint64(id), false) {
			return nil
		}
	}
	if len(s.Messages()) > 0 || len(s.Orphans()) > 0 {
		return nil
	}
	return []model.State{s}
}

// checkHeld says whether those who live hold what they claimed and did not give up, no more and no less.
func (w *world) checkHeld() error {
	held := map[int32]int{}
	for _, c := range w.clients {
		if c.db.Gone() {
			continue
		}
		held[c.process] += len(c.held)
	}
	for _, c := range w.clients {
		if n, ok := held[c.process]; ok && n != c.db.Held() {
			return fmt.Errorf("%s claimed %d messages that it did not give up, and holds %d", c.name, n, c.db.Held())
		}
	}
	return nil
}
