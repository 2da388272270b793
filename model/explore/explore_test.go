package explore

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// explored runs a scenario that is expected to be well-formed.
func explored(t *testing.T, sc *Scenario, opts ...Option) *Result {
	t.Helper()
	r, err := Run(sc, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantPass(t *testing.T, r *Result) {
	t.Helper()
	if r.Verdict != Passed {
		t.Errorf("want a pass:\n%v", r)
	}
}

func wantFailure(t *testing.T, r *Result, kind FailureKind) {
	t.Helper()
	if r.Verdict != Failed || r.Failure.Kind != kind {
		t.Errorf("want the failure %q:\n%v", kind, r)
	}
}

// do is an operation without a name worth mentioning.
func do(f func(p *Proc)) Process {
	return Process{Ops: []Op{{Name: "op", Do: func(p *Proc) any { f(p); return nil }}}}
}

// counter is the lost update, or its correction.
func counter(m *memory, atomically bool, processes int) *Scenario {
	sc := &Scenario{Name: "counter", InPlace: true, Setup: m.setup, Word: func(addr, v uint64) (string, string) {
		return fmt.Sprintf("m[%d]", addr), fmt.Sprint(v)
	}}
	increment := Op{Name: "increment", Do: func(*Proc) any {
		if atomically {
			return m.add(0, 1)
		}
		v := m.load(0) + 1
		m.store(0, v)
		return v
	}}
	for range processes {
		sc.Processes = append(sc.Processes, Process{Ops: []Op{increment}})
	}
	sc.Invariant = func(x *Execution) error {
		want := uint64(0)
		for i := range sc.Processes {
			if _, ok := x.Result(i, 0); ok {
				want++
			}
		}
		if m.words[0] != want {
			return fmt.Errorf("%d after %d increments", m.words[0], want)
		}
		return nil
	}
	return sc
}

func TestLostUpdate(t *testing.T) {
	m := newMemory(1)
	r := explored(t, counter(m, false, 3))
	wantFailure(t, r, Violation)
	if f := r.Failure; f.Operations != 2 || f.Preemptions != 1 || f.Steps != 4 {
		t.Errorf("not minimal: %v", f)
	}
	const table = `step │ p0                │ p1
     │ increment         │
   1 │   load  m[0]: 0   │
     │                   │ increment
   2 │                   │   load  m[0]: 0
   3 │                   │   store m[0]: 0 → 1
     │                   │  ⇒ 1
   4 │   store m[0]: 1, unchanged │
     │  ⇒ 1              │
p0: increment ⇒ 1
p1: increment ⇒ 1
`
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if squeeze(r.Failure.Table) != squeeze(table) {
		t.Errorf("table:\n%s", r.Failure.Table)
	}
	if r.Failure.Schedule != "a.b2.a/-c0" {
		t.Errorf("schedule %s", r.Failure.Schedule)
	}

	r = explored(t, counter(m, true, 3))
	wantPass(t, r)
	if r.Executions != 6 {
		t.Errorf("%d executions for the 6 orders of 3 dependent steps", r.Executions)
	}
}

// independent processes need one execution.
func TestIndependentStepsAreOneTrace(t *testing.T) {
	m := newMemory(3)
	sc := &Scenario{Name: "independent", InPlace: true, Setup: m.setup}
	for i := range 3 {
		sc.Processes = append(sc.Processes, do(func(*Proc) {
			for range 5 {
				m.add(i, 1)
			}
		}))
	}
	r := explored(t, sc)
	wantPass(t, r)
	if r.Executions != 1 || r.Steps != 15 {
		t.Errorf("%v", r)
	}
}

// A register whose reader never looks: the only trace is executed with the read first, which is right; in another order of it the read comes
// after the write has returned.
func TestHistoriesOfOneTrace(t *testing.T) {
	m := newMemory(2)
	sc := &Scenario{
		Name: "stale cache", InPlace: true, Setup: m.setup, Model: registerModel,
		Processes: []Process{
			{Name: "reader", Ops: []Op{{Name: "read", Input: "read", Do: func(*Proc) any { return int(m.load(1)) }}}},
			{Name: "writer", Ops: []Op{{Name: "write 1", Input: 1, Do: func(*Proc) any { m.store(0, 1); return nil }}}},
		},
	}
	r := explored(t, sc)
	wantFailure(t, r, NotLinearizable)
	if r.Executions != 1 || r.Failure.Schedule != "b.a" {
		t.Errorf("%v", r)
	}
	concrete := func(o *options) { o.concrete = true }
	wantPass(t, explored(t, sc, concrete)) // so the trace alone is what finds it
}

// registerModel is a register: input "read", or the number to write.
var registerModel = &Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		if v, ok := input.(int); ok {
			return true, v
		}
		return output == Unknown || output == state, state
	},
}

// Both words are 1 only between steps of one trace.
func TestEachStepSeesStatesWithinATrace(t *testing.T) {
	m := newMemory(2)
	pulse := func(i int) Process {
		return do(func(*Proc) {
			m.store(i, 1)
			m.store(i, 0)
		})
	}
	sc := &Scenario{
		Name: "pulses", InPlace: true, Setup: m.setup, Processes: []Process{pulse(0), pulse(1)},
		EachStep: func() error {
			if m.words[0] == 1 && m.words[1] == 1 {
				return errors.New("both are up")
			}
			return nil
		},
	}
	wantFailure(t, explored(t, sc), Violation)
	sc.Watch = func(uint64) bool { return false }
	r := explored(t, sc)
	wantPass(t, r)
	if r.Executions != 1 {
		t.Errorf("%d executions though EachStep reads nothing", r.Executions)
	}
}

func TestRetryWaits(t *testing.T) {
	m := newMemory(2)
	await := func(hinted bool) Process {
		return do(func(p *Proc) {
			for m.load(0) == 0 {
				if hinted {
					p.Retry()
				}
			}
		})
	}
	set := do(func(*Proc) { m.store(1, 1); m.store(0, 1) })
	for _, hinted := range []bool{true, false} {
		sc := &Scenario{Name: "await", InPlace: true, Setup: m.setup, Processes: []Process{await(hinted), set, await(hinted)}}
		r := explored(t, sc)
		wantPass(t, r)
		if hinted && r.Executions != 4 { // each reader comes before or after the store
			t.Errorf("%d executions", r.Executions)
		}
		if hinted == (r.InferredWaits > 0) {
			t.Errorf("hinted %v, %d waits inferred", hinted, r.InferredWaits)
		}
		sc.Processes = sc.Processes[:1]
		r = explored(t, sc)
		if hinted {
			wantFailure(t, r, Deadlock)
		} else {
			wantFailure(t, r, Livelock)
		}
	}
}

// A loop that gives up is not taken to wait.
func TestBoundedLoopEnds(t *testing.T) {
	m := newMemory(2)
	sc := &Scenario{
		Name: "gives up", InPlace: true, Setup: m.setup, Marks: []string{"gave up", "saw it"},
		Processes: []Process{
			do(func(p *Proc) {
				for range 20 {
					if m.load(0) == 1 {
						p.Mark("saw it")
						return
					}
				}
				p.Mark("gave up")
			}),
			do(func(*Proc) { m.store(1, 1); m.store(0, 1) }),
			do(func(p *Proc) {
				for m.load(1) == 0 {
					p.Retry()
				}
			}),
		},
	}
	r := explored(t, sc)
	wantFailure(t, r, Unreached) // it was taken to wait for the store: the result says that it was inferred
	if r.InferredWaits == 0 {
		t.Errorf("%v", r)
	}
	sc.LockFree, sc.Processes[2].Ops[0].Blocking = true, true // then nothing is inferred
	wantPass(t, explored(t, sc))
}

func TestLockFreeFindsAWaitThatNeverHappens(t *testing.T) {
	m := newMemory(3)
	sc := &Scenario{
		Name: "handshake", InPlace: true, Setup: m.setup, LockFree: true,
		Processes: []Process{
			// Executed first, and to its end, by the time that the waiter comes: no execution of a trace need show it waiting.
			do(func(*Proc) { m.store(0, 1) }),
			do(func(p *Proc) {
				m.load(1)
				for m.load(0) == 0 {
					p.Retry()
				}
			}),
		},
	}
	r := explored(t, sc)
	wantFailure(t, r, NotLockFree)
	if r.Failure.Schedule != "b2" {
		t.Errorf("%v", r.Failure)
	}
	sc.Processes[1].Ops[0].Blocking = true
	wantPass(t, explored(t, sc))
}

// The number of steps that an operation needs alone does not count those that others made it repeat.
func TestLongestAlone(t *testing.T) {
	m := newMemory(1)
	increment := do(func(p *Proc) {
		for {
			v := m.load(0)
			if m.cas(0, v, v+1) {
				return
			}
			p.Retry()
		}
	})
	sc := &Scenario{Name: "cas loop", InPlace: true, Setup: m.setup, LockFree: true, Processes: []Process{increment, increment, increment}}
	r := explored(t, sc)
	wantPass(t, r)
	if r.LongestAlone != 3 { // a CAS that fails, and a round that succeeds
		t.Errorf("%v", r)
	}
}

func TestLivelockIsFound(t *testing.T) {
	m := newMemory(2)
	polite := func(me int) Process {
		return do(func(*Proc) {
			for {
				m.store(me, 1)
				if m.load(1-me) == 0 {
					m.store(me, 0)
					return
				}
				m.store(me, 0)
			}
		})
	}
	r := explored(t, &Scenario{Name: "after you", InPlace: true, Setup: m.setup, MaxSteps: 60, Processes: []Process{polite(0), polite(1)}})
	wantFailure(t, r, Livelock)
}

func TestPanicIsAFailure(t *testing.T) {
	m := newMemory(1)
	sc := &Scenario{Name: "panics", InPlace: true, Setup: m.setup, Processes: []Process{
		do(func(*Proc) { m.add(0, 1) }),
		do(func(*Proc) {
			if m.load(0) == 0 {
				panic("nothing there")
			}
		}),
	}}
	r := explored(t, sc)
	wantFailure(t, r, Panic)
	if !strings.Contains(r.Failure.Message, "nothing there") || !strings.Contains(r.Failure.Message, "explore_test.go") {
		t.Errorf("message %s", r.Failure.Message)
	}
}

func TestHiddenStateIsReported(t *testing.T) {
	m := newMemory(2)
	hidden := 0
	sc := &Scenario{Name: "hidden", InPlace: true, Setup: m.setup, Processes: []Process{
		do(func(*Proc) { hidden++; m.store(0, uint64(hidden)); m.store(1, 2) }),
		do(func(*Proc) { m.load(1) }),
	}}
	wantFailure(t, explored(t, sc), Nondeterminism)
	sc.Reset = func() { hidden = 0 }
	wantPass(t, explored(t, sc))
}

func TestMarksMustBeReached(t *testing.T) {
	m := newMemory(1)
	sc := counter(m, true, 2)
	sc.Marks = []string{"first", "third"}
	invariant := sc.Invariant
	sc.Invariant = func(x *Execution) error {
		if v, _ := x.Result(0, 0); v == uint64(1) {
			x.Mark("first")
		}
		return invariant(x)
	}
	r := explored(t, sc)
	wantFailure(t, r, Unreached)
	if !strings.Contains(r.Failure.Message, "third") {
		t.Errorf("message %s", r.Failure.Message)
	}
}

func TestNoStepsIsNoPass(t *testing.T) {
	wantFailure(t, explored(t, &Scenario{Name: "nothing", InPlace: true, Processes: []Process{do(func(*Proc) {})}}), NoSteps)
}

func TestBudgetIsNoPass(t *testing.T) {
	m := newMemory(4)
	var processes []Process
	for range 4 {
		processes = append(processes, do(func(*Proc) {
			for i := range 8 {
				m.add(i%4, 1)
			}
		}))
	}
	var progress strings.Builder
	r := explored(t, &Scenario{Name: "large", InPlace: true, Setup: m.setup, Processes: processes}, Budget(1200*time.Millisecond), Progress(&progress))
	if r.Verdict != Incomplete || !strings.Contains(r.String(), "timed out") {
		t.Errorf("%v", r)
	}
	if !strings.Contains(progress.String(), "executions/s") && !strings.Contains(progress.String(), "/s, about") {
		t.Errorf("progress %q", progress.String())
	}
}

// Scenarios that report their steps in place are explored at the same time without seeing each other.
func TestExplorationsAtTheSameTime(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			m := newMemory(1)
			for range 20 {
				if r, err := Run(counter(m, true, 4)); err != nil || r.Verdict != Passed || r.Executions != 24 {
					t.Error(r, err)
				}
			}
		})
	}
	wg.Wait()
}
