package explore

import (
	"fmt"
	"testing"
)

// counter is the lost update, or its correction.
func counter(atomically bool, processes int) *Scenario {
	m := newMemory(1)
	sc := &Scenario{
		Name:    "counter",
		InPlace: true,
		Setup:   m.setup,
		Invariant: func(*Execution) error {
			if m.words[0] != uint64(processes) {
				return fmt.Errorf("counter is %d after %d increments", m.words[0], processes)
			}
			return nil
		},
	}
	for range processes {
		sc.Processes = append(sc.Processes, Process{Ops: []Op{{Name: "increment", Do: func(*Proc) any {
			if atomically {
				return m.add(0, 1)
			}
			v := m.load(0)
			m.store(0, v+1)
			return nil
		}}}})
	}
	return sc
}

func TestLostUpdate(t *testing.T) {
	r, err := Run(counter(false, 3))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if r.Verdict != Failed || r.Failure.Kind != Violation {
		t.Errorf("verdict %v", r.Verdict)
	}
	r, err = Run(counter(true, 3))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if r.Verdict != Passed || r.Executions != 6 {
		t.Errorf("verdict %v, %d executions", r.Verdict, r.Executions)
	}
}
