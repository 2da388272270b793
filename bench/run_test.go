package main

import (
	"bytes"
	"encoding/json"
	"io"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Everybody has one turn in each round, and after as many rounds as there are contestants each was the first once.
func TestTurns(t *testing.T) {
	const n = 5
	firsts := map[int]int{}
	for round := 1; round <= n; round++ {
		list := turns(round, n)
		firsts[list[0]]++
		slices.Sort(list)
		if diff := cmp.Diff([]int{0, 1, 2, 3, 4}, list); diff != "" {
			t.Error(diff)
		}
	}
	if len(firsts) != n {
		t.Errorf("firsts: %v", firsts)
	}
}

// Rates add up, whatever part of the slice each was busy for; a helper counts only for what it reports by name.
func TestCombine(t *testing.T) {
	ops, values := combine([]result{
		{Ops: 1000, Busy: 100 * time.Microsecond},
		{Ops: 1000, Busy: 50 * time.Microsecond},
		{Ops: 0, Busy: time.Second, Values: map[string]float64{"writes/s": 7}},
		{Values: map[string]float64{"writes/s": 5}},
	})
	want := map[string]float64{"ns/op": 1000. / 30, "writes/s": 12}
	if diff := cmp.Diff(want, values, cmpopts.EquateApprox(1e-12, 0)); diff != "" || ops != 2000 {
		t.Errorf("%d operations: %s", ops, diff)
	}
	if ops, values := combine([]result{{Values: map[string]float64{"B/entry": 119}}}); ops != 1 || len(values) != 1 {
		t.Errorf("%d operations, %v", ops, values)
	}
}

// A trial has every contestant once, under names of its own: the same name twice would mix two series.
func TestNamesDiffer(t *testing.T) {
	for _, quick := range []bool{false, true} {
		seen := map[string]bool{}
		for _, trial := range allTrials(&config{quick: quick}) {
			for _, c := range trial.contestants {
				for i := range trial.tasks {
					if _, takesPart := c.work(&trial.tasks[i]); !takesPart {
						continue
					}
					name := c.nameOf(&trial.tasks[i]).String()
					if seen[name] {
						t.Errorf("%s comes twice", name)
					}
					seen[name] = true
				}
				if jobs[c.specs[0].Job] == nil {
					t.Errorf("%v has no job %q", c, c.specs[0].Job)
				}
			}
		}
	}
}

// collected is a job that notes when the collector may run.
type collected struct{ inSlice, afterwards *int }

func (j collected) run(*slice) (result, error) {
	*j.inSlice = percentOfGC()
	return result{Ops: 1, Busy: 1}, nil
}

func (j collected) close() error {
	*j.afterwards = percentOfGC()
	return nil
}

func percentOfGC() int {
	percent := debug.SetGCPercent(-1)
	debug.SetGCPercent(percent)
	return percent
}

// A worker collects garbage in its own slices as any program does, and never while others are measured.
func TestGarbageIsCollectedInOnesOwnTime(t *testing.T) {
	usual := percentOfGC()
	defer debug.SetGCPercent(usual)
	var inSlice, afterwards int
	jobs["collected"] = func(*spec) (job, error) { return collected{&inSlice, &afterwards}, nil }
	defer delete(jobs, "collected")
	var orders bytes.Buffer
	enc := json.NewEncoder(&orders)
	for _, o := range []order{{Start: &spec{Job: "collected"}}, {Run: &slice{}}} {
		if err := enc.Encode(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := serve(json.NewDecoder(&orders), json.NewEncoder(io.Discard)); err != nil {
		t.Fatal(err)
	}
	if inSlice != usual || afterwards >= 0 {
		t.Errorf("%d %% in the slice, want %d; %d %% afterwards, want none", inSlice, usual, afterwards)
	}
}
