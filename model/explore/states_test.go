package explore

import (
	"fmt"
	"strings"
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

// A bound on preemptions leaves out the same by states as by schedules.
func TestStatesWithinMissNothing(t *testing.T) {
	for _, kills := range []bool{false, true} {
		t.Run(fmt.Sprint("kills=", kills), func(t *testing.T) {
			var schedules, explored, left uint64
			rapid.Check(t, func(t *rapid.T) {
				forgets := rapid.Bool().Draw(t, "forgets")
				sc := randomScenario(t, kills, forgets)
				enumerated(t, sc) // or it is not small enough
				sc.Guards = func(uint64) bool { return false }
				if forgets {
					sc.Keeps = func(*Proc) {}
				}
				bound := rapid.IntRange(0, 3).Draw(t, "bound")
				all := gathered(t, sc, Preemptions(bound), concrete)
				got := gathered(t, sc, StatesWithin(bound))
				if got.Result.Verdict != Passed || all.Result.Verdict != Passed {
					t.Fatalf("does not end: %v, %v", got.Result, all.Result)
				}
				schedules += all.Result.Executions
				explored += got.Result.Executions
				if strings.Contains(got.Result.Coverage, "preemptions") {
					left++
				}
				if missed := got.Lacks(all); missed != "" {
					t.Fatalf("StatesWithin misses %s", missed)
				}
				if invented := all.Lacks(got); invented != "" {
					t.Fatalf("StatesWithin invents %s", invented)
				}
			})
			t.Logf("%d schedules, %d explored; the bound left something out of %d scenarios", schedules, explored, left)
			if left == 0 {
				t.Error("the bound never mattered")
			}
		})
	}
}

// lockFree is a scenario of processes that may forget.
func lockFree(m *memory, keeps func(*Proc), processes ...Process) *Scenario {
	return &Scenario{Name: "forgetful", InPlace: true, Setup: m.setup, LockFree: true, Keeps: keeps, Processes: processes}
}

func nothing(*Proc) {}

// A loop that forgets what it saw comes back to the same state: that is a livelock, whether one process goes round or several do.
func TestStatesFindsCircles(t *testing.T) {
	m := newMemory(2)
	spin := do(func(*Proc) {
		begin := m.s.Here()
		for {
			m.s.Again(begin)
			if m.load(0) != 0 {
				return
			}
		}
	})
	r := explored(t, lockFree(m, nothing, spin, do(func(*Proc) { m.store(0, 1) })), States())
	wantFailure(t, r, Livelock)
	if r.States > 10 {
		t.Errorf("found after %d states", r.States)
	}

	polite := func(me int) Process {
		return do(func(*Proc) {
			begin := m.s.Here()
			for {
				m.s.Again(begin)
				m.store(me, 1)
				if m.load(1-me) == 0 {
					m.store(me, 0)
					return
				}
				m.store(me, 0)
			}
		})
	}
	r = explored(t, lockFree(m, nothing, polite(0), polite(1)), States())
	wantFailure(t, r, Livelock)
	again := explored(t, lockFree(m, nothing, polite(0), polite(1)), Replay(r.Failure.Schedule))
	wantFailure(t, again, Livelock)
}

// Without forgetting, too.
func TestStatesFindsALivelock(t *testing.T) {
	m := newMemory(1)
	r := explored(t, lockFree(m, nil, do(func(*Proc) {
		for m.load(0) == 0 {
		}
	}), do(func(*Proc) { m.store(0, 1) })), States())
	wantFailure(t, r, Livelock)
}

// What two orders of independent steps lead to is one state.
func TestStatesAreVisitedOnce(t *testing.T) {
	const steps = 20
	m := newMemory(2)
	count := func(i int) Process {
		return do(func(*Proc) {
			for range steps {
				m.add(i, 1)
			}
		})
	}
	r := explored(t, lockFree(m, nil, count(0), count(1)), States())
	wantPass(t, r)
	if want := uint64(steps*steps + steps + 1); r.States != want { // those with a choice, and those in which an operation has just ended
		t.Errorf("%d states, want %d: %v", r.States, want, r)
	}
	if want := uint64((steps+1)*(steps+1) - 1); r.Transitions != want { // one to each state
		t.Errorf("%d transitions, want %d: %v", r.Transitions, want, r)
	}
}

// An operation that forgets has fewer states, in proportion.
func TestForgettingMergesStates(t *testing.T) {
	m := newMemory(1)
	sc := func(forgets bool) *Scenario {
		look := do(func(*Proc) {
			begin := m.s.Here()
			for range 6 {
				m.load(0)
			}
			if forgets {
				m.s.Done(begin)
			}
			for range 6 {
				m.load(0)
			}
		})
		return lockFree(m, nothing, look, do(func(*Proc) {
			for range 6 {
				m.add(0, 1)
			}
		}))
	}
	attentive, forgetful := explored(t, sc(false), States()), explored(t, sc(true), States())
	wantPass(t, attentive)
	wantPass(t, forgetful)
	if 2*forgetful.States > attentive.States {
		t.Errorf("%d states instead of %d", forgetful.States, attentive.States)
	}
}

// CheckForgetting notices who forgets what matters, be it in the middle of an operation or between two.
func TestCheckForgetting(t *testing.T) {
	m := newMemory(2)
	var kept uint64
	track := func(s *Scheduler) {
		m.setup(s)
		kept = 0
		Track(s, "kept", &kept)
	}
	for _, remembers := range []bool{true, false} {
		copying := lockFree(m, nothing, do(func(*Proc) {
			begin := m.s.Here()
			v := m.load(0)
			if m.s.Done(begin); remembers {
				m.s.But(v)
			}
			m.load(1)
			m.store(1, v)
		}), do(func(*Proc) { m.store(0, 1) }))
		between := lockFree(m, nothing, Process{Ops: []Op{
			{Name: "look", Do: func(*Proc) any { kept = m.load(0); return nil }},
			{Name: "copy", Do: func(*Proc) any { m.store(1, kept); return nil }},
		}}, do(func(*Proc) { m.store(0, 1) }))
		between.Setup = track
		if remembers {
			between.Keeps = func(p *Proc) { p.Knows(kept) }
		}
		for _, sc := range []*Scenario{copying, between} {
			if r := explored(t, sc, CheckForgetting()); remembers {
				wantPass(t, r)
			} else {
				wantFailure(t, r, Forgot)
			}
		}
	}
}

// hidden is two threads of one process that share memory which is not reported, under a lock that is. In which order they had the lock shows in that memory alone.
func hidden(m *memory) *Scenario {
	var secret uint64
	thread := func(me uint64) Process {
		p := do(func(p *Proc) {
			locked := func(f func()) {
				if m.cas(0, 0, 1) {
					f()
					m.store(0, 0)
				} else {
					m.store(1, 1)
				}
			}
			locked(func() { secret = secret*2 + me })
			locked(func() { m.add(2, secret) })
		})
		p.Group = "process"
		return p
	}
	return &Scenario{
		Name: "hidden", InPlace: true, Processes: []Process{thread(0), thread(1)},
		Setup: func(s *Scheduler) {
			m.setup(s)
			secret = 1
			Track(s, "secret", &secret)
		},
		Invariant: func(*Execution) error { return nil },
	}
}

// Private memory that processes share tells no states apart, so what orders it has to hand over what they know.
func TestGuards(t *testing.T) {
	m := newMemory(3)
	sc := hidden(m)
	if _, err := Run(sc, States()); err == nil {
		t.Fatal("States takes a group of two without Guards")
	}
	all, err := Gather(sc, Schedules(), concrete)
	if err != nil || all.Result.Verdict != Passed {
		t.Fatal(all, err)
	}
	for _, guarded := range []bool{true, false} {
		sc.Guards = func(addr uint64) bool { return guarded && addr == 0 }
		got, err := Gather(sc, States())
		if err != nil {
			t.Fatal(err)
		}
		wrong := difference(got, all, false)
		if guarded != (wrong == "") {
			t.Errorf("guarded %v: %q of %v", guarded, wrong, all.Outcomes)
		}
	}
}

// A state in which the processes are about to do something else than before, knowing the same, is no state: something is missing.
func TestStatesNoticesHiddenMemory(t *testing.T) {
	m := newMemory(4)
	hidden := 0
	sc := &Scenario{
		Name: "hidden", InPlace: true, LockFree: true,
		Setup: func(s *Scheduler) {
			m.setup(s)
			hidden = 0
			Track(s, "hidden", &hidden)
		},
		Processes: []Process{
			do(func(*Proc) { m.store(0, 1); hidden = 1; m.load(1) }),
			do(func(*Proc) { m.store(0, 2); m.load(2 + hidden) }),
			do(func(*Proc) { m.store(0, 3); m.load(1) }), // nobody knows any more who was first
		},
	}
	wantFailure(t, explored(t, sc, States()), Nondeterminism)
}

// An exploration that has no room or no time left for states is no pass.
func TestStateLimitIsNoPass(t *testing.T) {
	m := newMemory(3)
	count := func(i int) Process {
		return do(func(*Proc) {
			for range 30 {
				m.add(i, 1)
			}
		})
	}
	sc := lockFree(m, nil, count(0), count(1), count(2))
	for limit, verdict := range map[int]Verdict{1000: Incomplete, 100000: Passed} {
		r := explored(t, sc, States(), StateLimit(limit))
		if r.Verdict != verdict || r.States > uint64(limit) {
			t.Errorf("%v", r)
		}
	}
	r := explored(t, sc, States(), Budget(time.Nanosecond))
	if r.Verdict != Incomplete {
		t.Errorf("%v", r)
	}
}

// EachStep sees every state between steps.
func TestStatesChecksEachStep(t *testing.T) {
	m := newMemory(2)
	pulse := func(i int) Process {
		return do(func(*Proc) {
			m.store(i, 1)
			m.store(i, 0)
		})
	}
	sc := lockFree(m, nil, pulse(0), pulse(1))
	sc.EachStep = func() error {
		if m.words[0] == 1 && m.words[1] == 1 {
			return fmt.Errorf("both are up")
		}
		return nil
	}
	wantFailure(t, explored(t, sc, States()), Violation)
}

// What cannot go on alone is found in whatever state it is.
func TestStatesFindsWhoWaits(t *testing.T) {
	m := newMemory(3)
	wait := do(func(p *Proc) {
		m.load(1)
		for m.load(0) == 0 {
			p.Retry()
		}
	})
	sc := lockFree(m, nil, do(func(*Proc) { m.store(0, 1) }), wait)
	r := explored(t, sc, States())
	wantFailure(t, r, NotLockFree)
	if r.Failure.Schedule != "b2" {
		t.Errorf("%v", r.Failure)
	}
	sc.Processes[1].Ops[0].Blocking = true
	wantPass(t, explored(t, sc, States()))
	sc.Processes = sc.Processes[1:]
	wantFailure(t, explored(t, sc, States()), Deadlock)
}
