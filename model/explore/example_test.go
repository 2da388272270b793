//go:build explore

package explore_test

import (
	"fmt"

	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

// Two processes increment a counter in two steps each.
func ExampleRun() {
	var count atomic.Int64
	increment := explore.Op{Name: "increment", Do: func(*explore.Proc) any {
		v := count.Load()
		count.Store(v + 1)
		return nil
	}}
	r, err := explore.Run(&explore.Scenario{
		Name:      "counter",
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "count", &count) },
		Processes: []explore.Process{{Name: "alice", Ops: []explore.Op{increment}}, {Name: "bob", Ops: []explore.Op{increment}}},
		Invariant: func(*explore.Execution) error {
			if n := count.Load(); n != 2 {
				return fmt.Errorf("%d after two increments", n)
			}
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Verdict)
	fmt.Print(r.Failure)
	// Output:
	// FAIL
	// invariant violated: 1 after two increments
	// step │ alice                       │ bob
	//      │ increment                   │
	//    1 │   load  count: 0            │
	//      │                             │ increment
	//    2 │                             │   load  count: 0
	//    3 │                             │   store count: 0 → 1
	//      │                             │  ⇒ done
	//    4 │   store count: 1, unchanged │
	//      │  ⇒ done                     │
	// alice: increment ⇒ done
	// bob: increment ⇒ done
	// schedule: a.b2.a (2 operations, 4 steps, 1 preemptions, 0 kills)
}
