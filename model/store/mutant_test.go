//go:build explore

package store

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"simdb.dev/model/explore"
)

var mutant = flag.String("mutant", "", "TestMutant is run by model/mutants, with all scenarios, or quick: one line, killed or survived")

var mutantPrograms = flag.String("programs", "", "only the scenarios that match this regular expression")

var mutantFirst = flag.String("first", "", "the names of scenarios to begin with, one a line")

var mutantTime = flag.Duration("mutanttime", 3*time.Minute, "how long the scenarios may take together")

// TestMutant runs the scenarios until one fails: all for a short time by their traces, those that are not complete then for longer, and by their states, as long as there is time.
// It is how model/mutants asks.
func TestMutant(t *testing.T) {
	if *mutant == "" {
		t.Skip("only for model/mutants")
	}
	left, rounds := programs(), []round{{explore.Exhaustive(), 50 * time.Millisecond}, {explore.Exhaustive(), 500 * time.Millisecond}, {explore.States(), 5 * time.Second}}
	re := regexp.MustCompile(*mutantPrograms)
	left = slices.DeleteFunc(left, func(p program) bool { return !re.MatchString(p.name) })
	first := strings.Split(*mutantFirst, "\n")
	slices.SortStableFunc(left, func(a, b program) int {
		return cmp.Compare(uint(slices.Index(first, a.name)), uint(slices.Index(first, b.name))) // those that are not listed are last
	})
	if *mutant == "quick" {
		rounds = rounds[:2]
	}
	end := time.Now().Add(*mutantTime)
	for _, by := range rounds {
		left = slices.DeleteFunc(left, func(p program) bool {
			left := time.Until(end)
			if left <= 0 {
				return false
			}
			r := tryOut(p, round{by.by, min(by.budget, left)})
			if r.Verdict == explore.Failed {
				fmt.Printf("killed\t%s\t%s\t%d\n%v\n", p.name, r.Failure.Kind, r.Executions, r)
				os.Exit(0)
			}
			return r.Verdict == explore.Passed
		})
	}
	fmt.Printf("survived\t%d scenarios not completed\n", len(left))
	os.Exit(0)
}

// round is one try at every scenario that is left.
type round struct {
	by     explore.Option
	budget time.Duration
}

// tryOut explores a program. A mutant may fail it before the first step.
func tryOut(p program, by round) (r *explore.Result) {
	defer func() {
		if e := recover(); e != nil {
			r = &explore.Result{Scenario: p.name, Verdict: explore.Failed, Failure: &explore.Failure{Kind: "fails in set-up", Message: fmt.Sprint(e)}}
		}
	}()
	hangs := time.AfterFunc(by.budget+15*time.Second, func() {
		fmt.Printf("killed\t%s\thangs between two steps\t0\n", p.name)
		os.Exit(0)
	})
	defer hangs.Stop()
	r, err := explore.Run(p.scenario(), by.by, explore.Budget(by.budget), explore.Minimize(0))
	must(err)
	return r
}
