package main

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// key is of 16 bytes, two words that look random, computed from the key's number.
type key = [16]byte

func keyOf(i uint64) (k key) {
	binary.LittleEndian.PutUint64(k[:], i*0x9e3779b97f4a7c15)
	binary.LittleEndian.PutUint64(k[8:], i^0xc2b2ae3d27d4eb4f)
	return k
}

// missing is added to the number of a key to have one that is never put.
const missing = 1 << 40

// random is a generator of random numbers (splitmix64; Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, 2014).
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 to n-1.
func (r *random) below(n uint64) uint64 {
	high, _ := bits.Mul64(r.next(), n)
	return high
}

// unit gives a number from 0 to 1, without 1.
func (r *random) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// zipf gives ranks from 0 to n-1, rank i in proportion to 1/(i+1)^0.99, as YCSB does (Gray and others, Quickly Generating Billion-Record Synthetic
// Databases, 1994).
type zipf struct {
	n                 uint64
	alpha, eta, zetan float64
	second            float64 // of the first two ranks, not normalised
}

const theta = 0.99

func newZipf(n uint64) *zipf {
	z := &zipf{n: n, alpha: 1 / (1 - theta), second: 1 + math.Pow(0.5, theta)}
	for i := range n {
		z.zetan += math.Pow(float64(i+1), -theta)
	}
	z.eta = (1 - math.Pow(2/float64(n), 1-theta)) / (1 - z.second/z.zetan)
	return z
}

func (z *zipf) rank(r *random) uint64 {
	u := r.unit()
	switch uz := u * z.zetan; {
	case uz < 1:
		return 0
	case uz < z.second:
		return 1
	}
	return min(uint64(float64(z.n)*math.Pow(z.eta*u-z.eta+1, z.alpha)), z.n-1)
}

// scatter maps ranks from 0 to n-1 one to one to numbers that do not lie together, so that what is frequent is not in one place.
type scatter struct{ n, factor uint64 }

func newScatter(n uint64) scatter {
	s := scatter{n, uint64(float64(n)*0.6180339887498949) | 1}
	for gcd(s.n, s.factor) != 1 {
		s.factor += 2
	}
	return s
}

func (s scatter) of(rank uint64) uint64 {
	high, low := bits.Mul64(rank, s.factor)
	_, rest := bits.Div64(high%s.n, low, s.n)
	return rest
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
