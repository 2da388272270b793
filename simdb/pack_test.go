package simdb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// decodePack reads a pack as the documentation tells, with nothing but encoding/binary: what a program in another language does.
func decodePack(value []byte) (records [][]byte, fingerprint uint64, err error) {
	word := func(at uint64) uint64 { return binary.LittleEndian.Uint64(value[at:]) }
	if string(value[:8]) != "simdbpk\x01" {
		return nil, 0, errors.New("no pack of layout 1")
	}
	count, stride, fingerprint, data := word(8), word(16), word(24), word(32)
	end, table := data, uint64(40)
	for i := range count {
		from, to := data+i*stride, data+(i+1)*stride
		if stride == 0 {
			from, to = data+word(40+8*i), data+word(48+8*i)
		}
		if from != end {
			return nil, 0, fmt.Errorf("record %d does not begin where the one before it ends", i)
		}
		records, end = append(records, value[from:to:to]), to
	}
	if stride == 0 {
		table += 8 * (count + 1)
	}
	for i, b := range value {
		if i := uint64(i); b != 0 && (i >= table && i < data || i >= end) {
			return nil, 0, fmt.Errorf("byte %d is neither table nor record, and not zero", i)
		}
	}
	return records, fingerprint, nil
}

// checkPack compares a pack, read in every way that there is, with its records.
func checkPack(t fataler, db *DB, key []byte, want [][]byte) {
	t.Helper()
	p, err := db.Pack(key)
	must(t, err)
	same := func(what string, i int, got []byte, err error) {
		t.Helper()
		if err != nil || !bytes.Equal(got, want[i]) {
			t.Fatalf("%s: record %d of %d is %.40q, %v instead of %.40q", what, i, len(want), got, err, want[i])
		}
	}
	all := func(what string, seq iter.Seq2[[]byte, error], from, to int) {
		t.Helper()
		i := from
		for r, err := range seq {
			if i == to {
				t.Fatalf("%s: more than %d records: %q, %v", what, to-from, r, err)
			}
			same(what, i, r, err)
			i++
		}
		if i != to {
			t.Fatalf("%s: %d records instead of %d", what, i-from, to-from)
		}
	}
	if p.Len() != len(want) {
		t.Fatalf("%d records instead of %d", p.Len(), len(want))
	}
	for i := range want {
		r, err := p.At(i, []byte("before"))
		if !bytes.HasPrefix(r, []byte("before")) {
			t.Fatalf("At overwrote: %q", r)
		}
		same("At", i, r[len("before"):], err)
	}
	all("All", p.All(), 0, len(want))
	all("Elements", db.Elements(key), 0, len(want))
	from, to := len(want)/3, len(want)-len(want)/4
	s, err := p.Slice(from, to)
	must(t, err)
	s, err = s.Slice(0, s.Len()) // of a slice
	must(t, err)
	all("All of a slice", s.All(), from, to)
	if s.Len() > 0 {
		r, err := s.At(s.Len()-1, nil)
		same("At of a slice", to-1, r, err)
	}
	q, err := db.PackAt(p.Version())
	must(t, err)
	all("All by reference", q.All(), 0, len(want))
	value, v, err := db.GetVersion(key, nil)
	must(t, err)
	records, fingerprint, err := decodePack(value)
	must(t, err)
	if len(records) != len(want) || fingerprint != p.fingerprint || v != p.Version() {
		t.Fatalf("the bytes have %d records of type %#x, version %v", len(records), fingerprint, v)
	}
	for i, r := range records {
		same("the bytes", i, r, nil)
	}
	if findings, err := db.Check(); err != nil || len(findings) > 0 {
		t.Fatalf("Check: %v, %v", findings, err)
	}
}

// variedRecords are records whose lengths, and bytes, follow from a seed.
func variedRecords(rng *rand.Rand, n, longest int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = content(rng.Uint64(), rng.IntN(longest+1))
	}
	return list
}

// equalRecords are n different records of one length.
func equalRecords(n, length int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = content(uint64(i), length)
	}
	return list
}

// TestPackRoundTrip packs records of many shapes in blocks of many sizes, from slices and iterators, over a used region.
func TestPackRoundTrip(t *testing.T) {
	for _, blockSize := range []uint64{40, 48, 64, 88, 256, 4096} {
		t.Run(fmt.Sprint(blockSize), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(blockSize, 0))
			db := openHeap(t, Options{BlockSize: blockSize, BlockCount: 3 << 20 / blockSize})
			must(t, db.Put([]byte("what was there"), bytes.Repeat([]byte{0xaa}, 1<<20/int(blockSize)*int(blockSize-16)/2)))
			must(t, db.Delete([]byte("what was there")))
			var shapes [][][]byte
			for _, n := range []int{0, 1, 2, 3, 10, 100, 1000} {
				shapes = append(shapes, variedRecords(rng, n, 0), variedRecords(rng, n, 5), variedRecords(rng, n, 100))
				for _, length := range []int{1, 3, 8, 24, 64, min(int(blockSize)-16, 10_000/(n+1))} {
					shapes = append(shapes, equalRecords(n, length))
				}
			}
			shapes = append(shapes, variedRecords(rng, 5, 20_000), equalRecords(2, 50_000), append(equalRecords(50, 8), []byte("another length")))
			for i, records := range shapes {
				key := bytes.Repeat([]byte{'k'}, []int{1, 8, 13, 300}[i%4])
				must(t, db.PutPack(key, records))
				checkPack(t, db, key, records)
				must(t, db.PutPackSeq(key, slices.Values(records)))
				checkPack(t, db, key, records)
			}
		})
	}
}

// TestPackShape tries every small number of bytes before and in the records, and some large ones: the list that the number of bytes tells has its leaves where the pack was
// built, and not more than a block is lost.
func TestPackShape(t *testing.T) {
	for _, blockSize := range []uint64{40, 48, 56, 64, 128, 4096} {
		o := Options{BlockSize: blockSize, BlockCount: 1 << 24}
		g, err := o.geometry()
		must(t, err)
		check := func(front, records uint64) {
			s, ok := g.packShape(front, records)
			leaves := s.tables + (records+g.payload()-1)/g.payload()
			if !ok || s.leaves != leaves || s.prefix+s.tables*g.payload() != s.data || s.padding >= 16 {
				t.Fatalf("blocks of %d: %d bytes, %d bytes of records: %+v", blockSize, front, records, s)
			}
			plain, _ := g.list(front + pad8(records))
			if front > s.data || s.data-front >= 2*g.payload() || s.leaves > plain.leaves+1 {
				t.Fatalf("blocks of %d: %d bytes, %d bytes of records: %d leaves instead of %d", blockSize, front, records, s.leaves, plain.leaves)
			}
		}
		for front := uint64(48); front < 6*blockSize; front += 8 {
			for records := uint64(1); records < 40*blockSize && records < 20_000; records += 1 + records/200 {
				check(front, records)
			}
		}
		rng := rand.New(rand.NewPCG(1, blockSize))
		for range 20_000 {
			check(8*(6+rng.Uint64N(1<<rng.UintN(17))), 1+rng.Uint64N(1<<rng.UintN(25)))
		}
	}
}

// TestPackGolden keeps the bytes of packs: those of one block, and those of several with what is between table and records.
func TestPackGolden(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 100})
	trades := newTyped[trade](t, db)
	key := []byte("pack")
	var dump strings.Builder
	for _, c := range []struct {
		name string
		put  func() error
	}{
		{"no record", func() error { return db.PutPack(key, nil) }},
		{"no record of a type", func() error { return trades.PutPack(key, nil) }},
		{"one length", func() error { return db.PutPack(key, [][]byte{[]byte("one"), []byte("two")}) }},
		{"two lengths", func() error { return db.PutPack(key, [][]byte{[]byte("one"), []byte("four")}) }},
		{"empty ones", func() error { return db.PutPack(key, [][]byte{{}, {}}) }},
		{"a type", func() error { return trades.PutPack(key, []trade{someTrade}) }},
		{"a type that encodes itself", func() error { return newTyped[text](t, db).PutPack(key, []text{"self", "made"}) }},
		{"several blocks", func() error { return db.PutPack(key, equalRecords(30, 10)) }},
		{"several blocks, offsets", func() error { return db.PutPack(key, append(equalRecords(5, 30), nil)) }},
		{"several blocks, zeros at the end", func() error { return db.PutPack(key, equalRecords(29, 8)) }},
	} {
		must(t, c.put())
		value, err := db.Get(key, nil)
		must(t, err)
		if _, _, err := decodePack(value); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&dump, "%s\n%s\n", c.name, hex.Dump(value))
	}
	golden(t, "pack", dump.String())
}

// TestPackStale: what becomes of a pack that is replaced, deleted, and put again as it was.
func TestPackStale(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 2000})
	other, err := db.Attach()
	must(t, err)
	defer other.Close()
	key := []byte("key")
	records := equalRecords(1000, 24)
	for name, change := range map[string]func() error{
		"replaced":     func() error { return other.PutPack(key, records) },
		"by a value":   func() error { return other.Put(key, []byte("value")) },
		"deleted":      func() error { return other.Delete(key) },
		"deleted, put": func() error { return errors.Join(other.Delete(key), other.PutPack(key, records)) },
	} {
		must(t, db.PutPack(key, records))
		p, err := db.Pack(key)
		must(t, err)
		half, err := p.Slice(0, 500)
		must(t, err)
		n := 0
		for r, err := range p.All() {
			if n == 700 {
				must(t, change())
			}
			if err != nil {
				if !errors.Is(err, ErrStale) || n < 700 {
					t.Errorf("%s: %v after %d records", name, err, n)
				}
				n = -1
				break
			}
			if !bytes.Equal(r, records[n]) {
				t.Fatalf("%s: record %d is another one", name, n)
			}
			n++
		}
		if n != -1 {
			t.Errorf("%s: %d records, and no error", name, n)
		}
		if _, err := p.At(0, nil); err != ErrStale {
			t.Errorf("%s: At: %v", name, err)
		}
		if _, err := half.At(0, nil); err != ErrStale {
			t.Errorf("%s: At of a slice: %v", name, err)
		}
		if _, err := db.PackAt(p.Version()); err != ErrStale {
			t.Errorf("%s: PackAt: %v", name, err)
		}
	}
}

// TestPackAtNothing: a version that names no block is stale, as it is for a value.
func TestPackAtNothing(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 50})
	v, err := db.PutVersion([]byte("key"), nil)
	must(t, err)
	v.word = makeSlot(1, 0)
	if _, err := db.PackAt(v); err != ErrStale {
		t.Errorf("PackAt: %v", err)
	}
	if _, err := db.GetAt(v, nil); err != ErrStale {
		t.Errorf("GetAt: %v", err)
	}
}

// TestPackErrors: what a pack is not.
func TestPackErrors(t *testing.T) {
	db := openHeap(t, Options{BlockCount: 100})
	foreign := openHeap(t, Options{BlockCount: 100})
	key := []byte("key")
	expect := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v instead of %v", what, err, want)
		}
	}
	open := func(key []byte) error { _, err := db.Pack(key); return err }
	expect("no entry", open(key), ErrNotFound)
	expect("no key", open(nil), ErrEmptyKey)
	expect("no key", db.PutPack(nil, nil), ErrEmptyKey)
	must(t, db.Put(key, nil))
	expect("a value", open(key), ErrKind)
	_, v, err := db.GetVersion(key, nil)
	must(t, err)
	_, err = db.PackAt(v)
	expect("a value by reference", err, ErrKind)
	must(t, foreign.PutPack(key, nil))
	p, err := foreign.Pack(key)
	must(t, err)
	_, err = db.PackAt(p.Version())
	expect("of another region", err, ErrStale)
	_, err = db.PackAt(Version{})
	expect("of none", err, ErrStale)

	must(t, db.PutPack(key, equalRecords(5, 3)))
	p, err = db.Pack(key)
	must(t, err)
	s, err := p.Slice(1, 3)
	must(t, err)
	for _, i := range []int{-1, 2, 5, math.MaxInt, math.MinInt} {
		_, err := s.At(i, nil)
		expect(fmt.Sprint("record ", i), err, ErrRange)
	}
	for _, b := range [][2]int{{-1, 0}, {0, 3}, {2, 1}, {0, math.MinInt}, {math.MaxInt, math.MaxInt}} {
		_, err := s.Slice(b[0], b[1])
		expect(fmt.Sprint("slice ", b), err, ErrRange)
	}
	var e *RangeError
	if _, err := p.At(7, nil); !errors.As(err, &e) || *e != (RangeError{7, 5}) {
		t.Error(err)
	}

	other, err := db.Attach()
	must(t, err)
	q, err := other.Pack(key)
	must(t, err)
	must(t, other.Close())
	_, err = q.At(0, nil)
	expect("closed", err, ErrClosed)
	for _, err := range q.All() {
		expect("closed", err, ErrClosed)
	}
	_, err = other.PackAt(v)
	expect("closed", err, ErrClosed)
	expect("closed", other.PutPack(key, nil), ErrClosed)
}

// TestPackCondition writes packs on condition; one that does not hold takes no record.
func TestPackCondition(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 200})
	key := []byte("key")
	records := equalRecords(10, 24)
	v, err := db.CompareAndSwapPack(key, Version{}, slices.Values(records))
	must(t, err)
	checkPack(t, db, key, records)
	never := func(func([]byte) bool) { t.Error("a record was taken") }
	for _, old := range []Version{{}, {region: 1, word: v.word}} {
		if _, err := db.CompareAndSwapPack(key, old, never); err != ErrMismatch {
			t.Error(err)
		}
	}
	next, err := db.CompareAndSwapPack(key, v, slices.Values(records[:3]))
	must(t, err)
	checkPack(t, db, key, records[:3])
	if p, _ := db.Pack(key); p.Version() != next {
		t.Errorf("version %v instead of %v", p.Version(), next)
	}
	replaced := func(yield func([]byte) bool) {
		must(t, db.Put(key, []byte("meanwhile")))
		for _, r := range records {
			yield(r)
		}
	}
	if _, err := db.CompareAndSwapPack(key, next, replaced); err != ErrMismatch {
		t.Error(err)
	}
	ints := newTyped[int](t, db)
	if _, err := ints.CompareAndSwapPack(key, next, slices.Values([]int{1})); err != ErrMismatch {
		t.Error(err)
	}
	must(t, db.Delete(key))
	v, err = ints.CompareAndSwapPack(key, Version{}, slices.Values([]int{1}))
	must(t, err)
	p, err := ints.PackAt(v)
	must(t, err)
	if n, err := p.At(0); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// TestPackNotCompleted: the blocks of a pack whose iterator panics, ends the goroutine, or gives more than there is room for, are free again, and what was there is there.
func TestPackNotCompleted(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 100})
	key := []byte("key")
	must(t, db.PutPack(key, equalRecords(3, 5)))
	before, err := db.Stats()
	must(t, err)
	unchanged := func(what string) {
		t.Helper()
		checkPack(t, db, key, equalRecords(3, 5))
		if after, err := db.Stats(); err != nil || after != before {
			t.Errorf("%s: %+v, %v instead of %+v", what, after, err, before)
		}
	}
	some := func(n int, end func()) iter.Seq[[]byte] {
		return func(yield func([]byte) bool) {
			for _, r := range equalRecords(n, 48) {
				if !yield(r) {
					return
				}
			}
			end()
		}
	}
	func() {
		defer func() { recover() }()
		db.PutPackSeq(key, some(20, func() { panic("iterator") }))
		t.Error("no panic")
	}()
	unchanged("panic")
	done := make(chan struct{})
	go func() {
		defer close(done)
		db.PutPackSeq(key, some(20, runtime.Goexit))
		t.Error("the goroutine goes on")
	}()
	<-done
	unchanged("end of the goroutine")
	if err := db.PutPackSeq(key, some(200, func() { t.Error("all were taken") })); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	unchanged("too many")
}

// TestPackInIterator uses the store inside of an iterator that a pack is built from, the key of the pack too.
func TestPackInIterator(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 200})
	key := []byte("key")
	must(t, db.PutPack(key, equalRecords(30, 20)))
	for range 3 {
		var want [][]byte
		must(t, db.PutPackSeq(key, func(yield func([]byte) bool) {
			for r, err := range db.Elements(key) { // from the pack that is replaced
				must(t, err)
				must(t, db.PutPack([]byte("other"), [][]byte{r}))
				want = append(want, append(bytes.Clone(r), '!'))
				if !yield(want[len(want)-1]) {
					return
				}
			}
		}))
		checkPack(t, db, key, want)
	}
}

// TestPackFull says how many blocks are missing, and that what never fits never fits.
func TestPackFull(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 20})
	key := []byte("key")
	var full *FullError
	var large *TooLargeError
	must(t, db.Put([]byte("other"), make([]byte, 200)))
	s, err := db.Stats()
	must(t, err)
	records := equalRecords(15, 48) // 15 leaves, a table, a head
	if err := db.PutPack(key, records); !errors.As(err, &full) || full.Free != s.Free || full.Needed <= s.Free || full.Needed > 20 {
		t.Errorf("%v, %d free", err, s.Free)
	}
	if err := db.PutPackSeq(key, slices.Values(records)); !errors.As(err, &full) || full.Free != s.Free || full.Needed <= s.Free || full.Needed > 20 {
		t.Errorf("%v, %d free", err, s.Free)
	}
	if err := db.PutPack(key, equalRecords(20, 48)); !errors.As(err, &large) || large.Bytes != 3+40+20*48 {
		t.Error(err)
	}
	must(t, db.Delete([]byte("other")))
	if err := db.PutPackSeq(key, slices.Values(equalRecords(20, 48))); !errors.As(err, &large) {
		t.Error(err)
	}
	if err := db.PutPackSeq(key, slices.Values(make([][]byte, 1000))); !errors.As(err, &large) { // a table alone
		t.Error(err)
	}
	must(t, db.PutPack(key, records))
	checkPack(t, db, key, records)
	if s, err := db.Stats(); err != nil || s.Live+s.Free != 20 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPackAllocations: what building and reading allocate does not depend on the number of records.
func TestPackAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	db := openHeap(t, Options{BlockSize: 4096, BlockCount: 4000})
	ints := newTyped[[8]uint64](t, db)
	key := []byte("key")
	const n = 50_000
	list, equal, varied := make([][8]uint64, n), equalRecords(n, 24), equalRecords(n, 24)
	varied[7] = varied[7][:5]
	dst := make([]byte, 0, 100)
	for name, f := range map[string]func() error{
		"PutPack of a type":    func() error { return ints.PutPack(key, list) },
		"PutPackSeq of a type": func() error { return ints.PutPackSeq(key, slices.Values(list)) },
		"PutPack":              func() error { return db.PutPack(key, equal) },
		"PutPackSeq":           func() error { return db.PutPackSeq(key, slices.Values(equal)) },
		"with offsets":         func() error { return db.PutPack(key, varied) },
		"Seq with offsets":     func() error { return db.PutPackSeq(key, slices.Values(varied)) },
	} {
		must(t, f())
		p, err := db.Pack(key)
		must(t, err)
		expect := func(what string, most float64, f func()) {
			t.Helper()
			if got := testing.AllocsPerRun(3, f); got > most || err != nil {
				t.Errorf("%s: %s: %v allocations, at most %v expected, %v", name, what, got, most, err)
			}
		}
		expect("At", 0, func() {
			if _, e := p.At(n-1, dst); e != nil {
				err = e
			}
		})
		expect("All", 10, func() {
			for _, e := range p.All() {
				if e != nil {
					err = e
				}
			}
		})
		expect("building", 80, func() { err = f() }) // lists of blocks, and of offsets, that grow
	}
}
