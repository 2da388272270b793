package explore

import "math/bits"

// hash is 128 bits that stand for something of any length. Different things are taken to have different ones: see the package comment.
type hash struct{ hi, lo uint64 }

// Odd constants without structure: the fractional parts of the square roots of 2, 3, 5, 7, 11, 13.
const (
	mix0 = 0x6a09e667f3bcc909
	mix1 = 0xbb67ae8584caa73b
	mix2 = 0x3c6ef372fe94f82b
	mix3 = 0xa54ff53a5f1d36f1
	mix4 = 0x510e527fade682d1
	mix5 = 0x9b05688c2b3e6c1f
)

// with is h and then a and b. Each half of the result depends on all bits of h, a and b, by a product of its own (the multiplication that wyhash is made of).
func (h hash) with(a, b uint64) hash {
	return hash{fold(h.hi^a^mix0, h.lo^b^mix1), fold(h.lo^a^mix2, h.hi^b^mix3)}
}

// join is h and then k.
func (h hash) join(k hash) hash { return h.with(k.hi, k.lo) }

// xor is the hash of a set from those of its members: the order does not matter, and to add twice is to remove.
func (h hash) xor(k hash) hash { return hash{h.hi ^ k.hi, h.lo ^ k.lo} }

// cell is the hash of a word with a value.
func cell(addr, value uint64) hash {
	return hash{mix4, mix5}.with(addr, value).with(value, addr)
}

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}
