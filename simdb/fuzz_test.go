package simdb

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"runtime/debug"
	"testing"
)

// useAll does everything to a region whose words may be anything.
func useAll(db *DB) {
	for i := range 6 {
		key := hotKey(i)
		db.Get(key, nil)
		db.Len(key)
		readPack(db, key)
		db.Put(key, content(uint64(i), 90))
		db.PutPack(key, [][]byte{key, nil})
		db.Add(key, 1)
	}
	for _, err := range db.Entries() {
		_ = err
	}
	if q, err := db.Queue([]byte("queue"), QueueOptions{}); err == nil {
		for range q.Peek() {
		}
		q.Len()
		q.Push(nil)
		if _, c, err := q.TryClaim(nil); err == nil {
			q.Release(c)
		}
		q.TryPop(nil)
		q.Delete()
	}
	db.Check()
	db.Stats()
	db.Holdings()
	db.Sweep()
	db.Dump(&bytes.Buffer{}, TransferOptions{})
}

// fuzzedOptions are of a region that is small, so that random words lead somewhere.
var fuzzedOptions = Options{BlockSize: 80, BlockCount: 30, slots: 2, buckets: 3, handles: 2, seed: func() uint64 { return 1 }, lanes: 1}

// fuzzedRegion is a region with something of everything, in memory that faults on both sides, and the same for handles to come.
func fuzzedRegion() (*heapRegion, *DB) {
	g, memory := guarded(fuzzedOptions)
	clear(memory[headerSize:])
	heap := &heapRegion{bytes: memory, geometry: *g}
	db, err := attachHeap(heap, fuzzedOptions)
	fatalIf(err)
	for i := range 5 {
		db.Put(hotKey(i), content(uint64(i), 50*i))
	}
	db.PutPack(hotKey(1), [][]byte{{1}, {2, 3}})
	q, err := db.Queue([]byte("queue"), QueueOptions{})
	fatalIf(err)
	q.Push([]byte("one"))
	q.PushBatch([][]byte{{2}, {3}})
	q.TryClaim(nil)
	return heap, db
}

// FuzzRegion: whatever stands behind the header of a region, each operation comes back and stays within it.
func FuzzRegion(f *testing.F) {
	heap, db := fuzzedRegion()
	f.Add(bytes.Clone(heap.bytes[db.r.attachOff:db.r.size]))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, 3000))
	f.Fuzz(func(t *testing.T, b []byte) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		g, memory := guarded(fuzzedOptions)
		clear(memory[headerSize:])
		copy(memory[g.attachOff:g.size], b)
		db, err := attachHeap(&heapRegion{bytes: memory, geometry: *g}, fuzzedOptions)
		if err != nil {
			return
		}
		useAll(db)
		db.Close()
	})
}

// FuzzUse: changes of words of a good region between operations of an open handle. Each change is 4 bytes: where (2), how, and by what.
func FuzzUse(f *testing.F) {
	f.Add([]byte{0, 1, 0, 7})
	f.Add([]byte{1, 2, 1, 9, 2, 0, 2, 3, 0, 9, 3, 1})
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		b := make([]byte, 24)
		for i := range b {
			b[i] = byte(rng.Uint64())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, changes []byte) {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		_, db := fuzzedRegion()
		words := (db.r.size - db.r.attachOff) / 8
		for n := 0; len(changes) >= 4 && n < 20; n++ {
			off := db.r.attachOff + 8*(uint64(binary.LittleEndian.Uint16(changes))%words)
			w, by := db.r.load(off), uint64(changes[3])
			switch changes[2] % 4 {
			case 0:
				w ^= 1 << (by % 64)
			case 1:
				w = by
			case 2:
				w = db.r.load(db.r.blockOff + 8*by)
			case 3:
				w += by - 128
			}
			db.r.store(off, w)
			changes = changes[4:]
			useAll(db)
		}
		db.Close()
	})
}

// FuzzHeader: whatever a header says, it is refused, or its geometry is that of a region of that size.
func FuzzHeader(f *testing.F) {
	g, err := fuzzedOptions.geometry()
	must(f, err)
	f.Add(encodeHeader(g), g.size)
	f.Add(encodeHeader(g), uint64(0))
	f.Add([]byte("no header"), uint64(9))
	f.Fuzz(func(t *testing.T, b []byte, size uint64) {
		for _, sealed := range []bool{false, true} {
			if sealed && len(b) >= 8*hdrWords {
				b = bytes.Clone(b)
				seal(b)
			}
			g, bad := decodeHeader(b, size)
			if (g == nil) == (bad == nil) || bad != nil && (bad.Err == nil || bad.Advice == "") {
				t.Fatalf("%v, %v", g, bad)
			}
			if g == nil {
				continue
			}
			if off, ok := g.block(g.blockCount - 1); !ok || off+g.blockSize > size || g.bucket(g.buckets-1)+g.bucketSize > g.blockOff || g.size != size {
				t.Fatalf("%+v of %d bytes", g, size)
			}
		}
	})
}

// FuzzPack: whatever the bytes of a pack are, they are refused or all records are within them; and a store says the same as the decoder of dumps.
func FuzzPack(f *testing.F) {
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 200})
	must(f, err)
	key := []byte("pack")
	for _, records := range [][][]byte{nil, {{1}, {2}}, {{1}, nil, {2, 3}}} {
		must(f, db.PutPack(key, records))
		b, err := db.Get(key, nil)
		must(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			return
		}
		_, _, whole := packParts(b)
		putForged(t, db, key, b)
		if findings, err := db.Check(); err != nil || (len(findings) == 0) != whole {
			t.Fatalf("decoded: %v; %v, %v", whole, findings, err)
		}
		readPack(db, key)
	})
}
