//go:build !explore

package atomic

import (
	"sync/atomic"
	"testing"
)

// Without the build tag the types are not like those of sync/atomic, they are those: this compiles only then, so the code that uses them is the same to the last
// instruction.
var (
	_ *atomic.Bool         = (*Bool)(nil)
	_ *atomic.Int32        = (*Int32)(nil)
	_ *atomic.Int64        = (*Int64)(nil)
	_ *atomic.Uint32       = (*Uint32)(nil)
	_ *atomic.Uint64       = (*Uint64)(nil)
	_ *atomic.Uintptr      = (*Uintptr)(nil)
	_ *atomic.Pointer[int] = (*Pointer[int])(nil)
)

func BenchmarkAdd(b *testing.B) {
	b.Run("sync", func(b *testing.B) {
		var x atomic.Uint64
		for b.Loop() {
			x.Add(1)
		}
	})
	b.Run("explore", func(b *testing.B) {
		var x Uint64
		for b.Loop() {
			x.Add(1)
		}
	})
}
