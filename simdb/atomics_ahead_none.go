//go:build !(amd64 || arm64) || race || explore

package simdb

// canAsk says whether there is an instruction that asks for a line before it is needed.
const canAsk = false

func (m *mem) askFor([]uint64) {}

func (m *mem) askToWrite(_, _ uint64) {}
