package main

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/zeebo/xxh3"
)

// A record of a pack says which pack it is of, and where in it:
//
//	id, index, records, bytes of all records: 8 bytes each, filler, checksum 8 bytes
//
// so whatever is not one whole record of its pack, in its place, is seen to be torn.
const recordSize = 40

// stamp is what a record says.
type stamp struct{ ID, Index, Records, Bytes uint64 }

// appendRecords appends to list the records of a pack of about n bytes, in memory of their own.
func appendRecords(list [][]byte, r *rand.Rand, key, id uint64, n int) [][]byte {
	lengths := make([]int, 0, 8)
	total := 0
	for most := max(recordSize, 4*n/(1+r.IntN(16))); len(lengths) == 0 || total+recordSize <= n; {
		lengths = append(lengths, min(recordSize+r.IntN(most-recordSize+1), max(recordSize, n-total)))
		total += lengths[len(lengths)-1]
	}
	for i, length := range lengths {
		list = append(list, appendRecord(nil, key, stamp{id, uint64(i), uint64(len(lengths)), uint64(total)}, length))
	}
	return list
}

// appendRecord appends a record of n bytes, at least recordSize.
func appendRecord(dst []byte, key uint64, s stamp, n int) []byte {
	start := len(dst)
	for _, w := range [...]uint64{s.ID, s.Index, s.Records, s.Bytes} {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	for word := s.ID ^ s.Index<<32; len(dst) < start+n-8; {
		word = word*0x9e3779b97f4a7c15 + key
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	dst = dst[:start+n-8]
	return binary.LittleEndian.AppendUint64(dst, xxh3.HashSeed(dst[start:], key))
}

// readRecord returns what a record says, and whether it is whole.
func readRecord(b []byte, key uint64) (stamp, bool) {
	if len(b) < recordSize {
		return stamp{}, false
	}
	body, sum := b[:len(b)-8], b[len(b)-8:]
	w := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	return stamp{w(0), w(1), w(2), w(3)}, binary.LittleEndian.Uint64(sum) == xxh3.HashSeed(body, key)
}

// typedRecord is a record as a Go type. It has padding.
type typedRecord struct {
	Stamp stamp
	Odd   bool
	Sum   uint64
}

func newTypedRecord(key uint64, s stamp) typedRecord {
	return typedRecord{s, s.ID%2 == 1, typedSum(key, s)}
}

func (r *typedRecord) whole(key uint64) bool {
	return r.Sum == typedSum(key, r.Stamp) && r.Odd == (r.Stamp.ID%2 == 1)
}

const typedRecordSize = 48

func typedSum(key uint64, s stamp) uint64 {
	var b [32]byte
	for i, w := range [...]uint64{s.ID, s.Index, s.Records, s.Bytes} {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	return xxh3.HashSeed(b[:], key)
}
