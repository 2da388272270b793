package simdb

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
	"testing"
)

// readPack reads what key holds in every way. What it gets does not matter, but that it comes back.
func readPack(db *DB, key []byte) {
	p, err := db.Pack(key)
	if err == nil {
		db.PackAt(p.Version())
		for _, i := range []int{0, 1, p.Len() / 2, p.Len() - 1} {
			p.At(i, nil)
		}
		if s, err := p.Slice(p.Len()/2, p.Len()); err == nil {
			for range s.All() {
			}
		}
	}
	for range db.Elements(key) {
	}
	if typed, err := NewTyped[trade](db); err == nil {
		typed.Get(key)
		if q, err := typed.Pack(key); err == nil {
			q.Append(nil)
		}
	}
}

// putForged makes value a pack, whatever its bytes are.
func putForged(t testing.TB, db *DB, key, value []byte) {
	t.Helper()
	ln, err := db.enter()
	must(t, err)
	defer ln.leave(&db.r.mem)
	hash := db.r.hash(key)
	b, err := db.r.build(ln, kindPack, key, value, fingerprint(hash))
	must(t, err)
	_, _, err = db.r.put(ln, key, nil, hash, condition{}, b)
	must(t, err)
}

// TestForgedPack writes packs with tables that say what is not so. What would lead outside of the pack is an error, and nothing is allocated because a table says so.
func TestForgedPack(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 200})
	key := []byte("key")
	for _, records := range [][][]byte{equalRecords(9, 24), {[]byte("one"), nil, []byte("three"), make([]byte, 100)}, {}} {
		must(t, db.PutPack(key, records))
		good, err := db.Get(key, nil)
		must(t, err)
		for at := 0; at+8 <= len(good); at += 8 {
			word := binary.LittleEndian.Uint64(good[at:])
			for _, w := range []uint64{0, 1, word - 1, word + 1, word + 8, uint64(len(good)), uint64(len(good)) + 1, 1 << 32, 1 << 61, math.MaxInt64, math.MaxUint64, math.MaxUint64 / 24, bits.Reverse64(word)} {
				forged := slices.Clone(good)
				binary.LittleEndian.PutUint64(forged[at:], w)
				putForged(t, db, key, forged)
				readPack(db, key)
			}
		}
		for n := range len(good) {
			putForged(t, db, key, good[:n])
			readPack(db, key)
		}
	}
	words := func(list ...uint64) (b []byte) {
		for _, w := range list {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
		return b
	}
	const eight = 8
	for _, c := range []struct {
		what  string
		value []byte
		open  bool // that it can be opened
	}{
		{"no table", words(packMagic, 0, 0, 0), false},
		{"a value", words(1, 0, eight, 0, 40, 0), false},
		{"another layout", words(packMagic+1<<56, 0, eight, 0, 40), false},
		{"one record too many", words(packMagic, 2, eight, 0, 40, 0), false},
		{"more bytes of records than there are numbers", words(packMagic, 1<<61, eight, 0, 40, 0), false},
		{"records before the end of the table", words(packMagic, 1, eight, 0, 39, 0), false},
		{"records after the end", words(packMagic, 0, eight, 0, 49, 0), false},
		{"one offset too few", words(packMagic, 2, 0, 0, 56, 0, 0), false},
		{"more offsets than there are numbers", words(packMagic, math.MaxUint64, 0, 0, 56, 0, 0), false},
		{"an offset beyond the end", words(packMagic, 1, 0, 0, 56, 0, 9, 0), true},
		{"an offset before the one before it", words(packMagic, 1, 0, 0, 56, 8, 7, 0), true},
	} {
		putForged(t, db, key, c.value)
		if findings, err := db.Check(); err != nil || len(findings) != 1 || string(findings[0].Key) != "key" {
			t.Errorf("%s: Check finds %v, %v", c.what, findings, err)
		}
		p, err := db.Pack(key)
		if c.open {
			must(t, err)
			_, err = p.At(0, nil)
			for _, err := range p.All() {
				if !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s: All: %v", c.what, err)
				}
			}
		}
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
