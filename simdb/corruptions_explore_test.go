//go:build explore

package simdb

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

var corruptions = flag.Int("corruptions", 20000, "how many words TestCorruptions changes")

// wordKind is what a word of a region is, as far as a corruption is concerned.
type wordKind int

const (
	headerWord wordKind = iota
	bucketWord          // head or slot of a bucket
	linkWord            // link of a bucket, an overflow block or a segment
	lengthWord          // meta, lengths of an entry, lengths in a pack or a message
	blockStateWord
	queueSlotWord
	attachWord  // of the attach table, wait lines
	payloadWord // the rest
	wordKinds
)

var wordKindNames = [wordKinds]string{"header", "bucket", "link", "length", "block word", "queue slot", "attach table", "payload"}

// least is which share of the corruptions each kind gets at least.
var least = map[wordKind]int{headerWord: 10, bucketWord: 10, linkWord: 10, lengthWord: 10, blockStateWord: 10, queueSlotWord: 10}

// corruptor changes words under an operation that runs: just before the operation reads one of the kind aimed at, for the first time or a later one. So what is changed is read by the very next
// step. It counts steps, too: an operation that takes more than a budget does not end.
type corruptor struct {
	r       *region
	rng     *rand.Rand
	memory  []byte
	aim     wordKind
	skip    int // reads of that kind that are left alone
	armed   bool
	counts  [wordKinds]int
	steps   int
	longest int
}

// stepBudget is far more than an operation on a region of some kilobytes takes.
const stepBudget = 3_000_000

type overBudget struct{}

func (c *corruptor) Before(kind uint8, word uint64) {
	if c.steps++; c.steps > stepBudget {
		panic(overBudget{})
	}
	if !c.armed || kind != stepLoad && kind != stepCopyLoad && kind != stepCAS || word >= c.r.size || c.kindOf(word) != c.aim {
		return
	}
	if c.skip--; c.skip >= 0 {
		return
	}
	c.armed = false
	c.counts[c.aim]++
	p := c.r.word(word)
	*p = c.corrupted(*p)
}

func (c *corruptor) After(uint64, uint64) {}
func (c *corruptor) Here() int            { return 0 }
func (c *corruptor) Again(int)            {}
func (c *corruptor) Done(int)             {}
func (c *corruptor) But(uint64)           {}

// Retry is a wait for a goroutine, and there is none.
func (c *corruptor) Retry() { c.Before(stepStore, 0) }

func (c *corruptor) peek(off uint64) uint64 { return *c.r.word(off) }

// kindOf says what a word is, from what its block says it is.
func (c *corruptor) kindOf(word uint64) wordKind {
	r := c.r
	switch {
	case word < headerSize:
		return headerWord
	case word < r.bucketOff:
		return attachWord
	case word < r.bucketOff+r.buckets*r.bucketSize:
		if (word-r.bucketOff)%r.bucketSize == r.bucketSize-8 {
			return linkWord
		}
		return bucketWord
	case word < r.blockOff || word >= r.blockOff+r.blockCount*r.blockSize:
		return payloadWord
	}
	at := (word - r.blockOff) % r.blockSize
	if at == 0 {
		return blockStateWord
	}
	return c.kindInBlock(word-at, at)
}

func (c *corruptor) kindInBlock(block, at uint64) wordKind {
	m := meta(c.peek(block + 8))
	w := blockWord(c.peek(block))
	switch {
	case at == 8:
		return lengthWord
	case w.state() == index && at == blockHeader:
		return linkWord
	case w.state() == index:
		return bucketWord
	case m.kind() == kindQueue && m.keyLen() < c.r.blockSize:
		s := c.r.segments(m.keyLen())
		if at == s.link(0) {
			return linkWord
		}
		if at >= s.slot(0, 0) && at < s.slot(0, s.slots) {
			return queueSlotWord
		}
	case w.state() == cont:
	case m.multiple() && at < blockHeader+listHeader+8:
		return lengthWord
	case m.kind() == kindMessage && at == blockHeader+messageCount, m.kind() == kindPack && at >= blockHeader+pad8(m.keyLen()) && at < blockHeader+pad8(m.keyLen())+packTableSize:
		return lengthWord
	}
	return payloadWord
}

// corrupted is another word: a flipped bit, a random one, a small one, one off, or one that stands elsewhere in the region.
func (c *corruptor) corrupted(w uint64) uint64 {
	for old := w; ; {
		switch c.rng.IntN(6) {
		case 0:
			w = c.rng.Uint64()
		case 1:
			w = c.rng.Uint64N(200)
		case 2:
			w = c.peek(c.r.blockOff + 8*c.rng.Uint64N(c.r.blockCount*c.r.blockSize/8))
		case 3:
			w = c.peek(c.r.bucketOff + 8*c.rng.Uint64N(c.r.buckets*c.r.bucketSize/8))
		case 4:
			w += c.rng.Uint64N(5) - 2
		default:
			w ^= 1 << c.rng.IntN(64)
		}
		if w != old {
			return w
		}
	}
}

// corruptibleUses are operations on a region with values, packs and queues.
func corruptibleUses() map[string]func(u *queueUser) {
	uses := map[string]func(u *queueUser){}
	for i, use := range queueUses {
		if use.name != "Pop" && use.name != "PushWait" && use.name != "Wait" { // they look at a clock
			uses[use.name] = func(u *queueUser) { u.do(i) }
		}
	}
	key := func(u *queueUser) []byte { return hotKey(u.rng.IntN(8)) }
	uses["Put"] = func(u *queueUser) { u.db.Put(key(u), u.message()) }
	uses["Get"] = func(u *queueUser) { u.db.Get(key(u), nil) }
	uses["Get into room"] = func(u *queueUser) { u.db.Get(key(u), make([]byte, 0, 300)) }
	uses["Len of a value"] = func(u *queueUser) { u.db.Len(key(u)) }
	uses["Delete of a key"] = func(u *queueUser) { u.db.Delete(key(u)) }
	uses["Add"] = func(u *queueUser) { u.db.Add(key(u), 1) }
	uses["GetAt, CompareAndSwap"] = func(u *queueUser) {
		_, v, _ := u.db.GetVersion(key(u), nil)
		u.db.GetAt(v, nil)
		u.db.CompareAndSwap(key(u), v, u.message())
	}
	uses["PutPack"] = func(u *queueUser) { u.db.PutPack(key(u), variedRecords(u.rng, u.rng.IntN(6), 40)) }
	uses["reading a pack"] = func(u *queueUser) { readPack(u.db, key(u)) }
	uses["Peek"] = func(u *queueUser) {
		for range u.queues[u.rng.IntN(len(u.queues))].Peek() {
		}
	}
	uses["Entries"] = func(u *queueUser) {
		for range u.db.Entries() {
		}
	}
	uses["Dump"] = func(u *queueUser) { u.db.Dump(discard{}, TransferOptions{}) }
	return uses
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// TestCorruptions changes a word that the next step of a running operation reads, so many times: at least a tenth of them in each kind of word that leads somewhere. No operation panics, leaves the
// region (there is memory that faults on both sides) or goes on for ever (by count of steps, not by a clock). A million: -corruptions 1000000.
func TestCorruptions(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	c := &corruptor{rng: rand.New(rand.NewPCG(uint64(*corruptions), 1))}
	uses := corruptibleUses()
	names := slices.Sorted(maps.Keys(uses))
	total := func() (n int) {
		for _, count := range c.counts {
			n += count
		}
		return n
	}
	for round := 0; total() < *corruptions; round++ {
		u := c.fill(t, uint64(round))
		for range 30 {
			c.aim, c.skip = c.next(*corruptions), c.rng.IntN(1+c.rng.IntN(30))
			if c.aim == headerWord {
				c.corruptHeader(t, u)
				continue
			}
			name := names[c.rng.IntN(len(names))]
			c.run(t, round, name, u, uses[name])
		}
		unguarded(c.memory)
	}
	var table strings.Builder
	for kind, n := range c.counts {
		fmt.Fprintf(&table, "\n%-14s %9d", wordKindNames[kind], n)
	}
	t.Logf("%d words changed, each read by the next step; 0 panics, 0 faults, 0 without end; longest operation %d steps%s", total(), c.longest, &table)
	for kind, share := range least {
		if c.counts[kind] < *corruptions/share {
			t.Errorf("only %d words of kind %s", c.counts[kind], wordKindNames[kind])
		}
	}
}

// next is the kind to aim at: one that has not its share yet, or any.
func (c *corruptor) next(n int) wordKind {
	for kind := range wordKinds {
		if share, ok := least[kind]; ok && c.counts[kind] < n/share && c.rng.IntN(3) == 0 {
			return kind
		}
	}
	return bucketWord + wordKind(c.rng.IntN(int(wordKinds-1)))
}

// fill makes a region with something of everything.
func (c *corruptor) fill(t *testing.T, round uint64) *queueUser {
	o := Options{BlockSize: 72 + 8*c.rng.Uint64N(6), BlockCount: 80, slots: 1 + c.rng.Uint64N(6), buckets: 1 + c.rng.Uint64N(3), handles: 4, lanes: 2}
	g, memory := guarded(o)
	c.memory, c.armed, c.steps = memory, false, 0
	heap := &heapRegion{bytes: memory, geometry: *g, hook: hook{s: c}}
	c.r = heap.region()
	db, err := attachHeap(heap, o)
	must(t, err)
	for i := range 8 {
		db.Put(hotKey(i), content(uint64(i), c.rng.IntN(120)))
		if i%3 == 0 {
			db.PutPack(hotKey(i), variedRecords(c.rng, c.rng.IntN(5), 30))
		}
	}
	u := newQueueUser(db, c.rng)
	for range 20 {
		u.do(c.rng.IntN(4)) // pushes, claims
	}
	return u
}

// run does something, and changes a word under it.
func (c *corruptor) run(t *testing.T, round int, name string, u *queueUser, use func(*queueUser)) {
	defer func() {
		if p := recover(); p != nil {
			if _, long := p.(overBudget); long {
				t.Fatalf("round %d: %s goes on for ever after a change of a word of kind %s\n%s", round, name, wordKindNames[c.aim], debug.Stack())
			}
			t.Fatalf("round %d: %s after a change of a word of kind %s: %v\n%s", round, name, wordKindNames[c.aim], p, debug.Stack())
		}
	}()
	c.armed, c.steps = true, 0
	use(u)
	c.armed = false
	c.longest = max(c.longest, c.steps)
}

// corruptHeader changes a word of the header. Who attaches reads all of them, and refuses; an open handle reads the first one, and has its own copy of the others.
func (c *corruptor) corruptHeader(t *testing.T, u *queueUser) {
	i := c.rng.IntN(hdrWords)
	if c.rng.IntN(2) == 0 {
		i = hdrMagic
	}
	p := c.r.word(uint64(8 * i))
	old := *p
	*p = c.corrupted(old)
	c.counts[headerWord]++
	if _, err := decodeHeader(c.memory[:8*hdrWords], c.r.size); err == nil {
		t.Fatalf("word %d of the header: %#x instead of %#x is accepted", i, *p, old)
	}
	if _, err := u.db.Get(hotKey(0), nil); i == hdrMagic && !errors.Is(err, ErrCorrupt) {
		t.Fatalf("magic %#x: %v", *p, err)
	}
	*p = old
}
