package simdb_test

import (
	"errors"
	"testing"

	"simdb.dev/simdb"
)

// TestVersionBytes hands a version over as bytes, as to another process, and reads by it there.
func TestVersionBytes(t *testing.T) {
	db, err := simdb.OpenHeap(simdb.Options{BlockSize: 64, BlockCount: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.Attach()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	key := []byte("key")
	v, err := db.PutVersion(key, []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := v.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var got simdb.Version
	if err := got.UnmarshalBinary(b); err != nil || got != v {
		t.Fatalf("%v, %v instead of %v", err, got, v)
	}
	if value, err := other.GetAt(got, nil); err != nil || string(value) != "value" {
		t.Errorf("%q, %v", value, err)
	}
	if err := got.UnmarshalBinary(b[1:]); err == nil {
		t.Error("31 bytes are a version")
	}
	// Bytes of any other origin name nothing: no fault, no value.
	for i := range b {
		forged := append([]byte(nil), b...)
		forged[i] ^= 0xff
		if err := got.UnmarshalBinary(forged); err != nil {
			t.Fatal(err)
		}
		value, err := other.GetAt(got, nil)
		if i/8 == 1 { // the bucket matters only while an insertion is pending
			continue
		}
		if !errors.Is(err, simdb.ErrStale) || len(value) != 0 {
			t.Errorf("byte %d changed: %q, %v", i, value, err)
		}
	}
}
