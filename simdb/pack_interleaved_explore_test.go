//go:build explore

package simdb

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// onStep runs f once, before step n.
type onStep struct {
	n int
	f func()
}

func (s *onStep) Before(uint8, uint64) {
	if s.n--; s.n == 0 {
		s.f()
	}
}

func (s *onStep) After(uint64, uint64) {}
func (s *onStep) Retry()               {}
func (s *onStep) Again(int)            {}

// TestPackReplacedDuringRead has another handle replace a pack, once or so often that its blocks are used again, before any step of a read of it, in regions of small blocks with little room.
// The read gives what was there, or says that it is stale.
func TestPackReplacedDuringRead(t *testing.T) {
	met := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{}
		packs := make([][][]byte, 3)
		for i := range packs {
			m.lastID = uint64(i + 1)
			packs[i] = m.drawRecords(t)
		}
		packs[0] = append(packs[0], []byte("one at least"))
		blockSize := rapid.SampledFrom([]uint64{minBlockSize, 48, 64, 256}).Draw(t, "block size")
		db, err := OpenHeap(Options{BlockSize: blockSize, BlockCount: 3 * roomFor(blockSize, packs)})
		must(t, err)
		defer db.Close()
		other, err := db.Attach()
		must(t, err)
		defer other.Close()
		key := []byte("key")
		must(t, db.PutPack(key, packs[0]))
		changes := rapid.IntRange(1, 3).Draw(t, "changes")
		s := &onStep{n: rapid.IntRange(1, 60).Draw(t, "step"), f: func() {
			for i := range changes {
				switch rapid.IntRange(0, 3).Draw(t, "change") {
				case 0:
					must(t, other.Put(key, bytes.Repeat([]byte{0xff}, 100)))
				case 1:
					must(t, other.Delete(key))
					fallthrough
				default:
					must(t, other.PutPackSeq(key, slices.Values(packs[(i+1)%3])))
				}
			}
		}}
		p, err := db.Pack(key)
		must(t, err)
		i := rapid.IntRange(0, p.Len()-1).Draw(t, "record")
		db.r.hook = hook{s: s}
		defer func() { db.r.hook = hook{} }()
		if rapid.Bool().Draw(t, "one") {
			b, err := p.At(i, nil)
			if err == nil && !bytes.Equal(b, packs[0][i]) || err != nil && err != ErrStale {
				t.Fatalf("record %d: %q, %v instead of %q", i, b, err, packs[0][i])
			}
			met["a record"+outcomeOf(err).String()]++
			return
		}
		for b, err := range p.All() {
			if err == ErrStale {
				met["all stale"]++
				return
			}
			if err != nil || !bytes.Equal(b, packs[0][0]) {
				t.Fatalf("%q, %v instead of %q", b, err, packs[0][0])
			}
			packs[0] = packs[0][1:]
		}
		if len(packs[0]) > 0 {
			t.Fatalf("%d records are missing", len(packs[0]))
		}
		met["all ok"]++
	})
	if len(met) != 4 && !testing.Short() {
		t.Errorf("met only %v", met)
	}
}

// roomFor is a number of blocks in which each of the packs fits.
func roomFor(blockSize uint64, packs [][][]byte) uint64 {
	o := Options{BlockSize: blockSize, BlockCount: 1 << 20}
	g, _ := o.geometry()
	most := uint64(8)
	for _, records := range packs {
		size := uint64(1)
		for _, r := range records {
			size += uint64(len(r))
		}
		s, _ := g.packShape(8+packTableSize+8*uint64(len(records)+1), size)
		most = max(most, s.blocks)
	}
	return most
}
func (s *onStep) Here() int  { return 0 }
func (s *onStep) Done(int)   {}
func (s *onStep) But(uint64) {}
