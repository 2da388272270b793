package explore

import (
	"io"
	"time"
)

// Option changes how a scenario is explored.
type Option func(*options)

type options struct {
	strategy    strategyKind
	preemptions int
	states      int // limit
	samples     int
	depth       int
	budget      time.Duration
	seed        uint64
	minimize    time.Duration
	progress    io.Writer
	dir         string
	replay      string
	// concrete: judge histories in the order of execution alone, not all those of the trace.
	concrete        bool
	checkForgetting bool
	lacks           part             // of States
	unmarked        bool             // marks need not be reached
	observe         func(*Scheduler) // called instead of the checks
}

func defaults() options {
	return options{budget: time.Minute, seed: 1, minimize: 10 * time.Second, states: 30e6}
}

type strategyKind uint8

const (
	byTraces strategyKind = iota
	byStates
	byStatesWithin
	byPreemptions
	bySchedules
	bySampling
	byReplay
)

// Exhaustive explores every execution, up to the order of independent steps. It is the default.
func Exhaustive() Option { return func(o *options) { o.strategy = byTraces } }

// States explores every state, by every schedule that leads to a new one. It is for scenarios in which many schedules lead to few states, and holds them in memory.
// See Scenario.Keeps and Scenario.Guards.
func States() Option { return func(o *options) { o.strategy = byStates } }

// StateLimit limits how many states are held; an exploration that it ends has the verdict [Incomplete]. One takes 32 to 64 bytes. Default: 30 million.
func StateLimit(n int) Option { return func(o *options) { o.states = n } }

// CheckForgetting makes States check that what operations forget does not matter. It tells all states apart that States without Scenario.Keeps does, so it is for
// small scenarios.
func CheckForgetting() Option {
	return func(o *options) { o.strategy, o.checkForgetting = byStates, true }
}

// Preemptions explores every schedule with no preemption, then with one, and so on up to max. A preemption is a switch away from a process that could
// have gone on.
func Preemptions(max int) Option {
	return func(o *options) { o.strategy, o.preemptions = byPreemptions, max }
}

// StatesWithin explores every state that schedules with at most so many preemptions lead to. It finds what Preemptions finds, and holds the states in memory as States does.
func StatesWithin(preemptions int) Option {
	return func(o *options) { o.strategy, o.preemptions = byStatesWithin, preemptions }
}

// Schedules explores every schedule, with a kill before every step, and without any reduction: to cross-check Exhaustive on very small scenarios.
func Schedules() Option { return func(o *options) { o.strategy = bySchedules } }

// PCT samples n executions by priorities with depth-1 random changes of them. A bug that needs depth ordering constraints among k steps of p processes
// is found in one execution with a probability of at least 1/(p·k^(depth-1)).
func PCT(depth, n int) Option {
	return func(o *options) { o.strategy, o.depth, o.samples = bySampling, max(1, depth), n }
}

// Random samples n executions, each step uniformly among the processes that can go on.
func Random(n int) Option {
	return func(o *options) { o.strategy, o.depth, o.samples = bySampling, 0, n }
}

// Budget limits the time of an exploration; 0 is no limit. An exploration that it ends has the verdict [Incomplete]. Default: 1 minute.
func Budget(d time.Duration) Option { return func(o *options) { o.budget = d } }

// Seed makes PCT and Random draw other executions. Default: 1.
func Seed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// Minimize limits the time that is spent on making a failure smaller; 0 leaves it as found. Default: 10 seconds.
func Minimize(d time.Duration) Option { return func(o *options) { o.minimize = d } }

// Progress writes a line about a long exploration to w, once in a second. Default: none; Test writes to the standard error.
func Progress(w io.Writer) Option { return func(o *options) { o.progress = w } }

// Dir is where Test saves failures; "" saves none.
func Dir(path string) Option { return func(o *options) { o.dir = path } }

// Replay executes one schedule, as written in a failure. Where the scenario cannot follow it, the running process goes on.
func Replay(schedule string) Option {
	return func(o *options) { o.strategy, o.replay = byReplay, schedule }
}
