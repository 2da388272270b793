package monitor

import (
	"cmp"
	"slices"

	"simdb.dev/model"
)

// redelivery checks each message's chain of claims, and that only the last of
// them was acknowledged. A process that has got a message returns from the
// claim, dies, and only then can another return from one: hence the chain is in
// the order of returns.
func (q *queue) redelivery() *Violation {
	slices.SortFunc(q.claims, func(i, j int32) int {
		a, b := &q.ops[i], &q.ops[j]
		return cmp.Or(cmp.Compare(a.Return, b.Return), cmp.Compare(a.Call, b.Call))
	})
	last := make(map[uint64]int32, len(q.claims)) // message to its last claim
	for _, i := range q.claims {
		if v := q.claim(i, last); v != nil {
			return v
		}
	}
	acked := make(map[uint64]int32, len(q.acks))
	for _, i := range q.acks {
		if v := q.ack(i, last, acked); v != nil {
			return v
		}
	}
	return nil
}

func (q *queue) claim(i int32, last map[uint64]int32) *Violation {
	op := &q.ops[i]
	id := op.Out.Value
	before, held := last[id]
	last[id] = i
	switch {
	case !op.Out.Again && held: // link has seen that it is the only first one
		return q.violation(Redelivery, []int32{before, i}, "message %d was delivered again before it was delivered", id)
	case !op.Out.Again:
		return nil
	case !held:
		return q.claimedUnseen(i)
	}
	holder := q.ops[before].Client.Process
	if died, ok := q.deaths[holder]; !ok || died > op.Return {
		return q.violation(Redelivery, []int32{before, i}, "message %d was delivered again while p%d, which had claimed it, was alive", id, holder)
	}
	return nil
}

func (q *queue) ack(i int32, last, acked map[uint64]int32) *Violation {
	op := &q.ops[i]
	id := op.In.Value
	claim, held := last[id]
	switch {
	case !held:
		return q.violation(Redelivery, []int32{i}, "message %d was acknowledged and never claimed", id)
	case q.ops[claim].Client.Process != op.In.Process:
		return q.violation(Redelivery, []int32{i, claim}, "message %d was acknowledged by p%d and delivered to p%d", id, op.In.Process, q.ops[claim].Client.Process)
	case op.Before(&q.ops[claim]):
		return q.violation(Redelivery, []int32{i, claim}, "message %d was acknowledged before it was claimed", id)
	}
	if first, twice := acked[id]; twice {
		return q.violation(Redelivery, []int32{claim, first, i}, "message %d was acknowledged twice", id)
	}
	acked[id] = i
	return nil
}

// claimedUnseen is for a redelivered message that no claim returned: some claim
// that never returned must have taken it.
func (q *queue) claimedUnseen(i int32) *Violation {
	op := &q.ops[i]
	m := &q.messages[q.index[op.Out.Value]] // linkMessage found it
	taker := int32(none)
	for _, j := range q.pending {
		p := &q.ops[j]
		if p.In.Op == model.Claim && q.deaths[p.Client.Process] <= op.Return &&
			(taker == none || p.Call < q.ops[taker].Call) {
			taker = j
		}
	}
	if taker == none {
		return q.violation(Redelivery, []int32{m.enq, i}, "message %d was delivered again and had not been claimed", m.id)
	}
	m.deq, m.deqCall, m.deqReturn = taker, q.ops[taker].Call, op.Return
	return nil
}
