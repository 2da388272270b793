package explore

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// litmus explores processes that return what they loaded, and collects the combinations.
func litmus(t *testing.T, buffered bool, programs ...func(m *memory) string) []string {
	t.Helper()
	m := newMemory(2)
	outcomes := map[string]bool{}
	sc := &Scenario{
		Name: "litmus", InPlace: true, Setup: m.setup,
		Invariant: func(x *Execution) error {
			var parts []string
			for i := range programs {
				r, _ := x.Result(i, 0)
				parts = append(parts, r.(string))
			}
			outcomes[strings.TrimSpace(strings.Join(parts, " "))] = true
			return nil
		},
	}
	if buffered {
		sc.StoreBuffer = m.exchange
	}
	for _, p := range programs {
		sc.Processes = append(sc.Processes, Process{Ops: []Op{{Name: "run", Do: func(*Proc) any { return p(m) }}}})
	}
	r := explored(t, sc)
	wantPass(t, r)
	if want := map[bool]string{true: "x86-TSO", false: "sequential consistency"}[buffered]; r.MemoryModel != want || !strings.Contains(r.String(), "memory model: "+want) {
		t.Errorf("%v", r)
	}
	return slices.Sorted(maps.Keys(outcomes))
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("outcomes %q, want %q", got, want)
	}
}

const x, y = 0, 1

// Two processes, each storing to one word and loading the other: only a store buffer lets both load 0, and a locked store does not.
func TestStoreBuffering(t *testing.T) {
	plain := func(mine, other int) func(m *memory) string {
		return func(m *memory) string {
			m.copyStore(mine, 1)
			return fmt.Sprint(m.load(other))
		}
	}
	fenced := func(mine, other int) func(m *memory) string {
		return func(m *memory) string {
			m.store(mine, 1)
			return fmt.Sprint(m.load(other))
		}
	}
	drained := func(mine, other int) func(m *memory) string {
		return func(m *memory) string {
			m.copyStore(mine, 1)
			m.add(mine, 0)
			return fmt.Sprint(m.load(other))
		}
	}
	want(t, litmus(t, false, plain(x, y), plain(y, x)), "0 1", "1 0", "1 1")
	want(t, litmus(t, true, plain(x, y), plain(y, x)), "0 0", "0 1", "1 0", "1 1")
	want(t, litmus(t, true, fenced(x, y), fenced(y, x)), "0 1", "1 0", "1 1")
	want(t, litmus(t, true, drained(x, y), drained(y, x)), "0 1", "1 0", "1 1")
	want(t, litmus(t, true, plain(x, y), fenced(y, x)), "0 0", "0 1", "1 0", "1 1")
}

// Stores reach memory in order: who sees the second sees the first.
func TestMessagePassing(t *testing.T) {
	send := func(m *memory) string {
		m.copyStore(x, 1)
		m.copyStore(y, 1)
		return ""
	}
	receive := func(m *memory) string {
		flag := m.load(y)
		return fmt.Sprint(flag, m.load(x))
	}
	want(t, litmus(t, true, send, receive), "0 0", "0 1", "1 1")
}

// A process sees its own stores before they reach memory.
func TestStoreForwarding(t *testing.T) {
	own := func(mine, other int) func(m *memory) string {
		return func(m *memory) string {
			m.copyStore(mine, 1)
			m.copyStore(mine, 2)
			return fmt.Sprint(m.load(mine), m.load(other))
		}
	}
	want(t, litmus(t, true, own(x, y), own(y, x)), "2 0 2 0", "2 0 2 1", "2 0 2 2", "2 1 2 0", "2 1 2 1", "2 1 2 2", "2 2 2 0", "2 2 2 1", "2 2 2 2")
}

// Loads are not reordered with older loads, and all see stores in one order.
func TestIndependentReadsOfIndependentWrites(t *testing.T) {
	write := func(i int) func(m *memory) string {
		return func(m *memory) string { m.copyStore(i, 1); return "" }
	}
	read := func(first, second int) func(m *memory) string {
		return func(m *memory) string {
			v := m.load(first)
			return fmt.Sprint(v, m.load(second))
		}
	}
	got := litmus(t, true, write(x), write(y), read(x, y), read(y, x))
	for _, o := range got {
		if strings.Join(strings.Fields(o), " ") == "1 0 1 0" {
			t.Errorf("the readers disagree on the order of the writes: %q", got)
		}
	}
	if len(got) != 15 {
		t.Errorf("%d outcomes: %q", len(got), got)
	}
}

// What a killed process has in its buffer reaches memory, and before the kernel and recovery look.
func TestBufferOutlivesItsProcess(t *testing.T) {
	m := newMemory(3)
	sc := &Scenario{
		Name: "buffered death", InPlace: true, Setup: m.setup, StoreBuffer: m.exchange, Kills: 1, Marks: []string{"seen late"},
		Processes: []Process{
			{Name: "victim", Ops: []Op{{Name: "write", Do: func(*Proc) any { m.copyStore(x, 1); m.copyStore(y, 1); return nil }}}},
			{Name: "reader", Unkillable: true, Ops: []Op{{Name: "read", Do: func(p *Proc) any {
				if m.load(x) == 0 && m.load(2) == 0 && m.load(x) == 1 {
					p.Mark("seen late")
				}
				return nil
			}}}},
		},
		OnKill: func(p *Proc, _ string) { m.store(2, 1+m.load(x)+m.load(y)) },
		Invariant: func(x *Execution) error {
			if x.Killed(0) && m.words[2] != 1+m.words[0]+m.words[1] {
				return errors.New("a store reached memory after the kernel had released the dead")
			}
			return nil
		},
	}
	wantPass(t, explored(t, sc))
}
