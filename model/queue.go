package model

// stepQueue is the specification of a key that is absent or holds a queue.
func stepQueue(s State, in Input, out Output) (State, bool) {
	switch in.Op {
	case Push:
		return pushed(s, in.Value), done(out)
	case PushBatch:
		return pushed(s, in.Batch...), done(out)
	case Pop:
		return stepPop(s, out)
	case Take:
		return stepTake(s, in, out)
	case Claim:
		return stepClaim(s, in, out)
	case Ack:
		return stepAck(s, in, out)
	case Release:
		return stepRelease(s, in, out)
	case Sweep:
		return s, out.Outcome == Unknown || out.Outcome == OK && s.held.of(in.Process) == nil && s.left.of(in.Process) == nil
	case QueueLen:
		return stepQueueLen(s, out)
	case DeleteQueue:
		return stepDeleteQueue(s, out)
	}
	return s, false
}

func pushed(s State, batch ...uint64) State {
	s.Kind = Queue
	s.fifo = s.fifo.push(batch...)
	return s
}

func stepPop(s State, out Output) (State, bool) {
	head, some := s.fifo.head()
	switch {
	case out.Outcome == OK && some && out.Value == head, out.Outcome == Unknown && some:
		s.fifo = s.fifo.drop(1)
		return s, true
	case out.Outcome == Unknown:
		return s, true
	}
	return s, !some && nothing(s, out)
}

// nothing reports whether out is the way to say that a queue has no message.
func nothing(s State, out Output) bool {
	return out.Outcome == Empty || out.Outcome == NotFound && s.Kind == Absent
}

func stepTake(s State, in Input, out Output) (State, bool) {
	switch out.Outcome {
	case OK:
		if len(out.Batch) == 0 || uint64(len(out.Batch)) > in.Value || !s.fifo.hasPrefix(out.Batch) {
			return s, false
		}
		s.fifo = s.fifo.drop(len(out.Batch))
		return s, true
	case Unknown:
		s.fifo = s.fifo.drop(int(min(in.Value, uint64(s.fifo.len()))))
		return s, true
	}
	return s, s.fifo == "" && nothing(s, out)
}

func stepClaim(s State, in Input, out Output) (State, bool) {
	if out.Outcome == Unknown {
		id, again := guessClaim(s, in)
		if id == 0 {
			return s, s.fifo == "" && s.orphans == ""
		}
		out = Output{Outcome: OK, Value: id, Again: again}
	}
	if out.Outcome != OK {
		return s, s.fifo == "" && s.orphans == "" && nothing(s, out)
	}
	if out.Again {
		rest, ok := s.orphans.remove(out.Value)
		if !ok {
			return s, false
		}
		s.orphans = rest
	} else {
		head, some := s.fifo.head()
		if !some || head != out.Value {
			return s, false
		}
		s.fifo = s.fifo.drop(1)
	}
	s.held = s.held.insert(out.Value, in.Process)
	return s, true
}

// guessClaim names the message that a claim of unknown outcome took: the only
// one it could take, or the one that the caller assumes; 0 if neither is said.
func guessClaim(s State, in Input) (id uint64, again bool) {
	if in.Value != 0 {
		return in.Value, s.orphans != ""
	}
	switch s.orphans.len() {
	case 0:
		id, _ = s.fifo.head()
		return id, false
	case 1:
		return s.orphans.at(0), true
	}
	return 0, false
}

func stepAck(s State, in Input, out Output) (State, bool) {
	rest, holds := s.letGo(in)
	switch out.Outcome {
	case OK:
		return rest, holds
	case Unknown:
		return rest, true
	case Stale:
		return s, !holds
	}
	return s, false
}

// stepRelease makes an orphan of a message, if its queue is still there.
func stepRelease(s State, in Input, out Output) (State, bool) {
	rest, holds := s.letGo(in)
	if out.Outcome == Stale {
		return s, !holds
	}
	if !holds || !done(out) {
		return s, false
	}
	if rest.left == s.left {
		rest.orphans = rest.orphans.insert(in.Value)
	}
	return rest, true
}

// letGo is s when the process does not hold the message any more; false if it
// does not hold it.
func (s State) letGo(in Input) (State, bool) {
	var held, left bool
	s.held, held = s.held.remove(in.Value, in.Process)
	s.left, left = s.left.remove(in.Value, in.Process)
	return s, held || left
}

func stepQueueLen(s State, out Output) (State, bool) {
	switch out.Outcome {
	case Unknown:
		return s, true
	case OK:
		return s, s.Kind == Queue && out.Value == uint64(s.fifo.len())
	}
	return s, out.Outcome == NotFound && s.Kind == Absent
}

// stepDeleteQueue leaves nothing but the messages that somebody holds.
func stepDeleteQueue(s State, out Output) (State, bool) {
	gone := State{left: s.left}
	for i := range s.held.len() {
		gone.left = gone.left.insert(s.held.at(i))
	}
	switch out.Outcome {
	case Unknown:
		return gone, true
	case OK:
		return gone, s.Kind == Queue
	}
	return s, out.Outcome == NotFound && s.Kind == Absent
}
