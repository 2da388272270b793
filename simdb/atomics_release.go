//go:build !explore && (!amd64 || race)

package simdb

import "sync/atomic"

// release stores v after everything before.
func release(p *atomic.Uint64, v uint64) { p.Store(v) }
