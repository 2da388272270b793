package model

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// call is one step with the result that the model is asked about.
type call struct {
	in  Input
	out Output
}

var (
	ok       = Output{Outcome: OK}
	empty    = Output{Outcome: Empty}
	notFound = Output{Outcome: NotFound}
	unknown  = Output{}
)

func value(id uint64, v Version) Output { return Output{Outcome: OK, Value: id, Version: v} }
func wrote(v Version) Output            { return Output{Outcome: OK, Version: v} }
func outcome(o Outcome) Output          { return Output{Outcome: o} }

// TestSequences: all steps but the last are allowed; the last is allowed with
// every result in good and with none in bad.
func TestSequences(t *testing.T) {
	put := call{Input{Op: Put, Value: 1, Len: 9}, wrote(5)}
	push1, push2 := call{Input{Op: Push, Value: 1}, ok}, call{Input{Op: Push, Value: 2}, ok}
	claim1 := call{Input{Op: Claim, Process: 1}, value(1, 0)}
	dropped := call{Input{Op: DeleteQueue}, ok}
	release1 := call{Input{Op: Release, Process: 1, Value: 1}, unknown}
	read := Output{Outcome: OK, Value: 1, Len: 9}
	for _, tt := range []struct {
		name      string
		before    []call
		in        Input
		good, bad []Output
	}{
		{"get absent", nil, Input{Op: Get}, []Output{notFound, unknown}, []Output{read, outcome(Torn), outcome(WrongKind), outcome(Full)}},
		{"get", []call{put}, Input{Op: Get}, []Output{read, {Outcome: OK, Value: 1, Len: 9, Version: 5}},
			[]Output{notFound, value(1, 0), {Outcome: OK, Value: 2, Len: 9}, {Outcome: OK, Value: 1, Len: 9, Version: 6}, outcome(Torn)}},
		{"len", []call{put}, Input{Op: Len}, []Output{{Outcome: OK, Len: 9}}, []Output{{Outcome: OK, Len: 8}, notFound}},
		{"reference", []call{put}, Input{Op: GetRef, Version: 5}, []Output{read}, []Output{outcome(Stale), notFound}},
		{"stale reference", []call{put}, Input{Op: GetRef, Version: 4}, []Output{outcome(Stale)}, []Output{read, notFound}},
		{"reference to a queue", []call{push1}, Input{Op: GetRef, Version: 4}, []Output{outcome(Stale)}, []Output{read}},
		{"insert", nil, Input{Op: Insert, Value: 2}, []Output{wrote(6)}, []Output{outcome(Exists)}},
		{"insert twice", []call{put}, Input{Op: Insert, Value: 2}, []Output{outcome(Exists)}, []Output{wrote(6)}},
		{"putIf", []call{put}, Input{Op: PutIf, Value: 2, Version: 5}, []Output{wrote(6)}, []Output{outcome(Mismatch), notFound}},
		{"putIf other", []call{put}, Input{Op: PutIf, Value: 2, Version: 4}, []Output{outcome(Mismatch)}, []Output{wrote(6), notFound}},
		{"putIf absent", nil, Input{Op: PutIf, Value: 2, Version: 5}, []Output{notFound, outcome(Mismatch)}, []Output{wrote(6)}},
		{"putIf expects absent", nil, Input{Op: PutIf, Value: 2}, []Output{wrote(6)}, []Output{outcome(Mismatch)}},
		{"putIf expects absent, present", []call{put}, Input{Op: PutIf, Value: 2}, []Output{outcome(Mismatch), outcome(Exists)}, []Output{wrote(6)}},
		{"getOrPut", nil, Input{Op: GetOrPut, Value: 2}, []Output{value(2, 6)}, []Output{value(1, 0), {Outcome: OK, Value: 2, Again: true}}},
		{"getOrPut present", []call{put}, Input{Op: GetOrPut, Value: 2}, []Output{{Outcome: OK, Value: 1, Len: 9, Again: true}}, []Output{value(2, 6), value(1, 5)}},
		{"update", []call{put}, Input{Op: Update, Value: 2}, []Output{value(1, 6)}, []Output{value(0, 6), notFound}},
		{"update absent", nil, Input{Op: Update, Value: 2}, []Output{value(0, 6), notFound}, []Output{value(1, 6)}},
		{"add", []call{{Input{Op: Add, Value: 5}, value(5, 6)}}, Input{Op: Add, Value: ^uint64(1)}, []Output{value(3, 7)}, []Output{value(5, 7), value(^uint64(1), 7)}},
		{"delete", []call{put}, Input{Op: Delete}, []Output{ok, wrote(5)}, []Output{notFound, wrote(6)}},
		{"delete absent", nil, Input{Op: Delete}, []Output{notFound}, []Output{ok}},
		{"deleted", []call{put, {Input{Op: Delete}, ok}}, Input{Op: Get}, []Output{notFound}, []Output{read}},
		{"open version", []call{{Input{Op: Put, Value: 1, Len: 9}, unknown}, {Input{Op: Get}, Output{Outcome: OK, Value: 1, Len: 9, Version: 7}}},
			Input{Op: PutIf, Value: 2, Version: 7}, []Output{wrote(8)}, []Output{outcome(Mismatch)}},
		{"open version may be any", []call{{Input{Op: Put, Value: 1}, unknown}}, Input{Op: PutIf, Value: 2, Version: 7}, []Output{wrote(8), outcome(Mismatch)}, []Output{notFound}},

		{"value where a queue is", []call{push1}, Input{Op: Get}, []Output{outcome(WrongKind)}, []Output{notFound, value(1, 0)}},
		{"queue where a value is", []call{put}, Input{Op: Push, Value: 2}, []Output{outcome(WrongKind)}, []Output{ok}},
		{"delete where a queue is", []call{push1}, Input{Op: Delete}, []Output{outcome(WrongKind)}, []Output{ok}},

		{"pop", []call{push1, push2}, Input{Op: Pop}, []Output{value(1, 0)}, []Output{value(2, 0), empty, notFound}},
		{"pop absent", nil, Input{Op: Pop}, []Output{empty, notFound}, []Output{value(1, 0)}},
		{"pop drained", []call{push1, {Input{Op: Pop}, value(1, 0)}}, Input{Op: Pop}, []Output{empty}, []Output{notFound, value(1, 0)}},
		{"batch", []call{{Input{Op: PushBatch, Batch: []uint64{4, 5, 6}}, ok}, push1}, Input{Op: Take, Value: 3},
			[]Output{{Outcome: OK, Batch: []uint64{4, 5, 6}}, {Outcome: OK, Batch: []uint64{4}}},
			[]Output{{Outcome: OK, Batch: []uint64{5}}, {Outcome: OK, Batch: []uint64{4, 6}}, {Outcome: OK, Batch: []uint64{4, 5, 6, 1}}, {Outcome: OK}, empty}},
		{"queueLen", []call{push1, push2}, Input{Op: QueueLen}, []Output{value(2, 0)}, []Output{value(1, 0), notFound}},
		{"queueLen with an orphan", []call{push1, push2, claim1, release1}, Input{Op: QueueLen}, []Output{value(1, 0)}, []Output{value(2, 0)}},
		{"deleteQueue", []call{push1, {Input{Op: DeleteQueue}, ok}}, Input{Op: Get}, []Output{notFound}, []Output{outcome(WrongKind)}},
		{"deleteQueue absent", nil, Input{Op: DeleteQueue}, []Output{notFound}, []Output{ok}},

		{"claim", []call{push1, push2, claim1}, Input{Op: Claim, Process: 2}, []Output{value(2, 0)}, []Output{value(1, 0), empty, {Outcome: OK, Value: 1, Again: true}, {Outcome: OK, Value: 2, Again: true}}},
		{"claim an orphan or the head", []call{push1, push2, claim1, release1}, Input{Op: Claim, Process: 2}, []Output{{Outcome: OK, Value: 1, Again: true}, value(2, 0)}, []Output{value(1, 0), {Outcome: OK, Value: 2, Again: true}, empty}},
		{"an orphan is not popped", []call{push1, claim1, release1}, Input{Op: Pop}, []Output{empty}, []Output{value(1, 0)}},
		{"ack", []call{push1, claim1}, Input{Op: Ack, Process: 1, Value: 1}, []Output{ok}, []Output{outcome(Stale)}},
		{"ack of another's", []call{push1, claim1}, Input{Op: Ack, Process: 2, Value: 1}, []Output{outcome(Stale)}, []Output{ok}},
		{"ack after release", []call{push1, claim1, release1}, Input{Op: Ack, Process: 1, Value: 1}, []Output{outcome(Stale)}, []Output{ok}},
		{"acknowledged is gone", []call{push1, claim1, {Input{Op: Ack, Process: 1, Value: 1}, ok}}, Input{Op: Release, Process: 1, Value: 1}, nil, []Output{unknown, ok}},
		{"release twice", []call{push1, claim1, release1}, Input{Op: Release, Process: 1, Value: 1}, nil, []Output{unknown, ok}},
		{"release of another's", []call{push1, claim1}, Input{Op: Release, Process: 2, Value: 1}, []Output{outcome(Stale)}, []Output{ok}},
		{"ack of a message of a deleted queue", []call{push1, claim1, dropped}, Input{Op: Ack, Process: 1, Value: 1}, []Output{ok}, []Output{outcome(Stale), notFound}},
		{"the same where a value is", []call{push1, claim1, dropped, put}, Input{Op: Ack, Process: 1, Value: 1}, []Output{ok}, []Output{outcome(Stale), outcome(WrongKind)}},
		{"the same where a queue is again", []call{push1, claim1, dropped, push2}, Input{Op: Ack, Process: 1, Value: 1}, []Output{ok}, []Output{outcome(Stale)}},
		{"a message of a deleted queue is not given again", []call{push1, claim1, dropped, push2, release1}, Input{Op: Claim, Process: 2}, []Output{value(2, 0)}, []Output{{Outcome: OK, Value: 1, Again: true}}},
		{"nor is one that was released before", []call{push1, claim1, release1, dropped, push2}, Input{Op: Claim, Process: 2}, []Output{value(2, 0)}, []Output{{Outcome: OK, Value: 1, Again: true}}},
		{"sweep too early, of a deleted queue", []call{push1, claim1, dropped}, Input{Op: Sweep, Process: 1}, nil, []Output{ok}},
		{"claim where there is no room", []call{push1}, Input{Op: Claim, Process: 1}, []Output{value(1, 0)}, []Output{outcome(Full)}},
		{"sweep too early", []call{push1, claim1}, Input{Op: Sweep, Process: 1}, nil, []Output{ok}},
		{"sweep", []call{push1, claim1, release1}, Input{Op: Sweep, Process: 1}, []Output{ok}, nil},
		{"unknown claim of one orphan", []call{push1, claim1, release1, {Input{Op: Claim, Process: 2}, unknown}}, Input{Op: Ack, Process: 2, Value: 1}, []Output{ok}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := State{}
			for _, c := range tt.before {
				next, allowed := Rules{}.Step(s, c.in, c.out)
				if !allowed {
					t.Fatalf("%s refused in %v", Describe(c.in, c.out), s)
				}
				s = next
			}
			for _, out := range tt.good {
				if _, allowed := (Rules{}).Step(s, tt.in, out); !allowed {
					t.Errorf("%s refused in %v", Describe(tt.in, out), s)
				}
			}
			for _, out := range tt.bad {
				if next, allowed := (Rules{}).Step(s, tt.in, out); allowed {
					t.Errorf("%s allowed in %v", Describe(tt.in, out), s)
				} else if next != s {
					t.Errorf("%s refused, but changed %v to %v", Describe(tt.in, out), s, next)
				}
			}
		})
	}
}

func TestUnknownClaimDoesNotGuess(t *testing.T) {
	s := State{}
	step := func(in Input, out Output) bool {
		next, allowed := Rules{}.Step(s, in, out)
		s = next
		return allowed
	}
	for id := range uint64(2) {
		step(Input{Op: Push, Value: id + 1}, ok)
		step(Input{Op: Claim, Process: 1}, value(id+1, 0))
	}
	for id := range uint64(2) {
		step(Input{Op: Release, Process: 1, Value: id + 1}, unknown)
	}
	if step(Input{Op: Claim, Process: 2}, unknown) {
		t.Errorf("one of two orphans taken: %v", s)
	}
	if !step(Input{Op: Claim, Process: 2, Value: 2}, unknown) || s.Holds(2)[0] != 2 {
		t.Errorf("the named orphan not taken: %v", s)
	}
}

// TestCreating: a queue may be found before its first message.
func TestCreating(t *testing.T) {
	for _, tt := range []struct {
		op   Op
		out  Output
		kind Kind // afterwards
	}{
		{DeleteQueue, ok, Absent}, {QueueLen, value(0, 0), Queue}, {Get, outcome(WrongKind), Queue}, {Put, outcome(WrongKind), Queue},
	} {
		_, never := Rules{}.Step(State{}, Input{Op: tt.op}, tt.out)
		next, running := Rules{Creating: true}.Step(State{}, Input{Op: tt.op}, tt.out)
		if never || !running || next.Kind != tt.kind {
			t.Errorf("%v: allowed %v and, while a push runs, %v (leaving %v)", tt.op, never, running, next)
		}
	}
	for op, out := range map[Op]Output{Pop: value(1, 0), QueueLen: value(1, 0), GetRef: outcome(WrongKind)} {
		if next, allowed := (Rules{Creating: true}).Step(State{}, Input{Op: op}, out); allowed || next != (State{}) {
			t.Errorf("%v: allowed %v while a push runs, leaving %v", op, allowed, next)
		}
	}
}

func TestFull(t *testing.T) {
	for op := Get; op < opEnd; op++ {
		_, never := Rules{}.Step(State{}, Input{Op: op}, outcome(Full))
		next, short := Rules{Full: true}.Step(State{}, Input{Op: op}, outcome(Full))
		if never || short != op.allocates() || next != (State{}) {
			t.Errorf("%v: full allowed %v and, where blocks are short, %v (leaving %v)", op, never, short, next)
		}
	}
}

func TestNames(t *testing.T) {
	for op := Get; op < opEnd; op++ {
		if got, found := ParseOp(op.String()); !found || got != op {
			t.Errorf("%v parsed as %v", op, got)
		}
	}
	for o := Unknown; o < outcomeEnd; o++ {
		if got, found := ParseOutcome(o.String()); !found || got != o {
			t.Errorf("%v parsed as %v", o, got)
		}
	}
	if _, found := ParseOp(""); found {
		t.Error("the empty name is an operation")
	}
}

// TestQueueAgainstSlices steps the queue beside plain slices: the state's own
// lists, kept in strings, must say the same, and equal contents be equal.
func TestQueueAgainstSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var fifo, orphans []uint64
		held := map[uint64]int32{}
		s, id := State{}, uint64(0)
		must := func(in Input, out Output) {
			next, allowed := Rules{}.Step(s, in, out)
			if !allowed {
				t.Fatalf("%s refused in %v", Describe(in, out), s)
			}
			s = next
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(*rapid.T) {
				id++
				fifo = append(fifo, id)
				must(Input{Op: Push, Value: id}, ok)
			},
			"pop": func(t *rapid.T) {
				if len(fifo) == 0 {
					t.Skip()
				}
				must(Input{Op: Pop}, value(fifo[0], 0))
				fifo = fifo[1:]
			},
			"claim": func(t *rapid.T) {
				p := rapid.Int32Range(0, 2).Draw(t, "process")
				switch {
				case len(orphans) > 0:
					i := rapid.IntRange(0, len(orphans)-1).Draw(t, "orphan")
					must(Input{Op: Claim, Process: p}, Output{Outcome: OK, Value: orphans[i], Again: true})
					held[orphans[i]] = p
					orphans = append(orphans[:i:i], orphans[i+1:]...)
				case len(fifo) > 0:
					must(Input{Op: Claim, Process: p}, value(fifo[0], 0))
					held[fifo[0]] = p
					fifo = fifo[1:]
				default:
					must(Input{Op: Claim, Process: p}, empty)
				}
			},
			"ack or release": func(t *rapid.T) {
				if len(held) == 0 {
					t.Skip()
				}
				m := rapid.SampledFrom(slices.Sorted(maps.Keys(held))).Draw(t, "message")
				if rapid.Bool().Draw(t, "ack") {
					must(Input{Op: Ack, Process: held[m], Value: m}, ok)
				} else {
					must(Input{Op: Release, Process: held[m], Value: m}, unknown)
					orphans = append(orphans, m)
				}
				delete(held, m)
			},
			"": func(t *rapid.T) {
				built := State{Kind: s.Kind, fifo: ids("").push(fifo...)}
				for _, m := range orphans {
					built.orphans = built.orphans.insert(m)
				}
				for m, p := range held {
					built.held = built.held.insert(m, p)
				}
				if built != s || built.Hash() != s.Hash() {
					t.Fatalf("%v, want %v", s, built)
				}
			},
		})
	})
}

func BenchmarkStep(b *testing.B) {
	in, out := Input{Op: Put, Value: 1}, wrote(5)
	get := value(1, 5)
	b.ReportAllocs()
	s := State{}
	for b.Loop() {
		s, _ = Rules{}.Step(s, in, out)
		s, _ = Rules{}.Step(s, Input{Op: Get}, get)
	}
}

func BenchmarkHash(b *testing.B) {
	s := State{Kind: Value, Value: 1, Version: 5}
	b.ReportAllocs()
	for b.Loop() {
		s.Hash()
	}
}
