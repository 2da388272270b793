package simdb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
)

// Finding is one thing that Check found wrong.
type Finding struct {
	Offset uint64 // in the region, bytes
	Block  int64  // number of the block, -1 if it is none
	Key    []byte // of the entry, nil if unknown
	What   string
	Swept  bool // a sweep mends it: it was left by a handle that died
}

func (f Finding) String() string {
	s := fmt.Sprintf("offset %d", f.Offset)
	if f.Block >= 0 {
		s += fmt.Sprintf(", block %d", f.Block)
	}
	if f.Key != nil {
		s += fmt.Sprintf(", key %q", f.Key)
	}
	return s + ": " + f.What
}

// Check looks whether every block is accounted for, every entry whole and in the bucket of its key, and no key there twice. It writes nothing and may be called while
// others work: what it reports was wrong at one moment, not merely in motion. It costs a pass over buckets, entries and blocks.
func (db *DB) Check() ([]Finding, error) {
	ln, err := db.enterReading() // the locks are needed until the end
	if err != nil {
		return nil, err
	}
	defer ln.leave(&db.r.mem)
	c := checker{r: db.r, deadWord: map[uint64]handleWord{}}
	list, err := db.r.dead(db.h.slot)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		c.deadWord[d.slot] = d.word
	}
	for n := range db.r.buckets {
		c.bucket(n)
	}
	for i := range db.r.blockCount {
		c.block(i)
	}
	err = db.r.sound(nil)
	runtime.KeepAlive(db)
	return c.findings, err
}

type checker struct {
	r        *region
	deadWord map[uint64]handleWord
	findings []Finding
}

func (c *checker) find(off uint64, key []byte, format string, args ...any) {
	f := Finding{Offset: off, Block: -1, Key: key, What: fmt.Sprintf(format, args...)}
	if off >= c.r.blockOff {
		f.Block = int64((off - c.r.blockOff) / c.r.blockSize)
	}
	c.findings = append(c.findings, f)
}

// bucket checks the entries of a bucket under one head.
func (c *checker) bucket(n uint64) {
	r, head := c.r, c.r.bucket(n)
	before := len(c.findings)
	for {
		c.findings = c.findings[:before]
		h := headWord(r.load(head))
		if h.pending() {
			if _, err := r.deref(h.ref()); err != nil {
				c.find(head, nil, "pending insertion names no block of the region")
			}
		}
		var keys [][]byte
		var visited []uint64 // overflow blocks
		for ch := r.chain(head); ; {
			for i := range ch.slots {
				if key := c.slot(ch.slot+8*i, n); key != nil {
					keys = append(keys, key)
				}
			}
			if ok, err := r.next(&ch); err != nil {
				c.find(ch.link, nil, "%v", err)
				break
			} else if !ok {
				break
			}
			if slices.Contains(visited, ch.slot) {
				c.find(ch.slot, nil, "bucket chain leads back here")
				break
			}
			visited = append(visited, ch.slot)
		}
		if headWord(r.load(head)) != h {
			continue
		}
		for i, key := range keys {
			for _, other := range keys[:i] {
				if bytes.Equal(key, other) {
					c.find(head, key, "key is in the bucket twice")
					break
				}
			}
		}
		return
	}
}

// slot checks the entry of a slot of bucket n, and gives its key if it has a whole one.
func (c *checker) slot(off, n uint64) []byte {
	r := c.r
	before := len(c.findings)
	for {
		c.findings = c.findings[:before]
		w := slotWord(r.load(off))
		if !w.used() {
			return nil
		}
		s := seen{witness: off, word: uint64(w), slot: off}
		key := c.entry(&s, n)
		if r.still(&s) {
			return key
		}
	}
}

func (c *checker) entry(s *seen, n uint64) []byte {
	r := c.r
	off, err := r.deref(s.ref())
	if err != nil {
		c.find(s.slot, nil, "slot names no block of the region")
		return nil
	}
	w := blockWord(r.load(off))
	if w.version() != r.version(s.ref()) || !linkedState(w.state()) {
		c.find(off, nil, "slot names version %d of a block that is %v, version %d", r.version(s.ref()), w.state(), w.version())
		return nil
	}
	if !r.entry(&s.entry, off) {
		c.find(off, nil, "linked block is no entry")
		return nil
	}
	if !r.still(s) {
		return nil // its length may be anything
	}
	key, ok := r.appendKey(nil, &s.entry)
	if !ok {
		c.find(off, nil, "list of blocks leads out of the region")
		return nil
	}
	hash := r.hash(key)
	if r.bucketOf(hash) != n {
		c.find(off, key, "entry is in bucket %d instead of %d", n, r.bucketOf(hash))
	}
	if s.word>>refBits != slotTag(fingerprint(hash)) {
		c.find(s.slot, key, "slot has the fingerprint of another key")
	}
	if have, want := r.continuations(s.ref(), &s.entry); have != want {
		c.find(off, key, "entry has %d of its %d continuation blocks", have, want)
	}
	if s.entry.meta.kind() == kindPack && !r.packWhole(&s.entry) {
		c.find(off, key, "pack with records outside of it")
	}
	return key
}

// continuations says how many of its continuation blocks entry b has, and how many it should.
func (r *region) continuations(b ref, e *entry) (have, want uint64) {
	if !e.meta.multiple() {
		return 0, 0
	}
	l, _ := r.list(e.bytes())
	r.walkList(b, &l, tablesFirst, func(_ uint64, w blockWord) {
		if w.state() == cont {
			have++
		}
	})
	return have, l.blocks - 1
}

// packWhole says whether the table of a pack leads to records within it.
func (r *region) packWhole(e *entry) bool {
	var b [packTableSize]byte
	var t packTable
	value := pad8(e.keyLen)
	if e.valueLen < packTableSize {
		return false
	}
	if _, ok := r.appendBytes(b[:0], e, value, packTableSize); !ok || !t.decode(&b, e.valueLen) {
		return false
	}
	for i, last := uint64(0), uint64(0); t.stride == 0 && i <= t.count; i++ {
		_, ok := r.appendBytes(b[:0], e, value+packTableSize+8*i, 8)
		end := binary.LittleEndian.Uint64(b[:8])
		if !ok || end < last || end > e.valueLen-t.data || i == 0 && end != 0 {
			return false
		}
		last = end
	}
	return true
}

// block checks that a block is accounted for.
func (c *checker) block(i uint64) {
	r := c.r
	off, _ := r.block(i)
	for {
		before := len(c.findings)
		w := blockWord(r.load(off))
		c.blockAs(i, off, w)
		if blockWord(r.load(off)) == w {
			return
		}
		c.findings = c.findings[:before]
	}
}

func (c *checker) blockAs(i, off uint64, w blockWord) {
	r, b := c.r, c.r.makeRef(i, w.version())
	if w.version() > r.maxVersion {
		c.find(off, nil, "version %d is beyond the last", w.version())
		return
	}
	switch w.state() {
	case retired:
	case free, resting:
		if w.version() >= r.maxVersion {
			c.find(off, nil, "%v with the last version, and not retired", w.state())
		}
	case orphan:
		c.message(off, b)
	case queued:
		before := len(c.findings)
		c.message(off, b)
		if found, _ := r.leads(b); found == leadsNowhere { // its blocks are freed before it is
			c.findings = c.findings[:before]
			if len(c.deadWord) > 0 {
				c.find(off, nil, "message that is used up and not freed")
				c.findings[len(c.findings)-1].Swept = true
			}
		}
	case segment, marked:
		var q queue
		ok := r.queueAt(&q, off)
		if ok {
			var err error
			ok, err = r.linkedTo(&q, b, off)
			ok = ok && err == nil
		}
		if !ok {
			c.find(off, nil, "segment of a queue that nothing leads to")
		}
	case owned, dying, retiring, claimed:
		if w.state() == claimed {
			c.message(off, b)
		}
		p := w.owner()
		switch {
		case p > r.handles:
			c.find(off, nil, "%v by a handle beyond the attach table", w.state())
		case p != 0 && c.deadWord[p] != 0 && handleWord(r.load(r.handle(p))) == c.deadWord[p]:
			c.find(off, nil, "%v by handle %d, which is dead", w.state(), p)
			c.findings[len(c.findings)-1].Swept = true
		case p != 0 && !handleWord(r.load(r.handle(p))).used():
			c.find(off, nil, "%v by handle %d, which is not in use", w.state(), p)
		}
	case live:
		if ok, err := r.reachable(off, b); !ok && !c.replaced(i, off) {
			c.find(off, nil, "live and not linked (%v)", err)
		}
	case cont:
		head, ok := homeOf(r.load(off + 8))
		if !ok {
			c.find(off, nil, "continuation block without a home")
			return
		}
		at, err := r.deref(head)
		if err != nil {
			c.find(off, nil, "home is no block of the region")
		} else if hw := blockWord(r.load(at)); hw.version() != r.version(head) || hw.state() == free || hw.state() == retired {
			c.find(off, nil, "continuation block of an entry that is gone")
		}
	case index:
		if ok, err := r.inChain(meta(r.load(off+8)).bucket(), b); !ok {
			c.find(off, nil, "overflow block of no bucket (%v)", err)
		}
	default:
		c.find(off, nil, "block in no state")
	}
}

// message checks that one that is queued or held has all its blocks.
func (c *checker) message(off uint64, b ref) {
	var e entry
	if !c.r.messageEntry(&e, b) {
		c.find(off, nil, "message that is none")
	} else if have, want := c.r.continuations(b, &e); have != want {
		c.find(off, nil, "message has %d of its %d continuation blocks", have, want)
	}
}

// linkedState says whether the first block of an entry that the index names may be in that state.
func linkedState(s state) bool {
	return s == live || s == owned || s == dying || s == segment || s == marked || s == retiring
}

// replaced says whether an entry that is not settled names block i as its victim. If one did and does no more, the block has been freed.
func (c *checker) replaced(i, off uint64) bool {
	var e entry
	if !c.r.entry(&e, off) {
		return false
	}
	hash, ok := c.r.hashOf(&e)
	if !ok {
		return false
	}
	for ch := c.r.chain(c.r.bucket(c.r.bucketOf(hash))); ; {
		for n := range ch.slots {
			w := slotWord(c.r.load(ch.slot + 8*n))
			at, ok := c.r.block(c.r.index(w.ref()))
			if !ok || !w.used() || blockWord(c.r.load(at)).state() != owned {
				continue
			}
			if victim, named := meta(c.r.load(at + 8)).victim(); named && victim == i {
				return true
			}
		}
		if ok, err := c.r.next(&ch); err != nil || !ok {
			return false
		}
	}
}
