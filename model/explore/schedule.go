package explore

import (
	"fmt"
	"strconv"
	"strings"
)

// A schedule is written as the steps of processes in a row: a3.b.A.c2 is three steps of the first process, one of the second, the kill of the first group,
// two steps of the third process. A is the kernel of the first group (its first step is the kill), rA its recovery, z is Scenario.After.
// A schedule of a scenario that minimising took operations from ends with them: /-a0-b1.

// formatSchedule writes path in the labels of procs.
func formatSchedule(procs []*Proc, path []uint8, dropped []opRef) string {
	var b strings.Builder
	for i := 0; i < len(path); {
		n := i
		for n < len(path) && path[n] == path[i] {
			n++
		}
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(procs[path[i]].label)
		if n-i > 1 {
			b.WriteString(strconv.Itoa(n - i))
		}
		i = n
	}
	if len(dropped) > 0 {
		b.WriteByte('/')
		for _, d := range dropped {
			fmt.Fprintf(&b, "-%c%d", 'a'+d.process, d.op)
		}
	}
	return b.String()
}

// opRef is an operation of a scenario.
type opRef struct{ process, op int }

// parseSchedule reads a schedule: labels of processes, one per step, and the operations to leave out.
func parseSchedule(text string) (labels []string, dropped []opRef, err error) {
	steps, drops, hasDrops := strings.Cut(text, "/")
	for _, f := range strings.Split(steps, ".") {
		label := strings.TrimRight(f, "0123456789")
		n := 1
		if digits := f[len(label):]; digits != "" {
			if n, err = strconv.Atoi(digits); err != nil {
				return nil, nil, fmt.Errorf("explore: schedule %q: %w", text, err)
			}
		}
		if label == "" && len(steps) > 0 || n > 1<<20 {
			return nil, nil, fmt.Errorf("explore: schedule %q: bad part %q", text, f)
		}
		for range n {
			labels = append(labels, label)
		}
	}
	if steps == "" {
		labels = nil
	}
	if hasDrops {
		for _, f := range strings.Split(strings.TrimPrefix(drops, "-"), "-") {
			if len(f) < 2 || f[0] < 'a' || f[0] > 'z' {
				return nil, nil, fmt.Errorf("explore: schedule %q: bad part %q", text, f)
			}
			n, err := strconv.Atoi(f[1:])
			if err != nil {
				return nil, nil, fmt.Errorf("explore: schedule %q: %w", text, err)
			}
			dropped = append(dropped, opRef{int(f[0] - 'a'), n})
		}
	}
	return labels, dropped, nil
}

// without is the scenario with the given operations left out.
func (sc *Scenario) without(dropped []opRef) *Scenario {
	reduced := *sc
	reduced.Processes = append([]Process{}, sc.Processes...)
	for i := range reduced.Processes {
		var ops []Op
		for j, op := range sc.Processes[i].Ops {
			keep := true
			for _, d := range dropped {
				keep = keep && d != opRef{i, j}
			}
			if keep {
				ops = append(ops, op)
			}
		}
		reduced.Processes[i].Ops = ops
	}
	return &reduced
}

// replaying executes one schedule, and from where that ends or cannot be followed on lets the running process go on.
type replaying struct {
	labels      []string
	left        bool // the schedule could not be followed
	running     int  // process of the newest step that is not a kill, -1: none
	preemptions int
}

func (x *replaying) begin(s *Scheduler) bool {
	s.trace.truncate(0)
	s.path, s.planned = s.path[:0], 0
	return true
}

func (x *replaying) choose(s *Scheduler, enabled, kills uint64) int {
	next := x.follow(s, enabled, kills)
	if enabled&(1<<next) == 0 {
		return next
	}
	if x.running >= 0 && next != x.running && enabled&(1<<x.running) != 0 {
		x.preemptions++
	}
	x.running = next
	return next
}

func (x *replaying) follow(s *Scheduler, enabled, kills uint64) int {
	if s.depth < len(x.labels) && !x.left {
		for _, p := range s.procs {
			if p.label == x.labels[s.depth] && (enabled|kills)&p.bit() != 0 {
				return int(p.id)
			}
		}
		x.left = true
	}
	if x.running >= 0 && enabled&(1<<x.running) != 0 {
		return x.running
	}
	return runOn(s, enabled)
}

func (x *replaying) stepped(*Scheduler)   {}
func (x *replaying) completed(*Scheduler) {}
func (x *replaying) share() float64       { return 0 }
