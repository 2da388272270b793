package explore

import (
	"fmt"
	"time"
)

// Verdict is the outcome of an exploration.
type Verdict uint8

// The verdicts.
const (
	Incomplete Verdict = iota // the budget ended it; nothing is known of the rest
	Passed                    // everything that the strategy promises was explored and passed
	Failed
)

func (v Verdict) String() string { return [...]string{"INCOMPLETE", "PASS", "FAIL"}[v] }

// Result says what was explored and what came of it.
type Result struct {
	Scenario string
	Verdict  Verdict
	Failure  *Failure // of Failed
	// Coverage says in words which executions were explored.
	Coverage string

	// Replayed is the table of the execution, of Replay.
	Replayed string

	Executions  uint64 // run to the end and checked
	Crashed     uint64 // of these, with a kill
	CrashPoints int    // different places of a kill: operation and step; reads before a kill do not make a different one
	Pruned      uint64 // given up since the rest had been seen
	Steps       uint64
	// States are the states that were told apart, of those from which there was a choice, and Transitions the steps that led to a state.
	States, Transitions uint64
	Elapsed             time.Duration
	// LongestAlone is the most steps that an operation took without anything happening in between that it depends on.
	LongestAlone int
	// Longest is the most steps that an operation took on the paths of States, whatever others did meanwhile.
	Longest int
	// InferredWaits counts waits of loops that do not say Retry. A loop that gives up after 4 or more rounds of the same reads needs an Retry
	// to be explored rightly.
	InferredWaits int
	// Preemptions is the bound that was reached.
	Preemptions int
	// MemoryModel is what orders of loads and stores were explored.
	MemoryModel string
	// Histories is the number of different histories that were checked against the model.
	Histories int
}

func (r *Result) String() string {
	s := fmt.Sprintf("%s %s: %s; %d executions", r.Verdict, r.Scenario, r.Coverage, r.Executions)
	if r.Pruned > 0 {
		s += fmt.Sprintf(" (and %d given up as seen before)", r.Pruned)
	}
	if r.Crashed > 0 {
		s += fmt.Sprintf(", %d of them with a kill at %d crash points", r.Crashed, r.CrashPoints)
	}
	s += fmt.Sprintf(", %d steps", r.Steps)
	if r.Histories > 0 {
		s += fmt.Sprintf(", %d different histories", r.Histories)
	}
	if r.LongestAlone > 0 {
		s += fmt.Sprintf(", at most %d steps for an operation left alone", r.LongestAlone)
	}
	if r.Longest > 0 {
		s += fmt.Sprintf(", at most %d steps for an operation seen", r.Longest)
	}
	if r.InferredWaits > 0 {
		s += fmt.Sprintf(", %d waits inferred from loops without Retry", r.InferredWaits)
	}
	seconds := r.Elapsed.Seconds()
	s += fmt.Sprintf("; %.2f s, %.0f executions/s; memory model: %s", seconds, float64(r.Executions)/max(seconds, 1e-9), r.MemoryModel)
	if r.Failure != nil {
		s += "\n" + r.Failure.String()
	}
	return s
}

func (f *Failure) String() string {
	s := string(f.Kind) + ": " + f.Message + "\n" + f.Table
	if f.Schedule != "" {
		s += fmt.Sprintf("schedule: %s (%d operations, %d steps, %d preemptions, %d kills)\n", f.Schedule, f.Operations, f.Steps, f.Preemptions, f.Kills)
	}
	return s
}

func (sc *Scenario) memoryModel() string {
	if sc.StoreBuffer != nil {
		return "x86-TSO"
	}
	return "sequential consistency"
}
