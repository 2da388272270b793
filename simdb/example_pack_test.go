package simdb_test

import (
	"errors"
	"fmt"
	"log"
	"slices"
	"time"

	"simdb.dev/simdb"
)

// A tick is stored as its bytes: a struct of numbers needs nothing else.
type tick struct {
	At       int64
	Bid, Ask float64
}

// One Go value per key, without encoding it by hand.
func ExampleTyped() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ticks, err := simdb.NewTyped[tick](db)
	if err != nil {
		log.Fatal(err)
	}
	key := []byte("EURUSD")
	if err := ticks.Put(key, tick{At: 1, Bid: 1.0842, Ask: 1.0843}); err != nil {
		log.Fatal(err)
	}
	err = ticks.Update(key, func(t tick, found bool) (tick, error) {
		t.At, t.Bid = 2, 1.0841
		return t, nil
	})
	if err != nil {
		log.Fatal(err)
	}
	t, err := ticks.Get(key)
	fmt.Println(t, err)

	// A program that was built with another layout is told so.
	others, err := simdb.NewTyped[struct{ Bid, Ask float64 }](db)
	if err != nil {
		log.Fatal(err)
	}
	_, err = others.Get(key)
	fmt.Println(errors.Is(err, simdb.ErrType))
	// Output:
	// {2 1.0841 1.0843} <nil>
	// true
}

// What can not be stored is named.
func ExampleNewTyped() {
	type Order struct {
		ID   uint64
		Note string
	}
	_, err := simdb.NewTyped[Order](nil)
	fmt.Println(err)
	_, err = simdb.NewTyped[time.Time](nil) // encodes itself
	fmt.Println(err)
	// Output:
	// simdb: Order.Note: string is not of fixed size; give the type the methods AppendBinary and UnmarshalBinary
	// <nil>
}

// A pack is many records under one key. Whoever reads it sees the whole of it or nothing, and needs to touch no more than the records wanted.
func ExampleDB_PutPack() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	key := []byte("planets")
	if err := db.PutPack(key, [][]byte{[]byte("Mercury"), []byte("Venus"), []byte("Earth"), []byte("Mars")}); err != nil {
		log.Fatal(err)
	}
	p, err := db.Pack(key)
	if err != nil {
		log.Fatal(err)
	}
	third, err := p.At(2, nil)
	fmt.Printf("%d records, the third is %s, %v\n", p.Len(), third, err)
	outer, err := p.Slice(2, 4)
	if err != nil {
		log.Fatal(err)
	}
	for name, err := range outer.All() {
		fmt.Printf("%s %v\n", name, err)
	}

	// A pack that was opened stays what it was, or says that it is gone.
	if err := db.PutPack(key, [][]byte{[]byte("Pluto")}); err != nil {
		log.Fatal(err)
	}
	_, err = p.At(2, nil)
	fmt.Println(err)
	// Output:
	// 4 records, the third is Earth, <nil>
	// Earth <nil>
	// Mars <nil>
	// simdb: stale version
}

// Packs of Go values are built from slices, or from iterators of which nobody knows how much they will give.
func ExampleTyped_PutPackSeq() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 1000})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	ticks, err := simdb.NewTyped[tick](db)
	if err != nil {
		log.Fatal(err)
	}
	key := []byte("EURUSD")
	err = ticks.PutPackSeq(key, func(yield func(tick) bool) {
		for at := range int64(1000) {
			if !yield(tick{At: at, Bid: 1, Ask: 2}) {
				return
			}
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	p, err := ticks.Pack(key)
	if err != nil {
		log.Fatal(err)
	}
	last, err := p.At(p.Len() - 1)
	fmt.Println(last, err)
	all, err := p.Append(nil)
	fmt.Println(len(all), err)
	// Output:
	// {999 1 2} <nil>
	// 1000 <nil>
}

// Elements looks alike on every kind of entry: a value is one element, a pack its records.
func ExampleDB_Elements() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.PutString("value", "one")
	db.PutPackSeq([]byte("pack"), slices.Values([][]byte{[]byte("two"), []byte("three")}))
	for _, key := range []string{"value", "pack", "none"} {
		for e, err := range db.Elements([]byte(key)) {
			fmt.Printf("%s: %q %v\n", key, e, err)
		}
	}
	// Output:
	// value: "one" <nil>
	// pack: "two" <nil>
	// pack: "three" <nil>
	// none: "" simdb: key not found
}

// A batch takes elements as long as there is a place for one more, and memory for its bytes. What does not fit is the first of the next batch.
func ExampleSource() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 1000})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	lines := make([][]byte, 150)
	for i := range lines {
		lines[i] = fmt.Appendf(nil, "line %d", i)
	}
	key := []byte("log")
	if err := db.PutPack(key, lines); err != nil {
		log.Fatal(err)
	}
	batch, err := simdb.NewBatch(100, make([]byte, 500))
	if err != nil {
		log.Fatal(err)
	}
	source := simdb.NewSource2(db.Elements(key))
	defer source.Stop()
	for {
		err := source.Take(batch)
		fmt.Printf("%d elements of %d bytes, ended by %v, %v\n", batch.Len(), batch.Size(), batch.End(), err)
		if batch.Len() == 0 {
			break
		}
	}
	// Output:
	// 72 elements of 494 bytes, ended by memory, <nil>
	// 66 elements of 500 bytes, ended by memory, <nil>
	// 12 elements of 96 bytes, ended by source, <nil>
	// 0 elements of 0 bytes, ended by source, <nil>
}
