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

var mutantNoticed = flag.String("noticed", "", "the name of the scenario that noticed the mutant in an earlier run: it is tried before all others, and for longer")

var mutantReached = flag.String("reached", "", "the names of the scenarios that come to what the mutant changes, one a line; the others are tried last, and not for long")

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
	var others []program
	if *mutantReached != "" {
		reached := map[string]bool{}
		for name := range strings.SplitSeq(*mutantReached, "\n") {
			reached[name] = true
		}
		for _, p := range left {
			if !reached[p.name] {
				others = append(others, p)
			}
		}
		left = slices.DeleteFunc(left, func(p program) bool { return !reached[p.name] })
		rounds = append(rounds, round{explore.Exhaustive(), 10 * time.Second})
	}
	end := time.Now().Add(*mutantTime)
	for _, p := range programs() {
		if p.name == *mutantNoticed {
			notices(p, round{explore.Exhaustive(), 5 * time.Second})
			notices(p, round{explore.States(), 90 * time.Second})
		}
	}
	for _, by := range rounds {
		left = slices.DeleteFunc(left, func(p program) bool {
			if time.Now().After(end) {
				return false
			}
			return notices(p, round{by.by, min(by.budget, time.Until(end))})
		})
	}
	for _, p := range others {
		if time.Now().Before(end) {
			notices(p, rounds[0])
		}
	}
	cleanUp()
	fmt.Printf("survived\t%d scenarios not completed\n", len(left))
	os.Exit(0)
}

// notices ends the process if the program fails, and says whether it passed.
func notices(p program, by round) bool {
	if p.custom != nil {
		by.by = explore.Exhaustive()
	}
	r := tryOut(p, by)
	if r.Verdict == explore.Failed {
		cleanUp()
		fmt.Printf("killed\t%s\t%s\t%d\n%v\n", p.name, r.Failure.Kind, r.Executions, r)
		os.Exit(0)
	}
	return r.Verdict == explore.Passed
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
		cleanUp()
		fmt.Printf("killed\t%s\thangs between two steps\t0\n", p.name)
		os.Exit(0)
	})
	defer hangs.Stop()
	r, err := explore.Run(p.scenario(), by.by, explore.Budget(by.budget), explore.Minimize(0))
	must(err)
	return r
}

var reachOf = flag.String("reach", "", "TestReach is run by model/mutants: the name of a scenario, or ? for all names")

// TestReach samples one scenario, for the lines that it comes to.
func TestReach(t *testing.T) {
	if *reachOf == "" {
		t.Skip("only for model/mutants")
	}
	for _, p := range programs() {
		switch *reachOf {
		case "?":
			fmt.Println(p.name)
		case p.name:
			for _, by := range []explore.Option{explore.Exhaustive(), explore.PCT(3, 200)} {
				_, err := explore.Run(p.scenario(), by, explore.Budget(100*time.Millisecond))
				must(err)
			}
		}
	}
	fmt.Println()
}
