package explore

import (
	"math/bits"
	"math/rand/v2"
)

// sampling draws executions at random: each step uniformly among the enabled processes, or by priorities (S. Burckhardt, P. Kothari, M. Musuvathi,
// S. Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010).
type sampling struct {
	rng   *rand.Rand
	left  int
	drawn int
	depth int // of the bugs that PCT looks for; 0: uniform steps

	bound    int       // steps of an execution, as seen so far
	priority []float64 // per process; the highest that is enabled goes
	changes  []int     // steps at which the process that is about to go gets the lowest priority yet
	killAt   int       // step before which to kill, -1: none
}

func (x *sampling) begin(s *Scheduler) bool {
	if x.left == 0 {
		return false
	}
	x.left--
	x.drawn++
	s.trace.truncate(0)
	s.path = s.path[:0]
	s.planned = 0
	x.bound = max(x.bound, s.depth)
	x.priority = x.priority[:0]
	for range s.procs {
		x.priority = append(x.priority, 1+x.rng.Float64())
	}
	x.changes = x.changes[:0]
	for range x.depth - 1 {
		x.changes = append(x.changes, x.rng.IntN(max(1, x.bound)))
	}
	x.killAt = -1
	if s.sc.Kills > 0 && x.rng.IntN(4) > 0 {
		x.killAt = x.rng.IntN(x.bound + 1)
	}
	return true
}

func (x *sampling) choose(s *Scheduler, enabled, kills uint64) int {
	if kills != 0 && x.killAt >= 0 && s.depth >= x.killAt {
		x.killAt = -1
		if s.kills > 1 {
			x.killAt = s.depth + x.rng.IntN(x.bound+1)
		}
		return x.any(kills)
	}
	if x.depth == 0 {
		return x.any(enabled)
	}
	next := x.highest(enabled)
	for i, at := range x.changes {
		if at == s.depth {
			x.priority[next] = float64(-i)
			x.changes[i] = -1
			next = x.highest(enabled)
		}
	}
	return next
}

func (x *sampling) any(set uint64) int {
	for n := x.rng.IntN(bits.OnesCount64(set)); n > 0; n-- {
		set &= set - 1
	}
	return bits.TrailingZeros64(set)
}

func (x *sampling) highest(set uint64) int {
	best := bits.TrailingZeros64(set)
	for w := set; w != 0; w &= w - 1 {
		if p := bits.TrailingZeros64(w); x.priority[p] > x.priority[best] {
			best = p
		}
	}
	return best
}

func (x *sampling) stepped(*Scheduler)   {}
func (x *sampling) completed(*Scheduler) {}

func (x *sampling) share() float64 { return float64(x.drawn) / float64(x.drawn+x.left) }
