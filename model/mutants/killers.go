package main

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"sync"
)

// killers remembers which scenarios noticed mutants, so that the next mutant meets first those that noticed most: of its file, then of all.
type killers struct {
	mu    sync.Mutex
	kills map[string]map[string]int // by file, "" for all, and scenario
}

func (k *killers) note(file, scenario string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, of := range []string{file, ""} {
		if k.kills[of] == nil {
			k.kills[of] = map[string]int{}
		}
		k.kills[of][scenario]++
	}
}

// first are the scenarios to be tried first with a mutant of a file.
func (k *killers) first(file string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	mine, all := k.kills[file], k.kills[""]
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(mine[b], mine[a]), cmp.Compare(all[b], all[a]), cmp.Compare(a, b))
	})
}

// expected are the scenarios that were written for mutants, by file and what these do, where others come first and take long.
var expected = map[string]string{
	"segment.go segment: marked in another life":             "queue: a mark that comes late, its segment becomes a value",
	"handle.go sweepAdopted: drop the mark of d.word.next()": "queue: killed while sweeping in the place of a dead one: pops",
	"hazard.go hazards: one for both roles":                  "queue: hazards of both roles: stalled push behind a segment, which becomes a value",
}

// committed is the table of an earlier run, which says for each mutant where to look first.
const committed = "reports/committed/mutants.txt"

// known are the scenarios that noticed mutants in the run whose table is committed, by the keys of the mutants.
func known(root string) (map[string]string, error) {
	rows, _, err := readTable(filepath.Join(root, committed))
	if err != nil {
		return nil, err
	}
	list := maps.Clone(expected)
	for key, r := range rows {
		if scenario, ok := r.scenario(); ok {
			list[key] = scenario
		}
	}
	return list, nil
}
