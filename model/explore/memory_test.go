package explore

// memory is a few shared words whose operations report their steps in place, as production code does.
type memory struct {
	s     *Scheduler
	words []uint64
}

func newMemory(n int) *memory { return &memory{words: make([]uint64, n)} }

// setup is Scenario.Setup.
func (m *memory) setup(s *Scheduler) {
	m.s = s
	clear(m.words)
	TrackSlice(s, "m", m.words)
}

func (m *memory) step(kind Kind, i int, f func(uint64) uint64) uint64 {
	m.s.Before(kind, uint64(i))
	old := m.words[i]
	m.words[i] = f(old)
	m.s.After(old, m.words[i])
	return old
}

func (m *memory) load(i int) uint64 {
	return m.step(Load, i, func(v uint64) uint64 { return v })
}

func (m *memory) store(i int, v uint64) {
	m.step(Store, i, func(uint64) uint64 { return v })
}

func (m *memory) add(i int, d uint64) uint64 {
	return d + m.step(Add, i, func(v uint64) uint64 { return v + d })
}

func (m *memory) cas(i int, old, new uint64) bool {
	return old == m.step(CAS, i, func(v uint64) uint64 {
		if v == old {
			return new
		}
		return v
	})
}

// copyStore is a plain store.
func (m *memory) copyStore(i int, v uint64) {
	m.step(CopyStore, i, func(uint64) uint64 { return v })
}

// exchange is Scenario.StoreBuffer.
func (m *memory) exchange(addr, v uint64) (old uint64) {
	old, m.words[addr] = m.words[addr], v
	return old
}
