//go:build explore

package simdb

import (
	"fmt"
	"testing"
)

// TestReadOnlySegmentReused: a reader without hazards is about to read a slot of a segment; its messages are taken, it is retired, and becomes data that looks like the end of a queue. The message
// that waits behind it all the time must be given.
func TestReadOnlySegmentReused(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 40, slots: 50, buckets: 1}) // no block becomes one of a bucket
	q, err := db.Queue([]byte("queue"), QueueOptions{})
	must(t, err)
	for range q.at.slots {
		must(t, q.Push([]byte("taken")))
	}
	must(t, q.Push([]byte("waits")))
	r := db.heap.region()
	r.readOnly = true
	reader := newDB(r, handle{}, Options{})
	look, err := reader.Queue(q.key, QueueOptions{})
	must(t, err)
	var s seen
	must(t, db.r.lookup(&s, q.key, q.hash))
	first := db.r.own(s.ref())
	stopped := &onLoad{word: q.at.slot(first, 0), f: func() {
		for range q.at.slots {
			must(t, second(q.TryPop(nil)))
		}
		for _, ln := range *db.lanes.list.Load() {
			db.r.unprotect(ln)
		}
		for i := 0; blockWord(db.r.load(first)).state() != live; i++ {
			must(t, db.Put(fmt.Append(nil, "data ", i), make([]byte, 90)))
		}
	}}
	r.hook = hook{s: stopped}
	var given []string
	for m, err := range look.Peek() {
		must(t, err)
		given = append(given, string(m))
	}
	if stopped.f != nil || len(given) != 1 || given[0] != "waits" {
		t.Errorf("given: %q", given)
	}
}
