package simdb

import "fmt"

// Kind is what an entry is.
type Kind int

const (
	KindValue Kind = iota
	KindPack       // which Get reads as the value that it is, too
	KindQueue
)

func (k Kind) String() string {
	if k < KindValue || k > KindQueue {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return [...]string{"value", "pack", "queue"}[k]
}

// public is the kind of an entry with a key.
func (k kind) public() Kind {
	switch k {
	case kindPack:
		return KindPack
	case kindQueue:
		return KindQueue
	}
	return KindValue
}
