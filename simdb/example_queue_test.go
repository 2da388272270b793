package simdb_test

import (
	"fmt"

	"simdb.dev/simdb"
)

// A queue between processes: this example plays both sides.
func ExampleQueue() {
	db, err := simdb.OpenHeap(simdb.Options{BlockSize: 128, BlockCount: 1000}) // simdb.Open between processes
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	jobs, err := db.Queue([]byte("jobs"), simdb.QueueOptions{Limit: 100})
	if err != nil {
		fmt.Println(err)
		return
	}
	jobs.Push([]byte("first"))
	jobs.PushBatch([][]byte{[]byte("second"), []byte("third")}) // by one step

	m, _ := jobs.TryPop(nil) // Pop(ctx, …) waits
	fmt.Printf("%s\n", m)

	// A claimed message goes to another consumer if this one dies before it says Ack.
	m, claim, _ := jobs.TryClaim(nil)
	fmt.Printf("%s, attempt %d\n", m, claim.Attempt())
	jobs.Ack(claim)

	for m := range jobs.All() {
		fmt.Printf("%s\n", m)
	}
	_, err = jobs.TryPop(nil)
	fmt.Println(err)
	// Output:
	// first
	// second, attempt 1
	// third
	// simdb: queue is empty
}

// A batch takes several messages at once, into memory of the caller.
func ExampleQueue_Take() {
	db, err := simdb.OpenHeap(simdb.Options{BlockSize: 128, BlockCount: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	q, _ := db.Queue([]byte("numbers"), simdb.QueueOptions{})
	for i := range 100 {
		q.Push(fmt.Append(nil, i))
	}
	batch, _ := simdb.NewBatch(64, make([]byte, 1024))
	for q.Take(batch) == nil {
		fmt.Println(batch.Len(), "messages,", batch.Size(), "bytes, ended by", batch.End())
	}
	// Output:
	// 64 messages, 118 bytes, ended by count
	// 36 messages, 72 bytes, ended by source
}
