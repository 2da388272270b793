//go:build explore

package simdb

// An explored iteration copies a record of a word at once, so that it is in the middle of a pack between two of them.
const (
	packChunk   = 8
	packOffsets = 1
)

// Bytes is how many bytes the value has that the pack is.
func (p *Pack) Bytes() int { return int(p.entry.valueLen) }
