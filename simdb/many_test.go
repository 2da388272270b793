package simdb

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestMany: many keys at once give what each by itself gives, in their order.
func TestMany(t *testing.T) {
	for name, hash := range map[string]func([]byte) uint64{"": nil, "one bucket": func([]byte) uint64 { return 0 }} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				db, err := OpenHeap(Options{BlockSize: 64, BlockCount: 1000, hash: hash})
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				key := rapid.Map(rapid.IntRange(0, 60), func(i int) []byte { return fmt.Append(nil, "key ", i) })
				var keys, values [][]byte
				for range rapid.IntRange(0, 12*manyGroup).Draw(t, "puts") {
					keys = append(keys, key.Draw(t, "key"))
					values = append(values, rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "value"))
				}
				if n, err := db.PutMany(keys, values); n != len(keys) || err != nil {
					t.Fatal(n, err)
				}
				last := map[string][]byte{}
				for i, k := range keys {
					last[string(k)] = values[i]
				}
				keys = rapid.SliceOfN(key, 0, 12*manyGroup).Draw(t, "keys")
				dst, got, err := db.GetMany(keys, []byte("before"), [][]byte{nil})
				if err != nil || len(got) != 1+len(keys) {
					t.Fatal(len(got), err)
				}
				all := []byte("before")
				for i, k := range keys {
					want, there := last[string(k)]
					if !bytes.Equal(got[1+i], want) || there != (got[1+i] != nil) {
						t.Fatalf("%s: %q instead of %q, %v", k, got[1+i], want, there)
					}
					all = append(all, want...)
				}
				if !bytes.Equal(dst, all) {
					t.Fatalf("%q instead of %q", dst, all)
				}
			})
		})
	}
}

// TestManyErrors: what comes before the key with the error is done.
func TestManyErrors(t *testing.T) {
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 200})
	must(t, err)
	q, err := db.Queue([]byte("queue"), QueueOptions{})
	must(t, err)
	must(t, q.Push(nil))
	for _, at := range []int{0, 1, manyGroup - 1, manyGroup, manyGroup + 1, 2 * manyGroup, 3*manyGroup + 1, 9*manyGroup + 5} {
		for want, bad := range map[error][]byte{ErrEmptyKey: nil, ErrKind: []byte("queue")} {
			keys := make([][]byte, at+3)
			for i := range keys {
				keys[i] = fmt.Append(nil, i)
			}
			keys[at] = bad
			value := fmt.Append(nil, "of ", at, want)
			values := make([][]byte, len(keys))
			for i := range values {
				values[i] = value
			}
			if n, err := db.PutMany(keys, values); n != at || !errors.Is(err, want) {
				t.Fatalf("%d puts instead of %d: %v", n, at, err)
			}
			dst, got, err := db.GetMany(keys, nil, nil)
			if len(got) != at || len(dst) != at*len(value) || !errors.Is(err, want) {
				t.Fatalf("%d gets instead of %d: %v", len(got), at, err)
			}
			if v, err := db.Get(fmt.Append(nil, at+1), nil); bytes.Equal(v, value) {
				t.Errorf("a put behind the one that failed: %q, %v", v, err)
			}
		}
	}
	if n, err := db.PutMany([][]byte{{1}}, nil); n != 0 || err != ErrMismatch {
		t.Error(n, err)
	}
	must(t, db.Close())
	one := [][]byte{{1}}
	if _, _, err := db.GetMany(one, nil, nil); err != ErrClosed {
		t.Error(err)
	}
	if _, err := db.PutMany(one, one); err != ErrClosed {
		t.Error(err)
	}
}
