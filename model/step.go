package model

// Rules are the parts of the specification that depend on the set-up.
type Rules struct {
	// Full allows any operation that allocates to end as [Full]. Set it only
	// where the region may be short of blocks, counting those that running
	// operations and dead processes hold.
	Full bool
	// Creating allows a queue to be found, empty, although nothing has been
	// pushed: a push makes the queue first. Set it where pushes may meet
	// operations that tell an empty queue from none.
	Creating bool
}

// Step says whether a key in state s may give out as the result of in, and
// what the key holds afterwards. A refused step returns s.
//
// With [Unknown] it returns the state in which the operation took effect, and
// false where it is refused as the package comment says.
func (r Rules) Step(s State, in Input, out Output) (State, bool) {
	if out.Outcome == Full {
		return s, r.Full && in.Op.allocates()
	}
	was := s
	if r.Creating && s.Kind == Absent && finds(in.Op, out) {
		s.Kind = Queue
	}
	other := Queue
	step := stepValue
	if in.Op.OnQueue() {
		other = Value
		step = stepQueue
	}
	if s.Kind == other && in.Op != GetRef && !in.Op.letsGo() {
		return s, out.Outcome == WrongKind || out.Outcome == Unknown
	}
	if next, ok := step(s, in, out); ok {
		if !in.Op.OnQueue() {
			next.left = s.left
		}
		return next, true
	}
	return was, false
}

// finds reports whether the result tells of a queue that may be empty.
func finds(op Op, out Output) bool {
	if !op.OnQueue() {
		return out.Outcome == WrongKind
	}
	return out.Outcome == OK && (op == DeleteQueue || op == QueueLen)
}
