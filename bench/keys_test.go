package main

import (
	"math"
	"testing"
)

func TestScatterIsOneToOne(t *testing.T) {
	sizes := []uint64{10_000, 65_537}
	for n := range uint64(2000) { // with most factors the golden ratio needs help
		sizes = append(sizes, n+1)
	}
	for _, n := range sizes {
		s := newScatter(n)
		seen := make([]bool, n)
		for rank := range n {
			i := s.of(rank)
			if i >= n || seen[i] {
				t.Fatalf("of %d: rank %d goes to %d, which is no number or another's", n, rank, i)
			}
			seen[i] = true
		}
	}
}

// The hundred most frequent of 10,000 ranks are compared with their shares by definition. The generator approximates; YCSB's own is as far off at rank 2.
func TestZipf(t *testing.T) {
	const n, draws = 10_000, 4_000_000
	z := newZipf(n)
	r := random{1}
	counts := make([]float64, n)
	for range draws {
		counts[z.rank(&r)]++
	}
	var zeta float64
	for i := range n {
		zeta += math.Pow(float64(i+1), -theta)
	}
	var got, want float64
	for i := range 100 {
		p := math.Pow(float64(i+1), -theta) / zeta
		got += counts[i] / draws
		want += p
		if i < 2 && math.Abs(counts[i]/draws-p) > 0.02*p {
			t.Errorf("rank %d: %.4f of the draws, want %.4f", i, counts[i]/draws, p)
		}
		if math.Abs(got-want) > 0.1*want {
			t.Errorf("ranks to %d: %.4f of the draws, want %.4f", i, got, want)
		}
	}
	if tail := counts[n-1]; tail == 0 || counts[n/2] == 0 {
		t.Error("the rare ranks never come")
	}
}

func TestUniform(t *testing.T) {
	const n, draws = 100, 1_000_000
	r := random{1}
	counts := make([]float64, n)
	for range draws {
		counts[r.below(n)]++
	}
	for i, c := range counts {
		if math.Abs(c-draws/n) > 6*math.Sqrt(draws/n) {
			t.Errorf("%d: %.0f times", i, c)
		}
	}
}

func TestKeysDiffer(t *testing.T) {
	seen := map[key]bool{}
	for i := range uint64(100_000) {
		for _, k := range []key{keyOf(i), keyOf(i + missing)} {
			if seen[k] {
				t.Fatalf("key %d comes twice", i)
			}
			seen[k] = true
		}
	}
}
