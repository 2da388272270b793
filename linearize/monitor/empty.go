package monitor

import (
	"cmp"
	"slices"

	"simdb.dev/model"
)

// span is an open interval of time in which a message was certainly in the
// queue, or several messages one after the other.
type span struct {
	from, to int64
}

// empty finds dequeues that found nothing though there was something.
func (q *queue) empty() *Violation {
	if len(q.nothing) == 0 {
		return nil
	}
	covers := q.covers()
	made := q.made()
	for _, i := range q.nothing {
		op := &q.ops[i]
		if op.Out.Outcome == model.NotFound && made != nil && min(made.enqReturn, made.deqReturn) < op.Call {
			return q.violation(NotEmpty, []int32{made.enq, made.deq, i}, "no queue was found, after message %d had made it", made.id)
		}
		// The last cover that begins before the call is the only one that can reach over it.
		n, _ := slices.BinarySearchFunc(covers, op.Call, func(s span, t int64) int { return cmp.Compare(s.from, t) })
		if n > 0 && op.Return < covers[n-1].to {
			witness, lost := q.witnessOf(op.Call, op.Return)
			v := q.violation(NotEmpty, append(witness, i), "%v found nothing, while at every moment some message was in the queue", op.In.Op)
			v.Lost = lost
			return v
		}
	}
	return nil
}

// covers merges the times in which messages were in the queue. Open intervals
// that only touch leave a moment between them.
func (q *queue) covers() []span {
	spans := make([]span, 0, len(q.messages))
	for i := range q.messages {
		if m := &q.messages[i]; m.enqReturn < m.deqCall {
			spans = append(spans, span{from: m.enqReturn, to: m.deqCall})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged) - 1; n >= 0 && s.from < merged[n].to {
			merged[n].to = max(merged[n].to, s.to)
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}

// made returns the message that proves earliest that the queue exists.
func (q *queue) made() *message {
	var first *message
	for i := range q.messages {
		m := &q.messages[i]
		if first == nil || min(m.enqReturn, m.deqReturn) < min(first.enqReturn, first.deqReturn) {
			first = m
		}
	}
	return first
}

// witnessOf picks few messages that were in the queue from one time to another:
// from each moment on, the one that stays longest. lost says that one of them
// was never delivered.
func (q *queue) witnessOf(from, to int64) (witness []int32, lost bool) {
	var in []*message
	for i := range q.messages {
		if m := &q.messages[i]; m.deqCall > from && m.enqReturn < to {
			in = append(in, m)
		}
	}
	slices.SortFunc(in, func(a, b *message) int { return cmp.Compare(a.enqReturn, b.enqReturn) })
	var longest *message
	for t, n := from, 0; t <= to; t = longest.deqCall {
		for ; n < len(in) && in[n].enqReturn < t; n++ {
			if longest == nil || in[n].deqCall > longest.deqCall {
				longest = in[n]
			}
		}
		witness = append(witness, longest.enq, longest.deq)
		lost = lost || longest.deqCall == never
	}
	return witness, lost
}
