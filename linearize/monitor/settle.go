package monitor

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// settled decides about the operations that never returned, and applies the
// remaining rules to what then is a complete history. An enqueue that never
// returned and whose message nobody got stays in it, and constrains nothing.
//
// Of several batches that each lack messages, all but the last in order must
// have been completed by pending dequeues; which one that is, is tried out.
func (q *queue) settled() *Violation {
	q.tighten()
	if len(q.pending) == 0 {
		return q.complete()
	}
	slices.SortFunc(q.pending, func(i, j int32) int { return cmp.Compare(q.ops[i].Call, q.ops[j].Call) })
	before := slices.Clone(q.messages)
	first := q.completeWith(none)
	if first == nil {
		return nil
	}
	for _, last := range partial(before) {
		copy(q.messages, before)
		if q.completeWith(last) == nil {
			return nil
		}
	}
	return first
}

// complete applies the rules for complete histories.
func (q *queue) complete() *Violation {
	if v := q.order(); v != nil {
		return v
	}
	return q.empty()
}

// completeWith gives the left-over messages to the pending dequeues and goes
// on. last is the enqueue of the batch that may stay incomplete.
func (q *queue) completeWith(last int32) *Violation {
	for n, m := range q.match(q.leftOver(last)) {
		m.deq = q.pending[n]
		m.deqCall = q.ops[m.deq].Call
	}
	q.tighten()
	return q.complete()
}

// partial lists the enqueues whose batches were dequeued in part; none if there
// is no choice between them.
func partial(messages []message) []int32 {
	var lacking []int32
	for _, group := range groups(messages) {
		got := 0
		for i := range group {
			if group[i].deqCall != never {
				got++
			}
		}
		if got > 0 && got < len(group) {
			lacking = append(lacking, group[0].enq)
		}
	}
	if len(lacking) < 2 {
		return nil
	}
	return lacking
}

// remnant is a message that nobody returned.
type remnant struct {
	*message
	latest int // of the pending dequeues, by call, the last that comes early enough to have taken it
}

// leftOver lists the messages that nobody returned, by the return of their
// enqueue. A message that another overtook must have been taken, by a dequeue
// called before the other's returned.
func (q *queue) leftOver(last int32) []remnant {
	overtaker := q.overtakers(last)
	var left []remnant
	for _, group := range groups(q.messages) {
		deadline := overtaker(group)
		for i := len(group) - 1; i >= 0; i-- {
			m := &group[i]
			if m.deqCall == never {
				latest := sort.Search(len(q.pending), func(n int) bool { return q.ops[q.pending[n]].Call > deadline })
				if deadline == never {
					latest = math.MaxInt
				}
				left = append(left, remnant{m, latest - 1})
			}
			deadline = min(deadline, m.deqReturn)
		}
	}
	slices.SortFunc(left, func(a, b remnant) int {
		return cmp.Or(cmp.Compare(a.enqReturn, b.enqReturn), cmp.Compare(a.enq, b.enq), cmp.Compare(a.pos, b.pos))
	})
	return left
}

// overtakers returns a function that gives the earliest return of a dequeue of
// what certainly stood behind a group: enqueued after it, or dequeued after a
// part of it.
func (q *queue) overtakers(last int32) func(group []message) int64 {
	var enqueued, dequeued []passing
	final := int64(never) // first return of a dequeue from the batch named last
	for _, group := range groups(q.messages) {
		first, latest := firstReturn(group), int64(never)
		for i := range group {
			if t := group[i].deqCall; t != never && (latest == never || t > latest) {
				latest = t
			}
		}
		enqueued = append(enqueued, passing{from: group[0].enqCall, earliest: first, by: group[0].enq})
		dequeued = append(dequeued, passing{from: latest, earliest: first, by: group[0].enq})
		if group[0].enq == last {
			final = first
		}
	}
	accumulate(enqueued)
	accumulate(dequeued)
	return func(group []message) int64 {
		first := firstReturn(group)
		deadline := min(earliestAfter(enqueued, group[0].enqReturn, none), earliestAfter(dequeued, first, group[0].enq))
		if first != never && group[0].enq != last {
			deadline = min(deadline, final)
		}
		return deadline
	}
}

// firstReturn is the earliest return of a dequeue from the group.
func firstReturn(group []message) int64 {
	first := int64(never)
	for i := range group {
		first = min(first, group[i].deqReturn)
	}
	return first
}

// passing says when the earliest dequeue returned of all that came at from or
// later; second is the earliest of those by others than the enqueue by.
type passing struct {
	from, earliest int64
	by             int32
	second         int64
}

// accumulate turns single points into what passing says.
func accumulate(points []passing) {
	slices.SortFunc(points, func(a, b passing) int { return cmp.Compare(a.from, b.from) })
	next := passing{earliest: never, by: none, second: never}
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		switch {
		case p.by == next.by:
			p.earliest, p.second = min(p.earliest, next.earliest), next.second
		case p.earliest < next.earliest:
			p.second = next.earliest
		default:
			p.earliest, p.by, p.second = next.earliest, next.by, min(p.earliest, next.second)
		}
		next = *p
	}
}

// earliestAfter asks accumulated points about what came after t, except from
// the enqueue but.
func earliestAfter(points []passing, t int64, but int32) int64 {
	n := sort.Search(len(points), func(i int) bool { return points[i].from > t })
	switch {
	case n == len(points):
		return never
	case points[n].by == but:
		return points[n].second
	}
	return points[n].earliest
}

// match orders the left-over messages so that the n-th pending dequeue takes
// the n-th of them: always the one whose enqueue returned first, unless others
// can no longer wait.
func (q *queue) match(left []remnant) []*message {
	var taken []*message
	for n := 0; n < len(q.pending) && len(left) > 0; n++ {
		limit := urgent(left, n, len(q.pending))
		i := slices.IndexFunc(left, func(r remnant) bool { return r.latest <= limit })
		taken = append(taken, left[i].message)
		left = slices.Delete(left, i, i+1)
	}
	return taken
}

// urgent returns the first position from n on up to which the messages that
// cannot wait longer fill every place; if there is none, any message may go.
func urgent(left []remnant, n, places int) int {
	due := make([]int, places)
	for _, r := range left {
		if r.latest < places {
			due[max(r.latest, n)]++
		}
	}
	count := 0
	for at := n; at < places; at++ {
		if count += due[at]; count > at-n {
			return at
		}
	}
	return math.MaxInt
}
