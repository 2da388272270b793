package explore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Run explores a scenario. The error is about the scenario itself; what is wrong with its executions is in the result.
func Run(sc *Scenario, opts ...Option) (*Result, error) {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	if !sc.InPlace {
		seat.Lock()
		defer seat.Unlock()
	}
	if o.strategy == byReplay {
		return rerun(sc, &o)
	}
	r, err := search(sc, &o)
	if err == nil && r.Failure != nil && r.Failure.path != nil {
		err = explain(sc, &o, r)
	}
	return r, err
}

// exploration is a search through the executions of one scenario.
type exploration struct {
	s     *Scheduler
	o     *options
	r     *Result
	start time.Time
	shown time.Time // last progress line
}

// search explores sc until a failure, the end, or the end of the budget.
func search(sc *Scenario, o *options) (*Result, error) {
	s, err := newScheduler(sc)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if s.checker != nil {
		s.checker.concrete = o.concrete || o.strategy == byStates || o.strategy == byStatesWithin
	}
	if o.strategy == byStates || o.strategy == byStatesWithin {
		if err := s.fits(); err != nil {
			return nil, err
		}
		s.trace.flat = true
		s.state = newState(s)
		s.state.lacks = o.lacks
		if o.checkForgetting {
			s.state.check = &forgetting{s, map[fact]uint64{}}
		}
	}
	if o.observe != nil {
		s.observe = func() { o.observe(s) }
	}
	now := time.Now()
	x := &exploration{s: s, o: o, r: &Result{Scenario: sc.Name, MemoryModel: sc.memoryModel()}, start: now, shown: now}
	x.explore()
	x.finish()
	return x.r, nil
}

func (x *exploration) explore() {
	r := x.r
	switch x.o.strategy {
	case byTraces:
		st := newExhaustive()
		done := x.drain(st)
		r.Pruned = uint64(st.pruned)
		x.conclude(done, "complete: every execution up to the order of independent steps"+x.crashes(), "timed out")
	case byStates:
		x.states()
	case byStatesWithin:
		x.statesWithin()
	case bySchedules:
		x.s.everyCrash = true
		x.conclude(x.drain(&enumeration{bound: -1}), "complete: every schedule"+x.crashes(), "timed out")
	case byPreemptions:
		x.bounded()
	case bySampling:
		x.sampled()
	}
}

// states explores every state.
func (x *exploration) states() {
	done, incomplete := x.drainStates(newStates(x.o.states, -1))
	x.conclude(done, "complete: every state"+x.crashes()+x.collisions(), incomplete)
}

// statesWithin explores every state that few enough preemptions lead to.
func (x *exploration) statesWithin() {
	st := newStates(x.o.states, x.o.preemptions)
	done, incomplete := x.drainStates(st)
	x.r.Preemptions = x.o.preemptions
	what := "complete: every state"
	if st.over {
		what = fmt.Sprintf("complete up to %d preemptions: every state that they lead to", x.o.preemptions)
	}
	x.conclude(done, what+x.crashes()+x.collisions(), incomplete)
}

// drainStates is drain, with how far it came if that was not the end.
func (x *exploration) drainStates(st *states) (done bool, incomplete string) {
	done = x.drain(st) && !st.full
	r := x.r
	r.States, r.Transitions, r.Pruned = uint64(st.seen.n), st.transitions, st.pruned
	incomplete = fmt.Sprintf("timed out after %d states, %d transitions", r.States, r.Transitions)
	if st.full {
		incomplete = fmt.Sprintf("no room for more states after %d, %d transitions", r.States, r.Transitions)
	}
	return done, incomplete
}

// collisions says how many states there were, and how sure it is that they were told apart.
func (x *exploration) collisions() string {
	return fmt.Sprintf(", %d states, %d transitions, up to hash collisions (probability < %.0e)", x.r.States, x.r.Transitions, collision(x.r.States))
}

// collision is more than the probability that two of n different states have the same hash of 128 bits.
func collision(n uint64) float64 { return math.Ldexp(float64(n)*float64(n), -129) }

// bounded explores with more and more preemptions.
func (x *exploration) bounded() {
	for k := 0; k <= x.o.preemptions; k++ {
		st := &enumeration{bound: k}
		done := x.drain(st)
		x.r.Preemptions = k
		if !done {
			x.conclude(false, "", fmt.Sprintf("timed out with %d preemptions, complete below", k))
			return
		}
		if !st.over {
			x.conclude(true, "complete: every schedule"+x.crashes(), "")
			return
		}
	}
	x.conclude(true, fmt.Sprintf("complete up to %d preemptions%s", x.o.preemptions, x.crashes()), "")
}

func (x *exploration) sampled() {
	st := &sampling{rng: rand.New(rand.NewPCG(x.o.seed, 0)), left: x.o.samples, depth: x.o.depth}
	done := x.drain(st)
	what := fmt.Sprintf("sampled at random, seed %d%s", x.o.seed, x.crashes())
	if d := x.o.depth; d > 0 {
		n, k := len(x.s.sc.Processes), max(st.bound, x.s.depth)
		once := 1 / (float64(n) * math.Pow(float64(k), float64(d-1)))
		what = fmt.Sprintf("sampled by PCT, depth %d, %d processes, %d steps, seed %d%s: a bug of that depth is found with a probability of at least %.2g once and %.2g in all",
			d, n, k, x.o.seed, x.crashes(), once, 1-math.Pow(1-once, float64(x.r.Executions)))
	}
	x.conclude(done, what, "timed out, "+what)
}

func (x *exploration) crashes() string {
	if k := x.s.sc.Kills; k > 0 {
		return fmt.Sprintf(" and crash (at most %d killed)", k)
	}
	return ""
}

// conclude sets the verdict of an exploration that did or did not come to its end.
func (x *exploration) conclude(done bool, passed, incomplete string) {
	r := x.r
	switch r.Failure = x.s.failure; {
	case r.Failure != nil:
		r.Verdict, r.Coverage = Failed, "stopped at a failure"
	case done:
		r.Verdict, r.Coverage = Passed, passed
	default:
		r.Verdict, r.Coverage = Incomplete, incomplete
	}
	if r.Verdict == Passed && !x.o.unmarked {
		for i, m := range x.s.sc.Marks {
			if x.s.marked&(1<<i) == 0 {
				r.Verdict = Failed
				r.Failure = &Failure{Kind: Unreached, Message: fmt.Sprintf("no execution reaches %q", m)}
			}
		}
	}
}

// drain executes all that st plans. It is false if that was ended by a failure or the budget.
func (x *exploration) drain(st strategy) bool {
	s, r := x.s, x.r
	s.strategy = st
	s.path, s.planned = s.path[:0], 0
	s.trace.truncate(0)
	for n := 0; st.begin(s); n++ {
		s.execute()
		if s.ending != cut {
			r.Executions++
			if s.kills < s.sc.Kills {
				r.Crashed++
			}
		}
		if s.steps == 0 && s.failure == nil {
			s.fail(NoSteps, "no step on shared memory was reported: build with -tags explore")
			s.failure.path = nil // nothing to replay
		}
		if s.failure != nil {
			return false
		}
		if n%64 == 63 {
			now := time.Now()
			if x.o.budget > 0 && now.Sub(x.start) > x.o.budget {
				return !st.begin(s)
			}
			x.report(st, now)
		}
	}
	return true
}

// finish fills in the counts.
func (x *exploration) finish() {
	s, r := x.s, x.r
	r.Elapsed = time.Since(x.start)
	r.CrashPoints = len(s.points)
	r.Steps = s.steps
	if s.trace.flat {
		r.Longest = s.longest
	} else {
		r.LongestAlone = s.longest
	}
	r.InferredWaits = s.inferred
	if s.checker != nil {
		r.Histories = len(s.checker.memo)
	}
}

// report writes a progress line, at most once a second.
func (x *exploration) report(st strategy, now time.Time) {
	if x.o.progress == nil || now.Sub(x.shown) < time.Second {
		return
	}
	x.shown = now
	elapsed := now.Sub(x.start)
	line := fmt.Sprintf("explore: %s: %d executions in %.0f s, %.0f/s", x.r.Scenario, x.r.Executions, elapsed.Seconds(), float64(x.r.Executions)/elapsed.Seconds())
	if st, ok := st.(*states); ok {
		line += fmt.Sprintf(", %d states", st.seen.n)
	}
	if part := st.share(); part > 0 {
		line += fmt.Sprintf(", about %.2g %% done, %s left by estimate", 100*part, remaining(elapsed, part))
	}
	fmt.Fprintln(x.o.progress, line)
}

// remaining is how long the rest takes if the first part took that long.
func remaining(elapsed time.Duration, part float64) string {
	left := elapsed.Seconds() * (1 - part) / part
	if left > (365 * 24 * time.Hour).Seconds() {
		return "years"
	}
	return time.Duration(left * float64(time.Second)).Round(time.Second).String()
}
