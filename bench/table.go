package main

import (
	"encoding/binary"
	"fmt"
)

// table keeps values under keys.
type table interface {
	// do carries out a batch in order, with the values read copied to the caller, and says how many keys of gets and deletes were there.
	do(*batch) (present int, err error)
	close() error
}

// one is a table that is given one operation at a time.
type one interface {
	get(k *key, dst []byte) ([]byte, bool, error)
	put(k *key, value []byte) error
	delete(k *key) (bool, error)
	close() error
}

// oneByOne makes a table of it.
type oneByOne struct {
	one
	dst []byte
}

func (t *oneByOne) do(b *batch) (present int, err error) {
	for i := range b.n {
		k := &b.keys[i]
		there := false
		switch b.kinds[i] {
		case opGet:
			t.dst, there, err = t.get(k, t.dst[:0])
		case opPut:
			err = t.put(k, b.value)
		case opDelete:
			there, err = t.delete(k)
		}
		if err != nil {
			return present, err
		}
		if there {
			present++
		}
	}
	return present, nil
}

// stamp writes a key's number into its value, so that a read can be checked.
func stamp(value []byte, i uint64) {
	if len(value) >= 8 {
		binary.LittleEndian.PutUint64(value, i)
	}
}

// bulkTable is a table with a faster way to be filled.
type bulkTable interface{ bulk(*batch) error }

// fillTable puts n keys, and reads a few of them again.
func fillTable(t table, n, valueSize int) error {
	b := &batch{value: make([]byte, valueSize)}
	put := func(b *batch) error { _, err := t.do(b); return err }
	if f, ok := t.(bulkTable); ok {
		put = f.bulk
	}
	for i := range uint64(n) {
		b.add(opPut, keyOf(i), false)
		if b.n == batchSize || i == uint64(n)-1 {
			if err := put(b); err != nil {
				return fmt.Errorf("filling with %d keys: %w", n, err)
			}
			b.reset()
		}
	}
	for _, i := range []uint64{0, uint64(n) / 2, uint64(n) - 1} {
		if err := probe(t, i, n, valueSize); err != nil {
			return err
		}
	}
	return nil
}

// probe checks that key i is there and can be replaced, and that a key beyond the n first is not there.
func probe(t table, i uint64, n, valueSize int) error {
	b := &batch{value: make([]byte, valueSize)}
	stamp(b.value, i)
	b.add(opPut, keyOf(i), true)
	b.add(opGet, keyOf(i), true)
	b.add(opGet, keyOf(uint64(n)+missing), false)
	present, err := t.do(b)
	if err == nil && present != 1 {
		err = fmt.Errorf("%d of two keys are there, of which one was put", present)
	}
	if r, ok := t.(*oneByOne); ok && err == nil {
		k := keyOf(i)
		value, _, e := r.get(&k, nil)
		if err = e; err == nil && (len(value) != valueSize || valueSize >= 8 && binary.LittleEndian.Uint64(value) != i) {
			err = fmt.Errorf("key %d has another value than was put", i)
		}
	}
	return err
}
