package simdb

import (
	"bytes"
	"fmt"
	"testing"
)

// TestStreamed: what is copied past the caches is all there for another handle, wherever runs and lines begin and end. It can not show that the fence is needed: where it runs, by
// the time that another handle looks, the stores have come.
func TestStreamed(t *testing.T) {
	for _, blockSize := range []uint64{64, streamedRuns - 8, streamedRuns, streamedRuns + 48, 4096, maxBlockSize} {
		t.Run(fmt.Sprint(blockSize), func(t *testing.T) {
			path := shmPath(t)
			db, err := OpenPath(path, Options{BlockSize: blockSize, BlockCount: 3*(streamed+4096)/(blockSize-40) + 100})
			must(t, err)
			defer db.Close()
			other, err := OpenPath(path, Options{MustExist: true})
			must(t, err)
			defer other.Close()
			source := content(1, streamed+100)
			for i, n := range []int{streamed - 1, streamed, streamed + 1, streamed + 9, streamed + 77} {
				value := source[i : i+n] // from another place in a line each time
				must(t, db.Put([]byte("value"), value))
				if got, err := other.Get([]byte("value"), nil); err != nil || !bytes.Equal(got, value) {
					t.Fatalf("value of %d bytes: %d bytes, %v", n, len(got), err)
				}
			}
			must(t, db.Delete([]byte("value")))
			for _, n := range []int{100, 1111} {
				var records [][]byte
				for at := 0; at < len(source); at += n {
					records = append(records, source[at:min(at+n, len(source))])
				}
				must(t, db.PutPack([]byte("pack"), records))
				p, err := other.Pack([]byte("pack"))
				must(t, err)
				var got []byte
				for i := range p.Len() {
					got, err = p.At(i, got)
					must(t, err)
				}
				if !bytes.Equal(got, source) {
					t.Fatalf("a pack of records of %d bytes has other bytes", n)
				}
			}
			checkRegion(t, db)
		})
	}
}
