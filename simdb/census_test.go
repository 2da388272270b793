package simdb

import (
	"fmt"
	"testing"
)

// census is what a walk over a quiet region found: every block accounted for, no key twice, each entry whole. It walks the words by itself and uses none of the
// code that readers, writers and sweeps use to follow lists.
type census struct {
	r         *region
	entries   map[string]string
	free      uint64
	retired   uint64
	announced uint64            // entries whose unlinker was killed: dying(nobody), still linked
	spares    map[uint64]uint64 // of each handle
	pending   uint64            // entries whose inserter was killed: decided, not yet in their slot
	holder    map[uint64]string // of each block that is in use
	counts    map[state]uint64
	queues    map[string]*queueCensus
	claims    map[ref]claimCensus
}

// takeCensus fails if the region holds anything that quiet regions do not. What killed processes leave to whoever comes next is counted: announced, pending.
func takeCensus(r *region) (*census, error) {
	c := &census{r: r, entries: map[string]string{}, holder: map[uint64]string{}, spares: map[uint64]uint64{}, counts: map[state]uint64{},
		queues: map[string]*queueCensus{}, claims: map[ref]claimCensus{}}
	for i := range r.blockCount {
		if err := c.claim(i); err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
	}
	for n := range r.buckets {
		if err := c.bucket(n); err != nil {
			return nil, fmt.Errorf("bucket %d: %w", n, err)
		}
	}
	for i := range r.blockCount {
		if err := c.block(i); err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
	}
	c.free, c.retired = c.counts[free]+c.counts[resting], c.counts[retired]
	return c, nil
}

// block checks that a block is in use if and only if something leads to it.
func (c *census) block(i uint64) error {
	off, _ := c.r.block(i)
	w := blockWord(c.r.load(off))
	c.counts[w.state()]++
	holder := c.holder[i]
	switch w.state() {
	case free, retired, resting:
		if holder != "" {
			return fmt.Errorf("%v, but in use by %s", w.state(), holder)
		}
	case live, cont, index, dying, segment, marked, queued, claimed, orphan:
		if holder == "" {
			return fmt.Errorf("%v (owner %d), but nothing leads to it", w.state(), w.owner())
		}
	case owned:
		p := w.owner()
		c.spares[p]++
		if holder != "" || p == 0 || p > c.r.handles || !handleWord(c.r.load(c.r.handle(p))).used() || c.spares[p] > c.r.spares(p) {
			return fmt.Errorf("owned by handle %d in a quiet region, which has %d such blocks; used by %q", p, c.spares[p], holder)
		}
	default:
		return fmt.Errorf("%v by handle %d in a quiet region", w.state(), w.owner())
	}
	if w.version() > c.r.maxVersion {
		return fmt.Errorf("version %d beyond %d", w.version(), c.r.maxVersion)
	}
	return nil
}

// use records who leads to the block of a reference, and checks that it is in that life and one of those states.
func (c *census) use(b ref, holder string, want ...state) (uint64, error) {
	off, ok := c.r.block(c.r.index(b))
	if !ok {
		return 0, fmt.Errorf("%s leads to block %d of %d", holder, c.r.index(b), c.r.blockCount)
	}
	w := blockWord(c.r.load(off))
	if w.version() != c.r.version(b) {
		return 0, fmt.Errorf("%s leads to life %d of block %d, which is in life %d", holder, c.r.version(b), c.r.index(b), w.version())
	}
	if other := c.holder[c.r.index(b)]; other != "" {
		return 0, fmt.Errorf("block %d is in use by %s and by %s", c.r.index(b), other, holder)
	}
	c.holder[c.r.index(b)] = holder
	for _, s := range want {
		if w.state() == s && w.owner() == 0 {
			return off, nil
		}
	}
	return 0, fmt.Errorf("%s leads to block %d, which is %v by handle %d", holder, c.r.index(b), w.state(), w.owner())
}

func (c *census) bucket(n uint64) error {
	head := c.r.bucketOff + n*(c.r.slots+2)*8
	h := headWord(c.r.load(head))
	var pending slotWord
	var pendingPlace uint64
	if h.pending() {
		off, ok := c.r.block(c.r.index(h.ref()))
		if !ok {
			return fmt.Errorf("pending insertion leads out of the region")
		}
		m := meta(c.r.load(off + 8))
		pending, pendingPlace = makeSlot(m.fingerprint(), h.ref()), m.place()
	}
	keys := map[string]uint64{}
	slot, slots, link := head+8, c.r.slots, head+8+8*c.r.slots
	for place := uint64(0); ; {
		for range slots {
			w := slotWord(c.r.load(slot))
			if pending != 0 && place == pendingPlace {
				if w.used() && w != pending {
					return fmt.Errorf("place %d of a pending insertion is taken", place)
				}
				w, pending = pending, 0
				c.pending++
			}
			if err := c.slot(w, n, place, keys); err != nil {
				return fmt.Errorf("place %d: %w", place, err)
			}
			slot, place = slot+8, place+1
		}
		w := slotWord(c.r.load(link))
		if w == 0 && pending != 0 {
			return fmt.Errorf("pending insertion has no place %d", pendingPlace)
		}
		if w == 0 {
			return nil
		}
		off, err := c.use(w.ref(), fmt.Sprintf("chain of bucket %d", n), index)
		if err != nil {
			return err
		}
		if m := meta(c.r.load(off + 8)); m != makeIndexMeta(n) {
			return fmt.Errorf("overflow block says that it is of bucket %d", m.bucket())
		}
		link, slot, slots = off+blockHeader, off+blockHeader+8, (c.r.blockSize-blockHeader)/8-1
	}
}

func (c *census) slot(w slotWord, bucket, place uint64, keys map[string]uint64) error {
	if !w.used() {
		off, _ := c.r.block(c.r.index(w.ref()))
		if b := blockWord(c.r.load(off)); w != 0 && b.version() == c.r.version(w.ref()) && b.state() != free && b.state() != retired && b.state() != resting {
			return fmt.Errorf("dead, but its block is %v in the same life", b.state())
		}
		return nil
	}
	off, err := c.use(w.ref(), fmt.Sprintf("bucket %d", bucket), live, dying, segment, marked)
	if err != nil {
		return err
	}
	m, s := meta(c.r.load(off+8)), blockWord(c.r.load(off)).state()
	if isQueue := m.kind() == kindQueue; isQueue != (s == segment || s == marked) || !isQueue && !m.holdsValue() {
		return fmt.Errorf("linked block is %v, of kind %d", s, m.kind())
	}
	if s == dying {
		c.announced++
	}
	key, value, err := c.entry(w.ref(), off)
	if err != nil {
		return err
	}
	hash := c.r.hash(key)
	switch {
	case len(key) == 0:
		return fmt.Errorf("empty key")
	case c.r.bucketOf(hash) != bucket:
		return fmt.Errorf("key %.20q belongs into bucket %d", key, c.r.bucketOf(hash))
	case uint64(w)>>refBits != slotTag(fingerprint(hash)):
		return fmt.Errorf("key %.20q has another fingerprint", key)
	}
	if at, twice := keys[string(key)]; twice {
		return fmt.Errorf("key %.20q is also at place %d", key, at)
	}
	keys[string(key)] = place
	if m.kind() == kindQueue {
		return c.queue(w.ref(), key)
	}
	c.entries[string(key)] = string(value)
	return nil
}

// entry collects the bytes of an entry, block by block.
func (c *census) entry(head ref, off uint64) (key, value []byte, err error) {
	m := meta(c.r.load(off + 8))
	if !m.isEntry() {
		return nil, nil, fmt.Errorf("linked block is of kind %d", m.kind())
	}
	keyLen, valueLen := m.keyLen(), m.valueLen()
	payload := c.r.blockSize - blockHeader
	data := make([]byte, payload)
	c.r.copyOut(data, off+blockHeader)
	if m.multiple() {
		keyLen, valueLen = c.r.loadData(off+blockHeader), c.r.loadData(off+blockHeader+8)
		l, ok := c.r.list(pad8(keyLen) + pad8(valueLen))
		if !ok {
			return nil, nil, fmt.Errorf("impossible lengths %d, %d", keyLen, valueLen)
		}
		before := len(c.holder)
		data = data[16+8*l.refs:][:l.prefix]
		left := l.leaves
		for i := range l.refs {
			if data, err = c.tree(data, head, ref(c.r.loadData(off+blockHeader+16+8*i)), l.depth, &left); err != nil {
				return nil, nil, err
			}
		}
		if got := uint64(len(c.holder)-before) + 1; got != l.blocks || left != 0 {
			return nil, nil, fmt.Errorf("list of %d bytes has %d blocks instead of %d", l.bytes, got, l.blocks)
		}
	}
	if pad8(keyLen)+valueLen > uint64(len(data)) {
		return nil, nil, fmt.Errorf("lengths %d, %d in %d bytes", keyLen, valueLen, len(data))
	}
	return data[:keyLen], data[pad8(keyLen):][:valueLen], nil
}

// tree appends what hangs on a reference: a leaf at depth 1, else a table.
func (c *census) tree(data []byte, head, b ref, depth int, left *uint64) ([]byte, error) {
	off, err := c.use(b, fmt.Sprintf("list of block %d", c.r.index(head)), cont)
	if err != nil {
		return nil, err
	}
	if h, ok := homeOf(c.r.load(off + 8)); !ok || h != head {
		return nil, fmt.Errorf("block %d has another home", c.r.index(b))
	}
	payload := c.r.blockSize - blockHeader
	if depth == 1 {
		at := len(data)
		data = append(data, make([]byte, payload)...)
		c.r.copyOut(data[at:], off+blockHeader)
		*left--
		return data, nil
	}
	for at := uint64(0); at+8 <= payload && *left > 0; at += 8 {
		if data, err = c.tree(data, head, ref(c.r.loadData(off+blockHeader+at)), depth-1, left); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// checkRegion takes the census of a quiet region and compares it with Stats.
func checkRegion(t fataler, db *DB) *census {
	t.Helper()
	c, err := takeCensus(db.r)
	if err != nil {
		t.Fatalf("structure: %v", err)
	}
	s, err := db.Stats()
	must(t, err)
	switch {
	case s.Free+s.Owned+s.Live+s.Queues+s.Queued+s.Claimed+s.Index+s.Retired != s.BlockCount:
		t.Fatalf("stats do not add up: %+v", s)
	case s.Free != c.free || s.Retired != c.retired || s.Index != c.counts[index] || s.Owned != c.announced+c.counts[owned] ||
		s.Live != c.counts[live]+c.counts[cont] || s.Entries != uint64(len(c.entries)+len(c.queues)) ||
		s.Queues != c.counts[segment]+c.counts[marked] || s.Queued != c.counts[queued] || s.Claimed != c.counts[claimed]+c.counts[orphan]:
		t.Fatalf("stats %+v, census %v free, %v retired, %v, %d entries, %d queues", s, c.free, c.retired, c.counts, len(c.entries), len(c.queues))
	}
	return c
}

// checkAtEnd checks the region after the test, while db is still open.
func checkAtEnd(t testing.TB, db *DB) *DB {
	t.Cleanup(func() {
		if !t.Failed() {
			checkRegion(t, db)
		}
		db.Close()
	})
	return db
}

// openHeap is a region on the heap that is checked after the test.
func openHeap(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := OpenHeap(o)
	must(t, err)
	return checkAtEnd(t, db)
}

// openShm is a region in shared memory that is checked after the test.
func openShm(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := OpenPath(shmPath(t), o)
	must(t, err)
	return checkAtEnd(t, db)
}
