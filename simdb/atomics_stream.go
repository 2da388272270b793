//go:build !amd64 || race || explore

package simdb

// streamIn is copyIn for more than the caches hold.
func (m *mem) streamIn(off uint64, src []byte) { m.copyIn(off, src) }
