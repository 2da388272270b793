package explore

import (
	"fmt"
	"time"
)

// explain makes the failure of r smaller, executes it once more, and draws it.
func explain(sc *Scenario, o *options, r *Result) error {
	f := r.Failure
	labels, err := labelsOf(sc, f.path)
	if err != nil {
		return err
	}
	m := &minimizer{sc: sc, labels: labels, kind: f.Kind, deadline: time.Now().Add(o.minimize)}
	if o.minimize > 0 && f.Kind != Nondeterminism && !f.relative {
		m.minimize()
	}
	shown, err := show(sc, m.labels, m.dropped)
	if err != nil {
		return err
	}
	if f.relative {
		f.Schedule, f.Table = shown.Schedule, shown.Table
		return nil
	}
	if shown.Kind == f.Kind {
		r.Failure = shown
		return nil
	}
	f.Kind, f.Message = Nondeterminism, fmt.Sprintf("the schedule of a failure (%s: %s) does not give it again", f.Kind, f.Message)
	f.Schedule, f.Table = shown.Schedule, shown.Table
	return nil
}

// labelsOf writes a path in labels.
func labelsOf(sc *Scenario, path []uint8) ([]string, error) {
	s, err := newScheduler(sc)
	if err != nil {
		return nil, err
	}
	defer s.close()
	var labels []string
	for _, pid := range path {
		labels = append(labels, s.procs[pid].label)
	}
	return labels, nil
}

// show executes a schedule and draws the execution. If it passes, the failure has no kind.
func show(sc *Scenario, labels []string, dropped []opRef) (*Failure, error) {
	s, err := newScheduler(sc.without(dropped))
	if err != nil {
		return nil, err
	}
	defer s.close()
	if s.checker != nil {
		s.checker.concrete = true
	}
	replayed := s.replay(labels)
	f := s.failure
	if f == nil {
		f = &Failure{}
	}
	f.path = append([]uint8{}, s.path[:s.depth]...)
	f.Schedule = formatSchedule(s.procs, f.path, dropped)
	f.Table = s.table()
	f.Steps, f.Preemptions, f.Kills = s.depth, replayed.preemptions, sc.Kills-s.kills
	for i := range s.sc.Processes {
		f.Operations += len(s.sc.Processes[i].Ops)
	}
	return f, nil
}

// replay executes one schedule.
func (s *Scheduler) replay(labels []string) *replaying {
	x := &replaying{labels: labels, running: -1}
	s.strategy = x
	x.begin(s)
	s.execute()
	return x
}

// rerun is the strategy of Replay.
func rerun(sc *Scenario, o *options) (*Result, error) {
	labels, dropped, err := parseSchedule(o.replay)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	f, err := show(sc, labels, dropped)
	if err != nil {
		return nil, err
	}
	r := &Result{Scenario: sc.Name, Verdict: Passed, MemoryModel: sc.memoryModel(), Coverage: "one replayed schedule, " + f.Schedule, Executions: 1, Steps: uint64(f.Steps), Elapsed: time.Since(start)}
	r.Replayed = f.Table
	if f.Kind != "" {
		r.Verdict, r.Failure = Failed, f
	}
	return r, nil
}
