package simdb

// heapRegion is a region in private memory: for tests, for the race detector (which sees nothing in mapped memory) and for the explorer.
// Its handles share one process and may be killed by a test.
type heapRegion struct {
	bytes []byte
	geometry
	locked []local // by slot-1; 1 = held
	hook   hook
}

func newHeapRegion(g *geometry) *heapRegion {
	h := &heapRegion{bytes: alignedBytes(g.size), geometry: *g, locked: make([]local, g.handles)}
	copy(h.bytes, encodeHeader(g))
	return h
}

// region is a view of h for one handle.
func (h *heapRegion) region() *region {
	r := &region{mem: newMem(h.bytes), geometry: h.geometry}
	r.hook = h.hook
	r.locks = &heapLocks{h: h, mem: &r.mem}
	return r
}

type heapLocks struct {
	h   *heapRegion
	mem *mem
}

func (l *heapLocks) tryLock(slot uint64) (bool, error) {
	return l.h.locked[slot-1].cas(l.mem, 0, 1), nil
}

func (l *heapLocks) unlock(slot uint64) { l.h.locked[slot-1].store(l.mem, 0) }

func (l *heapLocks) held(slot uint64) (bool, error) {
	return l.h.locked[slot-1].load(l.mem) == 1, nil
}

func (l *heapLocks) close() error { return nil }
