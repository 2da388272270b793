package monitor

import (
	"cmp"
	"slices"

	"simdb.dev/model"
)

// claimed is the last claim of a message so far, and how its holder let go of
// it or acknowledged it.
type claimed struct {
	claim, release, ack int32 // operations; none
}

// hold is a message in the hands of a process.
type hold struct {
	id      uint64
	process int32
}

// redelivery checks each message's chain of claims: who had the message let go
// of it before the next one got it, by a release or by dying, and only the last
// one acknowledged it. A process that has got a message returns from the claim,
// lets go, and only then can another return from one: hence the chain is in the
// order of returns.
func (q *queue) redelivery() *Violation {
	slices.SortFunc(q.claims, func(i, j int32) int {
		a, b := &q.ops[i], &q.ops[j]
		return cmp.Or(cmp.Compare(a.Return, b.Return), cmp.Compare(a.Call, b.Call))
	})
	releases := q.releasesByHold()
	chains := make(map[uint64]claimed, len(q.claims))
	for _, i := range q.claims {
		if v := q.claim(i, chains, releases); v != nil {
			return v
		}
	}
	for _, i := range q.releases {
		h := hold{q.ops[i].In.Value, q.ops[i].In.Process}
		if left := releases[h]; len(left) > 0 && left[0] == i && !q.ops[i].Pending() {
			return q.violation(Redelivery, []int32{i}, "message %d was released by p%d, which had not claimed it", h.id, h.process)
		}
	}
	for _, i := range q.acks {
		if v := q.ack(i, chains); v != nil {
			return v
		}
	}
	for _, i := range q.claims {
		if c := chains[q.ops[i].Out.Value]; c.claim == i && c.ack == none {
			q.orphaned(c, none)
		}
	}
	return nil
}

// releasesByHold lists the releases of each message by each process, by call.
func (q *queue) releasesByHold() map[hold][]int32 {
	slices.SortFunc(q.releases, func(i, j int32) int { return cmp.Compare(q.ops[i].Call, q.ops[j].Call) })
	of := map[hold][]int32{}
	for _, i := range q.releases {
		h := hold{q.ops[i].In.Value, q.ops[i].In.Process}
		of[h] = append(of[h], i)
	}
	return of
}

// claim adds a claim to the chain of its message.
func (q *queue) claim(i int32, chains map[uint64]claimed, releases map[hold][]int32) *Violation {
	op := &q.ops[i]
	id := op.Out.Value
	before, held := chains[id]
	switch {
	case !op.Out.Again && held: // link has seen that it is the only first one
		return q.violation(Redelivery, []int32{before.claim, i}, "message %d was delivered again before it was delivered", id)
	case op.Out.Again && !held:
		if v := q.claimedUnseen(i); v != nil {
			return v
		}
	case held:
		if !q.letGo(before, op.Return) {
			holder := q.ops[before.claim].Client.Process
			return q.violation(Redelivery, []int32{before.claim, before.release, i}, "message %d was delivered again while p%d, which had claimed it, was alive and had not released it", id, holder)
		}
		q.orphaned(before, i)
	}
	c := claimed{i, none, none}
	h := hold{id, op.Client.Process}
	if left := releases[h]; len(left) > 0 {
		c.release, releases[h] = left[0], left[1:]
		if q.ops[c.release].Before(op) {
			return q.violation(Redelivery, []int32{c.release, i}, "message %d was released before it was claimed", id)
		}
	}
	chains[id] = c
	return nil
}

// letGo reports whether who made the claim may have let go of the message by
// that time.
func (q *queue) letGo(c claimed, by int64) bool {
	if c.release != none {
		return q.ops[c.release].Call <= by
	}
	died, dead := q.deaths[q.ops[c.claim].Client.Process]
	return dead && died <= by
}

// orphaned notes from when to when a message was certainly there to be claimed
// again: from the return of its release, or of the sweep after its holder's
// death, to the next claim, unless a claim that never returned took it.
func (q *queue) orphaned(c claimed, next int32) {
	p := presence{span: span{never, never}, begin: c.release, end: next}
	if c.release != none {
		p.from = q.ops[c.release].Return
	}
	for _, i := range q.sweeps {
		s := &q.ops[i]
		if s.In.Process == q.ops[c.claim].Client.Process && q.ops[c.claim].Before(s) && s.Return < p.from {
			p.from, p.begin = s.Return, i
		}
	}
	if next != none {
		p.to = q.ops[next].Call
	}
	for _, i := range q.pending {
		if op := &q.ops[i]; op.In.Op == model.Claim {
			p.to = min(p.to, op.Call)
		}
	}
	if p.from < p.to {
		q.orphans = append(q.orphans, p)
	}
}

func (q *queue) ack(i int32, chains map[uint64]claimed) *Violation {
	op := &q.ops[i]
	id := op.In.Value
	c, held := chains[id]
	if op.Pending() {
		if held && c.ack == none && c.release == none && q.ops[c.claim].Client.Process == op.In.Process {
			c.ack = i
			chains[id] = c
		}
		return nil
	}
	switch {
	case !held:
		return q.violation(Redelivery, []int32{i}, "message %d was acknowledged and never claimed", id)
	case q.ops[c.claim].Client.Process != op.In.Process:
		return q.violation(Redelivery, []int32{i, c.claim}, "message %d was acknowledged by p%d and delivered to p%d", id, op.In.Process, q.ops[c.claim].Client.Process)
	case op.Before(&q.ops[c.claim]):
		return q.violation(Redelivery, []int32{i, c.claim}, "message %d was acknowledged before it was claimed", id)
	case c.release != none && !q.ops[c.release].Pending():
		return q.violation(Redelivery, []int32{c.claim, c.release, i}, "message %d was released and acknowledged", id)
	case c.ack != none && !q.ops[c.ack].Pending():
		return q.violation(Redelivery, []int32{c.claim, c.ack, i}, "message %d was acknowledged twice", id)
	}
	c.ack = i
	chains[id] = c
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
