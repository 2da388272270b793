package check

import (
	"cmp"
	"slices"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// step is one operation as a search takes it: applied at one point within
// [call, ret]; optional if it never returned. Most operations are one step.
type step struct {
	in    model.Input
	out   model.Output
	call  int64
	ret   int64
	op    int32 // the operation it stands for; none: the store's own
	after int32 // a step of the same operation that comes first; none
}

const none = -1

func (s *step) optional() bool { return s.ret == history.Never }

// idle reports whether the step, given its result, changes nothing that the key
// holds, whatever that is.
func (s *step) idle() bool {
	switch s.out.Outcome {
	case model.Unknown:
		return s.in.Op.Reads()
	case model.OK:
		return s.in.Op.Reads() || s.in.Op == model.GetOrPut && s.out.Again
	}
	return true
}

// steps turns the operations on one key into steps in the order of their calls:
//
//   - a read that never returned says nothing and goes;
//   - a write that never returned, but whose value was seen, has happened, and
//     not later than the first who saw it returned; if its value was not seen,
//     it is the same as any other such write;
//   - a Take becomes as many pops, one after the other;
//   - the releases of what dead processes had claimed are offered as steps of
//     the store's own.
func steps(ops []history.Op, crashes []history.Crash) []step {
	seen := firstSeen(ops)
	list := make([]step, 0, len(ops))
	for i := range ops {
		op := &ops[i]
		if op.Pending() && op.In.Op.Reads() {
			continue
		}
		if op.In.Op == model.Take && (op.Pending() || op.Out.Outcome == model.OK) {
			list = appendTake(list, op, int32(i))
			continue
		}
		s := step{in: op.In, out: op.Out, call: op.Call, ret: op.Return, op: int32(i), after: none}
		if op.Pending() {
			s.settle(op, seen)
		}
		list = append(list, s)
	}
	list = append(list, releases(ops, crashes)...)
	sortSteps(list)
	return list
}

// unseen stands for every value that nobody has seen.
const unseen = 1<<64 - 1

// settle says what is known of an operation that never returned.
func (s *step) settle(op *history.Op, seen map[uint64]int64) {
	for id := range op.Writes() {
		if t, ok := seen[id]; ok {
			s.ret = min(s.ret, max(t, s.call))
		}
	}
	switch s.in.Op {
	case model.Claim, model.Ack, model.Release:
		return
	}
	if seen != nil && s.optional() && s.in.Value != 0 {
		s.in.Value = unseen
	}
	s.in.Process = 0 // who did it makes no difference
}

// sortSteps orders by call and keeps after pointing at the same steps.
func sortSteps(list []step) {
	order := make([]int32, len(list))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(list[i].call, list[j].call) })
	place := make([]int32, len(list))
	sorted := make([]step, len(list))
	for to, from := range order {
		place[from] = int32(to)
		sorted[to] = list[from]
	}
	for i := range sorted {
		if sorted[i].after != none {
			sorted[i].after = place[sorted[i].after]
		}
	}
	copy(list, sorted)
}

// appendTake appends the pops that a Take consists of; if it never returned,
// as many as it may have made.
func appendTake(list []step, op *history.Op, i int32) []step {
	n := len(op.Out.Batch)
	if op.Pending() {
		n = int(op.In.Value)
	}
	after := int32(none)
	for k := range n {
		s := step{in: model.Input{Op: model.Pop}, out: op.Out, call: op.Call, ret: op.Return, op: i, after: after}
		s.out.Batch = nil
		if !op.Pending() {
			s.out.Value = op.Out.Batch[k]
		}
		after = int32(len(list))
		list = append(list, s)
	}
	return list
}

// firstSeen gives for the values that some client saw when the first of them
// returned; nil where nothing is pending, and for counters, whose numbers name
// no write.
func firstSeen(ops []history.Op) map[uint64]int64 {
	seen := map[uint64]int64{}
	pending := false
	for i := range ops {
		pending = pending || ops[i].Pending()
		if ops[i].In.Op == model.Add {
			return nil
		}
	}
	if !pending {
		return nil
	}
	for i := range ops {
		op := &ops[i]
		for id := range sees(op) {
			if t, ok := seen[id]; !ok || op.Return < t {
				seen[id] = op.Return
			}
		}
	}
	return seen
}

// sees yields the values that the operation reports as written by others.
func sees(op *history.Op) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		if op.Out.Outcome != model.OK {
			return
		}
		switch op.In.Op {
		case model.Get, model.GetVersion, model.GetRef, model.Pop, model.Claim:
			yield(op.Out.Value)
		case model.GetOrPut:
			if op.Out.Again {
				yield(op.Out.Value)
			}
		case model.Update:
			if op.Out.Value != 0 {
				yield(op.Out.Value)
			}
		case model.Take:
			for _, id := range op.Out.Batch {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// releases offers, for every message that was delivered again, its release from
// each dead process that may have held it, from the earliest time at which that
// process can have died; and where a sweep says that a process holds nothing,
// that of every message that it may have held.
func releases(ops []history.Op, crashes []history.Crash) []step {
	again, swept := map[uint64]bool{}, map[int32]bool{}
	for i := range ops {
		switch op := &ops[i]; {
		case op.In.Op == model.Sweep:
			swept[op.In.Process] = true
		case op.In.Op == model.Claim && op.Out.Again:
			again[op.Out.Value] = true
		}
	}
	if len(again) == 0 && len(swept) == 0 {
		return nil
	}
	deaths := history.Deaths(ops, crashes)
	offered := map[hold]bool{}
	var list []step
	offer := func(h hold) {
		died, dead := deaths[h.process]
		if !dead || offered[h] {
			return
		}
		offered[h] = true
		in := model.Input{Op: model.Release, Value: h.id, Process: h.process}
		list = append(list, step{in: in, call: died, ret: history.Never, op: none, after: none})
	}
	for i := range ops {
		switch op := &ops[i]; {
		case op.In.Op != model.Claim:
		case op.Pending() && swept[op.In.Process]:
			for j := range ops {
				for id := range ops[j].Writes() {
					offer(hold{id, op.In.Process})
				}
			}
		case op.Pending():
			for id := range again {
				offer(hold{id, op.In.Process})
			}
		case op.Out.Outcome == model.OK && (again[op.Out.Value] || swept[op.In.Process]):
			offer(hold{op.Out.Value, op.In.Process})
		}
	}
	slices.SortFunc(list, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.in.Value, b.in.Value), cmp.Compare(a.in.Process, b.in.Process))
	})
	return list
}

// hold is a message in the hands of a process.
type hold struct {
	id      uint64
	process int32
}
