package simdb_test

import (
	"fmt"
	"testing"

	"simdb.dev/simdb"
)

// BenchmarkLong is gets and puts of values in 4 KiB blocks, and copies as long from and to the same number of buffers; all far larger than the caches.
func BenchmarkLong(b *testing.B) {
	const set, block = 192 << 20, 4096
	for _, size := range []int{64 << 10, 1 << 20} {
		keys := uint64(set / size)
		value := make([]byte, size)
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			blocks := keys * uint64(size/(block-16)+2)
			db, err := simdb.Open("bench-long", simdb.Options{BlockSize: block, BlockCount: blocks + blocks/4, RemoveOnLastClose: true, HugePages: true})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			buffers := make([]byte, set)
			for i := range keys {
				k := keyOf(i)
				if err := db.Put(k[:], value); err != nil {
					b.Fatal(err)
				}
			}
			for _, all := range [][]byte{buffers, value} { // or they would all be one page of zeros
				for i := range all {
					all[i] = byte(i)
				}
			}
			each := func(name string, f func(i uint64) error) {
				b.Run(name, func(b *testing.B) {
					b.SetBytes(int64(size))
					b.ReportAllocs()
					o := order{n: keys}
					for b.Loop() {
						if err := f(o.next()); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			at := func(i uint64) []byte { return buffers[i*uint64(size):][:size] }
			dst := make([]byte, 0, size)
			var k key16
			each("copied out", func(i uint64) error { copy(value, at(i)); return nil })
			each("get", func(i uint64) error { k = keyOf(i); _, err := db.Get(k[:], dst); return err })
			each("copied in", func(i uint64) error { copy(at(i), value); return nil })
			each("put", func(i uint64) error { k = keyOf(i); return db.Put(k[:], value) })
		})
	}
}
