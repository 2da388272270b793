package explore

import (
	"errors"
	"fmt"
	"testing"
)

// Every crash point of a lone process shows in what it leaves behind.
func TestKilledBeforeEveryStep(t *testing.T) {
	m := newMemory(4)
	left := map[string]bool{}
	sc := &Scenario{
		Name: "writer", InPlace: true, Setup: m.setup, Kills: 1,
		Processes: []Process{do(func(*Proc) {
			for i := range m.words {
				m.store(i, 1)
			}
		})},
		Invariant: func(x *Execution) error {
			if _, returned := x.Result(0, 0); returned == x.Killed(0) || x.Killed(0) != x.AnyKilled() {
				return errors.New("a killed operation returned")
			}
			left[fmt.Sprint(m.words)] = true
			return nil
		},
	}
	r := explored(t, sc)
	wantPass(t, r)
	if len(left) != 5 || r.Executions != 5 || r.Crashed != 4 || r.CrashPoints != 4 {
		t.Errorf("%v leaves %v", r, left)
	}
}

// Private words make no crash points.
func TestPrivateWordsMakeNoCrashPoints(t *testing.T) {
	m := newMemory(4)
	sc := &Scenario{
		Name: "private", InPlace: true, Setup: m.setup, Kills: 1, Private: func(addr uint64) bool { return addr != 2 },
		Processes: []Process{do(func(*Proc) {
			for i := range m.words {
				m.store(i, 1)
			}
		})},
	}
	r := explored(t, sc)
	wantPass(t, r)
	if r.CrashPoints != 2 { // before and after the change of word 2
		t.Errorf("%v", r)
	}
}

// What a killed process has deferred cannot store, whatever it does about panics, and it does not run on.
func TestDeferredCallsOfTheDeadDoNothing(t *testing.T) {
	m := newMemory(2)
	sc := &Scenario{
		Name: "deferred", InPlace: true, Setup: m.setup, Kills: 1, Marks: []string{"killed between"},
		Processes: []Process{do(func(*Proc) {
			defer func() {
				recover()
				m.store(1, 2)
			}()
			m.store(0, 1)
			m.store(1, 1)
		})},
		Invariant: func(x *Execution) error {
			switch got := [2]uint64{m.words[0], m.words[1]}; {
			case x.Killed(0) && got == [2]uint64{1, 0}:
				x.Mark("killed between")
			case x.Killed(0) && got != [2]uint64{} && got != [2]uint64{1, 1}, !x.Killed(0) && got != [2]uint64{1, 2}:
				return fmt.Errorf("%v, killed %v", got, x.Killed(0))
			}
			return nil
		},
	}
	wantPass(t, explored(t, sc))
}

// The kernel releases what the dead held at any later time, step by step, and recovery begins after that.
func TestOnKillComesLaterAndRecoveryAfterIt(t *testing.T) {
	m := newMemory(4) // 0: victim's, 1 and 2: locks, 3: recovered
	sc := &Scenario{
		Name: "release", InPlace: true, Setup: m.setup, Kills: 1,
		Marks: []string{"alive", "half released", "released", "recovered"},
		Processes: []Process{
			{Name: "victim", Ops: []Op{{Name: "work", Do: func(*Proc) any { m.store(0, 1); return nil }}}},
			{Name: "observer", Unkillable: true, Ops: []Op{{Name: "look", Do: func(p *Proc) any {
				recovered, second, first := m.load(3), m.load(2), m.load(1)
				switch {
				case recovered == 1 && (second == 0 || first == 0):
					p.Errorf("recovery came before the release")
				case recovered == 1:
					p.Mark("recovered")
				case second == 1:
					p.Mark("released")
				case first == 1:
					p.Mark("half released")
				}
				return nil
			}}}},
		},
		OnKill: func(p *Proc, group string) {
			if group != "victim" {
				p.Errorf("killed %s", group)
			}
			m.store(1, 1)
			m.store(2, 1)
		},
		Recover: []Op{{Name: "recover", Do: func(*Proc) any { m.store(3, 1); return nil }}},
		Invariant: func(x *Execution) error {
			if x.Killed(0) != (m.words[3] == 1) {
				return errors.New("recovered without a death, or not at all")
			}
			if !x.Killed(0) {
				x.Mark("alive")
			}
			return nil
		},
	}
	r := explored(t, sc)
	wantPass(t, r)
	if r.CrashPoints != 2 { // before the store, and after it, when it has nothing left to do
		t.Errorf("%v", r)
	}
}

// A group dies at once, at every pair of places of its processes.
func TestGroupDiesTogether(t *testing.T) {
	m := newMemory(2)
	count := func(i int) Process {
		return Process{Name: fmt.Sprint("thread ", i), Group: "server", Ops: []Op{{Name: "count", Do: func(*Proc) any {
			m.add(i, 1)
			m.add(i, 1)
			return nil
		}}}}
	}
	left := map[[2]uint64]bool{}
	sc := &Scenario{
		Name: "group", InPlace: true, Setup: m.setup, Kills: 1, Processes: []Process{count(0), count(1)},
		Invariant: func(x *Execution) error {
			if x.AnyKilled() {
				left[[2]uint64{m.words[0], m.words[1]}] = true
			}
			return nil
		},
	}
	wantPass(t, explored(t, sc))
	if len(left) != 8 { // all of 3×3 but the last, when nobody is left to kill
		t.Errorf("killed at %v", left)
	}
}

func TestTwoKills(t *testing.T) {
	m := newMemory(2)
	one := func(i int) Process { return do(func(*Proc) { m.store(i, 1) }) }
	both := func(kills int) bool {
		seen := false
		sc := &Scenario{
			Name: "two kills", InPlace: true, Setup: m.setup, Kills: kills, Processes: []Process{one(0), one(1)},
			Invariant: func(x *Execution) error {
				seen = seen || x.Killed(0) && x.Killed(1)
				return nil
			},
		}
		wantPass(t, explored(t, sc))
		return seen
	}
	if both(1) || !both(2) {
		t.Error("Kills does not limit the number of kills")
	}
}

// An operation that was killed may or may not have taken effect, but not both, and not if it changed nothing.
func TestKilledOperationInAHistory(t *testing.T) {
	write := func(m *memory, careless bool) *Scenario {
		return &Scenario{
			Name: "killed write", InPlace: true, Setup: m.setup, Kills: 1, Model: registerModel,
			Processes: []Process{
				{Name: "writer", Ops: []Op{{Name: "write 1", Input: 1, Do: func(*Proc) any {
					m.store(0, 1)
					if careless {
						m.store(0, 0)
						m.store(0, 1)
					}
					return nil
				}}}},
				{Name: "reader", Unkillable: true, Ops: []Op{
					{Name: "read", Input: "read", Do: func(*Proc) any { return int(m.load(0)) }},
					{Name: "read", Input: "read", Do: func(*Proc) any { return int(m.load(0)) }},
				}},
			},
		}
	}
	wantPass(t, explored(t, write(newMemory(1), false)))
	wantFailure(t, explored(t, write(newMemory(1), true)), NotLinearizable)
}

// The model is asked what a killed operation does, with Unknown.
func TestUnknownOutput(t *testing.T) {
	m := newMemory(1)
	asked := false
	model := *registerModel
	model.Step = func(state, input, output any) (bool, any) {
		asked = asked || output == Unknown
		return registerModel.Step(state, input, output)
	}
	sc := &Scenario{
		Name: "unknown", InPlace: true, Setup: m.setup, Kills: 1, Model: &model,
		Processes: []Process{{Ops: []Op{{Name: "write 1", Input: 1, Do: func(*Proc) any { m.store(0, 1); m.load(0); return nil }}}}},
		After:     []Op{{Name: "read", Input: "read", Do: func(*Proc) any { return int(m.load(0)) }}},
	}
	wantPass(t, explored(t, sc))
	if !asked {
		t.Error("no operation was pending")
	}
}
