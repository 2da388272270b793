//go:build explore

package simdb

import (
	"errors"
	"fmt"
	"slices"
)

// Explored is a heap region whose steps a scheduler orders, with what an explorer needs beyond the public interface: to put everything back between two
// executions, to let a handle die, to name words, and to check the structure of the whole region.
type Explored struct {
	heap    *heapRegion
	bare    *region // the same memory without steps
	options Options // of its handles
	handles []*ExploredDB
	blocks  []blockUse // scratch of Check
	deaths  bool       // arguments of Check
	swept   bool
}

// ExploredOptions is the geometry of a region that is small enough to explore.
type ExploredOptions struct {
	BlockSize, BlockCount uint64
	Buckets, Slots        uint64
	Handles               uint64
	MaxVersion            uint64                  // 0: as large as the words allow
	Hazards               uint64                  // lanes of a handle that have some; 0: as many as usual
	Spares                bool                    // lanes keep spares, as they do in large regions
	Victims               uint64                  // blocks that can be named as victims; 0: all
	Hash                  func(key []byte) uint64 // nil: the usual one
}

// ExploredDB is a handle on an explored region.
type ExploredDB struct {
	*DB
	name   string
	lanes  []*lane // also those for building
	lists  [2]*[]*lane
	queues []*Queue
	joined []*DB // by Join
	dead   bool  // of use when all others have ended: it is no word
	saved  savedHandle
}

// savedHandle is what Restore puts back.
type savedHandle struct {
	closed, claims local
	lanes          []lane
	queues         []queue
}

// NewExplored creates a region whose steps are reported to s.
func NewExplored(o ExploredOptions, s Stepper) (*Explored, error) {
	opts := Options{
		BlockSize: o.BlockSize, BlockCount: o.BlockCount, buckets: o.Buckets, slots: o.Slots, handles: o.Handles, maxVersion: o.MaxVersion, hazards: o.Hazards,
		seed: func() uint64 { return 1 },
	}
	g, err := opts.geometry()
	if err != nil {
		return nil, err
	}
	g.hashFunc = o.Hash
	e := &Explored{heap: newHeapRegion(g), blocks: make([]blockUse, g.blockCount)}
	e.bare = e.heap.region()
	e.options = Options{hash: o.Hash, victims: o.Victims}
	if o.Spares {
		e.options.spareBlocks = allSpares
	}
	e.heap.hook = hook{s: s}
	return e, nil
}

// Attach opens a handle for as many goroutines as it is to have lanes. If these are several, their private words are steps too.
// They look for free blocks from block at on. The name is that of the owner in the names of words.
func (e *Explored) Attach(name string, lanes int, at uint64) (*ExploredDB, error) {
	heap := *e.heap
	heap.hook.private = lanes > 1
	opts := e.options
	opts.lanes = lanes
	db, err := attachHeap(&heap, opts)
	if err != nil {
		return nil, err
	}
	x := &ExploredDB{DB: db, name: name, lists: [2]*[]*lane{db.lanes.list.Load(), db.builders.list.Load()}}
	x.lanes = slices.Concat(*x.lists[0], *x.lists[1])
	for _, ln := range x.lanes {
		ln.cursor = at
	}
	e.handles = append(e.handles, x)
	return x, nil
}

// Join is Attach of the handle. The lanes of the new one keep no spares, as nobody could say where these are once the operation that attached has ended.
func (x *ExploredDB) Join() (*DB, error) {
	db, err := x.DB.Attach()
	if err != nil {
		return nil, err
	}
	for _, ln := range *db.lanes.list.Load() {
		ln.keeps = false
	}
	x.joined = append(x.joined, db)
	return db, nil
}

// Shared is the shared memory that executions change.
func (e *Explored) Shared() (lines, attach, buckets, blocks, locks []uint64) {
	g, b := &e.heap.geometry, e.heap.bytes
	return words(b[headerSize : g.waitLine(min(g.buckets, waitLines)-1)+waitLineSize]),
		words(b[g.attachOff : g.attachOff+g.handles*handleSize]),
		words(b[g.bucketOff : g.bucketOff+g.buckets*g.bucketSize]),
		words(b[g.blockOff : g.blockOff+g.blockCount*g.blockSize]),
		words(b[g.size:])
}

// Save keeps the private memory of the handles, and Restore puts it back.
func (e *Explored) Save() {
	for _, x := range e.handles {
		s := savedHandle{closed: x.DB.closed, claims: x.DB.claims}
		for _, ln := range x.lanes {
			s.lanes = append(s.lanes, *ln)
		}
		for _, q := range x.queues {
			s.queues = append(s.queues, q.queue)
		}
		x.saved = s
	}
}

// Restore puts back what Save kept.
func (e *Explored) Restore() {
	for _, x := range e.handles {
		x.DB.closed, x.DB.claims, x.dead, x.joined = x.saved.closed, x.saved.claims, false, nil
		x.DB.sleepers.lines = nil
		for i, ln := range x.lanes {
			*ln = x.saved.lanes[i]
		}
		for i, q := range x.queues {
			q.queue = x.saved.queues[i]
		}
		for i, l := range []*lanes{&x.DB.lanes, &x.DB.builders} {
			l.closed = false
			if l.list.Load() != x.lists[i] {
				l.list.Store(x.lists[i])
			}
		}
	}
}

// Keeps tells what the handle keeps in private memory that is not reported: whether it is closed, and where it looks for free blocks.
func (x *ExploredDB) Keeps(tell func(uint64)) {
	tell(x.DB.closed.v)
	tell(x.DB.claims.v)
	for _, q := range x.queues {
		for _, l := range []*local{&q.head, &q.tail, &q.found, &q.none} {
			tell(l.v)
		}
	}
	for _, ln := range x.lanes {
		tell(ln.word.v)
		tell(ln.cursor)
		tell(uint64(ln.spare))
		for _, h := range ln.hazards {
			tell(uint64(h.segment))
		}
		for _, i := range ln.hint[:ln.hints] {
			tell(uint64(i))
		}
	}
}

// Private says whether a word is not in the region, but in the memory of one process.
func Private(word uint64) bool { return word>>63 != 0 }

// Die releases the lock of a handle, as the kernel does some time after the death of its process. It is one step.
func (x *ExploredDB) Die() {
	x.r.locks.unlock(x.h.slot)
	x.dead = true
}

// DieJoined releases the locks that a killed process held beyond that of its handle: those of places that no living handle has from Attach.
// There may be only one such process.
func (x *ExploredDB) DieJoined(e *Explored) {
	for slot := uint64(1); slot <= e.heap.handles; slot++ {
		held := x.r.load(e.heap.lockWord(slot)) != 0
		if held && !e.attached(slot, handleWord(x.r.load(x.r.handle(slot)))) {
			x.r.locks.unlock(slot)
		}
	}
}

// Gone says whether the handle has died or was closed.
func (x *ExploredDB) Gone() bool { return x.dead || x.DB.closed.v != 0 }

// Deaths says whether a handle has died.
func (e *Explored) Deaths() bool {
	for _, x := range e.handles {
		if x.dead {
			return true
		}
	}
	return false
}

// alive says whether somebody holds the lock of a place.
func (e *Explored) alive(slot uint64) bool {
	return slot <= e.heap.handles && *e.bare.word(e.heap.lockWord(slot)) != 0
}

// attached says whether a place with that word is that of a handle from Attach that has not died; of one that has, somebody else may hold the lock, to sweep in its place.
func (e *Explored) attached(slot uint64, w handleWord) bool {
	for _, x := range e.handles {
		if !x.dead && x.h.slot == slot && x.h.word == w {
			return true
		}
	}
	return false
}

// Beside runs f while the handle's first lane is taken.
func (x *ExploredDB) Beside(f func()) {
	x.lanes[0].word.store(&x.r.mem, laneBusy)
	f()
	x.lanes[0].leave(&x.r.mem)
}

// Token is the reference in v: a number that names the entry within its region.
func (v Version) Token() uint64 { return uint64(v.word.ref()) }

// Token is the reference of the entry that p reads, and which of its records: a number that names what p is.
func (p Pack) Token() uint64 { return uint64(p.word.ref())<<8 ^ p.begin<<4 ^ p.count }

// BucketHead says whether word is the head of a bucket.
func (e *Explored) BucketHead(word uint64) bool {
	g := &e.heap.geometry
	return word >= g.bucketOff && word < g.bucketOff+g.buckets*g.bucketSize && (word-g.bucketOff)%g.bucketSize == 0
}

// Linked says, between two steps, whether every slot of the buckets leads to a block of that life that nobody may take.
func (e *Explored) Linked() error {
	r := e.bare
	for n := range r.buckets {
		for i := range r.slots {
			w := slotWord(r.load(r.bucket(n) + 8 + 8*i))
			if !w.used() || w.ref() == 0 {
				continue
			}
			off, err := r.deref(w.ref())
			if err != nil {
				return err
			}
			b := blockWord(r.load(off))
			if s := b.state(); b.version() != r.version(w.ref()) || s == free || s == resting || s == retired {
				return fmt.Errorf("bucket[%d].slot[%d] leads to %s, which is %s", n, i, e.refText(w.ref()), e.blockText(b))
			}
		}
	}
	return nil
}

// Links says whether Linked reads a word.
func (e *Explored) Links(word uint64) bool {
	g := &e.heap.geometry
	switch {
	case word >= g.blockOff && word < g.size:
		return (word-g.blockOff)%g.blockSize == 0
	case word >= g.bucketOff && word < g.bucketOff+g.buckets*g.bucketSize:
		return (word-g.bucketOff)%g.bucketSize != 0
	}
	return false
}

// blockUse is what Check found a block to be needed for.
type blockUse uint8

const (
	unused blockUse = iota
	usedByEntry
	usedByList
	usedByBucket
	usedBySegment
	usedByMessage // of a queue
	usedByHolder  // a message that is claimed or was given up
	usedAsSpare
)

// Check says whether the region at rest is as it should be: no insertion pending, every used slot names one entry that is where its key belongs, whole, and alone
// with that key; and every block is accounted for. After a death a linked block may stay announced by nobody. For queues see checkQueue.
func (e *Explored) Check(deaths, swept bool) error {
	r := e.bare
	e.deaths, e.swept = deaths, swept
	clear(e.blocks)
	for n := range r.buckets {
		if err := e.checkBucket(n, deaths); err != nil {
			return fmt.Errorf("bucket[%d]: %w", n, err)
		}
	}
	if err := e.checkHeld(); err != nil {
		return err
	}
	if err := e.claimSpares(); err != nil {
		return err
	}
	if err := e.checkPlaces(deaths); err != nil {
		return err
	}
	for i, use := range e.blocks {
		off, _ := r.block(uint64(i))
		w := blockWord(r.load(off))
		if w.version() > r.maxVersion {
			return fmt.Errorf("block[%d] is %s, beyond its last version", i, e.blockText(w))
		}
		want := index
		switch use {
		case unused:
			if w.version() < r.maxVersion && w.state() != free && w.state() != resting || w.version() >= r.maxVersion && w.state() != retired {
				return fmt.Errorf("block[%d] is %s, and nothing leads to it", i, e.blockText(w))
			}
			continue
		case usedByEntry:
			want = live
		case usedByList:
			want = cont
		case usedBySegment:
			if w.state() == marked {
				continue
			}
			want = segment
		case usedByMessage:
			want = queued
		case usedByHolder, usedAsSpare:
			continue
		}
		if w.state() != want && !(use == usedByEntry && deaths && w == makeBlockWord(dying, 0, w.version())) {
			return fmt.Errorf("block[%d] is %s instead of %v", i, e.blockText(w), want)
		}
	}
	return nil
}

// checkPlaces says whether every place whose lock is held is in use, and among those that are looked through; and the other way round, if nobody died, and for handles that
// the living made.
func (e *Explored) checkPlaces(deaths bool) error {
	for _, x := range e.handles {
		for _, db := range x.joined {
			if place := e.bare.load(e.bare.handle(db.h.slot)); !x.dead && (handleWord(place) != db.h.word || !e.alive(db.h.slot)) {
				return fmt.Errorf("attach[%d] is not locked any more by who has it, or somebody else's", db.h.slot)
			}
		}
	}
	for slot := uint64(1); slot <= e.heap.handles; slot++ {
		used, held := handleWord(e.bare.load(e.bare.handle(slot))).used(), e.alive(slot)
		switch {
		case held && !used:
			return fmt.Errorf("attach[%d] is clean, and locked", slot)
		case used && !held && !deaths:
			return fmt.Errorf("attach[%d] is in use, and nobody holds its lock", slot)
		case used && slot > e.bare.load(sharedOff):
			return fmt.Errorf("attach[%d] is in use, and only %d places are looked through", slot, e.bare.load(sharedOff))
		}
		for w := e.bare.hazardWord(slot, e.bare.hazardLanes, 0); w < e.bare.handle(slot)+handleSize; w += 8 {
			if e.bare.load(w) != 0 {
				return fmt.Errorf("attach[%d] has a hazard of a lane that has none", slot)
			}
		}
	}
	return nil
}

// claimSpares notes the blocks that the lanes of living handles keep. Those of the dead are swept.
func (e *Explored) claimSpares() error {
	for _, x := range e.handles {
		for _, ln := range x.lanes {
			if x.dead || ln.spare == 0 {
				continue
			}
			off, err := e.claim(ln.spare, usedAsSpare)
			if err != nil {
				return fmt.Errorf("spare of %s: %w", x.name, err)
			}
			if w := blockWord(e.bare.load(off)); w.state() != owned || w.owner() != ln.handle || ln.word.v == laneClosed {
				return fmt.Errorf("spare of %s is %s", x.name, e.blockText(w))
			}
		}
	}
	return nil
}

// claim notes that block b is used, once.
func (e *Explored) claim(b ref, use blockUse) (off uint64, err error) {
	off, err = e.bare.deref(b)
	if err != nil {
		return 0, err
	}
	i := e.bare.index(b)
	if e.blocks[i] != unused {
		return 0, fmt.Errorf("block[%d] is used twice", i)
	}
	if w := blockWord(e.bare.load(off)); w.version() != e.bare.version(b) {
		return 0, fmt.Errorf("block[%d] is %s, and linked as v%d", i, e.blockText(w), e.bare.version(b))
	}
	e.blocks[i] = use
	return off, nil
}

func (e *Explored) checkBucket(n uint64, deaths bool) error {
	r := e.bare
	head := r.bucket(n)
	if h := headWord(r.load(head)); h.pending() && !deaths {
		return errors.New("an insertion is pending")
	} else if h.pending() {
		if err := r.help(head, h); err != nil { // its author was killed: the next writer does this
			return err
		}
	}
	for c := r.chain(head); ; {
		for i := range c.slots {
			w := slotWord(r.load(c.slot + 8*i))
			if !w.used() {
				continue
			}
			if err := e.checkEntry(n, w); err != nil {
				return fmt.Errorf("slot[%d]: %w", c.place+i, err)
			}
		}
		if w := slotWord(r.load(c.link)); w.used() {
			if _, err := e.claim(w.ref(), usedByBucket); err != nil {
				return fmt.Errorf("link: %w", err)
			}
		}
		if ok, err := r.next(&c); err != nil || !ok {
			return err
		}
	}
}

func (e *Explored) checkEntry(bucket uint64, w slotWord) error {
	r := e.bare
	off, err := e.bare.deref(w.ref())
	if err != nil {
		return err
	}
	if meta(r.load(off+8)).kind() == kindQueue {
		return e.checkQueue(bucket, w)
	}
	if _, err = e.claim(w.ref(), usedByEntry); err != nil {
		return err
	}
	var en entry
	if !r.entry(&en, off) {
		return errors.New("names no entry")
	}
	if err := e.checkList(w.ref(), &en); err != nil {
		return err
	}
	return e.checkKey(bucket, w, &en)
}

// checkList claims the further blocks of an entry.
func (e *Explored) checkList(b ref, en *entry) (err error) {
	if !en.meta.multiple() {
		return nil
	}
	r := e.bare
	l, _ := r.list(en.bytes())
	lists := uint64(1)
	r.walkList(b, &l, tablesFirst, func(off uint64, c blockWord) {
		lists++
		if _, e := e.claim(r.makeRef((off-r.blockOff)/r.blockSize, c.version()), usedByList); e != nil && err == nil {
			err = e
		}
	})
	if err == nil && lists != l.blocks {
		err = fmt.Errorf("list of %d blocks has %d", l.blocks, lists)
	}
	return err
}

// checkKey says whether an entry stands where its key belongs, and alone.
func (e *Explored) checkKey(bucket uint64, w slotWord, en *entry) error {
	r := e.bare
	var buf [64]byte
	key, ok := r.appendKey(buf[:0], en)
	if !ok {
		return errors.New("key leads out of the region")
	}
	hash := r.hash(key)
	if r.bucketOf(hash) != bucket || w>>refBits != slotWord(slotTag(fingerprint(hash))) {
		return fmt.Errorf("key %q is in the wrong place", key)
	}
	// One key, one entry: the lookup of every entry's key leads back to it.
	var s seen
	if err := r.lookup(&s, key, hash); err != nil || s.ref() != w.ref() {
		return fmt.Errorf("key %q is there twice", key)
	}
	return nil
}

// Retired is the number of blocks that are worn out.
func (e *Explored) Retired() int {
	n := 0
	for i := range e.heap.blockCount {
		off, _ := e.bare.block(i)
		if blockWord(e.bare.load(off)).state() == retired {
			n++
		}
	}
	return n
}
