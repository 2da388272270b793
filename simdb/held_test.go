package simdb

import (
	"errors"
	"maps"
	"testing"
)

func TestEntries(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 80, BlockCount: 100}, "queue", QueueOptions{})
	must(t, q.Push([]byte("message")))
	must(t, db.PutString("short", "abc"))
	must(t, db.Put([]byte("long"), make([]byte, 1000)))
	must(t, db.PutPack([]byte("pack"), [][]byte{{1}, {2}}))
	type what struct {
		kind Kind
		size int
	}
	got := map[string]what{}
	for e, err := range db.Entries() {
		must(t, err)
		got[string(e.Key)] = what{e.Kind, e.Size}
	}
	want := map[string]what{"queue": {KindQueue, 0}, "short": {KindValue, 3}, "long": {KindValue, 1000}, "pack": {KindPack, 42}}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	must(t, db.Close())
	for _, err := range db.Entries() {
		if !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
}

func TestHoldings(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 1000}, "q", QueueOptions{})
	other, err := db.Attach()
	must(t, err)
	defer other.Close()
	q2, err := other.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	for range 3 {
		must(t, q.Push([]byte("message")))
	}
	_, _, err = q2.TryClaim(nil)
	must(t, err)
	_, c, err := q2.TryClaim(nil)
	must(t, err)
	place := other.h.slot
	held, err := db.Holdings()
	if err != nil || held[place].Claims != 2 || held[db.h.slot].Claims != 0 {
		t.Errorf("%v %v", held, err)
	}
	must(t, q2.Ack(c))
	b, ok := db.r.take(&lane{handle: place})
	if !ok {
		t.Fatal("no block")
	}
	held, err = db.Holdings()
	if err != nil || held[place] != (Holding{Blocks: 1, Claims: 1}) {
		t.Errorf("%v %v", held, err)
	}
	db.r.release(nil, db.r.own(b), makeBlockWord(owned, place, db.r.version(b)))
}
