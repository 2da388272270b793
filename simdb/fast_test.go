package simdb

import (
	"bytes"
	"slices"
	"testing"
)

// TestFastKeys: the common case of a put takes no key for another that is the same but for its length.
func TestFastKeys(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 10, hash: func([]byte) uint64 { return 1 }})
	must(t, err)
	defer db.Close()
	for _, key := range []string{"a", "a\x00", "a\x00\x00"} {
		for range 2 {
			must(t, db.PutString(key, key))
		}
	}
	for _, key := range []string{"a", "a\x00", "a\x00\x00"} {
		if value, err := db.GetString(key); value != key || err != nil {
			t.Errorf("%q is %q, %v", key, value, err)
		}
	}
}

// beyondBuckets puts what the slot of a key is into every word behind the buckets of a region that might be taken for one, and gives the slot and what it is.
func beyondBuckets(t *testing.T, db *DB, key string) (slot, w uint64) {
	t.Helper()
	r := db.r
	var s seen
	must(t, r.lookup(&s, []byte(key), r.hash([]byte(key))))
	w = r.load(s.slot)
	for off := r.bucket(r.buckets); off <= r.bucket(0)+8+8*64; off += 8 {
		if first, _ := r.block(0); off < first || (off-first)%r.blockSize != 0 {
			r.store(off, w)
		}
	}
	return s.slot, w
}

// TestFastWithin: no word beyond a bucket is taken for a slot, whatever it is.
func TestFastWithin(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 20, buckets: 1, lanes: 1})
	must(t, err)
	r := db.r
	(*db.lanes.list.Load())[0].cursor = 10 // not where others are to be written over
	must(t, db.PutString("key", "a value"))
	slot, _ := beyondBuckets(t, db, "key")
	r.store(slot, 0)
	ln := db.lanes.enter(&r.mem)
	defer ln.leave(&r.mem)
	_, _, done := r.putFast(ln, []byte("key"), []byte("another"), r.hash([]byte("key")), condition{})
	if done {
		t.Error("it put something into what is no slot")
	}
}

// TestEntriesWithin: an iteration ends with the last bucket, whatever is behind it.
func TestEntriesWithin(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 20, buckets: 1, lanes: 1})
	must(t, err)
	(*db.lanes.list.Load())[0].cursor = 10 // not where others are to be written over
	must(t, db.PutString("key", "a value"))
	beyondBuckets(t, db, "key")
	n := 0
	for e, err := range db.Entries() {
		if err != nil || string(e.Key) != "key" {
			t.Fatalf("%q, %v", e.Key, err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("one key is there, and %d were given", n)
	}
}

// TestLengths: a value of any length is all there behind what the caller has, and nothing else is written, where one block holds it and where several do.
func TestLengths(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 256, BlockCount: 64})
	var key [20]byte
	for n := range 600 {
		for i := range key {
			key[i] = byte(n + i)
		}
		key := key[:1+n%len(key)]
		value := make([]byte, n)
		for i := range value {
			value[i] = byte(1 + i%251)
		}
		must(t, db.Put(key, value))
		const front, room = 3, 700
		dst := bytes.Repeat([]byte{0xee}, room)
		out, err := db.Get(key, dst[:front])
		must(t, err)
		want := slices.Concat(dst[:front:front], value, bytes.Repeat([]byte{0xee}, room-front-n))
		if len(out) != front+n || &out[0] != &dst[0] || !bytes.Equal(dst, want) {
			t.Fatalf("%d bytes: %x", n, dst)
		}
		must(t, db.Delete(key))
	}
}
