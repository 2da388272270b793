//go:build explore

package store

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

// TestPrograms explores the programs whose traces end within about a second.
func TestPrograms(t *testing.T) {
	for _, p := range programs() {
		if slow[p.name] == nil {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				explore.Test(t, p.scenario(), explore.Budget(time.Minute))
			})
		}
	}
}

// TestSlow samples the others; if the environment variable EXPLORE_FULL is set, it explores them completely, each by the strategy that suits it.
func TestSlow(t *testing.T) {
	full := os.Getenv("EXPLORE_FULL") != ""
	for _, p := range programs() {
		by := slow[p.name]
		if by == nil {
			continue
		}
		if !full {
			by = explore.PCT(3, 5000)
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			explore.Test(t, p.scenario(), by, explore.StateLimit(75e6), explore.Budget(time.Hour))
		})
	}
}

// TestPreemptions explores what takes hours to the end with a kill, to so many preemptions as EXPLORE_PREEMPTIONS says: 1 otherwise.
func TestPreemptions(t *testing.T) {
	most, err := strconv.Atoi(cmp.Or(os.Getenv("EXPLORE_PREEMPTIONS"), "1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs() {
		if strings.HasPrefix(p.name, "queue: push/push/pop/pop") && p.kills > 0 {
			p.name, p.quiet = p.name+", swept in the end", true
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				explore.Test(t, p.scenario(), explore.StatesWithin(most), explore.StateLimit(200e6), explore.Budget(time.Hour))
			})
		}
	}
}

// TestStrategiesAgree explores programs by their states and by their traces: same outcomes, same histories.
func TestStrategiesAgree(t *testing.T) {
	for _, p := range small() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			traces, states := found(t, p, explore.Exhaustive()), found(t, p, explore.States())
			if missed := states.Lacks(traces); missed != "" {
				t.Errorf("States misses %s", missed)
			}
			if missed := traces.Lacks(states); missed != "" {
				t.Errorf("Exhaustive misses %s", missed)
			}
			if len(states.Histories) == 0 {
				t.Error("no history")
			}
			t.Logf("%d traces, %d states, %d outcomes, %d histories", traces.Result.Executions, states.Result.States, len(states.Outcomes), len(states.Histories))
		})
	}
}

func found(t *testing.T, p program, strategy explore.Option) *explore.Found {
	t.Helper()
	f, err := explore.Gather(p.scenario(), strategy, explore.Budget(10*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if f.Result.Verdict != explore.Passed {
		t.Fatal(f.Result)
	}
	return f
}

// TestForgetting checks that what operations forget in their course, and between them, makes no difference to what they do.
func TestForgetting(t *testing.T) {
	for _, p := range small() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			explore.Test(t, p.scenario(), explore.CheckForgetting(), explore.Budget(10*time.Minute))
		})
	}
}

// small is the programs of two operations and no kill.
func small() []program {
	return slices.DeleteFunc(programs(), func(p program) bool {
		operations := 0
		for _, proc := range p.processes {
			operations += len(proc.ops)
		}
		return slow[p.name] != nil || p.kills > 0 || operations > 2 || p.custom != nil
	})
}

// TestSlowPrograms: each name is that of a program.
func TestSlowPrograms(t *testing.T) {
	names := map[string]bool{}
	for _, p := range programs() {
		names[p.name] = true
	}
	for name := range slow {
		if !names[name] {
			t.Errorf("no program %q", name)
		}
	}
}

// BenchmarkPutPutGet is one checked execution per iteration, of three processes on one key.
func BenchmarkPutPutGet(b *testing.B) {
	p := program{name: "put/put/get", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)), one("p3", get(0)))}
	var executions, steps uint64
	b.ReportAllocs()
	for executions < uint64(b.N) {
		r, err := explore.Run(p.scenario())
		if err != nil {
			b.Fatal(err)
		}
		if r.Verdict != explore.Passed {
			b.Fatal(r)
		}
		executions += r.Executions
		steps += r.Steps
	}
	b.ReportMetric(float64(steps)/float64(executions), "steps/execution")
	b.ReportMetric(float64(executions)/b.Elapsed().Seconds(), "executions/s")
}
