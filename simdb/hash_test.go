package simdb

import (
	"math/rand/v2"
	"testing"

	"github.com/zeebo/xxh3"
)

// TestHash: what is computed without calls is XXH3 too.
func TestHash(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		for range 100 {
			g := geometry{seed: random.Uint64()}
			key := content(random.Uint64(), n)
			if got, want := g.hash(key), xxh3.HashSeed(key, g.seed); got != want {
				t.Fatalf("%d bytes: %#x instead of %#x", n, got, want)
			}
		}
	}
}
