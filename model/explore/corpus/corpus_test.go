//go:build explore

package corpus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

var strategies = []struct {
	name   string
	option explore.Option
}{
	{"traces", explore.Exhaustive()},
	{"states", explore.States()},
}

// TestPairs explores every mistake and every twin by each strategy, and prints how long it took.
func TestPairs(t *testing.T) {
	for _, strategy := range strategies {
		var table strings.Builder
		fmt.Fprintf(&table, "%-38s %-20s %9s %12s %9s %12s\n", "mistake, by "+strategy.name, "verdict", "found in", "executions", "twin in", "executions")
		for _, pair := range Pairs {
			t.Run(strategy.name+"/"+pair.Name, func(t *testing.T) {
				wrong := explored(t, pair, false, strategy.option, explore.Budget(10*time.Second))
				right := explored(t, pair, true, strategy.option)
				if wrong.Failure == nil || wrong.Failure.Kind != pair.Verdict {
					t.Errorf("the mistake is to be found as %q:\n%v", pair.Verdict, wrong)
				}
				if right.Verdict != explore.Passed {
					t.Errorf("the twin is to pass:\n%v", right)
				}
				if t.Failed() {
					return
				}
				t.Logf("%s\n%v\n%v", pair.Mistake, wrong, right)
				fmt.Fprintf(&table, "%-38s %-20s %7.0fms %12d %7.0fms %12d\n", pair.Name, wrong.Failure.Kind,
					1e3*wrong.Elapsed.Seconds(), wrong.Executions, 1e3*right.Elapsed.Seconds(), right.Executions)
			})
		}
		t.Log("\n" + table.String())
	}
}

// TestStrategiesAgree: what one strategy finds in a twin, and in a mistake that shows in the end only, the other finds, and the enumeration of every schedule where that ends.
func TestStrategiesAgree(t *testing.T) {
	compared, enumerated := 0, 0
	for _, pair := range Pairs {
		for _, corrected := range []bool{false, true} {
			t.Run(fmt.Sprint(pair.Name, ", corrected ", corrected), func(t *testing.T) {
				sc := pair.Scenario(corrected)
				traces, states := found(t, sc, explore.Exhaustive()), found(t, sc, explore.States())
				if traces.Result.Failure != nil || states.Result.Failure != nil {
					if corrected || states.Result.Failure == nil || traces.Result.Failure == nil {
						t.Fatalf("%v\n%v", traces.Result, states.Result)
					}
					return // it fails in its course
				}
				compared++
				same(t, "traces", traces, "states", states)
				all := found(t, sc, explore.Schedules(), explore.Budget(2*time.Second))
				if all.Result.Verdict == explore.Passed {
					enumerated++
					same(t, "schedules", all, "states", states)
				}
			})
		}
	}
	t.Logf("%d compared, %d of them with the enumeration", compared, enumerated)
	if compared < 2*enumerated/3 || enumerated < len(Pairs) {
		t.Error("that is too few to show anything")
	}
}

func same(t *testing.T, a string, f *explore.Found, b string, g *explore.Found) {
	t.Helper()
	if missed := f.Lacks(g); missed != "" {
		t.Errorf("of what %s have, %s have not %s", b, a, missed)
	}
	if missed := g.Lacks(f); missed != "" {
		t.Errorf("of what %s have, %s have not %s", a, b, missed)
	}
}

func found(t *testing.T, sc *explore.Scenario, opts ...explore.Option) *explore.Found {
	t.Helper()
	f, err := explore.Gather(sc, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func explored(t *testing.T, pair Pair, corrected bool, opts ...explore.Option) *explore.Result {
	t.Helper()
	sc := pair.Scenario(corrected)
	sc.Name = pair.Name
	if corrected {
		sc.Name += ", corrected"
	}
	r, err := explore.Run(sc, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
