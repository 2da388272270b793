package main

import (
	"bytes"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"simdb.dev/model"
	"simdb.dev/simdb"
)

// TestCommand checks that the command of a run repeats it.
func TestCommand(t *testing.T) {
	for _, args := range []string{"", "-seed 5 -kill -pause=false", "-keys 3,4,5 -sizes 7-9 -mix put=3,get=1 -processes 2 -goroutines 5 -block 64 -ops 12 -duration 3s"} {
		want, err := parse(strings.Fields(args), io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parse(strings.Fields(want.command())[3:], io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", want.command(), diff)
		}
	}
}

// TestStamped damages stamped values in every byte, and mixes them at every
// place with another of the same key, and with the same of another key.
func TestStamped(t *testing.T) {
	for _, n := range []int{16, 17, 23, 24, 25, 100, 1000} {
		value := appendStamped(nil, 3, 77, n)
		if id, whole := readStamped(value, 3); len(value) != n || !whole || id != 77 {
			t.Fatalf("%d bytes: %d bytes, id %d, whole %v", n, len(value), id, whole)
		}
		if _, whole := readStamped(value, 4); whole {
			t.Errorf("%d bytes: whole under another key", n)
		}
		for i := range value {
			value[i] ^= 0x40
			if _, whole := readStamped(value, 3); whole {
				t.Errorf("%d bytes: whole with byte %d changed", n, i)
			}
			value[i] ^= 0x40
		}
		other := appendStamped(nil, 3, 78, n)
		for i := 1; i < n; i++ {
			if mixed := append(bytes.Clone(value[:i]), other[i:]...); !bytes.Equal(mixed, value) && !bytes.Equal(mixed, other) {
				if _, whole := readStamped(mixed, 3); whole {
					t.Errorf("%d bytes: whole with another from byte %d", n, i)
				}
			}
			if _, whole := readStamped(value[:i], 3); whole {
				t.Errorf("%d bytes: the first %d are whole", n, i)
			}
		}
	}
}

// TestRecords damages records of packs in every byte, and reads them as those of another key.
func TestRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		n := r.IntN(2000)
		records := appendRecords(nil, r, 3, 77, n)
		total := 0
		for i, b := range records {
			s, whole := readRecord(b, 3)
			if want := (stamp{77, uint64(i), uint64(len(records)), s.Bytes}); !whole || s != want {
				t.Fatalf("record %d of %d: %+v, %v", i, len(records), s, whole)
			}
			if _, whole := readRecord(b, 4); whole {
				t.Error("whole under another key")
			}
			for i := range b {
				b[i] ^= 0x40
				if _, whole := readRecord(b, 3); whole {
					t.Errorf("whole with byte %d changed", i)
				}
				b[i] ^= 0x40
			}
			total += len(b)
		}
		if s, _ := readRecord(records[0], 3); s.Bytes != uint64(total) || total > max(n, recordSize) {
			t.Errorf("%d bytes of records, %d asked for, %d said", total, n, s.Bytes)
		}
	}
	good := newTypedRecord(3, stamp{77, 1, 2, 96})
	if bad := good; !good.whole(3) || good.whole(4) {
		t.Error("typed record")
	} else if bad.Odd = !bad.Odd; bad.whole(3) {
		t.Error("whole with another bool")
	}
}

// TestJudge: records that were read together are of one pack, each in its place, and all there.
func TestJudge(t *testing.T) {
	s := stamp{77, 0, 2, 96}
	second, other := s, s
	second.Index, other.Index, other.ID = 1, 1, 78
	for _, c := range []struct {
		what    string
		records []stamp
		want    int
		outcome model.Outcome
	}{
		{"all", []stamp{s, second}, -1, model.OK},
		{"some", []stamp{s}, 1, model.OK},
		{"one missing", []stamp{s}, -1, model.Torn},
		{"one of another pack", []stamp{s, other}, -1, model.Torn},
		{"one twice", []stamp{s, s}, 2, model.Torn},
		{"none", nil, -1, model.Torn},
	} {
		j := judge{want: c.want}
		for i, r := range c.records {
			j.add(r, true, i)
		}
		if out, err := j.end(); out.Outcome != c.outcome || err != nil || c.outcome == model.OK && out.Value != 77 {
			t.Errorf("%s: %+v, %v", c.what, out, err)
		}
	}
}

// TestPackBlocks compares the estimate by which regions are made with what packs take.
func TestPackBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, blockSize := range []uint64{40, 48, 64, 128, 4096} {
		cfg := &config{BlockSize: blockSize}
		db, err := simdb.OpenHeap(simdb.Options{BlockSize: blockSize, BlockCount: 8000})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for range 100 {
			n := r.IntN(20_000)
			if err := db.PutPack(keyNames("p", 5)[4], appendRecords(nil, r, 3, 77, n)); err != nil {
				t.Fatalf("%d bytes in blocks of %d: %v", n, blockSize, err)
			}
			s, err := db.Stats()
			if err != nil {
				t.Fatal(err)
			}
			if s.Live > packBlocks(cfg, n) {
				t.Errorf("%d bytes in blocks of %d: %d blocks, at most %d expected", n, blockSize, s.Live, packBlocks(cfg, n))
			}
		}
	}
}

func TestShort(t *testing.T) {
	for n := range stampSize {
		value := appendShort(nil, 9, n)
		if len(value) != n || !isShort(value, 9) {
			t.Errorf("%d bytes: %x", n, value)
		}
		for i := range value {
			value[i]++
			if isShort(value, 9) {
				t.Errorf("%d bytes: whole with byte %d changed", n, i)
			}
			value[i]--
		}
	}
	if isShort(appendShort(nil, 9, stampSize), 9) {
		t.Error("a long value is short")
	}
}

// TestTokens checks that a version has one token in all handles, and another
// version another.
func TestTokens(t *testing.T) {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.Attach()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if token(simdb.Version{}) != 0 {
		t.Error("no version has a token")
	}
	seen := map[any]bool{}
	for range 100 {
		v, err := db.PutVersion([]byte("key"), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, w, err := other.GetVersion([]byte("key"), nil)
		if err != nil {
			t.Fatal(err)
		}
		name := token(v)
		if name == 0 || name != token(w) || seen[name] {
			t.Fatalf("tokens %d and %d, seen before: %v", name, token(w), seen[name])
		}
		seen[name] = true
	}
	v, _ := db.PutVersion([]byte("key"), nil)
	if n := testing.AllocsPerRun(100, func() { token(v) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range []sizes{{0, 0}, {7, 7}, {0, 1}, {3, 9}, {0, 4096}} {
		least, most, sum := s.Max, s.Min, 0
		const n = 100_000
		for range n {
			k := s.pick(r)
			least, most, sum = min(least, k), max(most, k), sum+k
		}
		if least != s.Min || most != s.Max {
			t.Errorf("%v: from %d to %d", s, least, most)
		}
		if mean := sum / n; mean > s.mean()+1 || mean < s.mean()-s.mean()/10-1 {
			t.Errorf("%v: mean %d, expected about %d", s, mean, s.mean())
		}
	}
}

// TestBlocks compares the estimate by which regions are made with what entries
// take.
func TestBlocks(t *testing.T) {
	for _, blockSize := range []uint64{40, 48, 64, 128, 4096} {
		cfg := &config{BlockSize: blockSize}
		db, err := simdb.OpenHeap(simdb.Options{BlockSize: blockSize, BlockCount: 4000})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, n := range []int{0, 1, 16, 50, 100, 500, 1000, 4000, 20000} {
			key := keyNames("k", 5)[4]
			if err := db.Put(key, make([]byte, n)); err != nil {
				t.Fatalf("%d bytes in blocks of %d: %v", n, blockSize, err)
			}
			s, err := db.Stats()
			if err != nil {
				t.Fatal(err)
			}
			if s.Live > blocks(cfg, n) {
				t.Errorf("%d bytes in blocks of %d: %d blocks, at most %d expected", n, blockSize, s.Live, blocks(cfg, n))
			}
		}
	}
}

// TestCollect gives the audit an iteration that shows a key twice, which no
// client can bring about.
func TestCollect(t *testing.T) {
	all := func(keys ...string) iter.Seq2[[]byte, []byte] {
		return func(yield func([]byte, []byte) bool) {
			for _, k := range keys {
				if !yield([]byte(k), []byte("value")) {
					return
				}
			}
		}
	}
	number := map[string]int{"a": 0, "b": 1}
	other := func(key []byte) bool { return key[0] == 'o' }
	for _, c := range []struct {
		keys []string
		want string // in the error
	}{
		{[]string{"a", "b", "other"}, ""},
		{[]string{"a", "b", "a"}, `"a" is there twice`},
		{[]string{"a", "c"}, `"c" was never written`},
	} {
		values, err := collect(all(c.keys...), number, other)
		switch {
		case c.want == "" && (err != nil || len(values) != 2):
			t.Errorf("%v: %v, %v", c.keys, values, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%v: %v, want %q", c.keys, err, c.want)
		}
	}
}
