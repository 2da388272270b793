package monitor

import (
	"cmp"
	"slices"
)

// tighten narrows the times of messages by what is known of their order: the
// messages of a batch were appended at one point and left one after the other,
// and so did those of a Take. Narrowed times say the same of a pair of messages
// as the long way round through others, so that the rules need to look at pairs
// alone. Where there are neither batches nor Takes, the times as recorded do.
func (q *queue) tighten() {
	var batches [][]message
	var lists [][]*message // dequeued one after the other
	for _, group := range groups(q.messages) {
		if len(group) > 1 {
			batches = append(batches, group)
			lists = append(lists, pointers(group))
		}
	}
	if q.takes {
		lists = append(lists, q.taken()...)
	}
	for changed := len(lists) > 0; changed; {
		changed = q.inOrder()
		for _, list := range lists {
			changed = inTurn(list) || changed
		}
		for _, batch := range batches {
			changed = appended(batch) || changed
		}
	}
}

// appended: a batch was there before any of it was dequeued.
func appended(batch []message) (changed bool) {
	there := firstReturn(batch)
	if there >= batch[0].enqReturn {
		return false
	}
	for i := range batch {
		batch[i].enqReturn = there
	}
	return true
}

// taken lists the messages of each Take that got several.
func (q *queue) taken() [][]*message {
	var all []*message
	for i := range q.messages {
		if m := &q.messages[i]; m.deq != none && len(q.ops[m.deq].Out.Batch) > 1 {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b *message) int {
		return cmp.Or(cmp.Compare(a.deq, b.deq), cmp.Compare(a.turn, b.turn))
	})
	var takes [][]*message
	for i, m := range all {
		if i == 0 || m.deq != all[i-1].deq {
			takes = append(takes, nil)
		}
		takes[len(takes)-1] = append(takes[len(takes)-1], m)
	}
	return takes
}

func pointers(group []message) []*message {
	list := make([]*message, len(group))
	for i := range group {
		list[i] = &group[i]
	}
	return list
}

// inTurn: the messages were dequeued one after the other.
func inTurn(list []*message) (changed bool) {
	for i := 1; i < len(list); i++ {
		changed = list[i].notBefore(list[i-1].deqCall) || changed
	}
	for i := len(list) - 2; i >= 0; i-- {
		changed = list[i].notAfter(list[i+1].deqReturn) || changed
	}
	return changed
}

// inOrder: what was enqueued after a message was not dequeued before it.
func (q *queue) inOrder() (changed bool) {
	behind := make([]passing, len(q.messages))
	ahead := make([]passing, len(q.messages)) // mirrored in time
	for i := range q.messages {
		m := &q.messages[i]
		behind[i] = passing{from: m.enqCall, earliest: m.deqReturn, by: m.enq}
		ahead[i] = passing{from: -m.enqReturn, earliest: -m.deqCall, by: m.enq}
	}
	accumulate(behind)
	accumulate(ahead)
	for i := range q.messages {
		m := &q.messages[i]
		changed = m.notAfter(earliestAfter(behind, m.enqReturn, none)) || changed
		if t := earliestAfter(ahead, -m.enqCall, none); t != never {
			changed = m.notBefore(-t) || changed
		}
	}
	return changed
}

func (m *message) notBefore(t int64) bool {
	if t <= m.deqCall || t == never {
		return false
	}
	m.deqCall = t
	return true
}

func (m *message) notAfter(t int64) bool {
	if t >= m.deqReturn || m.deqCall == never {
		return false
	}
	m.deqReturn = t
	return true
}
