package explore

import (
	"fmt"
	"testing"
)

// putPutGet is the shape of a shared-memory store, with payload words per value: two writers fill a block of their own and publish it by a CAS,
// a reader copies the block that is current and checks that it still is.
func putPutGet(payload int) *Scenario {
	m := &directMemory{words: make([]uint64, 1+3*payload)}
	put := func(p int) func(*Proc) any {
		return func(*Proc) any {
			for i := range payload {
				m.store(CopyStore, 1+p*payload+i, uint64(10*p+10))
			}
			for {
				h := m.load(Load, 0)
				if m.cas(0, h, (h>>8+1)<<8|uint64(p)) {
					return nil
				}
			}
		}
	}
	get := func(*Proc) any {
		for {
			h := m.load(Load, 0)
			var sum uint64
			for i := range payload {
				sum += m.load(CopyLoad, 1+int(h&0xff)*payload+i)
			}
			if m.load(Load, 0) == h {
				return int(sum) / payload
			}
		}
	}
	return &Scenario{
		Name: fmt.Sprintf("put/put/get of %d words", payload), InPlace: true, LockFree: true,
		Setup: func(s *Scheduler) { m.s = s; clear(m.words); m.words[0] = 2; TrackSlice(s, "m", m.words) },
		Processes: []Process{
			{Name: "put1", Ops: []Op{{Name: "put 10", Input: 10, Do: put(0)}}},
			{Name: "put2", Ops: []Op{{Name: "put 20", Input: 20, Do: put(1)}}},
			{Name: "get", Ops: []Op{{Name: "get", Input: 0, Do: get}}},
		},
		Model: &Model{
			Init: func() any { return 0 },
			Step: func(state, input, output any) (bool, any) {
				if input.(int) == 0 {
					return output == Unknown || state == output, state
				}
				return true, input
			},
		},
	}
}

// directMemory is memory without closures, as code in production is.
type directMemory struct {
	s     *Scheduler
	words []uint64
}

func (m *directMemory) load(kind Kind, i int) uint64 {
	m.s.Before(kind, uint64(i))
	v := m.words[i]
	m.s.After(v, v)
	return v
}

func (m *directMemory) store(kind Kind, i int, v uint64) {
	m.s.Before(kind, uint64(i))
	old := m.words[i]
	m.words[i] = v
	m.s.After(old, v)
}

func (m *directMemory) cas(i int, old, new uint64) bool {
	m.s.Before(CAS, uint64(i))
	was := m.words[i]
	if was == old {
		m.words[i] = new
	}
	m.s.After(was, m.words[i])
	return was == old
}

// BenchmarkExecutions is one checked execution per iteration, of three processes with about 20 steps each.
func BenchmarkExecutions(b *testing.B) {
	for _, kills := range []int{0, 1} {
		b.Run(fmt.Sprintf("kills=%d", kills), func(b *testing.B) {
			sc := putPutGet(17)
			sc.Kills = kills
			var executions, steps uint64
			b.ReportAllocs()
			for executions < uint64(b.N) {
				r, err := Run(sc)
				if err != nil {
					b.Fatal(err)
				}
				if r.Verdict != Passed {
					b.Fatal(r)
				}
				executions += r.Executions
				steps += r.Steps
				b.Logf("%v", r)
			}
			b.ReportMetric(float64(steps)/float64(executions), "steps/execution")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(executions), "ns/execution")
		})
	}
}
