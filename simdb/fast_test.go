package simdb

import "testing"

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

// TestFastWithin: no word beyond a bucket is taken for a slot, whatever it is.
func TestFastWithin(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 20, buckets: 1})
	must(t, err)
	r := db.r
	must(t, db.PutString("key", "a value"))
	var s seen
	must(t, r.lookup(&s, []byte("key"), r.hash([]byte("key"))))
	slot, w := s.witness, r.load(s.witness)
	r.store(slot, 0)
	for beyond := r.bucket(r.buckets); beyond < r.bucket(0)+8+8*64+8; beyond += 8 {
		if off, _ := r.block(0); beyond >= off && (beyond-off)%r.blockSize != 0 {
			r.store(beyond, w)
		}
	}
	ln := db.lanes.enter(&r.mem)
	defer ln.leave(&r.mem)
	_, _, done := r.putFast(ln, []byte("key"), []byte("another"), r.hash([]byte("key")), condition{})
	if done {
		t.Error("it put something into what is no slot")
	}
}
