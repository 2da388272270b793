package check

import (
	"cmp"
	"slices"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// minimizeBudget is what making a violation small may take.
const minimizeBudget = 3 * time.Second

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
	late := func() bool { return time.Now().After(deadline) }
	small = reduce(groupByValue(small), holds, late)
	return reduce(singles(small), holds, late)
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
	return 0, false
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
