package model

// stepValue is the specification of a key that is absent or holds a value.
// (A reference may outlive its value: [GetRef] also meets queues.)
func stepValue(s State, in Input, out Output) (State, bool) {
	switch in.Op {
	case Get, GetVersion, Len:
		return stepRead(s, in, out)
	case GetRef:
		return stepGetRef(s, in, out)
	case Put:
		return written(in, out), done(out)
	case Insert:
		return stepInsert(s, in, out)
	case PutIf:
		return stepPutIf(s, in, out)
	case GetOrPut:
		return stepGetOrPut(s, in, out)
	case Update:
		return stepUpdate(s, in, out)
	case Add:
		return stepAdd(s, in, out)
	case Delete:
		return stepDelete(s, out)
	}
	return s, false
}

// done is for operations that always apply: they returned, or they may have.
func done(out Output) bool { return out.Outcome == OK || out.Outcome == Unknown }

// written is the state that a write leaves, whatever was there before.
func written(in Input, out Output) State {
	return State{Kind: Value, Len: in.Len, Value: in.Value, Version: out.Version}
}

// observed is s after a client saw version v with it.
func observed(s State, v Version) (State, bool) {
	if v == 0 {
		return s, true
	}
	if s.Version == 0 {
		s.Version = v
	}
	return s, s.Version == v
}

func stepRead(s State, in Input, out Output) (State, bool) {
	switch out.Outcome {
	case Unknown:
		return s, true
	case NotFound:
		return s, s.Kind == Absent
	case OK:
		if s.Kind == Absent || out.Len != s.Len || in.Op != Len && out.Value != s.Value {
			return s, false
		}
		return observed(s, out.Version)
	}
	return s, false
}

func stepGetRef(s State, in Input, out Output) (State, bool) {
	switch out.Outcome {
	case Unknown:
		return s, true
	case NotFound:
		return s, s.Kind == Absent
	case Stale:
		return s, s.Kind != Value || s.Version != in.Version
	case OK:
		if s.Kind != Value || out.Len != s.Len || out.Value != s.Value {
			return s, false
		}
		return observed(s, in.Version)
	}
	return s, false
}

func stepInsert(s State, in Input, out Output) (State, bool) {
	if s.Kind == Absent {
		return written(in, out), done(out)
	}
	switch out.Outcome {
	case Unknown:
		return s, true
	case Exists:
		return observed(s, out.Version)
	}
	return s, false
}

func stepPutIf(s State, in Input, out Output) (State, bool) {
	switch {
	case in.Version == 0:
		if out.Outcome == Mismatch { // the same fact as Exists
			out.Outcome = Exists
		}
		return stepInsert(s, in, out)
	case s.Kind == Absent:
		return s, out.Outcome == NotFound || out.Outcome == Mismatch || out.Outcome == Unknown
	}
	open := s.Version == 0
	match := s.Version == in.Version
	switch out.Outcome {
	case OK:
		return written(in, out), match || open
	case Mismatch:
		return s, !match
	case Unknown:
		if match || open {
			return written(in, out), true
		}
		return s, true
	}
	return s, false
}

func stepGetOrPut(s State, in Input, out Output) (State, bool) {
	if s.Kind == Absent {
		seen := out.Outcome == Unknown || !out.Again && out.Value == in.Value
		return written(in, out), done(out) && seen
	}
	if out.Outcome == Unknown {
		return s, true
	}
	if out.Outcome != OK || !out.Again {
		return s, false
	}
	return stepRead(s, in, out)
}

func stepUpdate(s State, in Input, out Output) (State, bool) {
	if out.Outcome == NotFound {
		return s, s.Kind == Absent
	}
	// Value is 0 in the absent state, and no id is.
	seen := out.Outcome == Unknown || out.Value == s.Value
	return written(in, out), done(out) && seen
}

func stepAdd(s State, in Input, out Output) (State, bool) {
	if out.Outcome == NotFound {
		return s, s.Kind == Absent
	}
	in.Value += s.Value
	seen := out.Outcome == Unknown || out.Value == in.Value
	return written(in, out), done(out) && seen
}

func stepDelete(s State, out Output) (State, bool) {
	switch out.Outcome {
	case Unknown:
		return State{}, true
	case NotFound:
		return s, s.Kind == Absent
	case OK:
		_, ok := observed(s, out.Version)
		return State{}, ok && s.Kind == Value
	}
	return s, false
}
