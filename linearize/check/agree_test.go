package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/linearize/monitor"
	"simdb.dev/model"
)

var (
	values   = []model.Op{model.Get, model.GetVersion, model.GetRef, model.Len, model.Put, model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update, model.Delete}
	counters = []model.Op{model.Get, model.Add, model.Add, model.Delete}
	queues   = []model.Op{model.Push, model.Push, model.Pop, model.Pop}
	batches  = []model.Op{model.Push, model.PushBatch, model.Pop, model.Pop}
	taking   = []model.Op{model.Push, model.PushBatch, model.Pop, model.Take, model.Take}
	claiming = []model.Op{model.Push, model.Claim, model.Claim, model.Ack, model.Release, model.Sweep}
	mixed    = []model.Op{model.Push, model.Pop, model.QueueLen, model.DeleteQueue, model.Get, model.Put, model.Delete}
)

// show prints a history for a failing test.
func show(ops []history.Op) string {
	s := ""
	for i := range ops {
		s += fmt.Sprintln(&ops[i])
	}
	return s
}

// histories calls f with n random histories, the same in every run.
func histories(n int, m mix, f func(ops []history.Op)) {
	for seed := range n {
		f(generate(rand.New(rand.NewPCG(uint64(seed), 17)), m))
	}
}

// TestSweepAgreesWithPorcupine judges random histories of one key by both.
func TestSweepAgreesWithPorcupine(t *testing.T) {
	for _, tt := range []struct {
		name string
		mix  mix
		n    int
	}{
		{"values", mix{ops: values, clients: 3, each: 4, spoilt: 0.7}, 30_000},
		{"values, kills", mix{ops: values, clients: 4, each: 3, kills: 0.5, spoilt: 0.7}, 30_000},
		{"counters, kills", mix{ops: counters, clients: 4, each: 3, kills: 0.5, spoilt: 0.7}, 20_000},
		{"queues, kills", mix{ops: batches, clients: 4, each: 3, kills: 0.3, spoilt: 0.7}, 20_000},
		{"claims, kills", mix{ops: claiming, clients: 4, each: 4, kills: 0.5, spoilt: 0.7}, 20_000},
		{"mixed kinds, kills", mix{ops: mixed, clients: 4, each: 3, kills: 0.3, spoilt: 0.7}, 20_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := tt.n
			if testing.Short() {
				n /= 10
			}
			illegal := 0
			histories(n, tt.mix, func(ops []history.Op) {
				list := steps(ops, nil)
				want := askPorcupine(model.Rules{}, "k", list, ops, time.Time{})
				if got := sweep(model.Rules{}, list, time.Time{}); got.verdict != want {
					t.Fatalf("sweep: %v, porcupine: %v\n%s", got.verdict, want, show(ops))
				}
				if want == Violation {
					illegal++
				}
			})
			if illegal*5 < n || illegal*5 > n*4 {
				t.Errorf("%d of %d histories are illegal: one side is hardly tested", illegal, n)
			}
		})
	}
}

// TestMonitorAgrees judges random queue histories by the rules and by search:
// porcupine, and the sweep where a Take's order counts. In enough of them each
// rule must be the only one that is broken.
func TestMonitorAgrees(t *testing.T) {
	for _, tt := range []struct {
		name  string
		mix   mix
		n     int
		alone int // histories in which each rule must be broken alone
	}{
		{"complete", mix{ops: queues, clients: 4, each: 3, spoilt: 0.9}, 100_000, 1_000},
		{"kills", mix{ops: queues, clients: 5, each: 3, kills: 0.4, spoilt: 0.9}, 50_000, 100},
		{"batches", mix{ops: batches, clients: 4, each: 3, spoilt: 0.9}, 50_000, 100},
		{"batches, kills", mix{ops: batches, clients: 4, each: 3, kills: 0.4, spoilt: 0.9}, 50_000, 100},
		{"takes", mix{ops: taking, clients: 4, each: 3, spoilt: 0.9}, 20_000, 50},
		{"takes, kills", mix{ops: taking, clients: 4, each: 3, kills: 0.4, spoilt: 0.9}, 20_000, 50},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, least := tt.n, tt.alone
			if testing.Short() {
				n, least = n/20, least/40
			}
			illegal := 0
			alone := map[monitor.Reason]int{}
			histories(n, tt.mix, func(ops []history.Op) {
				list := steps(ops, nil)
				var want Verdict
				if ordered(list) {
					want = sweep(model.Rules{}, list, time.Time{}).verdict
				} else {
					want = askPorcupine(model.Rules{}, "k", list, ops, time.Time{})
				}
				var broken []monitor.Reason
				text := ""
				for v := range monitor.Violations(ops, nil) {
					text += v.Text + "\n"
					if len(broken) == 0 || broken[len(broken)-1] != v.Reason {
						broken = append(broken, v.Reason)
					}
				}
				if (want == Violation) != (len(broken) > 0) {
					t.Fatalf("monitor: %v %s, search: %v\n%s", broken, text, want, show(ops))
				}
				if want == Violation {
					illegal++
				}
				if len(broken) == 1 {
					alone[broken[0]]++
				}
			})
			t.Logf("%d histories, %d illegal, one rule alone: %v", n, illegal, alone)
			if illegal*10 < n*3 {
				t.Errorf("%d of %d histories are illegal, 30 %% wanted", illegal, n)
			}
			for _, rule := range []monitor.Reason{monitor.Fresh, monitor.Repeat, monitor.Order, monitor.NotEmpty} {
				if alone[rule] < least {
					t.Errorf("rule %q alone is broken in %d histories, %d wanted", rule, alone[rule], least)
				}
			}
		})
	}
}

// TestMonitorAgreesOnClaims: exact where every claim returned, and never a
// false alarm elsewhere.
func TestMonitorAgreesOnClaims(t *testing.T) {
	n := 60_000
	if testing.Short() {
		n /= 20
	}
	illegal, again, missed, alone := 0, 0, 0, 0
	histories(n, mix{ops: claiming, clients: 4, each: 4, kills: 0.5, spoilt: 0.8}, func(ops []history.Op) {
		exact := true
		for i := range ops {
			exact = exact && (ops[i].In.Op != model.Claim || !ops[i].Pending())
			if ops[i].Out.Again {
				again++
			}
		}
		want := sweep(model.Rules{}, steps(ops, nil), time.Time{}).verdict
		v := monitor.Check(ops, nil)
		if want == Violation {
			illegal++
		}
		broken := slices.Collect(monitor.Violations(ops, nil))
		if len(broken) == 1 && broken[0].Reason == monitor.Redelivery {
			alone++
		}
		switch {
		case v != nil && want != Violation:
			t.Fatalf("false alarm: %s %s\n%s", v.Reason, v.Text, show(ops))
		case v == nil && want == Violation && exact:
			t.Fatalf("missed\n%s", show(ops))
		case v == nil && want == Violation:
			missed++
		}
	})
	t.Logf("%d histories, %d illegal, rule redelivery alone: %d; %d redeliveries, %d violations missed where claims never returned", n, illegal, alone, again, missed)
	if illegal*5 < n || again*12 < n || alone*60 < n {
		t.Errorf("%d illegal histories, %d by redelivery alone, and %d redeliveries in %d are too few", illegal, alone, again, n)
	}
}
