package simdb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// What the earlier store got wrong with several processes: each test here forks them.

// hotKeys is how many keys the children of TestProcesses fight for.
const hotKeys = 8

// Each child reports on the board how many operations it did; no progress within hangAfter is a hang.
const (
	boardProgress = boardRest // one word per child
	hangAfter     = 20 * time.Second
)

// TestProcesses is what the earlier store was measured with: processes that put, get and delete a few keys. With 2 it gave torn reads, failed puts and lost blocks; with 4
// it hung. Here every value read is whole, no put fails, everybody gets on all the time, and in the end every block is free.
func TestProcesses(t *testing.T) {
	for _, n := range []int{2, 4} {
		t.Run(fmt.Sprintf("%d processes", n), func(t *testing.T) {
			db := openShm(t, Options{BlockSize: 64, BlockCount: 1024})
			b := newBoard(t)
			ctx, cancel := context.WithTimeout(t.Context(), childLimit)
			defer cancel()
			var children []*child
			for i := range n {
				children = append(children, startChild(t, "fight", db.Path(), b.path, strconv.Itoa(i)))
			}
			b.begin(ctx, t, uint64(n), children...)
			b.watch(t, children, time.Second)
			b.end()
			for _, c := range children {
				c.finish(ctx)
			}
			checkRegion(t, db)
			for i := range hotKeys {
				if err := db.Delete(hotKey(i)); err != nil && err != ErrNotFound {
					t.Fatal(err)
				}
			}
			if c := checkRegion(t, db); c.free+c.counts[index] != 1024 {
				t.Fatalf("%d blocks free after deleting everything, %d in overflow", c.free, c.counts[index])
			}
		})
	}
}

// watch fails if a child makes no progress, and returns when all did for that long.
func (b *board) watch(t *testing.T, children []*child, long time.Duration) {
	t.Helper()
	end := time.Now().Add(long)
	seen, since := make([]uint64, len(children)), make([]time.Time, len(children))
	for i := range since {
		since[i] = time.Now()
	}
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		moving := true
		for i, c := range children {
			n := b.load(boardProgress + 8*uint64(i))
			if n != seen[i] {
				seen[i], since[i] = n, time.Now()
			} else if time.Since(since[i]) > hangAfter {
				c.hung()
			}
			moving = moving && n > 0
		}
		if moving && time.Now().After(end) {
			return
		}
		for _, c := range children {
			if c.ended() {
				t.Fatalf("child ended early\n%s", &c.output)
			}
		}
	}
}

func init() { roles["fight"] = roleFight }

// roleFight puts, gets and deletes the hot keys until told to end.
func roleFight(args []string) {
	db, err := OpenPath(args[0], Options{MustExist: true})
	fatalIf(err)
	b, err := openBoard(args[1])
	fatalIf(err)
	me, err := strconv.ParseUint(args[2], 10, 64)
	fatalIf(err)
	b.ready()
	random := rand.New(rand.NewPCG(me, 1))
	var dst, value []byte
	for n := uint64(1); !b.ended(); n++ {
		i := random.IntN(hotKeys)
		key := hotKey(i)
		switch random.IntN(4) {
		case 0, 1:
			value = appendSealed(value[:0], uint64(i), random)
			if err := db.Put(key, value); err != nil {
				fatal("put: %v", err) // there is room for everything
			}
		case 2:
			if err := db.Delete(key); err != nil && err != ErrNotFound {
				fatal("delete: %v", err)
			}
		case 3:
			dst, err = db.Get(key, dst[:0])
			if err == nil {
				err = checkSealed(dst, uint64(i))
			}
			if err != nil && err != ErrNotFound {
				fatal("get: %v", err)
			}
		}
		b.store(boardProgress+8*me, n)
	}
	fatalIf(db.Close())
}

func hotKey(i int) []byte { return fmt.Appendf(nil, "key %d", i) }

// appendSealed makes a value of one to eight blocks that says which key it is of, and carries its checksum.
func appendSealed(b []byte, key uint64, random *rand.Rand) []byte {
	b = binary.LittleEndian.AppendUint64(b, key)
	for range random.IntN(45) {
		b = binary.LittleEndian.AppendUint64(b, random.Uint64())
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

var errTorn = errors.New("torn value")

func checkSealed(b []byte, key uint64) error {
	if len(b) < 12 || crc32.ChecksumIEEE(b[:len(b)-4]) != binary.LittleEndian.Uint32(b[len(b)-4:]) || binary.LittleEndian.Uint64(b) != key {
		return fmt.Errorf("%w of %d bytes at key %d: %.40x", errTorn, len(b), key, b)
	}
	return nil
}
