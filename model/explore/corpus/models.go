package corpus

import (
	"fmt"
	"slices"

	"simdb.dev/model/explore"
)

// op is an operation of a history: what it is called, and what it is about.
type op struct {
	name string
	v    int
}

func (o op) String() string { return fmt.Sprintf("%s(%d)", o.name, o.v) }

// call is an explored operation with its input for the model.
func call(name string, v int, do func(*explore.Proc) any) explore.Op {
	o := op{name, v}
	return explore.Op{Name: o.String(), Input: o, Do: do}
}

// step is an operation that is no part of a history.
func step(name string, do func(*explore.Proc) any) explore.Op {
	return explore.Op{Name: name, Do: do}
}

func describe(input, output any) string {
	if output == nil {
		return fmt.Sprint(input)
	}
	return fmt.Sprintf("%v ⇒ %v", input, output)
}

// counter is a number that every operation increments and returns.
var counter = &explore.Model{
	Init: func() any { return 0 },
	Step: func(state, _, output any) (bool, any) {
		next := state.(int) + 1
		return output == explore.Unknown || output == next, next
	},
	DescribeOperation: describe,
}

// register is a number with write and read.
var register = &explore.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		if o := input.(op); o.name == "write" {
			return true, o.v
		}
		return output == explore.Unknown || output == state, state
	},
	DescribeOperation: describe,
}

// fifo is a queue of numbers; dequeue gives 0 if it is empty.
var fifo = &explore.Model{
	Init: func() any { return []int(nil) },
	Step: func(state, input, output any) (bool, any) {
		q := state.([]int)
		switch o := input.(op); {
		case o.name == "enqueue":
			return true, append(slices.Clip(q), o.v)
		case len(q) == 0:
			return output == explore.Unknown || output == 0, q
		default:
			return output == explore.Unknown || output == q[0], q[1:]
		}
	},
	Equal:             func(a, b any) bool { return slices.Equal(a.([]int), b.([]int)) },
	DescribeOperation: describe,
}

// set is a set of small numbers with insert, delete and contains, which all say whether it worked. It begins with the given members.
func set(members ...int) *explore.Model {
	var initial uint64
	for _, m := range members {
		initial |= 1 << m
	}
	return &explore.Model{
		Init: func() any { return initial },
		Step: func(state, input, output any) (bool, any) {
			s, o := state.(uint64), input.(op)
			bit := uint64(1) << o.v
			next, ok := s, s&bit != 0
			switch o.name {
			case "insert":
				next, ok = s|bit, !ok
			case "delete":
				next = s &^ bit
			}
			return output == explore.Unknown || output == ok, next
		},
		DescribeOperation: describe,
	}
}
