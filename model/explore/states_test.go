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
				forgets := rapid.Bool().Draw(t, "forgets")
				sc := randomScenario(t, kills, forgets)
				all := enumerated(t, sc)
				sc.Guards = func(uint64) bool { return false }
				if forgets || rapid.Bool().Draw(t, "keeps nothing") {
					sc.Keeps = func(*Proc) {}
				}
				got := gathered(t, sc, States(), Budget(2*time.Second))
				if got.Result.Verdict == Incomplete {
					t.Fatalf("does not end: %v", got.Result)
				}
				schedules += all.Result.Executions
				explored += got.Result.Executions
				pruned += got.Result.Pruned
				states += got.Result.States
				if missed := got.Lacks(all); missed != "" {
					t.Fatalf("States misses %s", missed)
				}
				if invented := all.Lacks(got); invented != "" {
					t.Fatalf("States invents %s", invented)
				}
			})
			t.Logf("%d schedules, %d explored, %d given up, %d states", schedules, explored, pruned, states)
		})
	}
}
