package simdb

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// A writer that is to be killed has keys of its own. On the board it says for each of them which operation it began last, and which one was acknowledged.
const (
	writers       = 2
	keysOfWriter  = 4
	deleteEvery   = 5 // operations with a number that this divides are deletions
	boardBegun    = boardRest
	boardReturned = boardBegun + 8*writers*keysOfWriter
)

// TestKilledWriters kills processes at random moments of their writes, 200 times. After each pair the survivor sweeps: every block is accounted for again, nobody owns any,
// every acknowledged write is there, and a write that was not acknowledged happened as a whole or not at all.
func TestKilledWriters(t *testing.T) {
	rounds := 100
	if testing.Short() || raceEnabled {
		rounds = 20
	}
	db := openShm(t, Options{BlockSize: 64, BlockCount: 500})
	b := newBoard(t)
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	var swept SweepReport
	var pending, announced uint64
	for round := range rounds {
		b.store(boardReady, 0)
		b.store(boardGo, 0)
		var children [writers]*child
		for i := range children {
			children[i] = startChild(t, "write until killed", db.Path(), b.path, strconv.Itoa(i), strconv.Itoa(round))
		}
		if round%8 != 7 { // else they are killed where they open and close
			b.begin(ctx, t, writers, children[:]...)
		} else {
			b.store(boardGo, 1)
		}
		for end := time.Now().Add(time.Duration(random.IntN(5000)) * time.Microsecond); time.Now().Before(end); {
			i := random.IntN(hotKeys)
			if value, err := db.Get(hotKey(i), nil); err == nil {
				must(t, checkSealed(value, uint64(i)))
			}
		}
		for _, c := range children {
			if c.ended() {
				t.Fatalf("round %d: child ended early\n%s", round, &c.output)
			}
			c.kill()
		}
		report, err := db.Sweep()
		must(t, err)
		swept.Handles += report.Handles
		swept.Freed += report.Freed
		swept.Kept += report.Kept
		if again, err := db.Sweep(); err != nil || again.Freed != 0 || again.Handles != 0 {
			t.Fatalf("round %d: a second sweep found %+v, %v", round, again, err)
		}
		c := checkRegion(t, db)
		pending, announced = pending+c.pending, announced+c.announced
		checkWriters(t, b, c)
	}
	t.Logf("%d kills: %+v; %d insertions and %d removals left to whoever comes next", rounds*writers, swept, pending, announced)
	if swept.Freed == 0 {
		t.Error("no kill left anything: nothing was tested")
	}
}

// checkWriters looks for what the writers were told, and settles what they were not told.
func checkWriters(t *testing.T, b *board, c *census) {
	t.Helper()
	for w := range uint64(writers) {
		for k := range uint64(keysOfWriter) {
			word := 8 * (w*keysOfWriter + k)
			begun, returned := b.load(boardBegun+word), b.load(boardReturned+word)
			got, found := c.entries[string(ownKey(w, k))]
			switch {
			case isResult(begun, got, found):
				b.store(boardReturned+word, begun) // settled, for the next round
			case !isResult(returned, got, found):
				t.Fatalf("key %d of writer %d: operation %d was acknowledged and %d begun, but there are %d bytes, %v", k, w, returned, begun, len(got), found)
			}
		}
	}
	for i := range hotKeys {
		if got, found := c.entries[string(hotKey(i))]; found {
			must(t, checkSealed([]byte(got), uint64(i)))
		}
	}
}

func ownKey(w, k uint64) []byte { return fmt.Appendf(nil, "key %d of writer %d", k, w) }

// ownValue is what operation n puts: up to about 10 blocks.
func ownValue(n uint64) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, n), content(n, int(n*2654435761%450))...)
}

// isResult says whether that is what operation n leaves.
func isResult(n uint64, value string, found bool) bool {
	if n%deleteEvery == 0 { // also 0, before the first
		return !found
	}
	return found && bytes.Equal([]byte(value), ownValue(n))
}

func init() { roles["write until killed"] = roleWriter }

func roleWriter(args []string) {
	db, err := OpenPath(args[0], Options{MustExist: true})
	fatalIf(err)
	b, err := openBoard(args[1])
	fatalIf(err)
	me, err := strconv.ParseUint(args[2], 10, 64)
	fatalIf(err)
	round, err := strconv.ParseUint(args[3], 10, 64)
	fatalIf(err)
	b.ready()
	random := rand.New(rand.NewPCG(me, round))
	var value []byte
	first := round << 32 // numbers grow from round to round
	for n := first + 1; ; n++ {
		k := n % keysOfWriter
		word := 8 * (me*keysOfWriter + k)
		b.store(boardBegun+word, n)
		if n%deleteEvery == 0 {
			err = db.Delete(ownKey(me, k))
		} else {
			err = db.Put(ownKey(me, k), ownValue(n))
		}
		if err != nil && err != ErrNotFound {
			fatal("operation %d: %v", n, err)
		}
		b.store(boardReturned+word, n)

		i := random.IntN(hotKeys)
		value = appendSealed(value[:0], uint64(i), random)
		if random.IntN(3) == 0 {
			err = db.Delete(hotKey(i))
		} else {
			err = db.Put(hotKey(i), value)
		}
		if err != nil && err != ErrNotFound {
			fatal("hot key %d: %v", i, err)
		}
	}
}
