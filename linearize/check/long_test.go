package check

import (
	"math/rand/v2"
	"testing"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// long is a linearizable history of n operations on one key by clients that
// overlap, one write in so many killed after it has happened.
func long(n int, clients int64, kills int) []history.Op {
	r := rand.New(rand.NewPCG(3, 4))
	ops := make([]history.Op, 0, n)
	state := model.State{}
	for i := range n {
		point := int64(i+1) * 10
		process := int32(i) // a client of its own: the searches do not look at clients
		op := history.Op{Client: history.Client{Process: process}, Call: max(1, point-r.Int64N(5*clients)), Return: point + r.Int64N(5*clients)}
		id := uint64(i + 1)
		switch r.IntN(4) {
		case 0:
			op.In = model.Input{Op: model.Put, Value: id}
			op.Out = model.Output{Outcome: model.OK, Version: model.Version(id)}
		case 1:
			op.In = model.Input{Op: model.Delete}
			op.Out = model.Output{Outcome: model.OK}
			if state.Kind == model.Absent {
				op.Out.Outcome = model.NotFound
			}
		default:
			op.In = model.Input{Op: model.GetVersion}
			op.Out = model.Output{Outcome: model.OK, Value: state.Value, Version: state.Version}
			if state.Kind == model.Absent {
				op.Out = model.Output{Outcome: model.NotFound}
			}
		}
		state, _ = model.Rules{}.Step(state, op.In, op.Out)
		if i%kills == kills/2 && !op.In.Op.Reads() {
			op.Return, op.Out = history.Never, model.Output{}
			state.Version = 0
		}
		ops = append(ops, op)
	}
	return ops
}

func TestLongHistory(t *testing.T) {
	ops := long(100_000, 8, 1000)
	list := steps(ops, nil)
	if s := sweep(model.Rules{}, list, time.Time{}); s.verdict != Linearizable {
		t.Fatalf("%v %s: %v %v", s.verdict, s.why, ops[list[s.refused.step].op], s.refused.states)
	}
	// A read near the end shows a value from the beginning.
	var first *history.Op
	for i := range ops {
		op := &ops[i]
		if first == nil && op.In.Op == model.Put && !op.Pending() {
			first = op
		}
		if i > 99_000 && op.In.Op == model.GetVersion && op.Out.Outcome == model.OK {
			op.Out.Value, op.Out.Version = first.In.Value, first.Out.Version
			break
		}
	}
	h := &history.History{Ops: ops}
	h.Key("k")
	defer func(d time.Duration) { minimizeBudget = d }(minimizeBudget)
	minimizeBudget = time.Minute // however busy the machine is
	rep := Check(h, Options{})
	if rep.Verdict != Violation || len(rep.Findings[0].Ops) > 4 {
		t.Errorf("%v, %d operations to show it", rep.Verdict, len(rep.Findings[0].Ops))
	}
}

// TestManyKills: what killed processes may have done must not multiply.
func TestManyKills(t *testing.T) {
	ops := long(20_000, 4, 60)
	pending := 0
	for i := range ops {
		if ops[i].Pending() {
			pending++
		}
	}
	if s := sweep(model.Rules{}, steps(ops, nil), time.Time{}); s.verdict != Linearizable || pending < 100 {
		t.Errorf("%v %s with %d operations that never returned", s.verdict, s.why, pending)
	}
}

// TestWhichKilledWriteHappened: either of two may have made the key, but only the
// put can have replaced a value later, so it must have been the insert.
func TestWhichKilledWriteHappened(t *testing.T) {
	for _, calls := range [][2]int64{{1, 2}, {2, 1}} {
		ops := []history.Op{
			{Call: calls[0], Return: history.Never, In: model.Input{Op: model.Put, Value: 1}},
			{Call: calls[1], Return: history.Never, In: model.Input{Op: model.Insert, Value: 2}},
			{Call: 10, Return: 20, In: model.Input{Op: model.Insert, Value: 3}, Out: model.Output{Outcome: model.Exists}},
			{Call: 30, Return: 40, In: model.Input{Op: model.Delete}, Out: model.Output{Outcome: model.OK}},
			{Call: 50, Return: 60, In: model.Input{Op: model.Put, Value: 4}, Out: model.Output{Outcome: model.OK, Version: 9}},
			{Call: 70, Return: 80, In: model.Input{Op: model.GetRef, Version: 9}, Out: model.Output{Outcome: model.Stale}},
		}
		if s := sweep(model.Rules{}, steps(ops, nil), time.Time{}); s.verdict != Linearizable {
			t.Errorf("calls %v: %v", calls, s.verdict)
		}
		ops[1].In = ops[2].In // as if it were not there: the put serves only once
		ops[1].Return, ops[1].Out = 3, model.Output{Outcome: model.Exists}
		if s := sweep(model.Rules{}, steps(ops, nil), time.Time{}); s.verdict != Violation {
			t.Errorf("calls %v, without the insert: %v", calls, s.verdict)
		}
	}
}

func TestOutOfTime(t *testing.T) {
	h := &history.History{Ops: long(100_000, 8, 1000)}
	h.Key("k")
	if rep := Check(h, Options{Budget: time.Nanosecond}); rep.Verdict != Unknown {
		t.Errorf("%v", rep.Verdict)
	}
}

func BenchmarkSweep(b *testing.B) {
	ops := long(100_000, 8, 1000)
	for b.Loop() {
		if s := sweep(model.Rules{}, steps(ops, nil), time.Time{}); s.verdict != Linearizable {
			b.Fatal(s.verdict)
		}
	}
	b.ReportMetric(float64(len(ops))*float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
