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

var mutant = flag.Bool("mutant", false, "TestMutant is run by model/mutants: one line, killed or survived")

// TestMutant runs the scenarios until one fails, the quick ones first. It is how model/mutants asks.
func TestMutant(t *testing.T) {
	if !*mutant {
		t.Skip("only for model/mutants")
	}
	for _, budget := range []time.Duration{300 * time.Millisecond, 4 * time.Second} {
		for _, p := range programs() {
			if p.big && budget < time.Second {
				continue
			}
			r := tryOut(p, budget)
			if r.Verdict == explore.Failed {
				fmt.Printf("killed\t%s\t%s\t%d\n%v\n", p.name, r.Failure.Kind, r.Executions, r)
				os.Exit(0)
			}
		}
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
	r, err := explore.Run(p.scenario(), explore.Budget(budget), explore.Minimize(0))
	must(err)
	return r
}
