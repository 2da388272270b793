package model

import (
	"fmt"
	"hash/maphash"
	"strings"
)

// Kind is what a key holds.
type Kind uint8

// A key is absent, or holds a value or a queue.
const (
	Absent Kind = iota
	Value
	Queue
)

// String returns the kind's name.
func (k Kind) String() string { return name([]string{"absent", "value", "queue"}, uint8(k), "Kind") }

// State is what one key holds. The zero State is the absent key. States are
// immutable, and equal exactly if == says so.
type State struct {
	Kind    Kind
	Len     uint32  // bytes of the value
	Value   uint64  // id of the value
	Version Version // token of the write that left the value; 0 while nobody has seen it

	fifo    ids   // messages from head to tail
	held    holds // messages claimed and not acknowledged
	orphans ids   // messages released and not claimed again, ascending
	left    holds // the same as held, of queues that have been deleted; whatever the key holds now
}

var seed = maphash.MakeSeed()

// Hash returns the same for equal states, within one run of the program.
func (s State) Hash() uint64 { return maphash.Comparable(seed, s) }

// Messages returns the messages waiting in the queue, head first.
func (s State) Messages() []uint64 { return s.fifo.slice() }

// Orphans returns the released messages that wait for another claim.
func (s State) Orphans() []uint64 { return s.orphans.slice() }

// Holds returns the messages that process holds.
func (s State) Holds(process int32) []uint64 {
	return append(s.held.of(process), s.left.of(process)...)
}

// String prints the state: "absent", "7 v3", "queue [1 2]".
func (s State) String() string {
	if left := s.left; left != "" {
		s.left = ""
		return s.String() + fmt.Sprintf(", left {%v}", left)
	}
	switch s.Kind {
	case Absent:
		return "absent"
	case Value:
		if s.Version == 0 {
			return fmt.Sprintf("%d v?", s.Value)
		}
		return fmt.Sprintf("%d v%d", s.Value, s.Version)
	default:
		var b strings.Builder
		fmt.Fprintf(&b, "queue %v", s.fifo.slice())
		if s.held != "" {
			fmt.Fprintf(&b, " held {%v}", s.held)
		}
		if s.orphans != "" {
			fmt.Fprintf(&b, " orphans %v", s.orphans.slice())
		}
		return b.String()
	}
}
