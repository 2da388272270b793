//go:build !amd64 || race || explore

package simdb

// Copies of runs of a list, without asking for the next.

func (m *mem) copyOutAhead(dst []byte, off, _ uint64)       { m.copyOut(dst, off) }
func (m *mem) copyInAhead(off uint64, src []byte, _ uint64) { m.copyIn(off, src) }
func (m *mem) guess(uint64) uint64                          { return 0 }
