package check

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// mix is what random histories are made of.
type mix struct {
	ops     []model.Op
	clients int
	each    int     // operations of a client, at most
	kills   float64 // part of the clients whose last operation never returns
	spoilt  float64 // part of the histories that are changed afterwards
}

// generate makes a history of one key: clients with random intervals, a random
// point in each, results from the model in the order of the points; then, for
// some, a few changes that may or may not make it illegal.
func generate(r *rand.Rand, m mix) []history.Op {
	ops, points := intervals(r, m)
	order := make([]int, len(ops))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(points[i], points[j]) })
	state := model.State{}
	var dead []int32
	for n, i := range order {
		op := &ops[i]
		if op.Pending() {
			choose(r, state, op)
			if r.IntN(2) == 0 {
				state, _ = model.Rules{}.Step(state, op.In, model.Output{})
			}
			dead = append(dead, op.In.Process)
			continue
		}
		if op.In.Op == model.Sweep && len(dead) == 0 {
			op.In.Op = model.Claim
		}
		switch op.In.Op {
		case model.Claim:
			state = release(r, state, dead, 3)
		case model.Sweep:
			op.In.Process = dead[r.IntN(len(dead))]
			state = release(r, state, []int32{op.In.Process}, 1<<30)
		}
		choose(r, state, op)
		outs := candidates(ops, op, model.Version(n+1))
		r.Shuffle(len(outs), func(i, j int) { outs[i], outs[j] = outs[j], outs[i] })
		for _, out := range outs {
			if next, ok := (model.Rules{}).Step(state, op.In, out); ok {
				state, op.Out = next, out
				break
			}
		}
		if op.Out.Outcome == model.Unknown {
			panic("no result for " + op.In.String() + " in " + state.String())
		}
	}
	for range 3 {
		if r.Float64() < m.spoilt {
			spoil(r, ops)
		}
	}
	for r.Float64() < m.spoilt {
		spoil(r, ops)
		m.spoilt *= 0.95
	}
	return ops
}

// intervals makes the calls, with few distinct times so that many touch.
func intervals(r *rand.Rand, m mix) (ops []history.Op, points []float64) {
	id := uint64(0)
	for c := range m.clients {
		t := int64(1 + r.IntN(4))
		n := 1 + r.IntN(m.each)
		for k := range n {
			op := history.Op{Client: history.Client{Process: int32(c)}, Call: t, Return: t + int64(r.IntN(6))}
			op.In = model.Input{Op: m.ops[r.IntN(len(m.ops))], Process: int32(c)}
			switch op.In.Op {
			case model.PushBatch:
				for range 2 + r.IntN(2) {
					id++
					op.In.Batch = append(op.In.Batch, id)
				}
			case model.Take:
				op.In.Value = uint64(1 + r.IntN(3))
			case model.Add:
				op.In.Value = 1
			default:
				for range op.Writes() {
					id++
					op.In.Value = id
				}
			}
			points = append(points, float64(op.Call)+r.Float64()*float64(op.Return-op.Call))
			t = op.Return + 1 + int64(r.IntN(3))
			if k == n-1 && r.Float64() < m.kills {
				op.Return = history.Never
				points[len(points)-1] += r.Float64() * 5
			}
			ops = append(ops, op)
		}
	}
	return ops, points
}

// choose gives operations on versions one that is mostly current.
func choose(r *rand.Rand, s model.State, op *history.Op) {
	switch op.In.Op {
	case model.PutIf, model.GetRef:
		op.In.Version = s.Version
		if r.IntN(4) == 0 || op.In.Op == model.GetRef && op.In.Version == 0 {
			op.In.Version = model.Version(1 + r.IntN(8))
		}
	case model.Ack, model.Release:
		if held := s.Holds(op.In.Process); held != nil {
			op.In.Value = held[r.IntN(len(held))]
		} else {
			op.In.Op = model.Claim
		}
	}
}

// release makes orphans of what the dead hold, but for one in so many.
func release(r *rand.Rand, s model.State, dead []int32, but int) model.State {
	for _, p := range dead {
		for _, id := range s.Holds(p) {
			if r.IntN(but) > 0 {
				s, _ = model.Rules{}.Step(s, model.Input{Op: model.Release, Value: id, Process: p}, model.Output{})
			}
		}
	}
	return s
}

// candidates are results that some state may allow. Versions are those of
// writes by the order of their points; an open one is left open.
func candidates(ops []history.Op, op *history.Op, version model.Version) []model.Output {
	outs := []model.Output{}
	for o := model.NotFound; o <= model.Empty; o++ {
		if o != model.Full {
			outs = append(outs, model.Output{Outcome: o})
		}
	}
	ok := model.Output{Outcome: model.OK}
	switch op.In.Op {
	case model.Put, model.Insert, model.PutIf:
		ok.Version = version
	case model.Take:
		return append(outs, takes(ops, op.In.Value)...)
	}
	outs = append(outs, ok)
	for v := range uint64(24) {
		ok.Value = v
		switch op.In.Op {
		case model.Get, model.Pop, model.QueueLen:
			outs = append(outs, ok)
		case model.Claim:
			again := ok
			again.Again = true
			outs = append(outs, ok, again)
		case model.Update, model.Add:
			ok.Version = version
			outs = append(outs, ok)
		case model.GetVersion:
			for ver := range model.Version(24) {
				ok.Version = ver
				outs = append(outs, ok)
			}
		case model.GetRef:
			outs = append(outs, ok)
		case model.GetOrPut:
			there := ok
			there.Again = true
			written := ok
			written.Version = version
			outs = append(outs, there, written)
		}
	}
	return outs
}

// takes are the batches that a take may bring: the model accepts the right one.
func takes(ops []history.Op, most uint64) []model.Output {
	var ids []uint64
	for i := range ops {
		for id := range ops[i].Writes() {
			ids = append(ids, id)
		}
	}
	var outs []model.Output
	var extend func(batch []uint64)
	extend = func(batch []uint64) {
		if len(batch) > 0 {
			outs = append(outs, model.Output{Outcome: model.OK, Batch: slices.Clone(batch)})
		}
		if uint64(len(batch)) == most {
			return
		}
		for _, id := range ids {
			if !slices.Contains(batch, id) {
				extend(append(batch, id))
			}
		}
	}
	extend(nil)
	return outs
}

// spoil changes one thing: results of two operations swapped, a result replaced
// by that of a like operation, an interval moved.
func spoil(r *rand.Rand, ops []history.Op) {
	a, b := &ops[r.IntN(len(ops))], &ops[r.IntN(len(ops))]
	how := r.IntN(8)
	switch a.In.Op {
	case model.Ack, model.Release, model.Sweep:
		return // who lets go has been given the message before
	}
	if how > 2 && a.In.Op == model.Claim { // not moved, for the same reason
		a.Out.Again = a.In.Op == model.Claim && a.Out.Outcome == model.OK && !a.Out.Again
		return
	}
	switch how {
	case 0:
		if a.In.Op == b.In.Op && !a.Pending() && !b.Pending() {
			a.Out, b.Out = b.Out, a.Out
		}
	case 1:
		if a.In.Op == b.In.Op && !a.Pending() && !b.Pending() {
			a.Out = b.Out
		}
	case 2:
		if (a.In.Op == model.Pop || a.In.Op == model.Claim) && a.Out.Outcome == model.OK {
			a.Out = model.Output{Outcome: model.Empty}
		} else if a.Out.Outcome == model.OK && a.In.Op.Reads() {
			a.Out = model.Output{Outcome: model.NotFound}
		}
	case 3, 5, 6: // later: clients do not matter to the checkers, only times do
		if d := int64(r.IntN(12)); !a.Pending() {
			a.Call += d
			a.Return += d
		}
	case 4, 7:
		if d := int64(r.IntN(12)); !a.Pending() && a.Call > d {
			a.Call -= d
			a.Return -= d
		}
	}
}
