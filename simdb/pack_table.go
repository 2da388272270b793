package simdb

import (
	"encoding/binary"
	"math/bits"
)

// A pack is an entry whose value is a table and, in one run of bytes, the records. All numbers of the table are of 64 bits, little-endian:
//
//	offset  0   "simdbpk" and the version of this layout, 1
//	        8   number of records
//	       16   stride: bytes of each record; 0 if the table has their offsets
//	       24   fingerprint of the type of the records; 0 if they are plain bytes
//	       32   offset of the first record, from the start of the value
//	       40   offsets, if the stride is 0: where each record begins and, one more, where the last one ends, from the first record on
//
// Between the table and the first record, and after the last one, there may be zeros. Records have a stride if they are all of one length and that is not 0.
type packTable struct {
	count       uint64
	stride      uint64
	fingerprint uint64
	data        uint64
}

const (
	packMagic     = 0x01_6b70_6264_6d69_73 // "simdbpk", 1
	packTableSize = 40
)

// append appends the table, without offsets, to b.
func (t *packTable) append(b []byte) []byte {
	for _, w := range [...]uint64{packMagic, t.count, t.stride, t.fingerprint, t.data} {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

// decode reads a table from the first bytes of a value of n bytes. It reports false if that is not a pack's: then some record would begin or end outside of the value.
// The offsets are looked at when they are used.
func (t *packTable) decode(b *[packTableSize]byte, n uint64) bool {
	w := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	*t = packTable{count: w(1), stride: w(2), fingerprint: w(3), data: w(4)}
	if w(0) != packMagic || t.data < packTableSize || t.data > n {
		return false
	}
	if t.stride == 0 {
		return t.count < (t.data-packTableSize)/8
	}
	over, size := bits.Mul64(t.count, t.stride)
	return over == 0 && size <= n-t.data
}
