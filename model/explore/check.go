package explore

import (
	"fmt"
	"strings"
)

// FailureKind says what is wrong with an execution.
type FailureKind string

// The kinds of failures.
const (
	Violation       FailureKind = "invariant violated"
	NotLinearizable FailureKind = "not linearizable"
	Panic           FailureKind = "panic"
	Deadlock        FailureKind = "deadlock"
	Livelock        FailureKind = "livelock"
	NotLockFree     FailureKind = "not lock-free"
	Unreached       FailureKind = "mark not reached"
	Forgot          FailureKind = "forgets what matters"
	NoSteps         FailureKind = "no steps"
	Nondeterminism  FailureKind = "not deterministic"
)

// Failure is an execution that must not be.
type Failure struct {
	Kind    FailureKind
	Message string
	// Schedule replays the execution: see [Replay].
	Schedule string
	// Table shows it, a column per process and a row per step.
	Table string
	// Steps, Preemptions and Kills of the execution, and Operations of the scenario that is left after minimising.
	Steps, Preemptions, Kills, Operations int

	path     []uint8
	relative bool // it is that of an execution beside another one, and does not show in it alone
}

// fail ends the execution with a failure. The first one counts.
func (s *Scheduler) fail(kind FailureKind, message string) {
	if s.failure == nil {
		s.failure = &Failure{Kind: kind, Message: message, path: append([]uint8{}, s.path[:min(s.depth, len(s.path))]...)}
	}
}

// failBeside ends the exploration with a failure that does not show in the execution alone.
func (s *Scheduler) failBeside(kind FailureKind, message string) {
	if s.failure == nil {
		s.fail(kind, message)
		s.failure.relative = true
	}
}

// check judges a complete execution.
func (s *Scheduler) check() {
	if s.live != 0 {
		s.fail(Deadlock, s.deadlock())
		return
	}
	if s.sc.Invariant != nil {
		if err := s.sc.Invariant(&Execution{s}); err != nil {
			s.fail(Violation, err.Error())
			return
		}
	}
	if s.checker != nil {
		s.checkHistory()
	}
}

func (s *Scheduler) deadlock() string {
	var waits []string
	for _, p := range s.procs {
		if s.live&p.bit() != 0 {
			waits = append(waits, fmt.Sprintf("%s waits in %s for a change of %s", p.name, p.ops[p.op].Name, s.waitNames(p)))
		}
	}
	return strings.Join(waits, "; ") + ", and nothing is left that could change it"
}

// stuckAlone fails the execution in which p, left alone, waits for others. Concurrent changes may have happened meanwhile, so what is reported
// is the execution of only what p knows of.
func (s *Scheduler) stuckAlone(p *Proc) {
	s.fail(NotLockFree, fmt.Sprintf("%s cannot complete %s alone: it waits for a change of %s", p.name, p.ops[p.op].Name, s.waitNames(p)))
	s.failure.path = s.trace.past(p.last)
}

func (s *Scheduler) waitNames(p *Proc) string {
	var names []string
	seen := map[int32]bool{}
	for _, g := range p.waitSet {
		if !seen[g.word] {
			seen[g.word] = true
			name, _ := s.nameWord(s.trace.words[g.word].addr, 0)
			names = append(names, name)
		}
	}
	return strings.Join(names, " or ")
}

func (s *Scheduler) checkHistory() {
	h := s.checker.gather(s)
	if bad := s.checker.check(h); bad != nil {
		s.fail(NotLinearizable, "no sequential order of the operations gives these results")
		if !s.checker.concrete {
			s.failure.path = s.trace.linearize(h.events(bad))
		}
	}
}

// Execution is a complete execution, for Scenario.Invariant.
type Execution struct{ s *Scheduler }

// Result is what operation op of process proc (an index into Scenario.Processes) returned. It is false if that was killed before it returned.
func (x *Execution) Result(proc, op int) (any, bool) {
	calls := x.s.procs[proc].calls
	if op >= len(calls) || !calls[op].returned {
		return nil, false
	}
	return calls[op].result, true
}

// Killed says whether process proc was killed.
func (x *Execution) Killed(proc int) bool { return x.s.procs[proc].dead }

// AnyKilled says whether any group was killed.
func (x *Execution) AnyKilled() bool { return x.s.kills < x.s.sc.Kills }

// Mark is [Scheduler.Mark].
func (x *Execution) Mark(name string) { x.s.Mark(name) }
