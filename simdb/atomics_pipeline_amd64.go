//go:build !race && !explore

package simdb

import "unsafe"

// Copies of runs of a list that ask for the lines to come, also across the end of the run: a processor by itself asks only for what lies behind what it reads.

// aheadLines is how many lines ahead: for as long as a line takes to come.
const aheadLines = 8

// copyOutAhead is copyOut of a run after which comes the one at offset next, or what is guessed to.
func (m *mem) copyOutAhead(dst []byte, off, next uint64) {
	lines := len(dst) / cacheLine
	to, from := unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Add(m.base, off)
	if n := lines - aheadLines; n > 0 {
		readLines(to, from, uint64(n), unsafe.Add(from, aheadLines*cacheLine))
		to, from = unsafe.Add(to, n*cacheLine), unsafe.Add(from, n*cacheLine)
	}
	if n := min(lines, aheadLines); n > 0 {
		readLines(to, from, uint64(n), unsafe.Add(m.base, next))
	}
	m.copyOut(dst[lines*cacheLine:], off+uint64(lines*cacheLine))
}

// copyInAhead is copyIn to a run after which comes the one at offset next.
func (m *mem) copyInAhead(off uint64, src []byte, next uint64) {
	lines := len(src) / cacheLine
	to, from := unsafe.Add(m.base, off), unsafe.Pointer(unsafe.SliceData(src))
	if n := lines - aheadLines; n > 0 {
		writeLines(to, from, uint64(n), unsafe.Add(to, aheadLines*cacheLine))
		to, from = unsafe.Add(to, n*cacheLine), unsafe.Add(from, n*cacheLine)
	}
	if n := min(lines, aheadLines); n > 0 {
		writeLines(to, from, uint64(n), unsafe.Add(m.base, next))
	}
	m.copyIn(off+uint64(lines*cacheLine), src[lines*cacheLine:])
}

// guess is the word at off, for what it leads to to be asked for: nothing else may depend on it.
func (m *mem) guess(off uint64) uint64 { return *m.word(off) }

// readLines copies lines, of which there is at least one, and asks for as many from ahead on.
//
//go:noescape
func readLines(to, from unsafe.Pointer, lines uint64, ahead unsafe.Pointer)

// writeLines is readLines for lines ahead that will be written.
//
//go:noescape
func writeLines(to, from unsafe.Pointer, lines uint64, ahead unsafe.Pointer)
