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

// presence is the span of one message, and the operations that begin and end it.
type presence struct {
	span
	begin, end int32 // end: none if the message was never delivered
}

// empty finds dequeues that found nothing though there was something.
func (q *queue) empty() *Violation {
	if len(q.nothing) == 0 {
		return nil
	}
	present := q.present()
	covers := merge(present)
	claimable, claimCovers := present, covers
	if len(q.orphans) > 0 {
		claimable = slices.Concat(present, q.orphans)
		claimCovers = merge(claimable)
	}
	made := q.made()
	for _, i := range q.nothing {
		op := &q.ops[i]
		if op.Out.Outcome == model.NotFound && made != nil && min(made.enqReturn, made.deqReturn) < op.Call {
			return q.violation(NotEmpty, []int32{made.enq, made.deq, i}, "no queue was found, after message %d had made it", made.id)
		}
		in, all := present, covers
		if op.In.Op == model.Claim {
			in, all = claimable, claimCovers
		}
		// The last cover that begins before the call is the only one that can reach over it.
		n, _ := slices.BinarySearchFunc(all, op.Call, func(s span, t int64) int { return cmp.Compare(s.from, t) })
		if n > 0 && op.Return < all[n-1].to {
			witness, lost := witnessOf(in, op.Call, op.Return)
			v := q.violation(NotEmpty, append(witness, i), "%v found nothing, while at every moment some message was in the queue", op.In.Op)
			v.Lost = lost
			return v
		}
	}
	return nil
}

// present lists the times in which messages were in the queue for the first time.
func (q *queue) present() []presence {
	list := make([]presence, 0, len(q.messages))
	for i := range q.messages {
		if m := &q.messages[i]; m.enqReturn < m.deqCall {
			list = append(list, presence{span{m.enqReturn, m.deqCall}, m.enq, m.deq})
		}
	}
	return list
}

// merge gives the times in which some message was there. Open intervals that
// only touch leave a moment between them.
func merge(list []presence) []span {
	spans := make([]span, len(list))
	for i := range list {
		spans[i] = list[i].span
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

// witnessOf picks few messages that were there from one time to another: from
// each moment on, the one that stays longest. lost says that one of them was
// never delivered.
func witnessOf(list []presence, from, to int64) (witness []int32, lost bool) {
	var in []presence
	for _, p := range list {
		if p.to > from && p.from < to {
			in = append(in, p)
		}
	}
	slices.SortFunc(in, func(a, b presence) int { return cmp.Compare(a.from, b.from) })
	var longest presence
	for t, n := from, 0; t <= to; t = longest.to {
		for ; n < len(in) && in[n].from < t; n++ {
			if in[n].to > longest.to {
				longest = in[n]
			}
		}
		witness = append(witness, longest.begin, longest.end)
		lost = lost || longest.end == none
	}
	return witness, lost
}
