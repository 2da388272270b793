//go:build explore

package corpus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

// TestPairs explores every mistake and every twin, and prints how long it took.
func TestPairs(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-38s %-20s %9s %12s %9s %12s\n", "mistake", "verdict", "found in", "executions", "twin in", "executions")
	for _, pair := range Pairs {
		t.Run(pair.Name, func(t *testing.T) {
			wrong := explored(t, pair, false, explore.Budget(10*time.Second))
			right := explored(t, pair, true)
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
