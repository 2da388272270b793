package explore

// seenStates is the set of states that an exploration has been in, each with the processes that were asleep there: a hash table with open addressing.
type seenStates struct {
	slots []seenState // a power of two
	n     int
	limit int // of n
}

// seenState is a state, by its hash. None has the hash 0.
type seenState struct {
	key   hash
	sleep uint32
	next  uint32 // what the processes were about to do
}

const firstSlots = 1 << 10

func newSeenStates(limit int) *seenStates {
	return &seenStates{slots: make([]seenState, firstSlots), limit: limit}
}

// find is the place of a state, in which it stands if it has been seen. It is good until the next add.
func (t *seenStates) find(key hash) (at *seenState, seen bool) {
	mask := uint64(len(t.slots) - 1)
	for i := key.lo & mask; ; i = (i + 1) & mask {
		switch at = &t.slots[i]; at.key {
		case key:
			return at, true
		case hash{}:
			return at, false
		}
	}
}

// add puts a state where find did not find it. It reports false if there is no room for more.
func (t *seenStates) add(at *seenState, s seenState) bool {
	if t.n >= t.limit {
		return false
	}
	*at = s
	if t.n++; t.n > len(t.slots)/4*3 {
		t.grow()
	}
	return true
}

func (t *seenStates) grow() {
	old := t.slots
	t.slots = make([]seenState, 2*len(old))
	for i := range old {
		if old[i].key != (hash{}) {
			at, _ := t.find(old[i].key)
			*at = old[i]
		}
	}
}
