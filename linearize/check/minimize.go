package check

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/linearize/monitor"
	"simdb.dev/model"
)

// minimizeBudget is what making a violation small may take.
var minimizeBudget = 3 * time.Second

// goal is what must survive the removal of operations: the same operation is
// the first that nothing explains, and what the key could hold before it is
// nothing else than with all operations. So whatever is left tells what
// happened, and not what the removal did.
type goal struct {
	op     history.Op
	states []model.State
}

// minimize returns few of the operations on one key that still miss the goal's
// explanation: delta debugging (Zeller, Hildebrandt 2002), first of whole
// values (a write with all that saw it), then of single operations.
func (c *checker) minimize(ops []history.Op, g goal) []history.Op {
	deadline := time.Now().Add(minimizeBudget)
	holds := func(some []history.Op) bool {
		if thinAir(some) != nil {
			return false
		}
		list := steps(some, c.h.Crashes)
		s := sweep(c.rules, list, deadline)
		if s.verdict != Violation {
			return false
		}
		refused := list[s.refused.step].op
		if refused == none || some[refused].Client != g.op.Client || some[refused].Call != g.op.Call {
			return false
		}
		for _, state := range s.refused.states {
			if !slices.Contains(g.states, state) {
				return false
			}
		}
		return true
	}
	small := slices.Clone(ops)
	byCall(small)
	if n := slices.IndexFunc(small, func(op history.Op) bool { return op.Call > g.op.Return }); n > 0 && holds(small[:n]) {
		small = small[:n]
	}
	return shrink(recent(small, g.op, holds), holds, deadline)
}

// recent returns the latest values, twice as many at every attempt, with the
// one that the refused operation speaks of, if these do: it saves reducing a
// long history from its far end. A beginning in the middle may ask for a state
// that is not there, hence several attempts at each length.
func recent(ops []history.Op, refused history.Op, holds func([]history.Op) bool) []history.Op {
	groups := groupByValue(ops)
	own := slices.IndexFunc(groups, func(group []history.Op) bool {
		return slices.ContainsFunc(group, func(op history.Op) bool {
			return op.Client == refused.Client && op.Call == refused.Call
		})
	})
	for n := 8; n < len(groups); n *= 2 {
		for more := range 8 {
			from := max(0, len(groups)-n-more)
			some := groups[from:]
			if own < from {
				some = append(slices.Clone(some), groups[own])
			}
			if tried := join(some); holds(tried) {
				return tried
			}
		}
	}
	return ops
}

// minimizeQueue returns few operations on one queue that break the same rule in
// the same way: all that speak of the witness's messages, without the messages
// that are not needed. A queue without some of its messages is a queue.
func minimizeQueue(ops []history.Op, crashes []history.Crash, v *monitor.Violation) []history.Op {
	deadline := time.Now().Add(minimizeBudget)
	ids := map[uint64]bool{}
	for _, i := range v.Witness {
		for id := range mentions(&ops[i]) {
			ids[id] = true
		}
	}
	var small []history.Op
	for i := range ops {
		keep := slices.Contains(v.Witness, int32(i)) || ops[i].Pending() || ops[i].In.Op == model.Sweep
		for id := range mentions(&ops[i]) {
			keep = keep || ids[id]
		}
		if keep {
			small = append(small, ops[i])
		}
	}
	byCall(small)
	return shrink(small, func(some []history.Op) bool {
		w := monitor.Check(some, crashes)
		return w != nil && w.Reason == v.Reason && w.Lost == v.Lost && thinAir(some) == nil
	}, deadline)
}

// shrink leaves out what can go, if holds is true of ops at all. Single
// operations of a queue are its messages' too: none is left out on its own.
func shrink(ops []history.Op, holds func([]history.Op) bool, deadline time.Time) []history.Op {
	late := func() bool { return time.Now().After(deadline) }
	if !holds(ops) {
		return ops
	}
	ops = reduce(groupByValue(ops), holds, late)
	if slices.ContainsFunc(ops, func(op history.Op) bool { return op.In.Op.OnQueue() }) {
		return ops
	}
	return reduce(singles(ops), holds, late)
}

// letsGo reports whether the operation acknowledges or releases a message.
func letsGo(op *history.Op) bool { return op.In.Op == model.Ack || op.In.Op == model.Release }

// mentions yields the messages that the operation pushed, got or let go of.
func mentions(op *history.Op) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if letsGo(op) && !yield(op.In.Value) {
			return
		}
		for id := range op.Writes() {
			if !yield(id) {
				return
			}
		}
		for id := range sees(op) {
			if !yield(id) {
				return
			}
		}
	}
}

func byCall(ops []history.Op) {
	slices.SortStableFunc(ops, func(a, b history.Op) int { return cmp.Compare(a.Call, b.Call) })
}

// groupByValue puts together what speaks of the same value.
func groupByValue(ops []history.Op) [][]history.Op {
	var groups [][]history.Op
	index := map[uint64]int{}
	for _, op := range ops {
		id, named := about(&op)
		i, ok := index[id]
		if !named || !ok {
			i = len(groups)
			groups = append(groups, nil)
			if named {
				index[id] = i
			}
		}
		groups[i] = append(groups[i], op)
	}
	return groups
}

// about returns the value that the operation wrote or saw.
func about(op *history.Op) (uint64, bool) {
	for id := range sees(op) {
		if op.In.Op != model.Update {
			return id, true
		}
	}
	for id := range op.Writes() {
		return id, true
	}
	return op.In.Value, letsGo(op)
}

func singles(ops []history.Op) [][]history.Op {
	groups := make([][]history.Op, len(ops))
	for i := range ops {
		groups[i] = ops[i : i+1]
	}
	return groups
}

// reduce leaves out runs of groups, long runs first, as long as holds is true
// of the rest.
func reduce(groups [][]history.Op, holds func([]history.Op) bool, late func() bool) []history.Op {
	for run := max(1, len(groups)/2); ; run /= 2 {
		for at := 0; at < len(groups) && !late(); {
			end := min(at+run, len(groups))
			rest := slices.Concat(groups[:at], groups[end:])
			if holds(join(rest)) {
				groups = rest
			} else {
				at = end
			}
		}
		if run <= 1 {
			return join(groups)
		}
	}
}

func join(groups [][]history.Op) []history.Op {
	ops := slices.Concat(groups...)
	byCall(ops)
	return ops
}
