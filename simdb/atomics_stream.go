//go:build !amd64 || race || explore

package simdb

// streamIn is copyIn for what is long.
func (m *mem) streamIn(off uint64, src []byte) { m.copyIn(off, src) }

// endStream keeps what was streamed before later stores.
func (m *mem) endStream() {}
