package simdb

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The layout as other releases know it: a change here is a change of layoutVersion. Each line fails to compile if it is not so.
var (
	_ [14]byte = [hdrWords]byte{}
	_ [0]byte  = [hdrMagic]byte{}
	_ [1]byte  = [hdrLayout]byte{}
	_ [13]byte = [hdrChecksum]byte{}

	_ [4096]byte = [headerSize]byte{}
	_ [512]byte  = [handleSize]byte{}
	_ [16]byte   = [blockHeader]byte{}
	_ [64]byte   = [(defaultSlots + 2) * 8]byte{} // a bucket is one cache line
	_ [40]byte   = [minBlockSize]byte{}

	_ [64]byte = [4 + ownerBits + attemptBits + versionBits]byte{} // the fields of a block word
	_ [64]byte = [2 + 8 + refBits]byte{}                           // of a slot
	_ [0]byte  = [hdrWords * 8 / headerSize]byte{}                 // the header fits
	_ [0]byte  = [(handleCommand + commandSize) / handleSize]byte{}

	_ [1]byte  = [owned]byte{}
	_ [2]byte  = [live]byte{}
	_ [3]byte  = [dying]byte{}
	_ [4]byte  = [cont]byte{}
	_ [5]byte  = [index]byte{}
	_ [6]byte  = [retired]byte{}
	_ [7]byte  = [segment]byte{}
	_ [8]byte  = [marked]byte{}
	_ [9]byte  = [retiring]byte{}
	_ [10]byte = [resting]byte{}
	_ [11]byte = [queued]byte{}
	_ [12]byte = [claimed]byte{}
	_ [13]byte = [orphan]byte{}
	_ [0]byte  = [kindValue]byte{}
	_ [1]byte  = [kindIndex]byte{}
	_ [2]byte  = [kindPack]byte{}
	_ [5]byte  = [kindQueue]byte{}
	_ [6]byte  = [kindMessage]byte{}
	_ [7]byte  = [kindHome]byte{}

	_ [40]byte = [packTableSize]byte{}
)

// TestHeaderGolden compares the header of a known region with that of layout 2, byte by byte.
func TestHeaderGolden(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the golden header is one of a little-endian machine")
	}
	seed := uint64(0)
	o := Options{BlockSize: 256, BlockCount: 1000, seed: func() uint64 { seed++; return seed }}
	g, err := o.geometry()
	must(t, err)
	got := encodeHeader(g)
	golden, err := os.ReadFile("testdata/header.golden")
	must(t, err)
	if diff := cmp.Diff(string(golden), hex.Dump(got)); diff != "" {
		t.Errorf("header changed; so must layoutVersion (-layout 1, +now):\n%s", diff)
	}
	back, bad := decodeHeader(got, g.size)
	if bad != nil {
		t.Fatal(bad)
	}
	if *back.plain() != *g.plain() {
		t.Errorf("decoded %+v instead of %+v", back, g)
	}
}

// plain is a geometry as comparable numbers.
func (g *geometry) plain() *[14]uint64 {
	return &[...]uint64{g.blockSize, g.blockCount, g.buckets, g.slots, g.handles, g.maxVersion, g.seed, g.id[0], g.id[1], uint64(g.indexBits), g.attachOff, g.bucketOff, g.blockOff, g.size}
}

// TestWords packs the largest and other values into the shared words and looks whether they come out again.
func TestWords(t *testing.T) {
	for _, n := range []uint64{0, 1, 77, 1<<54 - 1} {
		b := makeBlockWord(orphan, n&ownerMask, n&versionMask).withAttempt(n & maxAttempt)
		if b.state() != orphan || b.owner() != n&ownerMask || b.version() != n&versionMask || b.attempt() != n&maxAttempt {
			t.Errorf("block word %#x of %#x", b, n)
		}
		s := makeSlot(n&0xff, ref(n))
		if !s.used() || s.ref() != ref(n) || s.dead().used() || s.dead().ref() != ref(n) || s.dead() == 0 || uint64(s)>>refBits != slotTag(n&0xff) {
			t.Errorf("slot %#x of %#x", s, n)
		}
		h := headPending | headWord(n)
		if !h.pending() || h.ref() != ref(n) || h.done().pending() || h.done().ref() != ref(n) {
			t.Errorf("head %#x of %#x", h, n)
		}
		m := (makeMeta(kindValue, n&0xffff, n>>1&0xffff, 5, n&0xff) | metaMultiple).inserting(n&(1<<metaPlaceBits-1), n&0xff)
		if m.keyLen() != n&0xffff || m.valueLen() != n>>1&0xffff || m.place() != n&(1<<metaPlaceBits-1) || m.fingerprint() != n&0xff || !m.multiple() || m.kind() != kindValue {
			t.Errorf("meta %#x of %#x", m, n)
		}
		if _, named := m.victim(); named {
			t.Errorf("victim of an insertion %#x", m)
		}
		v := m.replacing(n & (1<<metaVictimBits - 1))
		if i, named := v.victim(); !named || i != n&(1<<metaVictimBits-1) || v&^metaLinking != m&^metaLinking || v.inserting(m.place(), m.fingerprint()) != m {
			t.Errorf("replacement %#x of %#x", v, n)
		}
		i := makeIndexMeta(n & (1<<52 - 1))
		if i.kind() != kindIndex || i.bucket() != n&(1<<52-1) || i.multiple() {
			t.Errorf("meta of an overflow block %#x", i)
		}
		if head, ok := homeOf(home(ref(n))); !ok || head != ref(n) || meta(home(ref(n))).multiple() || meta(home(ref(n))).kind() == kindValue {
			t.Errorf("home of %#x", n)
		}
		w := handleWord(n)
		if !w.next().used() || w.next().clean().used() || w.next().generation() != n+1 {
			t.Errorf("handle word of %#x", n)
		}
	}
	var names []string
	for s := free; s <= orphan+1; s++ {
		names = append(names, s.String())
	}
	if got := strings.Join(names, " "); got != "free owned live dying cont index retired segment marked retiring resting queued claimed orphan invalid" {
		t.Error(got)
	}
	if defaultSlots != 6 || maxHandles != 510 {
		t.Error(fmt.Sprint(defaultSlots, maxHandles))
	}
}
