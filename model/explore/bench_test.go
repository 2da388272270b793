package explore

import (
	"fmt"
	"testing"
	"time"
)

// putPutGet is the shape of a shared-memory store, with payload words per value: two writers fill a block of their own and publish it by a CAS,
// a reader copies the block that is current and checks that it still is. Every operation is done twice, and all blocks are reused.
func putPutGet(payload int) *Scenario {
	const blocks = 3
	m := &directMemory{words: make([]uint64, 1+blocks*payload)}
	// Each writer owns a block, and when it has published that, the one that it replaced.
	var own [2]uint64
	put := func(p int, v uint64) Op {
		return Op{Name: fmt.Sprint("put ", v), Input: int(v), Do: func(proc *Proc) any {
			for i := range payload {
				m.store(CopyStore, 1+int(own[p])*payload+i, v)
			}
			for {
				h := m.load(Load, 0)
				if m.cas(0, h, (h>>8+1)<<8|own[p]) {
					own[p] = h & 0xff
					return nil
				}
				proc.Retry()
			}
		}}
	}
	get := Op{Name: "get", Input: "read", Do: func(proc *Proc) any {
		for {
			h := m.load(Load, 0)
			var sum uint64
			for i := range payload {
				sum += m.load(CopyLoad, 1+int(h&0xff)*payload+i)
			}
			if m.load(Load, 0) == h {
				return int(sum) / payload
			}
			proc.Retry()
		}
	}}
	return &Scenario{
		Name: fmt.Sprintf("put/put/get of %d words", payload), InPlace: true, LockFree: true, Model: registerModel,
		Setup: func(s *Scheduler) {
			m.s = s
			m.words[0] = 2
			own = [2]uint64{0, 1}
			TrackSlice(s, "m", m.words)
			Track(s, "own", &own)
		},
		Processes: []Process{
			{Name: "put1", Ops: []Op{put(0, 1), put(0, 2)}},
			{Name: "put2", Ops: []Op{put(1, 3), put(1, 4)}},
			{Name: "get", Ops: []Op{get, get}},
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

// BenchmarkExecutions explores three processes of about 20 steps each for a second per iteration. Given-up executions are not counted, and every one that is has been
// checked against the model.
func BenchmarkExecutions(b *testing.B) {
	for _, kills := range []int{0, 1} {
		b.Run(fmt.Sprintf("kills=%d", kills), func(b *testing.B) {
			sc := putPutGet(8)
			sc.Kills = kills
			var total Result
			for b.Loop() {
				r, err := Run(sc, Budget(time.Second))
				if err != nil || r.Verdict == Failed {
					b.Fatal(r, err)
				}
				total.Executions += r.Executions
				total.Pruned += r.Pruned
				total.Steps += r.Steps
				total.Elapsed += r.Elapsed
			}
			b.ReportMetric(float64(total.Executions)/total.Elapsed.Seconds(), "executions/s")
			b.ReportMetric(float64(total.Pruned)/float64(total.Executions), "given-up/execution")
			b.ReportMetric(float64(total.Steps)/float64(total.Executions+total.Pruned), "steps/execution")
		})
	}
}
