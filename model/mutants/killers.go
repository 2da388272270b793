package main

import (
	"cmp"
	"maps"
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
