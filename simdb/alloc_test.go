package simdb

import (
	"errors"
	"fmt"
	"testing"
)

// TestAllocations: the hot paths allocate nothing, whether an entry has one block or many, and whether it is there or not.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 1000})
	small, large, missing, counter, fresh := []byte("small key"), []byte("large key"), []byte("missing"), []byte("counter"), []byte("new")
	value, long := make([]byte, 64), make([]byte, 2000)
	must(t, db.Put(small, value))
	must(t, db.Put(large, long))
	v, err := db.PutVersion(small, value)
	must(t, err)
	dst := make([]byte, 0, 4000)
	keys, values := [][]byte{small, large, missing}, make([][]byte, 0, 3)
	others := [][]byte{[]byte("other"), []byte("another")}
	for name, f := range map[string]func() error{
		"Get":            func() error { _, err := db.Get(small, dst); return err },
		"Get of many":    func() error { _, err := db.Get(large, dst); return err },
		"Get of none":    func() error { _, err := db.Get(missing, dst); return none(err) },
		"GetVersion":     func() error { _, _, err := db.GetVersion(small, dst); return err },
		"GetMany":        func() error { _, _, err := db.GetMany(keys, dst, values); return err },
		"PutMany":        func() error { _, err := db.PutMany(others, others); return err },
		"GetAt":          func() error { _, err := db.GetAt(v, dst); return err },
		"Len":            func() error { _, err := db.Len(large); return err },
		"Put of many":    func() error { return db.Put(large, long) },
		"Delete of none": func() error { return none(db.Delete(missing)) },
		"Add":            func() error { _, err := db.Add(counter, 1); return err },
		"Put anew and Delete": func() error {
			if err := db.Put(fresh, value); err != nil {
				return err
			}
			return db.Delete(fresh)
		},
		"CompareAndSwap": func() error {
			_, v, err := db.GetVersion(large, dst)
			if err == nil {
				_, err = db.CompareAndSwap(large, v, value)
			}
			return err
		},
		"PutString and DeleteString": func() error {
			if err := db.PutString("a string", "another"); err != nil {
				return err
			}
			return db.DeleteString("a string")
		},
		"Put": func() error { return db.Put(counter, value[:8]) },
	} {
		var err error
		if n := testing.AllocsPerRun(200, func() { err = f() }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations, %v", name, n, err)
		}
	}
	must(t, db.PutString("text", "what GetString returns is the one allocation"))
	if n := testing.AllocsPerRun(200, func() { db.GetString("text") }); n > 2 {
		t.Errorf("GetString: %v allocations", n)
	}
}

// none is for calls that must say ErrNotFound.
func none(err error) error {
	if err == ErrNotFound {
		return nil
	}
	return err
}

// TestQueueAllocations: pushing, and taking into room, allocate nothing, whether a message has one block or many, comes alone or with others, is there or not.
func TestQueueAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	_, q := openQueue(t, Options{BlockSize: 128, BlockCount: 3000}, "q", QueueOptions{})
	_, limited := openQueue(t, Options{BlockSize: 128, BlockCount: 3000}, "q", QueueOptions{Limit: 10})
	small, large := make([]byte, 64), make([]byte, 2000)
	several := [][]byte{small, large, small}
	dst := make([]byte, 0, 2000)
	batch, err := NewBatch(MinBatch, make([]byte, 10000))
	must(t, err)
	pop := func(q *Queue) error { _, err := q.TryPop(dst); return err }
	claim := func(then func(*Queue, Claim) error) error {
		_, c, err := q.TryClaim(dst)
		if err != nil {
			return err
		}
		return then(q, c)
	}
	for name, f := range map[string]func() error{
		"Push and TryPop":          func() error { return errors.Join(q.Push(small), pop(q)) },
		"Push and TryPop of many":  func() error { return errors.Join(q.Push(large), pop(q)) },
		"Push with a limit":        func() error { return errors.Join(limited.Push(small), pop(limited)) },
		"TryPop of none":           func() error { return ifErr(ErrEmpty, pop(q)) },
		"PushBatch and TryPop":     func() error { return errors.Join(q.PushBatch(several), pop(q), pop(q), pop(q)) },
		"PushBatch and Take":       func() error { return errors.Join(q.PushBatch(several), q.Take(batch)) },
		"Push, TryClaim, Ack":      func() error { return errors.Join(q.Push(small), claim((*Queue).Ack)) },
		"PushBatch, TryClaim, Ack": func() error { return errors.Join(q.PushBatch(several[:2]), claim((*Queue).Ack), claim((*Queue).Ack)) },
		"Push, TryClaim, Release, TryClaim, Ack": func() error {
			return errors.Join(q.Push(small), claim((*Queue).Release), claim((*Queue).Ack))
		},
		"Len": func() error { return second(q.Len()) },
	} {
		var err error
		must(t, q.Push(small)) // a queue is there, and empty
		must(t, pop(q))
		if n := testing.AllocsPerRun(300, func() { err = f() }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations, %v", name, n, err)
		}
	}
}

// ifErr is for calls that must say so.
func ifErr(want, err error) error {
	if err == want {
		return nil
	}
	return fmt.Errorf("%v instead of %v", err, want)
}
