package check

import (
	"fmt"
	"slices"
	"strings"

	"simdb.dev/linearize/history"
	"simdb.dev/linearize/monitor"
	"simdb.dev/model"
)

// Reason names what is wrong with a history.
type Reason string

// The reasons on values, then those on queues.
const (
	TornValue    Reason = "torn value"                     // a value fails its checksum
	ThinAir      Reason = "out of thin air"                // nobody had written or pushed it
	VersionTwice Reason = "version names two writes"       //
	FalseFull    Reason = "full without cause"             //
	Resurrected  Reason = "resurrected key"                // a deleted key shows a value
	Duplicate    Reason = "duplicate entry"                // one key was inserted or deleted twice
	LostEntry    Reason = "lost entry"                     // a present key is not found
	LostUpdate   Reason = "lost update"                    // two writes followed the same one
	StaleRead    Reason = "stale read"                     // an overwritten value
	StaleRef     Reason = "stale reference followed"       // read through a reference that was no longer current
	FalseRefusal Reason = "false refusal"                  // mismatch, stale or exists while it was not so
	FalseKind    Reason = "wrong kind reported or ignored" //

	Lost       Reason = "lost message"
	Duplicated Reason = "duplicated message"
	Reordered  Reason = "reordered messages"
	FalseEmpty Reason = "false empty"
	Redelivery Reason = "redelivery without cause"

	NoOrder Reason = "no order explains the results" // none of the above
)

// plain finds what is wrong whatever the order: results that no state allows,
// and values and versions that nobody gave out.
func plain(ops []history.Op, rules model.Rules) *Finding {
	if f := plainOutcomes(ops, rules); f != nil {
		return f
	}
	if f := thinAir(ops); f != nil {
		return f
	}
	return versions(ops)
}

func found(r Reason, text string, ops ...*history.Op) *Finding {
	f := &Finding{Verdict: Violation, Reason: r, Text: text}
	for _, op := range ops {
		f.Ops = append(f.Ops, *op)
	}
	return f
}

func plainOutcomes(ops []history.Op, rules model.Rules) *Finding {
	for i := range ops {
		switch op := &ops[i]; {
		case op.Out.Outcome == model.Torn:
			return found(TornValue, fmt.Sprintf("%v: the value fails its checksum", op), op)
		case op.Out.Outcome == model.Full && !rules.Full:
			return found(FalseFull, fmt.Sprintf("%v: the region was not declared to be short of blocks", op), op)
		}
	}
	return nil
}

// thinAir finds values that somebody saw before anybody wrote them.
func thinAir(ops []history.Op) *Finding {
	writer := make(map[uint64]*history.Op, len(ops)/2)
	for i := range ops {
		if ops[i].In.Op == model.Add {
			return nil // the values are numbers
		}
		for id := range ops[i].Writes() {
			writer[id] = &ops[i]
		}
	}
	for i := range ops {
		op := &ops[i]
		for id := range sees(op) {
			w, ok := writer[id]
			switch {
			case !ok:
				return found(ThinAir, fmt.Sprintf("%v: nobody wrote %d", op, id), op)
			case op.Before(w):
				return found(ThinAir, fmt.Sprintf("%v: %d was written later", op, id), op, w)
			}
		}
	}
	return nil
}

// versions finds a version that names two writes.
func versions(ops []history.Op) *Finding {
	type named struct {
		value uint64
		write bool
		op    *history.Op
	}
	names := make(map[model.Version]named, len(ops)/2)
	for i := range ops {
		op := &ops[i]
		value, write, ok := named1(op)
		if !ok {
			continue
		}
		before, known := names[op.Out.Version]
		if !known {
			names[op.Out.Version] = named{value, write, op}
			continue
		}
		if before.value != value || before.write && write {
			return found(VersionTwice, fmt.Sprintf("version %d names the value %d and the value %d", op.Out.Version, before.value, value), before.op, op)
		}
		if write {
			names[op.Out.Version] = named{value, write, op}
		}
	}
	return nil
}

// named1 returns the value that the operation's result gives a version to.
func named1(op *history.Op) (value uint64, write, ok bool) {
	if op.Out.Outcome != model.OK || op.Out.Version == 0 {
		return 0, false, false
	}
	switch op.In.Op {
	case model.Put, model.Insert, model.PutIf, model.Update:
		return op.In.Value, true, true
	case model.Add:
		return op.Out.Value, true, true
	case model.GetOrPut:
		return op.Out.Value, !op.Out.Again, true
	case model.Get, model.GetVersion:
		return op.Out.Value, false, true
	}
	return 0, false, false
}

// explain turns a refused return into a finding.
func (c *checker) explain(name string, ops []history.Op, list []step, r refusal) Finding {
	s := &list[r.step]
	f := Finding{Key: name, Verdict: Violation, Reason: classify(s, r.states)}
	f.Text = fmt.Sprintf("%v: the key could only be %s", &ops[s.op], alternatives(r.states))
	f.Ops = c.minimize(ops, goal{op: ops[s.op], states: r.states})
	f.Crashes = crashesOf(f.Ops, c.h.Crashes)
	return f
}

func alternatives(states []model.State) string {
	text := make([]string, len(states))
	for i, s := range states {
		text[i] = s.String()
	}
	slices.Sort(text)
	const most = 8
	if n := len(text); n > most {
		text = append(text[:most], fmt.Sprintf("%d others", n-most))
	}
	return strings.Join(text, " or ")
}

// classify names the reason for which no state allows the step.
func classify(s *step, states []model.State) Reason {
	all := func(k model.Kind) bool {
		return !slices.ContainsFunc(states, func(s model.State) bool { return s.Kind != k })
	}
	absent := all(model.Absent)
	present := !slices.ContainsFunc(states, func(s model.State) bool { return s.Kind == model.Absent })
	switch s.out.Outcome {
	case model.WrongKind:
		return FalseKind
	case model.NotFound:
		return LostEntry
	case model.Mismatch, model.Stale, model.Exists:
		return FalseRefusal
	case model.Empty:
		return FalseEmpty
	}
	switch op := s.in.Op; {
	case op.OnQueue() && all(model.Value), !op.OnQueue() && all(model.Queue):
		return FalseKind
	case op == model.GetRef:
		return StaleRef
	case present && (op == model.Insert || op == model.PutIf && s.in.Version == 0 || op == model.GetOrPut && !s.out.Again):
		return Duplicate
	case absent && op == model.Delete:
		return Duplicate
	case absent && !op.OnQueue():
		return Resurrected
	case op == model.PutIf, op == model.Update, op == model.Add:
		return LostUpdate
	case op == model.Get, op == model.GetVersion, op == model.Len, op == model.GetOrPut:
		return StaleRead
	case op == model.Pop, op == model.Take, op == model.Claim:
		return Reordered
	}
	return NoOrder
}

// ofMonitor turns a broken rule into a finding.
func ofMonitor(name string, ops []history.Op, crashes []history.Crash, v *monitor.Violation) Finding {
	f := Finding{Key: name, Verdict: Violation, Text: v.Text}
	switch v.Reason {
	case monitor.Fresh:
		f.Reason = ThinAir
	case monitor.Repeat:
		f.Reason = Duplicated
	case monitor.Order:
		f.Reason = Reordered
	case monitor.NotEmpty:
		f.Reason = FalseEmpty
	case monitor.Redelivery:
		f.Reason = Redelivery
	}
	if v.Lost {
		f.Reason = Lost
	}
	f.Ops = minimizeQueue(ops, crashes, v)
	f.Crashes = crashesOf(f.Ops, crashes)
	return f
}

// crashesOf returns the crashes of the processes whose operations these are.
func crashesOf(ops []history.Op, crashes []history.Crash) []history.Crash {
	var of []history.Crash
	for _, c := range crashes {
		if slices.ContainsFunc(ops, func(op history.Op) bool { return op.Client.Process == c.Process }) {
			of = append(of, c)
		}
	}
	return of
}
