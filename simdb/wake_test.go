package simdb

import (
	"bytes"
	"context"
	"slices"
	"testing"
)

// TestWritesWake: whatever changes what a key holds wakes who sleeps on its line.
func TestWritesWake(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 200})
	from := openHeap(t, Options{BlockSize: 128, BlockCount: 200})
	key, value := []byte("key"), []byte("8 bytes.")
	records := [][]byte{value, value}
	line := db.r.waitLine(db.r.bucketOf(db.r.hash(key)))
	limited, err := db.Queue(key, QueueOptions{Limit: 3})
	must(t, err)
	version := func() Version {
		v, err := db.Wait(context.Background(), key, Version{})
		must(t, err)
		return v
	}
	load := func(fill func() error) func() error {
		return func() error {
			var dump bytes.Buffer
			must(t, fill())
			must(t, second(from.Dump(&dump, TransferOptions{})))
			must(t, from.Delete(key))
			return second(db.Load(&dump, TransferOptions{}))
		}
	}
	batch, err := NewBatch(MinBatch, make([]byte, 100))
	must(t, err)
	var claim Claim
	for _, change := range []struct {
		name string
		do   func() error
	}{
		{"PutVersion", func() error { return second(db.PutVersion(key, value)) }},
		{"Put", func() error { return db.Put(key, value) }},
		{"Put, long", func() error { return db.Put(key, make([]byte, 1000)) }},
		{"CompareAndSwap", func() error { return second(db.CompareAndSwap(key, version(), value)) }},
		{"Add", func() error { return second(db.Add(key, 1)) }},
		{"Update", func() error { return db.Update(key, func([]byte) ([]byte, error) { return value, nil }) }},
		{"PutMany", func() error { return second(db.PutMany([][]byte{key}, [][]byte{value})) }},
		{"Delete", func() error { return db.Delete(key) }},
		{"GetOrPut", func() error { _, _, err := db.GetOrPut(key, value, nil); return err }},
		{"CompareAndDelete", func() error { return db.CompareAndDelete(key, version()) }},
		{"PutPackSeq", func() error { return db.PutPackSeq(key, slices.Values(records)) }},
		{"PutPack", func() error { return db.PutPack(key, records) }},
		{"CompareAndSwapPack", func() error { return second(db.CompareAndSwapPack(key, version(), slices.Values(records))) }},
		{"PutPack, long", func() error { return db.PutPack(key, [][]byte{make([]byte, 1000)}) }},
		{"Load of a value", load(func() error { return from.Put(key, value) })},
		{"Load of a pack", load(func() error { return from.PutPack(key, records) })},
		{"Delete of a pack", func() error { return db.Delete(key) }},
		{"Push, the first", func() error { return limited.Push(value) }},
		{"Push", func() error { return limited.Push(value) }},
		{"TryPop", func() error { return second(limited.TryPop(nil)) }},
		{"PushBatch", func() error { return limited.PushBatch(records) }},
		{"Take", func() error { return limited.Take(batch) }},
		{"PushWait", func() error { return limited.PushWait(context.Background(), value) }},
		{"TryClaim", func() (err error) { _, claim, err = limited.TryClaim(nil); return err }},
		{"Release", func() error { return limited.Release(claim) }},
		{"Queue.Delete", limited.Delete},
	} {
		const sleeping = 1
		db.r.store(line, sleeping)
		if err := change.do(); err != nil {
			t.Fatalf("%s: %v", change.name, err)
		}
		if db.r.load(line) == sleeping {
			t.Errorf("%s: nobody is woken", change.name)
		}
	}
}
