package explore

import "testing"

// Hashes of things that differ little differ, in each half by itself.
func TestHashSpreads(t *testing.T) {
	hi, lo := map[uint64]bool{}, map[uint64]bool{}
	n := 0
	add := func(h hash) {
		hi[h.hi], lo[h.lo] = true, true
		n++
	}
	for a := range uint64(500) {
		for b := range uint64(500) {
			add(tagged(a, b))
			add(cell(8*a, b<<54))
			add(tagged(0, 0).with(a, 0).with(b, 0))
			add(cell(0, a).xor(cell(8, b)))
		}
	}
	if len(hi) != n || len(lo) != n {
		t.Errorf("of %d hashes %d and %d halves differ", n, len(hi), len(lo))
	}
}

// Each bit of what goes in changes about half of the bits that come out.
func TestHashAvalanche(t *testing.T) {
	const rounds = 200
	for bit := range 128 {
		flips := 0
		for i := range uint64(rounds) {
			h := tagged(i, i*i)
			x, y := i*0x1234567, i
			a := h.with(x, y)
			if bit < 64 {
				x ^= 1 << bit
			} else {
				y ^= 1 << (bit - 64)
			}
			b := h.with(x, y)
			for d := a.xor(b); d.hi|d.lo != 0; d.hi, d.lo = d.hi&(d.hi-1), d.lo&(d.lo-1) {
				flips += b2i(d.hi != 0) + b2i(d.lo != 0)
			}
		}
		if mean := float64(flips) / rounds; mean < 58 || mean > 70 {
			t.Errorf("bit %d changes %.1f bits of 128", bit, mean)
		}
	}
}

func TestSeenStates(t *testing.T) {
	const n = 50000
	s := newSeenStates(n)
	for round := range 2 {
		for i := range uint64(n) {
			key := hash{i + 1, i % 97} // long runs
			at, seen := s.find(key)
			if seen != (round == 1) || seen && at.sleep != uint32(i) {
				t.Fatalf("state %d: seen %v, %v", i, seen, *at)
			}
			if !seen && !s.add(at, seenState{key: key, sleep: uint32(i)}) {
				t.Fatalf("no room for state %d", i)
			}
		}
	}
	if at, seen := s.find(hash{n + 1, 0}); seen || s.add(at, seenState{key: hash{n + 1, 0}}) {
		t.Error("one state too many")
	}
}
