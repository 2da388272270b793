package simdb

import (
	"errors"
	"sync"
	"testing"
)

// TestSparesAreFew: whatever the region, and with every place taken, less than 3 % of the blocks are kept; small regions have none.
func TestSparesAreFew(t *testing.T) {
	for _, blocks := range []uint64{1, 255, 256, 12_564, 1 << 18, 1 << 32} {
		g, err := (&Options{BlockCount: blocks, handles: maxHandles}).geometry()
		must(t, err)
		var all uint64
		for place := uint64(1); place <= g.handles; place++ {
			all += g.spares(place)
		}
		if float64(all) > 0.03*float64(blocks) || (all == 0) != (blocks < 256) {
			t.Errorf("%d of %d blocks may be kept", all, blocks)
		}
	}
}

// TestSpare follows the block of an entry through replacements: the victim of one is the next entry, in a new life, and Close frees what is kept.
func TestSpare(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 256})
	other, err := db.Attach() // its place keeps none
	must(t, err)
	must(t, other.PutString("key", "0"))
	must(t, other.PutString("key", "1"))
	if c := checkRegion(t, db); c.counts[owned] != 0 {
		t.Fatalf("a small share of the blocks, and %d kept", c.counts[owned])
	}
	must(t, other.Close())

	writer := openHeap(t, Options{BlockSize: 64, BlockCount: 256, lanes: 1})
	watcher, err := writer.Attach()
	must(t, err)
	defer watcher.Close()
	must(t, writer.PutString("key", "a value"))
	var last [3]Version
	for i := range last {
		if last[i], err = writer.PutVersion([]byte("key"), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	r := writer.r
	if r.index(last[0].word.ref()) != r.index(last[2].word.ref()) || r.version(last[0].word.ref()) >= r.version(last[2].word.ref()) {
		t.Errorf("blocks of replacements: %v", last)
	}
	if _, err := writer.GetAt(last[0], nil); err != ErrStale {
		t.Errorf("the former life of a block: %v", err)
	}
	if c := checkRegion(t, watcher); c.counts[owned] != 1 {
		t.Errorf("%d blocks are kept by one lane", c.counts[owned])
	}
}

// TestSparesGivenBack lets goroutines of one handle fill a region in which every lane keeps a spare, so that they take each other's all the time.
func TestSparesGivenBack(t *testing.T) {
	const writers, rounds = 4, 2000
	db := openHeap(t, Options{BlockSize: minBlockSize, BlockCount: 20, spareBlocks: allSpares, lanes: writers})
	var wg sync.WaitGroup
	full := make([]int, writers)
	for i := range writers {
		wg.Go(func() {
			key := []byte{byte('a' + i)}
			for n := range rounds {
				err := db.Put(key, content(uint64(n), n%150))
				if errors.Is(err, ErrFull) {
					full[i]++
				} else if err != nil {
					t.Error(err)
				}
				if n%7 == 0 {
					db.Delete(key)
				}
			}
		})
	}
	wg.Wait()
	for i, n := range full {
		if n == 0 {
			t.Errorf("writer %d never found the region full", i)
		}
	}
	// When all is quiet, an entry may have every block.
	for i := range writers {
		db.Delete([]byte{byte('a' + i)})
	}
	must(t, db.PutString("key", "replaced"))
	must(t, db.PutString("key", "and kept"))
	must(t, db.DeleteString("key"))
	bytes, c := uint64(0), checkRegion(t, db)
	for db.r.blocksFor(8+bytes+8) <= db.r.blockCount-c.counts[index] {
		bytes += 8
	}
	if c.counts[owned] == 0 || db.r.blocksFor(8+bytes) <= c.free {
		t.Fatalf("%v, and an entry of %d blocks", c.counts, db.r.blocksFor(8+bytes))
	}
	must(t, db.Put([]byte("key"), content(1, int(bytes))))
}
