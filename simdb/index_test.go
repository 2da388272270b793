package simdb

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestOneKeyOneSlot goes through every sequence of six puts and deletes of three keys that share a bucket and a fingerprint. The earlier store inserted into the first deleted
// slot without looking further: a key stood in two slots, and came back after it was deleted.
func TestOneKeyOneSlot(t *testing.T) {
	const keys, length = 3, 6
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 16, hash: func([]byte) uint64 { return 0 }})
	sequences := 1
	for range length {
		sequences *= 2 * keys
	}
	for s := range sequences {
		var want [keys]bool
		for range length {
			key, put := []byte{byte('a' + s/2%keys)}, s%2 == 0
			if put {
				must(t, db.Put(key, key))
			} else if err := db.Delete(key); (err == nil) != want[s/2%keys] {
				t.Fatalf("sequence %d: delete of %s: %v", s, key, err)
			}
			want[s/2%keys] = put
			s /= 2 * keys
		}
		for k, want := range want {
			key := []byte{byte('a' + k)}
			if _, err := db.Get(key, nil); (err == nil) != want {
				t.Fatalf("sequence %d: get of %s: %v", s, key, err)
			}
			if err := db.Delete(key); (err == nil) != want {
				t.Fatalf("sequence %d: last delete of %s: %v", s, key, err)
			}
		}
	}
}

// TestOneInserterWins lets goroutines of two handles insert the same key at once, into a bucket with slots of all ages: one insertion is decided, all others see it. Then they
// delete it: one does.
func TestOneInserterWins(t *testing.T) {
	const inserters = 4
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 200, slots: 2, buckets: 1})
	other, err := db.Attach()
	must(t, err)
	defer other.Close()
	handles := [2]*DB{db, other}
	var present [5]bool
	for round := range rounds {
		k := round * round % len(present)
		key := fmt.Appendf(nil, "key %d", k)
		what := "inserted"
		done := together(inserters, func(i int) bool {
			if present[k] {
				return handles[i%2].Delete(key) == nil
			}
			_, err := handles[i%2].CompareAndSwap(key, Version{}, []byte{byte(i)})
			return err == nil
		})
		if present[k] {
			what = "deleted"
		}
		if done != 1 {
			t.Fatalf("round %d: %d %s %s", round, done, what, key)
		}
		present[k] = !present[k]
		if _, err := db.Get(key, nil); (err == nil) != present[k] {
			t.Fatalf("round %d: %s %s, and then: %v", round, what, key, err)
		}
	}
}

// together runs f in n goroutines at once and counts who says true.
func together(n int, f func(i int) bool) int {
	var begin, end sync.WaitGroup
	results := make([]bool, n)
	begin.Add(n)
	for i := range n {
		end.Go(func() {
			begin.Done()
			begin.Wait()
			results[i] = f(i)
		})
	}
	end.Wait()
	count := 0
	for _, yes := range results {
		if yes {
			count++
		}
	}
	return count
}

// TestMissLooksAtOneBucket fills all buckets but one with slots that lead out of the region. The earlier store scanned the whole table for a missing key; whoever looks there now
// finds the region corrupt.
func TestMissLooksAtOneBucket(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 1 << 16})
	must(t, err)
	defer db.Close()
	missing := []byte("missing")
	hash := db.r.hash(missing)
	bad := makeSlot(fingerprint(hash), db.r.makeRef(db.r.blockCount, 1))
	for n := range db.r.buckets {
		for i := range db.r.slots {
			if n != db.r.bucketOf(hash) {
				db.r.store(db.r.bucket(n)+8+8*i, uint64(bad))
			}
		}
	}
	if _, err := db.Get(missing, nil); err != ErrNotFound {
		t.Errorf("Get: %v", err)
	}
	if _, err := db.Len(missing); err != ErrNotFound {
		t.Errorf("Len: %v", err)
	}
	if err := db.Delete(missing); err != ErrNotFound {
		t.Errorf("Delete: %v", err)
	}
	must(t, db.Put(missing, nil))
}

// TestListShape compares the shape of block lists with what it must be: room for all bytes, no block too many, depth as needed.
func TestListShape(t *testing.T) {
	for _, blockSize := range []uint64{minBlockSize, 48, 64, 256, maxBlockSize} {
		o := Options{BlockSize: blockSize, BlockCount: 5000}
		g, err := o.geometry()
		must(t, err)
		for bytes := uint64(0); bytes < min(g.maxBytes(), 60000); bytes += 1 + bytes/100 {
			l, ok := g.list(bytes)
			if !ok {
				if bytes < g.maxBytes()/3 {
					t.Fatalf("%d bytes do not fit into 5000 blocks of %d", bytes, blockSize)
				}
				continue
			}
			room := l.prefix + l.leaves*g.payload()
			if room < bytes || room >= bytes+g.payload() || 8*l.refs+l.prefix > g.payload()-listHeader || l.refs*g.span(l.depth) < l.leaves {
				t.Fatalf("%d bytes in blocks of %d: %+v", bytes, blockSize, l)
			}
			if most := (g.payload() - listHeader) / 8 * g.span(max(l.depth-1, 1)); l.depth > 1 && most*g.payload() >= bytes {
				t.Fatalf("%d bytes in blocks of %d: depth %d is one too many", bytes, blockSize, l.depth)
			}
		}
	}
}

// TestLongKeyHash compares the two ways to hash a key: at once, and from the blocks of an entry in pieces.
func TestLongKeyHash(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 1000})
	for _, n := range []int{1, 16, 17, 128, 129, 240, 241, 1023, 1024, 1025, 2047, 2048, 2049, 5000} {
		key := content(uint64(n), n)
		must(t, db.Put(key, []byte("value")))
		var s seen
		must(t, db.r.lookup(&s, key, db.r.hash(key)))
		if hash, ok := db.r.hashOf(&s.entry); !ok || hash != db.r.hash(key) {
			t.Errorf("key of %d bytes: %#x, %v instead of %#x", n, hash, ok, db.r.hash(key))
		}
	}
}

// TestCorruptIndex: what only a corrupt region holds gives an error to who comes upon it, and is not taken for a key that is absent.
func TestCorruptIndex(t *testing.T) {
	first, second := []byte("first"), []byte("second")
	for _, c := range []struct {
		name    string
		corrupt func(r *region, head, entry uint64)
		then    func(db *DB) error
	}{
		{"a slot that names no entry", func(r *region, _, entry uint64) { r.store(entry+8, home(1)) },
			func(db *DB) error { _, err := db.Get(first, nil); return err }},
		{"a list that leads out of the region", func(r *region, _, entry uint64) {
			l, _ := r.list(8 + 200)
			r.store(l.table(entry), r.indexMask)
		}, func(db *DB) error { _, err := db.Get(first, nil); return err }},
		{"a chain that leads back", func(r *region, head, _ uint64) {
			link := r.chain(head).link
			r.store(r.own(slotWord(r.load(link)).ref())+blockHeader, r.load(link))
		}, func(db *DB) error { _, err := db.Get([]byte("third"), nil); return err }},
		{"a pending insertion beyond the bucket", func(r *region, head, entry uint64) {
			r.store(entry+8, uint64(meta(r.load(entry+8)).inserting(1<<metaPlaceBits-1, 0)))
			r.store(head, uint64(headPending)|uint64(slotWord(r.load(head+8)).ref()))
		}, func(db *DB) error { return db.Put(first, nil) }},
		{"a pending insertion whose slot is another's", func(r *region, head, entry uint64) {
			r.store(entry+8, uint64(meta(r.load(entry+8)).inserting(1, 0)))
			r.store(head, uint64(headPending)|uint64(slotWord(r.load(head+8)).ref()))
		}, func(db *DB) error { return db.Put(first, nil) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 16, slots: 1, buckets: 1, hash: func([]byte) uint64 { return 0 }})
			must(t, err)
			must(t, db.Put(first, make([]byte, 200)))
			must(t, db.Put(second, nil)) // in an overflow block
			head := db.r.bucket(0)
			c.corrupt(db.r, head, db.r.own(slotWord(db.r.load(head+8)).ref()))
			findsCorrupt(t, func() error { return c.then(db) })
		})
	}
}

// findsCorrupt says whether f comes back, with ErrCorrupt.
func findsCorrupt(t *testing.T, f func() error) {
	t.Helper()
	if err := comesBack(t, f); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v instead of an error about a corrupt region", err)
	}
}

// comesBack gives what f gives, and ends the test if f goes on for ever.
func comesBack(t *testing.T, f func() error) error {
	t.Helper()
	came := make(chan error, 1)
	go func() { came <- f() }()
	select {
	case err := <-came:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("never comes back")
		return nil
	}
}

// TestCheckRing: Check says once that a bucket's chain leads back, and not what stands in it again and again.
func TestCheckRing(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 200, slots: 1, buckets: 1})
	must(t, err)
	for i := range 4 {
		must(t, db.Put([]byte{byte(i)}, nil))
	}
	link := db.r.chain(db.r.bucket(0)).link
	db.r.store(db.r.own(slotWord(db.r.load(link)).ref())+blockHeader, db.r.load(link))
	findings, err := db.Check()
	if err != nil || len(findings) != 1 {
		t.Errorf("%d findings, %v: %v", len(findings), err, findings[:min(5, len(findings))])
	}
}

// TestForgedSlot: a version that came as bytes names no slot outside of the buckets and the blocks.
func TestForgedSlot(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 16})
	g := &db.r.geometry
	end := g.blockOff + g.blockCount*g.blockSize
	for off, want := range map[uint64]bool{0: false, g.bucketOff - 8: false, g.bucketOff + 8: true, g.bucketOff + 9: false, end - 8: true, end: false, end + 8: false, ^uint64(7): false} {
		if got := g.hasSlot(off); got != want {
			t.Errorf("hasSlot(%d) is %v: buckets begin at %d, blocks end at %d", off, got, g.bucketOff, end)
		}
	}
}

// TestForgedVersion: a version that came as bytes leads to no value but that of a used slot, or of a pending insertion in a bucket, with just its word.
func TestForgedVersion(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 16, slots: 2, buckets: 1})
	must(t, err)
	must(t, db.Put([]byte("there"), []byte("value")))
	must(t, db.Put([]byte("gone"), []byte("old value")))
	must(t, db.Delete([]byte("gone")))
	r := db.r
	slot := r.bucket(0) + 8
	there := slotWord(r.load(slot))
	for what, v := range map[string]Version{
		"a slot that is not used any more": {word: slotWord(r.load(slot + 8)), slot: slot + 8},
		"a slot that was never used":       {word: 0, slot: r.chain(r.bucket(0)).link},
		"a bucket behind the last":         {word: there, slot: slot + 8, bucket: r.buckets},
	} {
		v.region = r.id[0]
		r.store(r.bucket(r.buckets), uint64(headPending)|uint64(there.ref()))
		if value, err := db.GetAt(v, nil); err != ErrStale {
			t.Errorf("%s: %q, %v", what, value, err)
		}
	}
}

// TestBlocksFor: an entry takes as many blocks as is said.
func TestBlocksFor(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 64})
	free := func() uint64 {
		s, err := db.Stats()
		must(t, err)
		return s.Free
	}
	key := []byte("12345678")
	for n := range 10 * int(db.r.payload()) {
		before := free()
		must(t, db.Put(key, make([]byte, n)))
		if took := before - free(); took != db.r.blocksFor(8+uint64(n)) {
			t.Fatalf("an entry of %d bytes takes %d blocks, not %d", 8+n, took, db.r.blocksFor(8+uint64(n)))
		}
		must(t, db.Delete(key))
	}
}
