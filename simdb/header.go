package simdb

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"
)

// The header of a region: 64-bit words in native byte order, written once before anyone else can see the region.
const (
	magic         = 0x0031_4244_4d49_5300 // "\0SIMDB1\0"
	layoutVersion = 2
	byteOrderMark = 0x0102030405060708
)

const (
	hdrMagic = iota
	hdrLayout
	hdrByteOrder
	hdrSize
	hdrBlockSize
	hdrBlockCount
	hdrBuckets
	hdrSlots
	hdrHandles
	hdrMaxVersion
	hdrSeed
	hdrID0
	hdrID1
	hdrChecksum // of the words before
	hdrWords
)

// encodeHeader is the header of a region with that geometry.
func encodeHeader(g *geometry) []byte {
	b := make([]byte, hdrWords*8)
	for i, v := range [hdrChecksum]uint64{
		hdrMagic: magic, hdrLayout: layoutVersion, hdrByteOrder: byteOrderMark, hdrSize: g.size,
		hdrBlockSize: g.blockSize, hdrBlockCount: g.blockCount, hdrBuckets: g.buckets, hdrSlots: g.slots,
		hdrHandles: g.handles, hdrMaxVersion: g.maxVersion, hdrSeed: g.seed, hdrID0: g.id[0], hdrID1: g.id[1],
	} {
		binary.NativeEndian.PutUint64(b[i*8:], v)
	}
	binary.NativeEndian.PutUint64(b[hdrChecksum*8:], xxh3.Hash(b[:hdrChecksum*8]))
	return b
}

// decodeHeader checks a header of a region of size bytes and gives its geometry.
func decodeHeader(b []byte, size uint64) (*geometry, *OpenError) {
	if len(b) < hdrWords*8 {
		return nil, &OpenError{Err: ErrSize, Found: fmt.Sprintf("%d bytes", size), Advice: "the file is no region or was truncated; remove it"}
	}
	w := func(i int) uint64 { return binary.NativeEndian.Uint64(b[i*8:]) }
	if w(hdrMagic) != magic {
		if w(hdrByteOrder) == 0x0807060504030201 {
			return nil, &OpenError{Err: ErrByteOrder, Found: "region of a machine of the other byte order", Advice: "dump it there and load it here"}
		}
		return nil, &OpenError{Err: ErrMagic, Found: fmt.Sprintf("magic %#016x", w(hdrMagic)), Advice: "choose another name, or remove the file if nobody needs it"}
	}
	if w(hdrByteOrder) != byteOrderMark {
		return nil, &OpenError{Err: ErrByteOrder, Found: fmt.Sprintf("mark %#016x", w(hdrByteOrder)), Advice: "dump it on a machine of its byte order and load it here"}
	}
	if w(hdrLayout) != layoutVersion {
		return nil, &OpenError{Err: ErrLayout, Found: fmt.Sprintf("version %d, this program has %d", w(hdrLayout), layoutVersion), Advice: "use the release that made it, or remove it"}
	}
	if w(hdrChecksum) != xxh3.Hash(b[:hdrChecksum*8]) {
		return nil, &OpenError{Err: ErrChecksum, Found: fmt.Sprintf("%#016x", w(hdrChecksum)), Advice: "the header was overwritten; remove the region"}
	}
	g := &geometry{
		blockSize: w(hdrBlockSize), blockCount: w(hdrBlockCount), buckets: w(hdrBuckets), slots: w(hdrSlots),
		handles: w(hdrHandles), maxVersion: w(hdrMaxVersion), seed: w(hdrSeed), id: [2]uint64{w(hdrID0), w(hdrID1)},
	}
	if !g.derive() || g.size != w(hdrSize) {
		return nil, &OpenError{Err: ErrChecksum, Found: "impossible geometry", Advice: "the header was forged; remove the region"}
	}
	if g.size != size {
		return nil, &OpenError{Err: ErrSize, Found: fmt.Sprintf("%d bytes instead of %d", size, g.size), Advice: "the file was truncated or extended; remove it"}
	}
	return g, nil
}
