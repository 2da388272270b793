package simdb

// heapRegion is a region in private memory: for tests, for the race detector (which sees nothing in mapped memory) and for the explorer.
// Its handles share one process and may be killed by a test.
type heapRegion struct {
	bytes []byte // the region, then a word for the lock of each place: 1 = held
	geometry
	hook hook
}

func newHeapRegion(g *geometry) *heapRegion {
	h := &heapRegion{bytes: alignedBytes(g.size + 8*g.handles), geometry: *g}
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

// lockWord is the offset of the lock of a place.
func (h *heapRegion) lockWord(slot uint64) uint64 { return h.size + 8*(slot-1) }

type heapLocks struct {
	h   *heapRegion
	mem *mem
}

func (l *heapLocks) tryLock(slot uint64) (bool, error) {
	return l.mem.cas(l.h.lockWord(slot), 0, 1), nil
}

func (l *heapLocks) unlock(slot uint64) { l.mem.store(l.h.lockWord(slot), 0) }

func (l *heapLocks) held(slot uint64) (bool, error) {
	return l.mem.load(l.h.lockWord(slot)) == 1, nil
}

func (l *heapLocks) close() error { return nil }
