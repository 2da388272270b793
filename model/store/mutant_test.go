//go:build explore

package store

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

var mutant = flag.String("mutant", "", "TestMutant is run by model/mutants, with all scenarios, or quick: one line, killed or survived")

// TestMutant runs the scenarios until one fails, each for a short time first, and those that are not complete then for longer. It is how model/mutants asks.
func TestMutant(t *testing.T) {
	if *mutant == "" {
		t.Skip("only for model/mutants")
	}
	left, budgets := programs(), []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second, time.Minute}
	if *mutant == "quick" {
		budgets = budgets[:3]
	}
	for _, budget := range budgets {
		var later []program
		for _, p := range left {
			switch r := tryOut(p, budget); r.Verdict {
			case explore.Failed:
				fmt.Printf("killed\t%s\t%s\t%d\n%v\n", p.name, r.Failure.Kind, r.Executions, r)
				os.Exit(0)
			case explore.Incomplete:
				later = append(later, p)
			}
		}
		left = later
	}
	fmt.Println("survived")
	os.Exit(0)
}

// tryOut explores a program. A mutant may fail it before the first step.
func tryOut(p program, budget time.Duration) (r *explore.Result) {
	defer func() {
		if e := recover(); e != nil {
			r = &explore.Result{Scenario: p.name, Verdict: explore.Failed, Failure: &explore.Failure{Kind: "fails in set-up", Message: fmt.Sprint(e)}}
		}
	}()
	hangs := time.AfterFunc(budget+15*time.Second, func() {
		fmt.Printf("killed\t%s\thangs between two steps\t0\n", p.name)
		os.Exit(0)
	})
	defer hangs.Stop()
	r, err := explore.Run(p.scenario(), explore.States(), explore.Budget(budget), explore.Minimize(0))
	must(err)
	return r
}
