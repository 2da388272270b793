//go:build (amd64 || arm64) && !race && !explore

package simdb

import "unsafe"

// canAsk says whether there is an instruction that asks for a line before it is needed.
const canAsk = true

// askFor asks for the lines of words, by prefetch instructions: they need not have come for the processor to go on.
func (m *mem) askFor(offs []uint64) {
	if len(offs) > 0 {
		prefetch(m.base, &offs[0], uint64(len(offs)))
	}
}

// prefetch asks for the lines at n offsets from base.
//
//go:noescape
func prefetch(base unsafe.Pointer, offs *uint64, n uint64)

// askToWrite asks for the lines of two words, to write to them.
func (m *mem) askToWrite(a, b uint64) { prefetchToWrite(unsafe.Add(m.base, a), unsafe.Add(m.base, b)) }

//go:noescape
func prefetchToWrite(a, b unsafe.Pointer)
