package monitor

import (
	"cmp"
	"slices"

	"simdb.dev/model"
)

// redelivery checks each message's chain of claims. A process that has got a
// message returns from the claim, dies, and only then can another return from
// one: hence the chain is in the order of returns.
func (q *queue) redelivery() *Violation {
	slices.SortFunc(q.claims, func(i, j int32) int {
		a, b := &q.ops[i], &q.ops[j]
		return cmp.Or(cmp.Compare(a.Return, b.Return), cmp.Compare(a.Call, b.Call))
	})
	holder := make(map[uint64]int32, len(q.claims)) // message to its latest claim
	acked := make(map[uint64]int32, len(q.claims))  // message to its acknowledgement
	for _, i := range q.claims {
		var v *Violation
		if q.ops[i].In.Op == model.Ack {
			v = q.ack(i, holder, acked)
		} else {
			v = q.claim(i, holder, acked)
		}
		if v != nil {
			return v
		}
	}
	return nil
}

func (q *queue) claim(i int32, holder, acked map[uint64]int32) *Violation {
	op := &q.ops[i]
	id := op.Out.Value
	before, held := holder[id]
	holder[id] = i
	if ack, ok := acked[id]; ok {
		return q.violation(Redelivery, []int32{before, ack, i}, "message %d was delivered again after it had been acknowledged", id)
	}
	if !op.Out.Again {
		if held { // link has seen that it is the only first one
			return q.violation(Redelivery, []int32{before, i}, "message %d was delivered again before it was delivered", id)
		}
		return nil
	}
	if held {
		if died, ok := q.deaths[q.ops[before].Client.Process]; !ok || died > op.Return {
			return q.violation(Redelivery, []int32{before, i}, "message %d was delivered again while p%d, which had claimed it, was alive", id, q.ops[before].Client.Process)
		}
		return nil
	}
	return q.claimedUnseen(i)
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

func (q *queue) ack(i int32, holder, acked map[uint64]int32) *Violation {
	op := &q.ops[i]
	id := op.In.Value
	claim, held := holder[id]
	if !held || q.ops[claim].Client.Process != op.In.Process {
		return q.violation(Redelivery, []int32{i}, "message %d was acknowledged by p%d, which does not hold it", id, op.In.Process)
	}
	if first, twice := acked[id]; twice {
		return q.violation(Redelivery, []int32{claim, first, i}, "message %d was acknowledged twice", id)
	}
	acked[id] = i
	return nil
}
