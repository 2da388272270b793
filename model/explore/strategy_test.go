package explore

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestScheduleReadsBack(t *testing.T) {
	procs := []*Proc{{label: "a"}, {label: "b"}, {label: "A"}, {label: "rA"}, {label: "z"}}
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SliceOf(rapid.Uint8Range(0, uint8(len(procs)-1))).Draw(t, "path")
		var dropped []opRef
		for range rapid.IntRange(0, 2).Draw(t, "dropped") {
			dropped = append(dropped, opRef{rapid.IntRange(0, 24).Draw(t, "process"), rapid.IntRange(0, 99).Draw(t, "op")})
		}
		text := formatSchedule(procs, path, dropped)
		labels, back, err := parseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(labels) != len(path) || fmt.Sprint(back) != fmt.Sprint(dropped) {
			t.Fatalf("%s reads back as %v %v", text, labels, back)
		}
		for i := range path {
			if labels[i] != procs[path[i]].label {
				t.Fatalf("%s reads back as %v", text, labels)
			}
		}
	})
	for _, bad := range []string{"a..b", "3", "a/-", "a/-A0", "a/-ax", "a99999999", ".", "a99999999999999999999"} {
		if _, _, err := parseSchedule(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestReplayIsExact(t *testing.T) {
	m := newMemory(1)
	sc := counter(m, false, 3)
	r := explored(t, sc)
	wantFailure(t, r, Violation)
	again := explored(t, sc, Replay(r.Failure.Schedule))
	wantFailure(t, again, Violation)
	if again.Failure.Table != r.Failure.Table || again.Failure.Schedule != r.Failure.Schedule || again.Failure.Message != r.Failure.Message {
		t.Errorf("replayed:\n%v\nfound:\n%v", again.Failure, r.Failure)
	}
	wantPass(t, explored(t, sc, Replay("a2.b2.c2")))
}

// interleavings counts the schedules of two processes with a and b steps left and at most k preemptions, when the first one runs.
func interleavings(a, b, k int) int {
	switch {
	case k < 0:
		return 0
	case a == 0 || b == 0:
		if a == 0 && b == 0 {
			return 1
		}
		return interleavings(max(a, b)-1, 0, k)
	}
	return after(a-1, b, k) + after(b-1, a, k-1)
}

// after is interleavings when the first process has just done a step.
func after(a, b, k int) int {
	if k < 0 {
		return 0
	}
	if a == 0 { // the switch is free
		return 1
	}
	return interleavings(a, b, k)
}

func TestPreemptionBoundIsExact(t *testing.T) {
	const steps = 5
	for bound := range 9 {
		m := newMemory(1)
		worker := do(func(*Proc) {
			for range steps {
				m.add(0, 1)
			}
		})
		sc := &Scenario{Name: "two", InPlace: true, Setup: m.setup, Processes: []Process{worker, worker}}
		s, err := newScheduler(sc)
		if err != nil {
			t.Fatal(err)
		}
		o := defaults()
		x := &exploration{s: s, o: &o, r: &Result{}, start: time.Now()}
		if !x.drain(&enumeration{bound: bound}) {
			t.Fatal(s.failure)
		}
		s.close()
		// Either may be first, and that is no preemption.
		want := 2 * (after(steps-1, steps, bound))
		if x.r.Executions != uint64(want) {
			t.Errorf("%d executions with %d preemptions, want %d", x.r.Executions, bound, want)
		}
	}
	// 10 choose 5 in all.
	if all := 2 * after(steps-1, steps, 100); all != 252 {
		t.Fatalf("the count itself is wrong: %d", all)
	}
}

func TestPreemptionsStopWhenMoreAreNoUse(t *testing.T) {
	m := newMemory(1)
	r := explored(t, counter(m, true, 3), Preemptions(100))
	wantPass(t, r)
	if r.Coverage != "complete: every schedule" {
		t.Errorf("%v", r)
	}
	r = explored(t, counter(m, false, 3), Preemptions(0))
	wantPass(t, r) // the lost update needs one
	if r.Coverage != "complete up to 0 preemptions" {
		t.Errorf("%v", r)
	}
	wantFailure(t, explored(t, counter(m, false, 3), Preemptions(1)), Violation)
}

// The share of PCT executions that find the bug is at least what is promised.
func TestPCTKeepsItsPromise(t *testing.T) {
	m := newMemory(3)
	found := 0
	const samples = 20000
	// Depth 3: the reader's two reads have to be around the writer's second step, which has to be before its third.
	sc := &Scenario{
		Name: "depth 3", InPlace: true, Setup: m.setup,
		Processes: []Process{
			do(func(p *Proc) {
				if m.load(0) == 0 && m.load(0) == 1 {
					found++
				}
			}),
			do(func(*Proc) {
				for range 5 {
					m.add(1, 1)
				}
				m.store(0, 1)
				m.store(0, 2)
				for range 5 {
					m.add(1, 1)
				}
			}),
		},
	}
	r := explored(t, sc, PCT(3, samples))
	wantPass(t, r)
	const processes, steps = 2, 14
	promised := samples / (processes * math.Pow(steps, 2))
	if float64(found) < promised-3*math.Sqrt(promised) {
		t.Errorf("found in %d executions, promised %.0f", found, promised)
	}
	if r.Executions != samples {
		t.Errorf("%v", r)
	}
	found = 0
	wantPass(t, explored(t, sc, Random(samples)))
	if found == 0 {
		t.Error("not found at random")
	}
}

// Sampled executions kill, too.
func TestSamplesKill(t *testing.T) {
	m := newMemory(1)
	sc := counter(m, true, 3)
	sc.Kills = 2
	sc.Invariant = nil
	for _, o := range []Option{PCT(2, 1000), Random(1000)} {
		r := explored(t, sc, o)
		wantPass(t, r)
		if r.Crashed < 100 || r.Crashed == r.Executions {
			t.Errorf("%v", r)
		}
	}
}

func TestRemaining(t *testing.T) {
	for _, c := range []struct {
		part float64
		want string
	}{{0.5, "1m0s"}, {0.25, "3m0s"}, {1, "0s"}, {1e-12, "years"}, {1e-300, "years"}} {
		if got := remaining(time.Minute, c.part); got != c.want {
			t.Errorf("%v: %s, want %s", c.part, got, c.want)
		}
	}
}
