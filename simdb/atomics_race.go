//go:build race && !explore

package simdb

import "sync/atomic"

// loadData and storeData are one word of a payload.
func (m *mem) loadData(off uint64) uint64 { return atomic.LoadUint64(m.word(off)) }
func (m *mem) storeData(off, v uint64)    { atomic.StoreUint64(m.word(off), v) }
