package simdb

import "fmt"

// Kind is what an entry is.
type Kind int

const (
	KindValue Kind = iota
	KindQueue
)

func (k Kind) String() string {
	if k < KindValue || k > KindQueue {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return [...]string{"value", "queue"}[k]
}

// public is the kind of an entry with a key.
func (k kind) public() Kind {
	if k == kindQueue {
		return KindQueue
	}
	return KindValue
}
