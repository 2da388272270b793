package simdb_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"simdb.dev/simdb"
)

// Benchmarks of packs beside what bounds them, in one run: a record against a value of its size, iterating against a slice of slices, building against memcpy. Records have
// 64 bytes, blocks 4 KiB.

const recordSize = 64

// record has the size of an order with a few fields.
type record struct {
	ID   uint64
	Rest [recordSize/8 - 1]uint64
}

// packStore opens a region with room for two packs of so many bytes.
func packStore(b *testing.B, size uint64) *simdb.DB {
	db, err := simdb.Open(fmt.Sprintf("bench-pack-%d", size), simdb.Options{BlockSize: 4096, BlockCount: 2*size/4000 + 2000, RemoveOnLastClose: true, HugePages: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func records(n int) []record {
	list := make([]record, n)
	for i := range list {
		list[i].ID = uint64(i)
	}
	return list
}

func typed(b *testing.B, db *simdb.DB) simdb.Typed[record] {
	t, err := simdb.NewTyped[record](db)
	if err != nil {
		b.Fatal(err)
	}
	return t
}

var packKey = []byte("a pack of 64 byte")[:16]

// turns measures pieces of work by turns, so that what else the machine does hits all alike. It reports the median of each in ns by count, and that of the last one by that of each:
// above 1 is faster than the last.
func turns(b *testing.B, count float64, work ...piece) {
	times := make([][]time.Duration, len(work))
	b.ReportAllocs()
	for b.Loop() {
		for i, w := range work {
			start := time.Now()
			w.do()
			times[i] = append(times[i], time.Since(start))
			if w.undo != nil {
				w.undo()
			}
		}
	}
	last := float64(median(times[len(work)-1]))
	for i, w := range work {
		m := float64(median(times[i]))
		b.ReportMetric(m/count, "ns-"+w.name)
		if i < len(work)-1 {
			b.ReportMetric(last/m, "rate-"+w.name)
		}
	}
}

// piece is what is done in one turn. The time of undo is not measured.
type piece struct {
	name     string
	do, undo func()
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// ok ends a benchmark that finds anything wrong.
func ok(b *testing.B, good bool, err error) {
	if !good || err != nil {
		b.Fatal("wrong record, or ", err)
	}
}

// BenchmarkPackAt reads records of a pack of 256 MiB, and for comparison a value of 64 bytes alone under its key.
func BenchmarkPackAt(b *testing.B) {
	const n = 256 << 20 / recordSize
	db := packStore(b, n*recordSize/2+(1<<20)) // one is enough
	t := typed(b, db)
	ok(b, true, t.PutPackSeq(packKey, func(yield func(record) bool) {
		for i := range uint64(n) {
			if !yield(record{ID: i}) {
				return
			}
		}
	}))
	list, err := t.Pack(packKey)
	ok(b, true, err)
	p := list.Bytes()
	const times = 10_000
	dst := make([]byte, 0, recordSize)
	at := func(i func() int) func() {
		return func() {
			for range times {
				i := i()
				var err error
				dst, err = p.At(i, dst[:0])
				ok(b, binary.LittleEndian.Uint64(dst) == uint64(i), err)
			}
		}
	}
	o := order{n: n}
	key := keyOf(7)
	ok(b, true, db.Put(key[:], make([]byte, recordSize)))
	turns(b, times,
		piece{name: "first", do: at(func() int { return 0 })},
		piece{name: "last", do: at(func() int { return n - 1 })},
		piece{name: "random", do: at(func() int { return int(o.next()) })},
		piece{name: "typed", do: func() {
			for range times {
				r, err := list.At(n - 1)
				ok(b, r.ID == n-1, err)
			}
		}},
		piece{name: "get", do: func() {
			for range times {
				var err error
				dst, err = db.Get(key[:], dst[:0])
				ok(b, true, err)
			}
		}})
}

// BenchmarkPackIterate is a million records: of a pack, as bytes and as values, and of a slice of slices each of which is copied out.
func BenchmarkPackIterate(b *testing.B) {
	const n = 1_000_000
	db := packStore(b, n*recordSize)
	t := typed(b, db)
	ok(b, true, t.PutPack(packKey, records(n)))
	list, err := t.Pack(packKey)
	ok(b, true, err)
	p := list.Bytes()
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, recordSize)
		binary.LittleEndian.PutUint64(all[i], uint64(i))
	}
	dst := make([]byte, 0, recordSize)
	turns(b, n,
		piece{name: "pack", do: func() {
			i := uint64(0)
			for r, err := range p.All() {
				ok(b, binary.LittleEndian.Uint64(r) == i, err)
				i++
			}
			ok(b, i == n, nil)
		}},
		piece{name: "typed", do: func() {
			i := uint64(0)
			for r, err := range list.All() {
				ok(b, r.ID == i, err)
				i++
			}
			ok(b, i == n, nil)
		}},
		piece{name: "slices", do: func() {
			i := uint64(0)
			for _, r := range all {
				dst = append(dst[:0], r...)
				ok(b, binary.LittleEndian.Uint64(dst) == i, nil)
				i++
			}
		}})
}

// BenchmarkPackBuild builds packs of a million records, and for comparison copies as many bytes into memory that was written before.
func BenchmarkPackBuild(b *testing.B) {
	const n = 1_000_000
	db := packStore(b, n*recordSize)
	t := typed(b, db)
	list := records(n)
	flat, copied := make([]byte, n*recordSize), make([]byte, n*recordSize)
	slice := make([][]byte, n)
	for i := range slice {
		slice[i] = flat[i*recordSize : (i+1)*recordSize]
		binary.LittleEndian.PutUint64(slice[i], uint64(i))
	}
	copy(copied, flat)
	various := slices.Clone(slice)
	various[0] = various[0][:recordSize-1]
	build := func(name string, put func() error) piece {
		return piece{name, func() { ok(b, true, put()) }, func() { ok(b, true, db.Delete(packKey)) }}
	}
	turns(b, n,
		build("slice", func() error { return t.PutPack(packKey, list) }),
		build("iterator", func() error { return t.PutPackSeq(packKey, slices.Values(list)) }),
		build("bytes", func() error { return db.PutPack(packKey, slice) }),
		build("bytes-iterator", func() error { return db.PutPackSeq(packKey, slices.Values(slice)) }),
		build("offsets", func() error { return db.PutPack(packKey, various) }),
		piece{name: "memcpy", do: func() { copy(copied, flat) }})
}
