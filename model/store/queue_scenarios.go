//go:build explore

package store

import "simdb.dev/model"

// Segments of two slots, of three and of four: blocks that hold the key, what a segment says of itself, and slots.
const (
	twoSlots   = 72
	threeSlots = 80
	fourSlots  = 88
)

// queueing are the programs about queues.
func queueing() []program {
	var list []program
	for _, group := range [][]program{queueEnds(), queueHeads(), queueReuse(), queueDeletion(), queueClaims(), queueBatches(), queueBounds(), queueHandles(), queueSweeps()} {
		list = append(list, group...)
	}
	for i := range list {
		p := &list[i]
		p.name = "queue: " + p.name
		p.queues = max(p.queues, 1)
		p.keys = max(p.keys, p.queues)
		p.blockSize = orElse(p.blockSize, twoSlots)
		p.blocks = orElse(p.blocks, 9)
		p.share = orElse(p.share, 2)
	}
	return list
}

// pushed are pushes of the messages from first to last.
func pushed(first, last int) []op {
	var list []op
	for id := first; id <= last; id++ {
		list = append(list, push(0, id))
	}
	return list
}

// pops are so many of them.
func pops(n int) []op {
	var list []op
	for range n {
		list = append(list, pop(0))
	}
	return list
}

func join2(lists ...[]op) []op {
	var all []op
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// queueEnds: producers and consumers at the two ends.
func queueEnds() []program {
	return crashingToo([]program{
		{name: "push/pop, empty", processes: procs(one("p1", push(0, 1)), one("p2", pop(0))), reach: reach(sees(1, 0, 1), ends(1, 0, model.Empty))},
		{name: "push/pop", before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", pop(0)))},
		{name: "push/push", processes: procs(one("p1", push(0, 1)), one("p2", push(0, 2)))},
		{name: "push/push, across", before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)))},
		{name: "push/push, both across", before: pushed(1, 2), processes: procs(one("p1", push(0, 3)), one("p2", push(0, 4)))},
		{name: "pop/pop", before: pushed(1, 1), processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "pop/pop, two", before: pushed(1, 2), processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "push/pop, across", before: join2(pushed(1, 2), pops(1)), processes: procs(one("p1", push(0, 3)), one("p2", pop(0)))},
		{name: "push/pop pop, across", before: join2(pushed(1, 2), pops(1)), processes: procs(one("p1", push(0, 3)), one("p2", pops(2)...))},
		{name: "push push/pop pop, across", before: join2(pushed(1, 2), pops(1)), processes: procs(one("p1", pushed(3, 4)...), one("p2", pops(2)...))},
		{name: "push push push/pop pop pop", processes: procs(one("p1", pushed(1, 3)...), one("p2", pops(3)...))},
		{name: "push/push/pop/pop", before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)), one("p3", pop(0)), one("p4", pop(0)))},
		{name: "push/push/pop/pop, empty", processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)), one("p3", pop(0)), one("p4", pop(0)))},
		{name: "push/push/pop", before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)), one("p3", pop(0)))},
		{name: "push/pop/pop", before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", pop(0)), one("p3", pop(0)))},
	})
}

// queueHeads: the head moves on.
func queueHeads() []program {
	two := join2(pushed(1, 4), pops(1))   // [-1 2] [3 4]
	three := join2(pushed(1, 5), pops(1)) // [-1 2] [3 4] [5]
	return crashingToo([]program{
		{name: "head: pop/pop", before: two, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "head: pop/pop pop", before: two, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", pops(2)...))},
		{name: "head by several: pop/pop pop pop", before: three, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", pops(3)...))},
		{name: "head: pop/push", before: two, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", push(0, 6)))},
		{name: "head: pop/pop/push", before: three, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", pop(0)), one("p3", push(0, 6)))},
	})
}

// queueReuse: blocks go on under those who still look at them.
func queueReuse() []program {
	half := join2(pushed(1, 1), pops(1)) // [-1 .]
	return crashingToo([]program{
		{name: "§4.1 stalled push, its segment becomes a value", keys: 2, blocks: 6, before: half,
			processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3), push(0, 4), pop(0), put(1, zeros, 6)))},
	})
}

func queueDeletion() []program {
	some := pushed(1, 1)
	return crashingToo([]program{
		{name: "§4.8 deletion against push", before: some, processes: procs(one("p1", push(0, 2)), one("p2", removeQueue(0)))},
		{name: "deletion/pop", before: some, processes: procs(one("p1", pop(0)), one("p2", removeQueue(0)))},
		{name: "deletion/claim", before: some, processes: procs(one("p1", claim(0)), one("p2", removeQueue(0)))},
		{name: "deletion/deletion", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", removeQueue(0)))},
		{name: "deletion push/push", before: some, processes: procs(one("p1", removeQueue(0), push(0, 2)), one("p2", push(0, 3)))},
		{name: "deletion push/pop", before: some, processes: procs(one("p1", removeQueue(0), push(0, 2)), one("p2", pop(0)))},
	})
}

func queueClaims() []program {
	some := pushed(1, 1)
	return crashingToo([]program{
		{name: "claim/claim", before: some, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "claim/pop", before: some, processes: procs(one("p1", claim(0)), one("p2", pop(0)))},
		{name: "claim/push", before: some, processes: procs(one("p1", claim(0)), one("p2", push(0, 2)))},
		{name: "claim ack/claim", before: some, processes: procs(one("p1", claim(0), ack(0)), one("p2", claim(0)))},
		{name: "claim release/claim", before: some, processes: procs(one("p1", claim(0), release(0)), one("p2", claim(0)))},
		{name: "claim release claim, ack of the first", before: some, processes: procs(one("p1", claim(0), release(0), claim(0), ackFirst(0)), one("p2", claim(0)))},
	})
}

func queueBatches() []program {
	return crashingToo([]program{
		{name: "batch of two/pop", processes: procs(one("p1", pushBatch(0, 1, 2)), one("p2", pop(0)))},
		{name: "batch of two/push", processes: procs(one("p1", pushBatch(0, 1, 2)), one("p2", push(0, 3)))},
		{name: "batch of two: pop/pop", before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "batch of two: pop/claim", before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", pop(0)), one("p2", claim(0)))},
		{name: "batch of two: claim/claim", before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
	})
}

func queueBounds() []program {
	return crashingToo([]program{
		{name: "limit: push/push", limit: 1, processes: procs(one("p1", push(0, 1)), one("p2", push(0, 2)))},
		{name: "limit: push/pop", limit: 1, before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", pop(0)))},
		{name: "kind: push/put", kinds: true, processes: procs(one("p1", push(0, 1)), one("p2", put(0, 2, 1)))},
		{name: "kind: push/delete", kinds: true, before: ops(put(0, 2, 1)), processes: procs(one("p1", push(0, 1)), one("p2", remove(0)))},
		{name: "len/push", before: pushed(1, 1), processes: procs(one("p1", queueLength(0)), one("p2", push(0, 2)))},
		{name: "len/pop", before: pushed(1, 1), processes: procs(one("p1", queueLength(0)), one("p2", pop(0)))},
	})
}

func queueHandles() []program { return nil }
func queueSweeps() []program {
	some := pushed(1, 1)
	return []program{
		{name: "§4.3 two sweepers", before: some, kills: 1, processes: procs(one("p1", claim(0)), safe("p2", sweep()))},
	}
}
