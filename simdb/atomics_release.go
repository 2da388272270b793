//go:build !explore && (!amd64 || race)

package simdb

import "sync/atomic"

// storeRelease stores v after everything before.
func storeRelease(p *atomic.Uint64, v uint64) { p.Store(v) }
