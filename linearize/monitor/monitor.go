package monitor

import (
	"fmt"
	"iter"
	"math"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// Reason is the rule that a history breaks.
type Reason string

// The rules, as the package comment states them.
const (
	Fresh      Reason = "fresh"
	Repeat     Reason = "repeat"
	Order      Reason = "order"
	NotEmpty   Reason = "empty"
	Redelivery Reason = "redelivery"
)

// Violation is a broken rule.
type Violation struct {
	Reason  Reason
	Lost    bool    // the message that should have come was never delivered
	Text    string  // what happened, in one sentence
	Witness []int32 // indices of the operations that show it
}

// Covers reports whether the operation with its outcome is one that the rules
// speak of.
func Covers(op *history.Op) bool {
	switch op.In.Op {
	case model.Push, model.PushBatch:
		return is(op, model.OK, model.Unknown, model.Full)
	case model.Pop, model.Take:
		return is(op, model.OK, model.Unknown, model.Empty, model.NotFound)
	case model.Claim:
		return is(op, model.OK, model.Unknown, model.Empty, model.NotFound, model.Full)
	case model.Ack, model.Release, model.Sweep:
		return is(op, model.OK, model.Unknown)
	}
	return false
}

func is(op *history.Op, outcomes ...model.Outcome) bool {
	for _, o := range outcomes {
		if op.Out.Outcome == o {
			return true
		}
	}
	return false
}

// Check returns the first rule that the operations on one queue break, or nil
// if their history is linearizable. crashes are those of all processes. Every
// operation must be covered.
func Check(ops []history.Op, crashes []history.Crash) *Violation {
	for v := range Violations(ops, crashes) {
		return v
	}
	return nil
}

// Violations yields one violation for each rule that the operations break. A
// message refused by one rule goes on to the next as if it were right.
func Violations(ops []history.Op, crashes []history.Crash) iter.Seq[*Violation] {
	return func(yield func(*Violation) bool) {
		q := &queue{ops: ops, deaths: history.Deaths(ops, crashes)}
		for _, rule := range []func() *Violation{
			q.linkEnqueues, q.linkDequeues, q.redelivery, q.fresh, q.settled,
		} {
			if v := rule(); v != nil && !yield(v) {
				return
			}
		}
	}
}

// never is the time of what did not happen.
const never = math.MaxInt64

// none stands for an operation that there is not.
const none = -1

// message is one value's way through the queue.
type message struct {
	id        uint64
	enq, deq  int32 // operations; none
	pos, turn int32 // in its batch, in the Take that got it
	enqCall   int64
	enqReturn int64 // never: pending
	deqCall   int64 // never: not dequeued
	deqReturn int64
}

// queue is a history on its way through the rules.
type queue struct {
	ops      []history.Op
	deaths   map[int32]int64
	messages []message        // those of one enqueue stand together, in order
	index    map[uint64]int32 // of messages
	takes    bool             // some Take got several messages
	pending  []int32          // dequeues that never returned, as often as they may have taken something
	nothing  []int32          // dequeues that found nothing
	claims   []int32          // claims that got something
	acks     []int32          // all
	releases []int32          // all
	sweeps   []int32          // those that returned
	orphans  []presence       // times when a released message was there to be claimed
}

func (q *queue) violation(r Reason, witness []int32, format string, args ...any) *Violation {
	return &Violation{Reason: r, Text: fmt.Sprintf(format, args...), Witness: compact(witness)}
}

// compact drops what is not an operation and what is said twice.
func compact(ops []int32) []int32 {
	var out []int32
	seen := map[int32]bool{none: true}
	for _, op := range ops {
		if !seen[op] {
			seen[op] = true
			out = append(out, op)
		}
	}
	return out
}
