//go:build explore

package store

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

var mutant = flag.String("mutant", "", "TestMutant is run by model/mutants, with all scenarios, or quick: one line, killed or survived")

var mutantPrograms = flag.String("programs", "", "only the scenarios that match this regular expression")

// TestMutant runs the scenarios until one fails, all for a short time by their traces, then those that are not complete by their states. It is how model/mutants asks.
func TestMutant(t *testing.T) {
	if *mutant == "" {
		t.Skip("only for model/mutants")
	}
	left, long := programs(), 10*time.Second
	re := regexp.MustCompile(*mutantPrograms)
	left = slices.DeleteFunc(left, func(p program) bool { return !re.MatchString(p.name) })
	if *mutant == "quick" {
		long = 5 * time.Second
	}
	for _, round := range []struct {
		by     explore.Option
		budget time.Duration
	}{{explore.Exhaustive(), 100 * time.Millisecond}, {explore.States(), long}} {
		var later []program
		for _, p := range left {
			switch r := tryOut(p, round.by, round.budget); r.Verdict {
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
func tryOut(p program, by explore.Option, budget time.Duration) (r *explore.Result) {
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
	r, err := explore.Run(p.scenario(), by, explore.Budget(budget), explore.Minimize(0))
	must(err)
	return r
}
