package simdb

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// words of a region that a corruption is aimed at.
var corruptible = []struct {
	name string
	pick func(r *region, rng *rand.Rand) uint64
}{
	{"attach table", func(r *region, rng *rand.Rand) uint64 { return r.handle(1 + rng.Uint64N(r.handles)) }},
	{"head", func(r *region, rng *rand.Rand) uint64 { return r.bucket(rng.Uint64N(r.buckets)) }},
	{"slot", func(r *region, rng *rand.Rand) uint64 {
		return r.bucket(rng.Uint64N(r.buckets)) + 8 + 8*rng.Uint64N(r.slots)
	}},
	{"link", func(r *region, rng *rand.Rand) uint64 { return r.bucket(rng.Uint64N(r.buckets)) + 8 + 8*r.slots }},
	{"block word", func(r *region, rng *rand.Rand) uint64 { return r.someBlock(rng) }},
	{"meta or home", func(r *region, rng *rand.Rand) uint64 { return r.someBlock(rng) + 8 }},
	{"lengths", func(r *region, rng *rand.Rand) uint64 { return r.someBlock(rng) + blockHeader + 8*rng.Uint64N(2) }},
	{"payload", func(r *region, rng *rand.Rand) uint64 {
		return r.someBlock(rng) + blockHeader + 8*rng.Uint64N(r.payload()/8)
	}},
}

func (r *region) someBlock(rng *rand.Rand) uint64 {
	off, _ := r.block(rng.Uint64N(r.blockCount))
	return off
}

// TestCorruption changes words of a region between operations, and lets every operation run on it: each must come back, with a result or an error. A panic, a fault and a
// hang fail the test; the watchdog says in which operation.
func TestCorruption(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	operations := []struct {
		name string
		run  func(db *DB, key, value []byte)
	}{
		{"Put", func(db *DB, key, value []byte) { db.Put(key, value) }},
		{"Get", func(db *DB, key, _ []byte) { db.Get(key, nil) }},
		{"Len", func(db *DB, key, _ []byte) { db.Len(key) }},
		{"GetVersion, GetAt, CompareAndSwap", func(db *DB, key, value []byte) {
			_, v, _ := db.GetVersion(key, nil)
			db.GetAt(v, nil)
			db.CompareAndSwap(key, v, value)
		}},
		{"Delete", func(db *DB, key, _ []byte) { db.Delete(key) }},
		{"Add", func(db *DB, key, _ []byte) { db.Add(key, 1) }},
		{"PutPack", func(db *DB, key, value []byte) { db.PutPack(key, [][]byte{value, value[len(value)/2:]}) }},
		{"Elements", func(db *DB, key, _ []byte) { readPack(db, key) }},
		{"All", func(db *DB, _, _ []byte) {
			for range db.All() {
			}
		}},
		{"Sweep", func(db *DB, _, _ []byte) { db.Sweep() }},
		{"Check", func(db *DB, _, _ []byte) { db.Check() }},
		{"Stats", func(db *DB, _, _ []byte) { db.Stats() }},
		{"Attach, Close", func(db *DB, _, _ []byte) {
			if other, err := db.Attach(); err == nil {
				other.Close()
			}
		}},
	}
	changed := map[string]int{}
	for seed := range uint64(rounds) {
		rng := rand.New(rand.NewPCG(seed, 0))
		db, err := OpenHeap(Options{BlockSize: 40 + 8*rng.Uint64N(3), BlockCount: 60, slots: 1 + rng.Uint64N(6), buckets: 4, handles: 4})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			db.Put(fmt.Append(nil, i), make([]byte, rng.IntN(200)))
			if i%3 == 0 {
				db.PutPack(fmt.Append(nil, i), variedRecords(rng, rng.IntN(8), 20))
			}
		}
		for range 60 {
			kind := corruptible[rng.IntN(len(corruptible))]
			off := kind.pick(db.r, rng)
			db.r.store(off, corrupted(db.r, db.r.load(off), rng))
			changed[kind.name]++
			op := operations[rng.IntN(len(operations))]
			watchdog := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("seed %d: %s hangs after a change of a %s", seed, op.name, kind.name)) })
			op.run(db, fmt.Append(nil, rng.IntN(12)), make([]byte, rng.IntN(200)))
			watchdog.Stop()
		}
	}
	t.Log("words changed, by kind:", changed)
}

// corrupted is another word: a flipped bit, a random one, a small one, or one that stands elsewhere in the region.
func corrupted(r *region, w uint64, rng *rand.Rand) uint64 {
	switch rng.IntN(5) {
	case 0:
		return rng.Uint64()
	case 1:
		return rng.Uint64N(200)
	case 2:
		return r.load(r.someBlock(rng) + 8*rng.Uint64N(4))
	case 3:
		return r.load(r.bucket(rng.Uint64N(r.buckets)) + 8*rng.Uint64N(r.slots+2))
	default:
		return w ^ 1<<rng.IntN(64)
	}
}
