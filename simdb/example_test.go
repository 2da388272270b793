package simdb_test

import (
	"errors"
	"fmt"
	"log"
	"slices"

	"simdb.dev/simdb"
)

// Any other process that opens the same name sees the same keys.
func Example() {
	db, err := simdb.Open("example-prices", simdb.Options{RemoveOnLastClose: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := db.Put([]byte("EURUSD"), []byte("1.0843")); err != nil {
		log.Fatal(err)
	}
	price, err := db.Get([]byte("EURUSD"), nil)
	fmt.Printf("%s %v\n", price, err)
	_, err = db.Get([]byte("EURCHF"), nil)
	fmt.Println(errors.Is(err, simdb.ErrNotFound))
	// Output:
	// 1.0843 <nil>
	// true
}

// A version makes a write conditional: it happens only if nobody else was faster.
func ExampleDB_CompareAndSwap() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	key := []byte("leader")
	v, err := db.CompareAndSwap(key, simdb.Version{}, []byte("a")) // if there is none
	fmt.Println(err)
	_, err = db.CompareAndSwap(key, simdb.Version{}, []byte("b"))
	fmt.Println(err)
	_, err = db.CompareAndSwap(key, v, []byte("c"))
	fmt.Println(err)
	_, err = db.GetAt(v, nil) // a version is also a reference
	fmt.Println(err)
	// Output:
	// <nil>
	// simdb: version mismatch
	// <nil>
	// simdb: stale version
}

// Update reads, computes and writes as one step, whoever else does the same.
func ExampleDB_Update() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	for _, word := range []string{"to", "be", "or", "not"} {
		err := db.Update([]byte("words"), func(old []byte) ([]byte, error) {
			return fmt.Append(old, word, " "), nil
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	words, err := db.GetString("words")
	fmt.Printf("%q %v\n", words, err)
	// Output: "to be or not " <nil>
}

func ExampleDB_Add() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.Add([]byte("visits"), 2)
	fmt.Println(db.Add([]byte("visits"), 3))
	// Output: 5 <nil>
}

func ExampleDB_All() {
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 100})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.PutString("a", "1")
	db.PutString("b", "2")
	var pairs []string
	for key, value := range db.All() { // in no order
		pairs = append(pairs, fmt.Sprintf("%s=%s", key, value))
	}
	slices.Sort(pairs)
	fmt.Println(pairs)
	// Output: [a=1 b=2]
}
