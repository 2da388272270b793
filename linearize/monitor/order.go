package monitor

import (
	"cmp"
	"slices"
)

// item is what one enqueue appended, a message or a batch, as far as the order
// of items goes.
type item struct {
	enqCall, enqReturn int64
	first, last        *message // dequeued first (by return) and last (by call)
}

// order finds messages that overtook each other.
func (q *queue) order() *Violation {
	for _, group := range groups(q.messages) {
		last := &group[0]
		for i := range group {
			m := &group[i]
			if m.deqReturn < m.deqCall {
				return q.violation(Order, q.all(), "%d had to be delivered both before and after others of its batch or Take", m.id)
			}
			if m.deqReturn < last.deqCall {
				return q.overtook(last, m, "stood before it in the batch")
			}
			if m.deqCall > last.deqCall {
				last = m
			}
		}
	}
	if v := q.orderInTakes(); v != nil {
		return v
	}
	items, batches := q.items()
	if v := q.orderOfItems(items); v != nil || !batches {
		return v
	}
	return q.interleaved(items)
}

// orderInTakes compares each message of a Take with the one before it that was
// enqueued last.
func (q *queue) orderInTakes() *Violation {
	if !q.takes {
		return nil
	}
	for _, take := range q.taken() {
		latest := take[0]
		for _, m := range take[1:] {
			if m.enqReturn < latest.enqCall || m.enq == latest.enq && m.pos < latest.pos {
				return q.violation(Order, []int32{m.enq, latest.enq, m.deq}, "%d was pushed before %d and taken after it", m.id, latest.id)
			}
			if m.enqCall >= latest.enqCall {
				latest = m
			}
		}
	}
	return nil
}

// all is the witness of what takes more than a few operations to show.
func (q *queue) all() []int32 {
	witness := make([]int32, len(q.ops))
	for i := range witness {
		witness[i] = int32(i)
	}
	return witness
}

// items lists what the enqueues appended, and says whether any was a batch.
func (q *queue) items() (items []item, batches bool) {
	items = make([]item, 0, len(q.messages))
	for _, group := range groups(q.messages) {
		it := item{enqCall: group[0].enqCall, enqReturn: group[0].enqReturn, first: &group[0], last: &group[0]}
		for i := range group {
			m := &group[i]
			if m.deqCall > it.last.deqCall {
				it.last = m
			}
			if m.deqReturn < it.first.deqReturn {
				it.first = m
			}
		}
		batches = batches || len(group) > 1
		items = append(items, it)
	}
	return items, batches
}

func (q *queue) overtook(a, b *message, how string) *Violation {
	if a.deqReturn == never { // at best a killed dequeue has it, which came too late
		v := q.violation(Order, []int32{a.enq, b.enq, b.deq, a.deq},
			"%d was delivered, but never %d, which %s", b.id, a.id, how)
		v.Lost = true
		return v
	}
	return q.violation(Order, []int32{a.enq, b.enq, b.deq, a.deq},
		"%d was delivered before %d, which %s", b.id, a.id, how)
}

// orderOfItems sweeps the enqueues by call; of all that had returned by then,
// the latest call of a dequeue must not come after this one's dequeue returned.
func (q *queue) orderOfItems(items []item) *Violation {
	byCall := slices.Clone(items)
	slices.SortFunc(byCall, func(a, b item) int { return cmp.Compare(a.enqCall, b.enqCall) })
	byReturn := items
	slices.SortFunc(byReturn, func(a, b item) int { return cmp.Compare(a.enqReturn, b.enqReturn) })
	var latest *message
	n := 0
	for _, b := range byCall {
		for ; n < len(byReturn) && byReturn[n].enqReturn < b.enqCall; n++ {
			if a := byReturn[n].last; latest == nil || a.deqCall > latest.deqCall {
				latest = a
			}
		}
		if latest != nil && b.first.deqReturn < latest.deqCall {
			return q.overtook(latest, b.first, "was pushed before it")
		}
	}
	return nil
}

// interleaved finds two items each of which was dequeued in part before the
// other was in whole. It sweeps by the last dequeue's call, descending; of all
// items whose last dequeue was called after b's first returned, the one whose
// first dequeue returned earliest must not have done so before b's last call.
func (q *queue) interleaved(items []item) *Violation {
	byLast := slices.Clone(items)
	slices.SortFunc(byLast, func(a, b item) int { return cmp.Compare(b.last.deqCall, a.last.deqCall) })
	byFirst := items
	slices.SortFunc(byFirst, func(a, b item) int { return cmp.Compare(b.first.deqReturn, a.first.deqReturn) })
	var earliest, second *item // by first dequeue's return; b itself may be the earliest
	n := 0
	for i := range byFirst {
		b := &byFirst[i]
		for ; n < len(byLast) && byLast[n].last.deqCall > b.first.deqReturn; n++ {
			a := &byLast[n]
			switch {
			case earliest == nil || a.first.deqReturn < earliest.first.deqReturn:
				earliest, second = a, earliest
			case second == nil || a.first.deqReturn < second.first.deqReturn:
				second = a
			}
		}
		a := earliest
		if a != nil && a.first.enq == b.first.enq {
			a = second
		}
		if a != nil && a.first.deqReturn < b.last.deqCall {
			return q.violation(Order,
				[]int32{a.first.enq, b.first.enq, a.first.deq, b.first.deq, a.last.deq, b.last.deq},
				"%d came out before %d, but %d before %d: a batch was not appended at one point",
				a.first.id, b.last.id, b.first.id, a.last.id)
		}
	}
	return nil
}
