//go:build explore

package store

import (
	"os"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

// TestPrograms explores what takes seconds.
func TestPrograms(t *testing.T) { testPrograms(t, false, time.Minute) }

// TestBigPrograms explores what takes minutes each, if the environment variable EXPLORE_FULL is set.
func TestBigPrograms(t *testing.T) {
	if os.Getenv("EXPLORE_FULL") == "" {
		t.Skip("these take minutes each; set EXPLORE_FULL=1")
	}
	testPrograms(t, true, 30*time.Minute)
}

func testPrograms(t *testing.T, big bool, budget time.Duration) {
	for _, p := range programs() {
		if (p.big || slow[p.name]) == big {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				explore.Test(t, p.scenario(), explore.Budget(budget))
			})
		}
	}
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
