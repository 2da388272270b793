package main

import (
	"math"
	"testing"
)

func newKeyspace(n uint64) *keyspace { return &keyspace{random: random{7}, n: n, procs: 1} }

// carryOut checks that a source knows which keys are there: in a table of the first n keys, each batch finds what it says.
func carryOut(t *testing.T, src source, n uint64, batches int, each func(*batch, int)) {
	t.Helper()
	there := map[key]bool{}
	for i := range n {
		there[keyOf(i)] = true
	}
	b := &batch{}
	for range batches {
		b.reset()
		units := src.fill(b)
		if b.n == 0 || b.n > batchSize || units < 1 || units > b.n {
			t.Fatalf("%d units of %d operations", units, b.n)
		}
		present := 0
		for i := range b.n {
			k := b.keys[i]
			switch b.kinds[i] {
			case opPut:
				there[k] = true
			case opDelete:
				if there[k] {
					present++
				}
				delete(there, k)
			case opGet:
				if there[k] {
					present++
				}
			}
		}
		if present != b.present {
			t.Fatalf("%d keys were there, the source says %d", present, b.present)
		}
		if uint64(len(there)) != n {
			t.Fatalf("%d keys after a batch, want %d", len(there), n)
		}
		each(b, units)
	}
}

func ignore(*batch, int) {}

func TestSourcesKnowWhatIsThere(t *testing.T) {
	for _, n := range []uint64{5, 512, 1000, 10_000} {
		s := newKeyspace(n)
		for _, src := range []source{gets{s}, misses{s}, updates{s}, &churn{keyspace: s}} {
			carryOut(t, src, n, 100, ignore)
		}
	}
}

// Processes with keys of their own never touch the same one, and together all.
func TestKeysOfOnesOwn(t *testing.T) {
	const n, procs = 1000, 4
	owner := map[uint64]uint64{}
	for p := range uint64(procs) {
		s := keyspace{random: random{p}, n: n, proc: p, procs: procs}
		for range 20_000 {
			i := s.index()
			if was, ok := owner[i]; ok && was != p || i >= n {
				t.Fatalf("process %d draws key %d, which is beyond the last or of process %d", p, i, was)
			}
			owner[i] = p
		}
	}
	if len(owner) != n {
		t.Errorf("%d keys of %d were drawn", len(owner), n)
	}
}

// The shares of operations of each mix are the ones that YCSB gives.
func TestMixes(t *testing.T) {
	for letter, want := range map[string][3]float64{ // gets, puts, deletes per unit of work
		"A": {0.5, 0.5, 0},
		"B": {0.95, 0.05, 0},
		"C": {1, 0, 0},
		"D": {0.95, 0.05, 0.05}, // the oldest goes
		"F": {1, 0.5, 0},
	} {
		for _, dist := range []string{"zipf", "uniform"} {
			const n = 10_000
			y, err := newYCSB(newKeyspace(n), letter, dist)
			if err != nil {
				t.Fatal(err)
			}
			var counts [3]float64
			var units float64
			carryOut(t, y, n, 1000, func(b *batch, u int) {
				units += float64(u)
				for i := range b.n {
					counts[b.kinds[i]]++
				}
			})
			for kind, share := range want {
				if got := counts[kind] / units; math.Abs(got-share) > 0.01 {
					t.Errorf("%s, %s: %.3f of kind %d per unit, want %.2f", letter, dist, got, kind, share)
				}
			}
		}
	}
}

// By Zipf's law a few keys get most of the work, and they are not the ones that were filled first; in D they are the latest.
func TestSkew(t *testing.T) {
	const n = 10_000
	for _, c := range []struct {
		letter, dist string
		low, high    float64 // share of the hundred most frequent keys
		latest       bool
	}{
		{"C", "zipf", 0.45, 0.65, false},
		{"C", "uniform", 0.01, 0.03, false},
		{"D", "latest", 0, 1, true},
	} {
		y, err := newYCSB(newKeyspace(n), c.letter, c.dist)
		if err != nil {
			t.Fatal(err)
		}
		number := map[key]uint64{}
		for i := range uint64(2 * n) {
			number[keyOf(i)] = i
		}
		counts := make([]float64, 2*n)
		var gets, recent, first float64
		b := &batch{}
		for range 500 {
			b.reset()
			y.fill(b)
			for i := range b.n {
				if b.kinds[i] != opGet {
					continue
				}
				at := number[b.keys[i]]
				counts[at]++
				gets++
				if at < 100 {
					first++
				}
				if at+1000 >= y.low+n {
					recent++
				}
			}
		}
		if top := share(counts, 100) / gets; top < c.low || top > c.high {
			t.Errorf("%s, %s: %.2f of the gets are of a hundred keys", c.letter, c.dist, top)
		}
		if f := first / gets; f > 0.3 {
			t.Errorf("%s, %s: %.2f of the gets are of the hundred keys that were filled first", c.letter, c.dist, f)
		}
		if r := recent / gets; c.latest != (r > 0.6) {
			t.Errorf("%s, %s: %.2f of the gets are of the latest tenth", c.letter, c.dist, r)
		}
	}
}

// share is the sum of the n largest.
func share(counts []float64, n int) (sum float64) {
	counts = append([]float64(nil), counts...)
	for range n {
		best := 0
		for i := range counts {
			if counts[i] > counts[best] {
				best = i
			}
		}
		sum += counts[best]
		counts[best] = 0
	}
	return sum
}

func TestNoSuchMix(t *testing.T) {
	if _, err := newYCSB(newKeyspace(10), "E", "zipf"); err == nil {
		t.Error("mix E needs an order of keys")
	}
	if _, err := newYCSB(newKeyspace(10), "A", "normal"); err == nil {
		t.Error("a distribution that there is not")
	}
}
