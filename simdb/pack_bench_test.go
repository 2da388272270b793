package simdb_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"testing"

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

// BenchmarkPackAt reads records of a pack of 256 MiB, and for comparison values of 64 bytes, each alone under its key.
func BenchmarkPackAt(b *testing.B) {
	const n = 256 << 20 / recordSize
	db := packStore(b, n*recordSize/2+(1<<20)) // one is enough
	t := typed(b, db)
	if err := t.PutPackSeq(packKey, func(yield func(record) bool) {
		for i := range uint64(n) {
			if !yield(record{ID: i}) {
				return
			}
		}
	}); err != nil {
		b.Fatal(err)
	}
	typedPack, err := t.Pack(packKey)
	if err != nil {
		b.Fatal(err)
	}
	p := typedPack.Bytes()
	at := func(b *testing.B, next func() int) {
		b.ReportAllocs()
		dst := make([]byte, 0, recordSize)
		for b.Loop() {
			i := next()
			var err error
			if dst, err = p.At(i, dst[:0]); err != nil || binary.LittleEndian.Uint64(dst) != uint64(i) {
				b.Fatal(i, err)
			}
		}
	}
	b.Run("first", func(b *testing.B) { at(b, func() int { return 0 }) })
	b.Run("last", func(b *testing.B) { at(b, func() int { return n - 1 }) })
	b.Run("random", func(b *testing.B) {
		o := order{n: n}
		at(b, func() int { return int(o.next()) })
	})
	b.Run("typed last", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if v, err := typedPack.At(n - 1); err != nil || v.ID != n-1 {
				b.Fatal(err)
			}
		}
	})
	value := make([]byte, recordSize)
	for i := range uint64(1000) {
		k := keyOf(i)
		if err := db.Put(k[:], value); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, recordSize)
		k := keyOf(7)
		for b.Loop() {
			var err error
			if dst, err = db.Get(k[:], dst[:0]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPackIterate is a million records: as bytes, as values, and as a slice of slices each of which is copied out. The time is that of one record.
func BenchmarkPackIterate(b *testing.B) {
	const n = 1_000_000
	db := packStore(b, n*recordSize)
	t := typed(b, db)
	if err := t.PutPack(packKey, records(n)); err != nil {
		b.Fatal(err)
	}
	typedPack, err := t.Pack(packKey)
	if err != nil {
		b.Fatal(err)
	}
	p := typedPack.Bytes()
	perRecord := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
	}
	b.Run("pack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i := uint64(0)
			for r, err := range p.All() {
				if err != nil || binary.LittleEndian.Uint64(r) != i {
					b.Fatal(i, err)
				}
				i++
			}
			if i != n {
				b.Fatal(i)
			}
		}
		perRecord(b)
	})
	b.Run("typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			i := uint64(0)
			for r, err := range typedPack.All() {
				if err != nil || r.ID != i {
					b.Fatal(i, err)
				}
				i++
			}
		}
		perRecord(b)
	})
	b.Run("slices", func(b *testing.B) {
		list := make([][]byte, n)
		for i := range list {
			list[i] = make([]byte, recordSize)
			binary.LittleEndian.PutUint64(list[i], uint64(i))
		}
		b.ReportAllocs()
		b.ResetTimer()
		dst := make([]byte, 0, recordSize)
		for b.Loop() {
			i := uint64(0)
			for _, r := range list {
				dst = append(dst[:0], r...)
				if binary.LittleEndian.Uint64(dst) != i {
					b.Fatal(i)
				}
				i++
			}
		}
		perRecord(b)
	})
}

// BenchmarkPackBuild builds packs of a million records; what deletes them is not timed. memcpy copies as many bytes into memory that was written before.
func BenchmarkPackBuild(b *testing.B) {
	const n = 1_000_000
	db := packStore(b, n*recordSize)
	t := typed(b, db)
	list := records(n)
	slice := make([][]byte, n)
	flat := make([]byte, n*recordSize)
	for i := range slice {
		slice[i] = flat[i*recordSize : (i+1)*recordSize]
		binary.LittleEndian.PutUint64(slice[i], uint64(i))
	}
	build := func(b *testing.B, put func() error) {
		b.ReportAllocs()
		b.SetBytes(n * recordSize)
		for b.Loop() {
			if err := put(); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if err := db.Delete(packKey); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	}
	b.Run("slice", func(b *testing.B) { build(b, func() error { return t.PutPack(packKey, list) }) })
	b.Run("iterator", func(b *testing.B) {
		seq := func(yield func(record) bool) {
			for i := range uint64(n) {
				if !yield(record{ID: i}) {
					return
				}
			}
		}
		build(b, func() error { return t.PutPackSeq(packKey, seq) })
	})
	b.Run("bytes", func(b *testing.B) { build(b, func() error { return db.PutPack(packKey, slice) }) })
	b.Run("bytes iterator", func(b *testing.B) {
		var seq iter.Seq[[]byte] = slices.Values(slice)
		build(b, func() error { return db.PutPackSeq(packKey, seq) })
	})
	b.Run("various", func(b *testing.B) {
		various := slices.Clone(slice)
		various[0] = bytes.Repeat([]byte{1}, 8)
		build(b, func() error { return db.PutPack(packKey, various) })
	})
	b.Run("memcpy", func(b *testing.B) {
		dst := make([]byte, n*recordSize)
		copy(dst, flat)
		b.SetBytes(n * recordSize)
		for b.Loop() {
			copy(dst, flat)
		}
	})
}
