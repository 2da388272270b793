package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// storm is what a run with kills is to reach, and has reached: so many workers killed, half of them at least inside an operation, and one in a hundred at each failpoint of the workload.
type storm struct {
	Goal      int // kills; 0: as many as come in the time of the run
	Kills     int
	Random    int // killed by the driver at a random moment
	Inside    int // killed inside an operation: at a failpoint, or with an operation that was called and never returned
	At        map[string]int
	Sweeps    int // right after a kill, by the driver
	Found     int // sweeps that found something to give back, or to settle, beside the place
	Overslept int // workers that were swept beside while they were paused, and resumed then

	Recovery quantiles // from a kill to the end of the sweep after it
	Sweep    quantiles // of that, the sweep

	recoveries, sweeps []time.Duration
	rng                *rand.Rand
	phases             []phase
	phase              int // the one that runs
}

func newStorm(cfg *config) *storm {
	return &storm{Goal: cfg.Kills, At: map[string]int{}, rng: rand.New(rand.NewPCG(cfg.Seed, 1))}
}

// share is the part of n that is due at the end of the phase that runs: each of the phases that count has the same.
func (s *storm) share(n int, counts func(*phase) bool) int {
	some, all := 0, 0
	for i := range s.phases {
		if counts(&s.phases[i]) {
			all++
			if i <= s.phase {
				some++
			}
		}
	}
	return (n*some + all - 1) / all
}

// behind lists the failpoints of the phase that runs that have had too few kills yet.
func (s *storm) behind() (names []string) {
	for _, p := range failpoints {
		if p.where(&s.phases[s.phase]) && s.At[p.name] < s.share(s.Goal/100, p.where) {
			names = append(names, p.name)
		}
	}
	return names
}

// over says whether the phase that runs has had what it is to have. It is an error if it does not come.
func (s *storm) over() (bool, error) {
	goal := s.share(s.Goal, always)
	if s.Kills < goal {
		return false, nil
	}
	names := s.behind()
	if len(names) == 0 && s.Inside >= goal/2 {
		return true, nil
	}
	if s.Kills > 4*goal { // a few places are come to rarely
		return false, found(unknown, "%d kills, %d of them inside an operation, too few at failpoints %q", s.Kills, s.Inside, names)
	}
	return false, nil
}

// doomed is how many of the workers are to die at failpoints.
const doomed = 0.6

// fate is that of the next worker: to die at a failpoint, every second time at one of those that had the fewest kills.
func (s *storm) fate() fate {
	if !withFailpoints || s.rng.Float64() > doomed {
		return fate{}
	}
	var some []int
	for i, p := range failpoints {
		if p.where(&s.phases[s.phase]) {
			some = append(some, i)
		}
	}
	slices.SortStableFunc(some, func(a, b int) int { return s.At[failpoints[a].name] - s.At[failpoints[b].name] })
	if s.rng.IntN(2) == 0 { // some need others to have been killed before
		some = some[:min(6, len(some))]
	}
	return newFate(some[s.rng.IntN(len(some))], s.rng)
}

// recovered adds a sweep after a kill: the time since the kill, of which the sweep took a part.
func (s *storm) recovered(took, sweep time.Duration, something bool) {
	s.Sweeps++
	if something {
		s.Found++
	}
	s.recoveries, s.sweeps = append(s.recoveries, took), append(s.sweeps, sweep)
}

// settle computes what is derived.
func (s *storm) settle() {
	s.Recovery, s.Sweep = quantilesOf(s.recoveries), quantilesOf(s.sweeps)
}

// quantiles are some of a list of times.
type quantiles struct{ P50, P99, Max time.Duration }

func quantilesOf(list []time.Duration) (q quantiles) {
	if n := len(list); n > 0 {
		slices.Sort(list)
		q = quantiles{list[n/2], list[n*99/100], list[n-1]}
	}
	return q
}

func (q quantiles) String() string {
	const unit = 10 * time.Microsecond
	return fmt.Sprintf("p50 %v, p99 %v, max %v", q.P50.Round(unit), q.P99.Round(unit), q.Max.Round(unit))
}

func (s *storm) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d kills, %d inside an operation; %d by the driver at random moments", s.Kills, s.Inside, s.Random)
	fmt.Fprintf(&b, "\n  from the kill to the end of a sweep %v; the sweep %v; %d of %d sweeps found something beside the place", s.Recovery, s.Sweep, s.Found, s.Sweeps)
	fmt.Fprintf(&b, "\n  %d workers paused, swept beside, and resumed", s.Overslept)
	for _, p := range failpoints {
		if n := s.At[p.name]; n > 0 {
			fmt.Fprintf(&b, "\n  %6d at %s", n, p.name)
		}
	}
	return b.String()
}
