package explore

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every outcome and every history of a schedule is one of a path through the states, and the other way round.
func TestStatesMissNothing(t *testing.T) {
	for _, kills := range []bool{false, true} {
		t.Run(fmt.Sprint("kills=", kills), func(t *testing.T) {
			var schedules, explored, pruned, states uint64
			rapid.Check(t, func(t *rapid.T) {
				sc, m := randomScenario(t, kills)
				sc.Guards = func(uint64) bool { return false }
				for _, p := range sc.Processes {
					for _, op := range p.Ops {
						t.Log(p.Group, op.Name)
					}
				}
				t.Log(sc.memoryModel(), sc.Kills, sc.OnKill != nil, sc.Recover, sc.After)
				all := observed(t, sc, m, options{strategy: bySchedules, concrete: true, budget: 100 * time.Millisecond})
				if all.result.Verdict == Incomplete {
					t.Skip("too large to enumerate")
				}
				if rapid.Bool().Draw(t, "keeps nothing") {
					sc.Keeps = func(*Proc) {}
					sc.Invariant = func(*Execution) error { return nil } // results matter
				}
				got := observed(t, sc, m, options{strategy: byStates, states: 1e6, budget: 2 * time.Second})
				if got.result.Verdict == Incomplete {
					t.Fatalf("does not end: %v", got.result)
				}
				schedules += all.result.Executions
				explored += got.result.Executions
				pruned += got.result.Pruned
				states += got.result.States
				for o := range all.outcomes {
					if !got.outcomes[o] {
						t.Fatalf("the outcome %s is missed\n%d of %d", o, len(got.outcomes), len(all.outcomes))
					}
				}
				for o := range got.outcomes {
					if !all.outcomes[o] {
						t.Fatalf("the outcome %s is invented", o)
					}
				}
				for h := range all.histories {
					if !got.histories[h] {
						t.Fatalf("the history %v is missed", h)
					}
				}
				for h := range got.histories {
					if !all.histories[h] {
						t.Fatalf("the history %v is invented", h)
					}
				}
			})
			t.Logf("%d schedules, %d explored, %d given up, %d states", schedules, explored, pruned, states)
		})
	}
}
