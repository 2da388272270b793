package simdb

import (
	"encoding/binary"
	"fmt"
)

// Version names one life of one entry: what a Put wrote, until it is replaced or deleted. It never repeats, not even in a region that was removed and created anew.
// It is both what conditional writes compare, and a reference by which the entry can be read without looking it up. Versions are comparable, and can be handed to other
// processes as bytes. The zero Version stands for "no entry".
type Version struct {
	region uint64
	bucket uint64
	slot   uint64 // offset
	word   slotWord
}

const versionSize = 32

// IsZero says whether v names no entry.
func (v Version) IsZero() bool { return v == Version{} }

// String is for people: two versions of one region that print alike are the same.
func (v Version) String() string { return fmt.Sprintf("%x", uint64(v.word.ref())) }

// AppendBinary appends the 32 bytes of v to b. It is an encoding.BinaryAppender; the error is always nil.
func (v Version) AppendBinary(b []byte) ([]byte, error) {
	for _, w := range [...]uint64{v.region, v.bucket, v.slot, uint64(v.word)} {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b, nil
}

// MarshalBinary is AppendBinary to an empty slice.
func (v Version) MarshalBinary() ([]byte, error) { return v.AppendBinary(nil) }

// UnmarshalBinary reads what AppendBinary wrote.
func (v *Version) UnmarshalBinary(b []byte) error {
	if len(b) != versionSize {
		return fmt.Errorf("simdb: a version has %d bytes, not %d", versionSize, len(b))
	}
	w := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	*v = Version{w(0), w(1), w(2), slotWord(w(3))}
	return nil
}
