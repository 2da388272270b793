package explore

import "time"

// minimizer makes a failure smaller: first it leaves out operations as long as some schedule still fails in the same way, then it looks for a schedule
// with the fewest preemptions.
type minimizer struct {
	sc       *Scenario
	labels   []string
	dropped  []opRef
	kind     FailureKind
	deadline time.Time
}

func (m *minimizer) minimize() {
	for m.dropOne() {
	}
	m.fewerPreemptions()
}

// left is the time for one more search: part of what remains.
func (m *minimizer) left(part int) time.Duration {
	return max(time.Millisecond, time.Until(m.deadline)/time.Duration(part))
}

// dropOne leaves out one more operation, from the last to the first.
func (m *minimizer) dropOne() bool {
	for i := len(m.sc.Processes) - 1; i >= 0; i-- {
		for j := len(m.sc.Processes[i].Ops) - 1; j >= 0; j-- {
			ref := opRef{i, j}
			if m.has(ref) || time.Now().After(m.deadline) {
				continue
			}
			dropped := append(append([]opRef{}, m.dropped...), ref)
			if !m.sound(dropped) {
				continue
			}
			if labels := m.find(dropped, options{strategy: byTraces, budget: m.left(8)}); labels != nil {
				m.dropped, m.labels = dropped, labels
				return true
			}
		}
	}
	return false
}

func (m *minimizer) has(ref opRef) bool {
	for _, d := range m.dropped {
		if d == ref {
			return true
		}
	}
	return false
}

// sound says whether the scenario without some operations still passes when nothing is killed or preempted: if not, it is its checks that do not
// bear the loss.
func (m *minimizer) sound(dropped []opRef) bool {
	sc := m.sc.without(dropped)
	sc.Kills = 0
	if !sc.anyOperation() {
		return false
	}
	r, err := search(sc, &options{strategy: byPreemptions, budget: m.left(8), unmarked: true})
	return err == nil && r.Failure == nil
}

// find searches the scenario without some operations for the same kind of failure, and returns the schedule.
func (m *minimizer) find(dropped []opRef, o options) []string {
	sc := m.sc.without(dropped)
	o.unmarked = true
	r, err := search(sc, &o)
	if err != nil || r.Failure == nil || r.Failure.Kind != m.kind {
		return nil
	}
	labels, err := labelsOf(sc, r.Failure.path)
	if err != nil {
		return nil
	}
	return labels
}

func (sc *Scenario) anyOperation() bool {
	for i := range sc.Processes {
		if len(sc.Processes[i].Ops) > 0 {
			return true
		}
	}
	return false
}

// fewerPreemptions searches without a kill first if the failure needs none, and with no, one, two, … preemptions.
func (m *minimizer) fewerPreemptions() {
	o := options{strategy: byPreemptions, preemptions: 1 << 20, budget: m.left(1), concrete: true}
	if labels := m.find(m.dropped, o); labels != nil {
		m.labels = labels
	}
}
