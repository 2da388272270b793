package simdb

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCorruptRegion overwrites words of a region at random and then does everything. Whatever is there, each call comes back, with a result or with an error, and stays within the
// region: on both sides of it there is memory that faults. A child does it, so that a call that never ends can be told.
func TestCorruptRegion(t *testing.T) {
	b := newBoard(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	rounds := "3000"
	if testing.Short() || raceEnabled {
		rounds = "300"
	}
	c := startChild(t, "corrupt", b.path, rounds, strconv.FormatInt(time.Now().UnixNano(), 10))
	c.finish(ctx)
}

// TestCorruptLink: a bucket whose link is neither empty nor a link gives an error to who needs it, and not an endless search.
func TestCorruptLink(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	startChild(t, "corrupt link").finish(ctx)
}

func init() {
	roles["corrupt"] = roleCorrupt
	roles["corrupt link"] = func([]string) {
		db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 10, slots: 1, buckets: 1})
		fatalIf(err)
		fatalIf(db.PutString("first", ""))
		db.r.store(db.r.chain(db.r.bucket(0)).link, 1)
		if err := db.PutString("second", ""); !errors.Is(err, ErrCorrupt) {
			fatal("put: %v", err)
		}
	}
}

func roleCorrupt(args []string) {
	debug.SetPanicOnFault(true)
	rounds, err := strconv.Atoi(args[1])
	fatalIf(err)
	seed, err := strconv.ParseUint(args[2], 10, 64)
	fatalIf(err)
	// The blocks end where the region ends, and indices may go further.
	o := Options{BlockSize: 64, BlockCount: 192, slots: 2, buckets: 4, handles: 3, seed: rand.New(rand.NewPCG(seed, 0)).Uint64, lanes: 1}
	g, inside := guarded(o)
	for round := range uint64(rounds) {
		corruptOnce(g, o, inside, seed, round)
	}
}

// guarded is the geometry of a region, and memory for it that faults on both sides.
func guarded(o Options) (*geometry, []byte) {
	g, err := o.geometry()
	fatalIf(err)
	guardOnce.Do(func() {
		guardMemory, err = unix.Mmap(-1, 0, 2*guard, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
		fatalIf(err)
	})
	inside := guardMemory[guard-g.size : guard+4096 : guard+4096] // the locks of the heap's handles are behind the region
	fatalIf(unix.Mprotect(inside, unix.PROT_READ|unix.PROT_WRITE))
	copy(inside, encodeHeader(g))
	return g, inside
}

// unguarded makes the memory of guarded fault again.
func unguarded(inside []byte) {
	clear(inside)
	fatalIf(unix.Mprotect(inside, unix.PROT_NONE))
}

const guard = 1 << 40 // more than any index that fits into a reference leads beyond the region

var (
	guardOnce   sync.Once
	guardMemory []byte
)

// corruptOnce fills a region, spoils some of its words, and uses it.
func corruptOnce(g *geometry, o Options, memory []byte, seed, round uint64) {
	clear(memory)
	random := rand.New(rand.NewPCG(seed, round))
	copy(memory, encodeHeader(g))
	heap := &heapRegion{bytes: memory, geometry: *g}
	db, err := attachHeap(heap, o)
	fatalIf(err)
	var versions []Version
	for i := range 8 {
		v, err := db.PutVersion(hotKey(i), content(uint64(i), random.IntN(300)))
		fatalIf(err)
		if i%2 == 0 {
			fatalIf(db.PutPack(hotKey(i), variedRecords(random, random.IntN(6), 50)))
		}
		versions = append(versions, v)
	}
	words := g.size/8 - g.attachOff/8
	for range 1 + random.IntN(6) {
		off := g.attachOff + 8*random.Uint64N(words)
		if random.IntN(2) == 0 { // rather a word that matters
			off = g.bucketOff + 8*random.Uint64N(g.buckets*(g.slots+2))
		} else if i := random.Uint64N(g.blockCount); random.IntN(2) == 0 {
			off = g.blockOff + i*g.blockSize + 8*random.Uint64N(4)
		}
		word := db.r.load(off)
		switch random.IntN(5) {
		case 0:
			word = random.Uint64()
		case 1:
			word ^= 1 << random.UintN(64)
		case 2:
			word = db.r.load(g.blockOff + 8*random.Uint64N(g.blockCount*g.blockSize/8))
		case 3:
			word = db.r.load(g.bucketOff + 8*random.Uint64N(g.buckets*(g.slots+2)))
		case 4:
			word += random.Uint64N(5) - 2
		}
		db.r.store(off, word)
	}
	defer func() {
		if p := recover(); p != nil {
			fatal("seed %d, round %d: %v\n%s", seed, round, p, debug.Stack())
		}
	}()
	for i := range 10 {
		key := hotKey(i)
		db.Get(key, nil)
		db.Len(key)
		readPack(db, key)
		db.Put(key, content(uint64(i), random.IntN(300)))
		db.Add(key, 1)
		db.PutPack(key, variedRecords(random, random.IntN(6), 50))
		if i%2 == 0 {
			db.Delete(key)
		}
	}
	for _, v := range versions {
		db.GetAt(v, nil)
	}
	for range db.All() {
	}
	for range db.Keys() {
	}
	db.Stats()
	db.Handles()
	if again, err := db.Attach(); err == nil {
		again.Sweep()
		again.Close()
	}
	db.Sweep()
	db.Close()
}
