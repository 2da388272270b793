//go:build explore

package store

import (
	"errors"
	"fmt"

	"simdb.dev/model"
	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// states is what every key holds.
type states [maxKeys]model.State

// input is an operation on one key, or an iteration over all (op iterate).
type input struct {
	key int
	model.Input
	by reference // what the version is, if the operation has one
}

// reference says which version an operation passes.
type reference uint8

const (
	none reference = iota
	old            // that of before
	mine           // that which the client saw or wrote last
)

// iterate is an operation beyond those of the model: a read of each key.
const iterate model.Op = 255

// removeIf is a deletion on condition of a version, beyond those of the model.
const removeIf model.Op = 254

// await is a wait for another entry than that of a version, beyond those of the model.
const await model.Op = 252

// closed is the outcome of an operation that found its handle closed, beyond those of the model: it has done nothing.
const closed model.Outcome = 255

// tooLarge is the outcome of a write of more than the region can hold, beyond those of the model: it has done nothing.
const tooLarge model.Outcome = 254

// noRoom is the outcome of a take whose batch does not hold the first message, beyond those of the model: its value is the length of that one.
const noRoom model.Outcome = 253

// output is what a client saw. It is comparable.
type output struct {
	outcome model.Outcome
	again   bool
	len     uint32
	value   uint64
	version model.Version
	given   model.Version   // the version that the client passed, if it was one that it learnt during the execution
	all     [maxKeys]uint64 // iterate: ids, 0 for absent
	lens    [maxKeys]uint32

	fifo, orphans string // drain: ids
	gone          uint64 // drain: the processes that had died or closed
}

func (o output) model() model.Output {
	return model.Output{Outcome: o.outcome, Again: o.again, Len: o.len, Value: o.value, Version: o.version}
}

// model is the specification of all keys together, or of one if the program says so.
func (w *world) model() *explore.Model {
	if w.p.queues > 0 {
		return w.queueModel()
	}
	return &explore.Model{
		Init: func() any { return w.start },
		Step: func(state, in, out any) (bool, any) {
			o, known := out.(output)
			if !known {
				o = output{outcome: model.Unknown}
			}
			ok, next := w.step(state.(states), in.(*input), o)
			return ok, next
		},
		DescribeOperation: func(in, out any) string { return describe(in.(*input), out) },
	}
}

// queueModel is the same for programs with queues.
func (w *world) queueModel() *explore.Model {
	w.sets = newSets()
	return &explore.Model{
		Init: func() any { return w.sets.of([]states{w.start}) },
		Step: func(state, in, out any) (bool, any) {
			o, known := out.(output)
			if !known {
				o = output{outcome: model.Unknown}
			}
			ok, next := w.stepAll(state.(*possible), in.(*input), o)
			return ok, next
		},
		DescribeOperation: func(in, out any) string { return describe(in.(*input), out) },
	}
}

// beyond says whether what is to be written has more bytes than the region.
func (w *world) beyond(in model.Input) bool { return uint64(in.Len) > w.p.blocks*w.p.blockSize }

func (w *world) step(s states, in *input, out output) (bool, states) {
	judged := func(key int) bool { return w.p.only == 0 || w.p.only == key+1 }
	if in.Op == iterate {
		for k := range w.p.keyCount() {
			if judged(k) && out.outcome != model.Unknown && (out.outcome != model.OK || !holds(s[k], out.all[k], out.lens[k])) {
				return false, s
			}
		}
		return true, s
	}
	if !judged(in.key) || out.outcome == closed {
		return true, s
	}
	if out.outcome == tooLarge {
		return w.beyond(in.Input), s
	}
	i := in.Input
	switch {
	case out.given != 0:
		i.Version = out.given
	case in.by == old:
		i.Version = model.Version(w.refs[in.key].Token())
	case in.by == mine && i.Op == model.PutIf:
		i.Op = model.Put // killed, and nobody knows with which version
	}
	switch i.Op {
	case removeIf:
		return stepRemoveIf(s, in.key, i.Version, out.outcome)
	case await:
		return stepAwait(s, in.key, i.Version, out)
	}
	next, ok := model.Rules{Full: w.p.tight}.Step(s[in.key], i, out.model())
	s[in.key] = next
	return ok, s
}

func stepRemoveIf(s states, key int, v model.Version, o model.Outcome) (bool, states) {
	match := s[key].Kind == model.Value && s[key].Version == v
	switch o {
	case model.Mismatch:
		return !match, s
	case model.OK, model.Unknown:
		if match {
			s[key] = model.State{}
		}
		return match || o == model.Unknown, s
	}
	return false, s
}

// stepAwait: the wait ends when it sees that the entry is another one, which is what it gives.
func stepAwait(s states, key int, v model.Version, out output) (bool, states) {
	now := &s[key]
	switch {
	case out.outcome != model.OK:
		return out.outcome == model.Unknown, s
	case out.version == v:
		return false, s
	case out.version == 0 || now.Kind != model.Value:
		return out.version == 0 && now.Kind == model.Absent, s
	case now.Version == 0:
		now.Version = out.version
	}
	return now.Version == out.version, s
}

// holds says whether a read of id and length is right in state s.
func holds(s model.State, id uint64, length uint32) bool {
	if s.Kind == model.Absent {
		return id == 0
	}
	return s.Value == id && s.Len == length
}

func describe(in *input, out any) string {
	o, known := out.(output)
	key := string(rune('a' + in.key))
	switch {
	case in.Op == iterate && known:
		return fmt.Sprintf("iterate → %v", o.all)
	case in.Op == iterate:
		return "iterate"
	case in.Op == drain && known:
		return fmt.Sprintf("%s.drain → %v %s, given up %v", key, o.outcome, ids(o.fifo), ids(o.orphans))
	case in.Op == model.Take && known:
		return fmt.Sprintf("%s.take(%d) → %v %s", key, in.Value, o.outcome, ids(o.fifo))
	case in.Op == drain:
		return key + ".drain"
	case in.Op == model.Claim && known && o.again:
		return fmt.Sprintf("%s.claim() → %d again", key, o.value)
	case (in.Op == model.Ack || in.Op == model.Release) && known:
		if o.outcome == closed {
			return fmt.Sprintf("%s.%v(nothing)", key, in.Op)
		}
		return fmt.Sprintf("%s.%v(%d) → %v", key, in.Op, o.value, o.outcome)
	case !known:
		return key + "." + in.Input.String() + " → killed"
	}
	i := in.Input
	if o.given != 0 {
		i.Version = o.given
	}
	return key + "." + model.Describe(i, o.model())
}

// ids are those in a string, as numbers.
func ids(s string) string { return fmt.Sprint([]rune(s)) }

// outcome translates an error of the store.
func outcome(err error) model.Outcome {
	switch {
	case err == nil:
		return model.OK
	case errors.Is(err, simdb.ErrNotFound):
		return model.NotFound
	case errors.Is(err, simdb.ErrMismatch):
		return model.Mismatch
	case errors.Is(err, simdb.ErrStale):
		return model.Stale
	case errors.Is(err, simdb.ErrClosed):
		return closed
	case errors.Is(err, simdb.ErrTooLarge):
		return tooLarge
	case errors.Is(err, simdb.ErrFull):
		return model.Full
	case errors.Is(err, simdb.ErrEmpty):
		return model.Empty
	case errors.Is(err, simdb.ErrKind):
		return model.WrongKind
	}
	return model.Torn
}
