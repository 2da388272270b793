package monitor

import (
	"math/rand/v2"
	"slices"
	"testing"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// at is an operation of process p, who alone acts, from call to ret.
func at(p int32, call, ret int64, in model.Input, out model.Output) history.Op {
	in.Process = p
	return history.Op{Client: history.Client{Process: p}, Call: call, Return: ret, In: in, Out: out}
}

func push(p int32, call, ret int64, id uint64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Push, Value: id}, model.Output{Outcome: model.OK})
}

func batch(p int32, call, ret int64, ids ...uint64) history.Op {
	return at(p, call, ret, model.Input{Op: model.PushBatch, Batch: ids}, model.Output{Outcome: model.OK})
}

func pop(p int32, call, ret int64, id uint64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Pop}, model.Output{Outcome: model.OK, Value: id})
}

func empty(p int32, call, ret int64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Pop}, model.Output{Outcome: model.Empty})
}

func claim(p int32, call, ret int64, id uint64, again bool) history.Op {
	return at(p, call, ret, model.Input{Op: model.Claim}, model.Output{Outcome: model.OK, Value: id, Again: again})
}

func ack(p int32, call, ret int64, id uint64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Ack, Value: id}, model.Output{Outcome: model.OK})
}

func release(p int32, call, ret int64, id uint64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Release, Value: id}, model.Output{Outcome: model.OK})
}

// sweep says that process of holds nothing any more.
func sweep(p int32, call, ret int64, of int32) history.Op {
	op := at(p, call, ret, model.Input{Op: model.Sweep}, model.Output{Outcome: model.OK})
	op.In.Process = of
	return op
}

// unclaimed is a claim that finds nothing.
func unclaimed(p int32, call, ret int64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Claim}, model.Output{Outcome: model.Empty})
}

func take(p int32, call, ret int64, ids ...uint64) history.Op {
	return at(p, call, ret, model.Input{Op: model.Take, Value: 64}, model.Output{Outcome: model.OK, Batch: ids})
}

// killed is the operation as its process's death leaves it.
func killed(op history.Op) history.Op {
	op.Return, op.Out = history.Never, model.Output{}
	return op
}

// TestRules: each history breaks the rule, or differs from one that does by as
// little as possible and is linearizable.
func TestRules(t *testing.T) {
	crashed := []history.Crash{{Process: 1, Time: 10}}
	for _, tt := range []struct {
		name    string
		want    Reason // "": linearizable
		crashes []history.Crash
		ops     []history.Op
	}{
		{"never pushed", Fresh, nil, []history.Op{push(0, 1, 2, 1), pop(1, 3, 4, 2)}},
		{"popped first", Fresh, nil, []history.Op{push(0, 5, 6, 1), pop(1, 3, 4, 1)}},
		{"popped while pushed", "", nil, []history.Op{push(0, 4, 6, 1), pop(1, 3, 4, 1)}},
		{"popped twice", Repeat, nil, []history.Op{push(0, 1, 2, 1), pop(1, 3, 4, 1), pop(2, 3, 4, 1)}},
		{"pushed twice", Repeat, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 1)}},
		{"reordered", Order, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), pop(1, 5, 6, 2), pop(1, 7, 8, 1)}},
		{"pops overlap", "", nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), pop(1, 5, 6, 2), pop(2, 6, 8, 1)}},
		{"pushes overlap", "", nil, []history.Op{push(0, 1, 3, 1), push(2, 3, 4, 2), pop(1, 5, 6, 2), pop(1, 7, 8, 1)}},
		{"lost", Order, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), pop(1, 5, 6, 2)}},
		{"a killed pop took it", "", nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), killed(pop(2, 6, 0, 0)), pop(1, 5, 6, 2)}},
		{"killed too late", Order, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), killed(pop(2, 7, 0, 0)), pop(1, 5, 6, 2)}},
		{"one killed pop, two lost", Order, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), push(0, 5, 6, 3), killed(pop(2, 1, 0, 0)), pop(1, 7, 8, 3)}},
		{"a killed push happened", "", nil, []history.Op{killed(push(0, 1, 0, 1)), pop(1, 3, 4, 1)}},
		{"a killed push did not", "", nil, []history.Op{killed(push(0, 1, 0, 1)), empty(1, 3, 4)}},
		{"a killed push, too early", Fresh, nil, []history.Op{killed(push(0, 5, 0, 1)), pop(1, 3, 4, 1)}},
		{"false empty", NotEmpty, nil, []history.Op{push(0, 1, 2, 1), empty(1, 3, 4), pop(1, 5, 6, 1)}},
		{"empty before", "", nil, []history.Op{push(0, 1, 3, 1), empty(1, 3, 4), pop(1, 5, 6, 1)}},
		{"empty after", "", nil, []history.Op{push(0, 1, 2, 1), empty(2, 3, 5), pop(1, 5, 6, 1)}},
		{"never empty, by two", NotEmpty, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), empty(2, 3, 8), pop(1, 5, 6, 1), pop(1, 9, 10, 2)}},
		{"empty between two", "", nil, []history.Op{push(0, 1, 2, 1), push(3, 3, 5, 2), empty(2, 3, 8), pop(1, 5, 6, 1), pop(1, 9, 10, 2)}},
		{"no queue after a push", NotEmpty, nil, []history.Op{push(0, 1, 2, 1), pop(0, 3, 4, 1), at(1, 5, 6, model.Input{Op: model.Pop}, model.Output{Outcome: model.NotFound})}},

		{"batch in order", "", nil, []history.Op{batch(0, 1, 2, 1, 2), pop(1, 3, 4, 1), pop(1, 5, 6, 2)}},
		{"batch reordered", Order, nil, []history.Op{batch(0, 1, 2, 1, 2), pop(1, 3, 4, 2), pop(1, 5, 6, 1)}},
		{"batch torn apart", Order, nil, []history.Op{batch(0, 1, 9, 1, 2), push(2, 1, 9, 3), pop(1, 10, 11, 1), pop(1, 12, 13, 3), pop(1, 14, 15, 2)}},
		{"batch, then one", "", nil, []history.Op{batch(0, 1, 9, 1, 2), push(2, 1, 9, 3), pop(1, 10, 11, 1), pop(1, 12, 13, 2), pop(1, 14, 15, 3)}},
		{"one between, by its order to another", Order, nil, []history.Op{
			push(1, 2, 2, 3), push(0, 5, 5, 4), batch(2, 2, 5, 1, 2),
			pop(3, 6, 7, 1), pop(4, 6, 10, 4), pop(5, 10, 15, 3), pop(6, 11, 14, 2)}},
		{"part of a killed batch", NotEmpty, nil, []history.Op{killed(batch(0, 1, 0, 1, 2)), pop(1, 3, 4, 1), empty(1, 5, 6)}},
		{"take in order", "", nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), take(1, 5, 6, 1, 2)}},
		{"take reordered", Order, nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), take(1, 5, 6, 2, 1)}},
		{"a killed take took two", "", nil, []history.Op{push(0, 1, 2, 1), push(0, 3, 4, 2), killed(take(1, 5, 0)), empty(2, 9, 10)}},

		{"released once", "", crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), claim(2, 12, 13, 1, true), ack(2, 14, 15, 1)}},
		{"released twice", Redelivery, crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), claim(2, 12, 13, 1, true), claim(3, 14, 15, 1, true)}},
		{"holder alive", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), claim(2, 12, 13, 1, true)}},
		{"released before the death", Redelivery, crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), claim(2, 5, 6, 1, true)}},
		{"not marked as redelivered", Repeat, crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), claim(2, 12, 13, 1, false)}},
		{"acknowledged, then released", Redelivery, crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), ack(1, 5, 6, 1), claim(2, 12, 13, 1, true)}},
		{"acknowledged twice", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), ack(1, 5, 6, 1), ack(1, 7, 8, 1)}},
		{"acknowledged unclaimed", Redelivery, nil, []history.Op{push(0, 1, 2, 1), ack(1, 5, 6, 1)}},
		{"never claimed", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(2, 12, 13, 1, true)}},
		{"claimed by a killed claim", "", nil, []history.Op{push(0, 1, 2, 1), killed(claim(1, 3, 0, 0, false)), claim(2, 12, 13, 1, true)}},
		{"given up", "", nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 6, 1), claim(2, 7, 8, 1, true), ack(2, 9, 10, 1)}},
		{"given up later", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 9, 10, 1), claim(2, 7, 8, 1, true)}},
		{"given up while claimed", "", nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 8, 10, 1), claim(2, 7, 8, 1, true)}},
		{"given up by another", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(3, 5, 6, 1), claim(2, 7, 8, 1, true)}},
		{"given up before it was claimed", Redelivery, nil, []history.Op{push(0, 1, 2, 1), release(1, 2, 3, 1), claim(1, 4, 5, 1, false), claim(2, 7, 8, 1, true)}},
		{"given up twice", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 6, 1), release(1, 7, 8, 1)}},
		{"given up and acknowledged", Redelivery, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 6, 1), ack(1, 7, 8, 1)}},
		{"given up by a killed release", "", nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), killed(release(1, 5, 0, 1)), claim(2, 7, 8, 1, true)}},
		{"given up and gone", NotEmpty, nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 6, 1), unclaimed(2, 7, 8)}},
		{"given up, and popped nothing", "", nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 6, 1), empty(2, 7, 8)}},
		{"given up too late to be found", "", nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 7, 1), unclaimed(2, 7, 8)}},
		{"given up, and taken by a killed claim", "", nil, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), release(1, 5, 6, 1), killed(claim(3, 7, 0, 0, false)), unclaimed(2, 7, 8)}},
		{"swept and gone", NotEmpty, crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), sweep(0, 11, 12, 1), unclaimed(2, 13, 14)}},
		{"not swept", "", crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), unclaimed(2, 13, 14)}},
		{"acknowledged, then swept", "", crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), ack(1, 5, 6, 1), sweep(0, 11, 12, 1), unclaimed(2, 13, 14)}},
		{"a killed ack, then swept", "", crashed, []history.Op{push(0, 1, 2, 1), claim(1, 3, 4, 1, false), killed(ack(1, 5, 0, 1)), sweep(0, 11, 12, 1), unclaimed(2, 13, 14)}},
		{"no room to claim", "", nil, []history.Op{push(0, 1, 2, 1), at(1, 3, 4, model.Input{Op: model.Claim}, model.Output{Outcome: model.Full}), claim(1, 5, 6, 1, false)}},
		{"killed after it", Redelivery, nil, []history.Op{push(0, 1, 2, 1), killed(claim(1, 14, 0, 0, false)), claim(2, 12, 13, 1, true)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.ops {
				if !Covers(&tt.ops[i]) {
					t.Fatalf("%v is not covered", &tt.ops[i])
				}
			}
			got := Check(tt.ops, tt.crashes)
			switch {
			case got == nil && tt.want != "":
				t.Errorf("no violation, want %s", tt.want)
			case got != nil && got.Reason != tt.want:
				t.Errorf("%s (%s), want %q", got.Reason, got.Text, tt.want)
			case got != nil && !slices.ContainsFunc(got.Witness, func(i int32) bool { return i >= 0 }):
				t.Errorf("%s without a witness", got.Reason)
			}
		})
	}
}

// volume is a linearizable history of n operations: producers and consumers
// that overlap, empty pops, now and then a kill.
func volume(n int) []history.Op {
	r := rand.New(rand.NewPCG(1, 2))
	ops := make([]history.Op, 0, n)
	var queue []uint64
	id := uint64(0)
	for i := range n {
		point := int64(i)*10 + 1000 // linearization points in order, intervals around them
		call, ret := point-r.Int64N(200), point+r.Int64N(200)
		p := int32(i) // a client of its own: the monitor does not look at clients
		switch {
		case i%3 != 0 && len(queue) > 0:
			ops = append(ops, pop(p, call, ret, queue[0]))
			queue = queue[1:]
		case i%7 == 0 && len(queue) == 0:
			ops = append(ops, empty(p, call, ret))
		default:
			id++
			queue = append(queue, id)
			ops = append(ops, push(p, call, ret, id))
		}
		if i%100_000 == 99_999 {
			op := &ops[len(ops)-1]
			*op = killed(*op)
		}
	}
	return ops
}

func TestVolume(t *testing.T) {
	ops := volume(200_000)
	if v := Check(ops, nil); v != nil {
		t.Fatalf("%s: %s", v.Reason, v.Text)
	}
	// The last push's message vanishes: its pop becomes a pop of nothing.
	last := slices.IndexFunc(ops, func(op history.Op) bool { return op.Out.Value == 40_000 })
	ops[last].Out = model.Output{Outcome: model.Empty}
	if v := Check(ops, nil); v == nil || !v.Lost {
		t.Errorf("a lost message among %d operations: %v", len(ops), v)
	}
}

func BenchmarkMonitor(b *testing.B) {
	ops := volume(1_000_000)
	for b.Loop() {
		if v := Check(ops, nil); v != nil {
			b.Fatal(v.Text)
		}
	}
	b.ReportMetric(float64(len(ops))*float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
