//go:build explore

package store

import (
	"slices"

	"simdb.dev/model"
)

// Segments of two slots and of four: blocks that hold the key, what a segment says of itself, and slots. The smaller ones hold a message of two words, or of one and a half
// if there are several: two of them together take a list of blocks. The larger ones hold two messages.
const (
	twoSlots  = 72
	fourSlots = 88
)

// queueing are the programs about queues.
func queueing() []program {
	var list []program
	for _, group := range [][]program{queueEnds(), queueFast(), queueHeads(), queueReuse(), queueDeletion(), queueClaims(), queueOrphans(), queueBatches(), queueLimits(), queueKinds(), queueFull(), queueHandles(), queueWaits(), queueSweeps()} {
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
func pops(n int) []op { return slices.Repeat(ops(pop(0)), n) }

func then(lists ...[]op) []op { return slices.Concat(lists...) }

// queueEnds: producers and consumers at the two ends.
func queueEnds() []program {
	one1 := pushed(1, 1)
	left := then(pushed(1, 2), pops(1)) // [-1 2]
	return crashingToo([]program{
		{name: "push/pop, empty", processes: procs(one("p1", push(0, 1)), one("p2", pop(0))), reach: reach(sees(1, 0, 1), ends(1, 0, model.Empty))},
		{name: "push/pop", before: one1, processes: procs(one("p1", push(0, 2)), one("p2", pop(0)))},
		{name: "push/push", processes: procs(one("p1", push(0, 1)), one("p2", push(0, 2)))},
		{name: "push/push, across", before: one1, processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)))},
		{name: "push/push, both across", before: pushed(1, 2), processes: procs(one("p1", push(0, 3)), one("p2", push(0, 4)))},
		{name: "pop/pop", before: one1, processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "pop/pop, two", before: pushed(1, 2), processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "push/pop, across", before: left, processes: procs(one("p1", push(0, 3)), one("p2", pop(0)))},
		{name: "push/pop pop, across", before: left, processes: procs(one("p1", push(0, 3)), one("p2", pops(2)...)),
			reach: reach(sees(1, 1, 3), ends(1, 1, model.Empty))},
		{name: "push push/pop pop, across", before: left, processes: procs(one("p1", pushed(3, 4)...), one("p2", pops(2)...))},
		{name: "push/push/pop", before: one1, processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)), one("p3", pop(0)))},
		{name: "push/pop/pop", before: one1, processes: procs(one("p1", push(0, 2)), one("p2", pop(0)), one("p3", pop(0)))},
		{name: "len/push", before: one1, processes: procs(one("p1", queueLength(0)), one("p2", push(0, 2)))},
		{name: "len/pop", before: one1, processes: procs(one("p1", queueLength(0)), one("p2", pop(0)))},
		{name: "len/claim", before: one1, processes: procs(one("p1", queueLength(0)), one("p2", claim(0)))},
		{name: "len/pop, across", before: then(pushed(1, 3), pops(1)), processes: procs(one("p1", queueLength(0)), one("p2", pop(0)))},
		{name: "push push push/pop pop pop", processes: procs(one("p1", pushed(1, 3)...), one("p2", pops(3)...))},
		{name: "push/push/pop/pop", blocks: 10, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)), one("p3", pop(0)), one("p4", pop(0)))},
		{name: "push/push/pop/pop, empty", blocks: 10, processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)), one("p3", pop(0)), one("p4", pop(0)))},
	})
}

// queueFast: with a hint at the right place, which the common cases of push and pop take.
func queueFast() []program {
	bothPushed := ops(by("p1", push(0, 1)), by("p2", push(0, 2)))
	bothPopped := then(pushed(1, 4), ops(by("p1", pop(0)), by("p2", pop(0))))
	noSpares := then(bothPopped, ops(by("p1", push(0, 5)), by("p2", push(0, 6))))
	pushedPopped := ops(by("p1", push(0, 1)), by("p1", push(0, 2)), by("p2", pop(0)))
	list := crashingToo([]program{
		{name: "push/push", before: bothPushed, processes: procs(one("p1", push(0, 3)), one("p2", push(0, 4)))},
		{name: "push push/push", before: bothPushed, processes: procs(one("p1", push(0, 3), push(0, 5)), one("p2", push(0, 4)))},
		{name: "pop/pop", before: bothPopped, processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "pop pop/pop", before: bothPopped, processes: procs(one("p1", pops(2)...), one("p2", pop(0)))},
		{name: "push/pop", before: pushedPopped, processes: procs(one("p1", push(0, 3)), one("p2", pop(0)))},
		{name: "push/pop pop", before: pushedPopped, processes: procs(one("p1", push(0, 3)), one("p2", pops(2)...))},
		{name: "pop/claim", before: bothPopped, processes: procs(one("p1", pop(0)), one("p2", claim(0)))},
		{name: "pop/claim of the first handle", before: bothPopped, processes: procs(one("p1", claim(0)), one("p2", pop(0)))}, // its mark looks like a count of one
		{name: "pop/deletion", before: bothPopped, processes: procs(one("p1", pop(0)), one("p2", removeQueue(0)))},
		{name: "push/deletion", before: bothPushed, processes: procs(one("p1", push(0, 3)), one("p2", removeQueue(0)))},
		{name: "pop/pop, the message's block becomes a message", share: 1, blocks: 6, before: bothPopped, processes: procs(one("p1", pop(0)), one("p2", pop(0), push(0, 5)))},
		{name: "pop/push, the message's block is the only one", tight: true, share: 1, blocks: 2, before: ops(push(0, 1), by("p1", pop(0)), push(0, 2), by("p1", pop(0)), push(0, 3)),
			processes: procs(one("p1", pop(0)), one("p2", push(0, 5))), reach: reach(ends(1, 0, model.OK))},
		{name: "pop/pop, the message's block becomes a value", keys: 2, blocks: 6, before: bothPopped, processes: procs(one("p1", pop(0)), one("p2", pop(0), put(1, 7, 6)))},
		// A lane pushes next what it popped last: the block has not been free in between.
		{name: "spare: pop/pop", spares: true, before: noSpares, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "spare: pop/claim", spares: true, before: noSpares, blocks: 10, processes: procs(one("p1", pop(0)), one("p2", claim(0)))},
		{name: "spare: pop/sweep", spares: true, before: noSpares, blocks: 10, processes: procs(one("p1", pop(0)), safe("p2", sweep()))},
		{name: "spare: pop/deletion", spares: true, before: ops(push(0, 1), push(0, 2), by("p1", pop(0)), by("p1", push(0, 3))), processes: procs(one("p1", pop(0)), one("p2", removeQueue(0)))},
		{name: "spare: pop put/get", spares: true, keys: 2, blocks: 10, before: then(noSpares, ops(put(1, 8, 1))), processes: procs(one("p1", pop(0), put(1, 7, 1)), one("p2", get(1)))},
		{name: "spare: push/push", spares: true, before: bothPopped, processes: procs(one("p1", push(0, 5)), one("p2", push(0, 6)))},
		{name: "spare: push/sweep", spares: true, before: bothPopped, processes: procs(one("p1", push(0, 5)), safe("p2", sweep()))},
		{name: "spare: push/deletion", spares: true, before: ops(by("p1", push(0, 1)), by("p1", push(0, 2)), by("p1", pop(0))), processes: procs(one("p1", push(0, 5)), one("p2", removeQueue(0)))},
		{name: "spare: pop/push, the only other block", spares: true, tight: true, share: 1, blocks: 3, before: ops(push(0, 1), by("p1", pop(0)), push(0, 2), by("p1", pop(0)), push(0, 3)),
			processes: procs(one("p1", pop(0)), one("p2", push(0, 5)))},
		{name: "push, its hint in a segment of long ago", before: then(ops(by("p1", push(0, 1))), pushed(2, 6), pops(4)), processes: procs(one("p1", push(0, 7)), one("p2", pop(0)))},
	})
	list = append(list, []program{
		{name: "spare: pop push/pop", spares: true, before: noSpares, blocks: 10, processes: procs(one("p1", pop(0), push(0, 7)), one("p2", pop(0)))},
		{name: "spare: pop pop/pop", spares: true, before: noSpares, blocks: 10, processes: procs(one("p1", pops(2)...), one("p2", pop(0)))},
	}...)
	for i := range list {
		list[i].name, list[i].blockSize = "fast: "+list[i].name, fourSlots
	}
	return list
}

// queueHeads: the head moves on.
func queueHeads() []program {
	two := then(pushed(1, 4), pops(1))   // [-1 2] [3 4]
	three := then(pushed(1, 5), pops(1)) // [-1 2] [3 4] [5]
	full := then(pushed(1, 2), pops(1))  // [-1 2]
	list := crashingToo([]program{
		{name: "claim", before: two, processes: procs(one("p1", claim(0)))},
		{name: "pop/pop", before: two, processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
		{name: "pop/pop pop", before: two, processes: procs(one("p1", pop(0)), one("p2", pops(2)...))},
		{name: "pop/pop pop, to the end", before: full, processes: procs(one("p1", pop(0)), one("p2", pop(0), push(0, 3)))},
		{name: "pop/push", before: two, processes: procs(one("p1", pop(0)), one("p2", push(0, 6)))},
		{name: "pop/claim", before: two, processes: procs(one("p1", pop(0)), one("p2", claim(0)))},
		{name: "claim/claim", before: two, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "pop/deletion", before: two, processes: procs(one("p1", pop(0)), one("p2", removeQueue(0)))},
		{name: "pop/sweep", before: two, processes: procs(one("p1", pop(0)), safe("p2", sweep()))},
		{name: "by several: pop/pop pop", before: three, processes: procs(one("p1", pop(0)), one("p2", pops(2)...))},
		{name: "by several: pop/pop pop pop", before: three, processes: procs(one("p1", pop(0)), one("p2", pops(3)...))},
		{name: "pop/pop/push", before: three, processes: procs(one("p1", pop(0)), one("p2", pop(0)), one("p3", push(0, 6)))},
		{name: "pop/pop/pop", before: three, processes: procs(one("p1", pop(0)), one("p2", pop(0)), one("p3", pop(0)))},
	})
	for i := range list {
		list[i].name, list[i].blocks = "head: "+list[i].name, 11
	}
	return list
}

// queueReuse: blocks go on under those who still look at them. The second key's entries take the only free blocks, which are those of segments and messages that the first one's are done with.
func queueReuse() []program {
	half := then(pushed(1, 1), pops(1))                // [-1 .]
	full := then(pushed(1, 2), pops(1))                // [-1 2]
	three := then(pushed(1, 2), pops(1), pushed(3, 3)) // [-1 2] [3], in four blocks
	five := then(pushed(1, 2), pops(1), pushed(3, 5))  // [-1 2] [3 4] [5], in seven
	list := crashingToo([]program{
		{name: "§4.1 stalled push into a slot, its segment becomes a value", keys: 2, blocks: 5, before: half,
			processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3), push(0, 4), pop(0), put(1, zeros, 10))), reach: reach(ends(1, 3, model.OK))},
		{name: "§4.1 stalled push into a slot, its segment becomes that of another queue", keys: 2, queues: 2, blocks: 5, before: half,
			processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3), push(0, 4), pop(0), push(1, 5))), reach: reach(ends(1, 3, model.OK))},
		{name: "§4.1 stalled push behind a segment, which becomes a value", keys: 2, blocks: 6, before: full,
			processes: procs(one("p1", push(0, 3)), one("p2", push(0, 4), pop(0), put(1, zeros, 10))), reach: reach(ends(1, 2, model.OK))},
		{name: "a mark that comes late, its segment becomes a value", keys: 2, blocks: 7, before: five,
			processes: procs(one("p1", pop(0)), one("p2", pop(0), pop(0), put(1, 9, 24))), reach: reach(ends(1, 2, model.OK))},
		{name: "hazards of both roles: stalled push behind a segment, which becomes a value", keys: 2, blocks: 7, // [-1 -2] [-3 4]; p1 pushed 3, and then popped 1
			before:    then(pushed(1, 2), ops(by("p1", push(0, 3)), by("p1", pop(0)), pop(0), push(0, 4), pop(0))),
			processes: procs(one("p1", push(0, 5)), one("p2", push(0, 6), pop(0), put(1, zeros, 10))), reach: reach(ends(1, 2, model.OK))},
		{name: "§4.4 a frozen link, its target becomes a value", keys: 2, blocks: 7, before: five,
			processes: procs(one("p1", pop(0)), one("p2", pop(0), pop(0), pop(0), put(1, lookalike, 31))), reach: reach(ends(1, 3, model.OK))},
		{name: "a stale entry, its segment becomes a value", keys: 2, blocks: 4, before: three,
			processes: procs(one("p1", pop(0)), one("p2", pop(0), put(1, lookalike, 10))), reach: reach(ends(1, 1, model.OK))},
		{name: "a stale entry, its segment becomes that of another queue", keys: 2, queues: 2, blocks: 4, before: three,
			processes: procs(one("p1", pop(0)), one("p2", pop(0), push(1, 5))), reach: reach(ends(1, 1, model.OK))},
		{name: "a stale entry, its segment becomes one of the same queue", blocks: 5, before: three,
			processes: procs(one("p1", pop(0)), one("p2", pop(0), push(0, 4), push(0, 5))), reach: reach(ends(1, 2, model.OK))},
		{name: "a segment rests late, in the life of another queue", keys: 2, queues: 2, blocks: 4, linked: true, before: three,
			processes: procs(one("p1", pop(0)), one("p2", pop(0), push(1, 5), removeQueue(1))), reach: reach(ends(1, 1, model.OK))},
		{name: "a stale entry under a push", keys: 2, blocks: 5, before: three,
			processes: procs(one("p1", push(0, 4)), one("p2", pop(0), put(1, lookalike, 10))), reach: reach(ends(1, 1, model.OK))},
		{name: "§4.10 lengths of a reused message", keys: 2, blocks: 3, before: pushed(1, 2),
			processes: procs(one("p1", pop(0)), one("p2", pop(0), put(1, lookalike, 6))), reach: reach(ends(1, 1, model.OK))},
		{name: "§4.10 lengths of a reused message, list", blocks: 4, before: ops(pushLong(0, 1, 4)),
			processes: procs(one("p1", pop(0)), one("p2", pop(0), push(0, 2)))},
		{name: "lengths of a reused message under a claim", keys: 2, blocks: 3, before: pushed(1, 2),
			processes: procs(one("p1", claim(0)), one("p2", pop(0), put(1, lookalike, 6))), reach: reach(ends(1, 1, model.OK))},
		{name: "lengths of a reused message under a take", keys: 2, blocks: 3, before: pushed(1, 2),
			processes: procs(one("p1", take(0, 1)), one("p2", pop(0), put(1, lookalike, 6))), reach: reach(ends(1, 1, model.OK))},
		{name: "lengths of a reused list under a take", keys: 2, blocks: 4, before: ops(pushBatch(0, 1, 2)),
			processes: procs(one("p1", take(0, 2)), one("p2", take(0, 2), put(1, lookalike, 12))), reach: reach(ends(1, 1, model.OK))},
		{name: "lengths of a reused list under a take that has no room", keys: 2, blocks: 4, before: ops(pushBatch(0, 1, 2)),
			processes: procs(one("p1", takeInto(0, 2, 0)), one("p2", take(0, 2), put(1, lookalike, 12))), reach: reach(ends(0, 0, noRoom), ends(1, 1, model.OK))},
		{name: "lengths of a reused message under a take that has no room", keys: 2, blocks: 4, before: ops(pushLong(0, 1, 2), push(0, 2)),
			processes: procs(one("p1", takeInto(0, 1, 1)), one("p2", pop(0), put(1, lookalike, 6))), reach: reach(ends(0, 0, noRoom), ends(0, 0, model.OK))},
		{name: "a hand-over that comes late, its message's block becomes a message", blockSize: fourSlots, blocks: 3, before: pushed(1, 1),
			processes: procs(one("p1", pop(0)), one("p2", claim(0), ack(0), push(0, 2))), reach: reach(ends(1, 2, model.OK))},
		{name: "a hand-over that comes late, its message's block becomes a value", keys: 2, blocks: 2, before: pushed(1, 1),
			processes: procs(one("p1", pop(0)), one("p2", claim(0), ack(0), put(1, lookalike, 6))), reach: reach(ends(1, 2, model.OK))},
		{name: "a hint in a segment that is another's", keys: 2, queues: 2, blocks: 7, // queue 1 is [7 5] [6 .], and its second segment was the first of queue 0
			before:    ops(by("p1", push(0, 1)), push(0, 2), push(0, 3), pop(0), pop(0), by("p1", push(1, 7)), push(1, 5), push(1, 6)),
			processes: procs(one("p1", push(0, 4)), one("p2", pop(1))), reach: reach(ends(0, 0, model.OK))},
		{name: "a hint in a segment that became another's", keys: 2, queues: 2, blocks: 8,
			before:    ops(by("p1", push(0, 1)), push(0, 2), push(0, 3), pop(0), pop(0), by("p1", push(1, 7))),
			processes: procs(one("p1", push(0, 4)), one("p2", push(1, 5), push(1, 6))), reach: reach(ends(1, 1, model.OK))},
	})
	for i := range list {
		list[i].share, list[i].tight = 1, true
	}
	return list
}

// queueDeletion: a queue is deleted under those who work on it.
func queueDeletion() []program {
	some := pushed(1, 1)
	two := then(pushed(1, 3), pops(1)) // [-1 2] [3]
	list := crashingToo([]program{
		{name: "§4.8 push", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", push(0, 2)))},
		{name: "push across", before: pushed(1, 2), processes: procs(one("p1", removeQueue(0)), one("p2", push(0, 3)))},
		{name: "pop", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", pop(0))), reach: reach(sees(1, 0, 1), ends(1, 0, model.Empty))},
		{name: "pop, two segments", before: two, processes: procs(one("p1", removeQueue(0)), one("p2", pop(0)))},
		{name: "take", before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", removeQueue(0)), one("p2", take(0, 2)))},
		{name: "claim", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", claim(0)))},
		{name: "claim of a part", before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", removeQueue(0)), one("p2", claim(0)))},
		{name: "claim, the rest of a batch", before: ops(pushBatch(0, 1, 2), claim(0)), processes: procs(one("p1", removeQueue(0)), one("p2", claim(0)))},
		{name: "ack", before: ops(push(0, 1), by("p2", claim(0))), processes: procs(one("p1", removeQueue(0)), one("p2", ack(0)))},
		{name: "release", before: ops(push(0, 1), by("p2", claim(0))), processes: procs(one("p1", removeQueue(0)), one("p2", release(0)))},
		{name: "claim of an orphan", before: ops(push(0, 1), claim(0), release(0)), processes: procs(one("p1", removeQueue(0)), one("p2", claim(0)))},
		{name: "deletion", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", removeQueue(0)))},
		{name: "len", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", queueLength(0)))},
		{name: "put", kinds: true, before: some, processes: procs(one("p1", removeQueue(0)), one("p2", put(0, 2, 1)))},
		{name: "sweep", before: some, processes: procs(one("p1", removeQueue(0)), safe("p2", sweep()))},
		{name: "push, made anew", creates: true, before: some, processes: procs(one("p1", removeQueue(0), push(0, 2)), one("p2", pop(0)))},
		{name: "deletion, made anew", creates: true, before: some, processes: procs(one("p1", removeQueue(0), push(0, 2)), one("p2", removeQueue(0)))},
		{name: "push, made anew by both", before: some, processes: procs(one("p1", removeQueue(0), push(0, 2)), one("p2", push(0, 3)))},
		{name: "push push", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", push(0, 2), push(0, 3)))},
		{name: "deletion, a batch in its blocks", keys: 2, queues: 2, blocks: 5, blockSize: fourSlots, share: 1, tight: true, before: ops(push(1, 9), pop(1), pushBatch(0, 1, 2, 3, 4)),
			processes: procs(one("p1", removeQueue(0)), one("p2", removeQueue(0), pushBatch(1, 5, 6, 7, 8))), reach: reach(ends(1, 1, model.OK))},
		{name: "push/pop", before: some, processes: procs(one("p1", removeQueue(0)), one("p2", push(0, 2)), one("p3", pop(0)))},
	})
	for i := range list {
		list[i].name = "deletion/" + list[i].name
	}
	return list
}

// queueClaims: messages that are held.
func queueClaims() []program {
	some := pushed(1, 1)
	return crashingToo([]program{
		{name: "claim/claim", before: some, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "claim/claim, two", before: pushed(1, 2), processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "claim/pop", before: some, processes: procs(one("p1", claim(0)), one("p2", pop(0)))},
		{name: "claim/pop, two", before: pushed(1, 2), processes: procs(one("p1", claim(0)), one("p2", pop(0)))},
		{name: "claim/push", before: some, processes: procs(one("p1", claim(0)), one("p2", push(0, 2)))},
		{name: "claim/push, empty", processes: procs(one("p1", claim(0)), one("p2", push(0, 1)))},
		{name: "claim/sweep", before: some, processes: procs(one("p1", claim(0)), safe("p2", sweep()))},
		{name: "claim ack/claim", before: some, processes: procs(one("p1", claim(0), ack(0)), one("p2", claim(0)))},
		{name: "claim ack/pop pop", before: pushed(1, 2), processes: procs(one("p1", claim(0), ack(0)), one("p2", pops(2)...))},
		{name: "claim release/claim", before: some, processes: procs(one("p1", claim(0), release(0)), one("p2", claim(0))), reach: reach(again(1, 0))},
		{name: "claim release/pop", before: some, processes: procs(one("p1", claim(0), release(0)), one("p2", pop(0)))},
		{name: "claim close/claim", before: some, processes: procs(one("p1", claim(0), detach()), one("p2", claim(0))), reach: reach(again(1, 0))},
		{name: "ack by an earlier claim", before: some, processes: procs(one("p1", claim(0), release(0), claim(0), ackFirst(0)), one("p2", claim(0)))},
		{name: "claim/claim/pop", before: pushed(1, 2), processes: procs(one("p1", claim(0)), one("p2", claim(0)), one("p3", pop(0)))},
	})
}

// again: operation n of process p gets a message that somebody had before.
func again(p, n int) condition {
	return result(p, n, "again", func(out output) bool { return out.outcome == model.OK && out.again })
}

// queueOrphans: messages that were given up.
func queueOrphans() []program {
	orphan := ops(push(0, 1), claim(0), release(0))
	return crashingToo([]program{
		{name: "orphan: claim/claim", before: orphan, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "orphan: claim/claim, and a message", before: then(orphan, pushed(2, 2)), processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "orphan: claim/sweep", before: orphan, processes: procs(one("p1", claim(0)), safe("p2", sweep()))},
		{name: "orphan: claim/push", before: orphan, processes: procs(one("p1", claim(0)), one("p2", push(0, 2)))},
		{name: "orphan: claim/release", before: ops(push(0, 1), push(0, 2), by("p2", claim(0))), processes: procs(one("p1", claim(0)), one("p2", release(0)))},
		{name: "orphan: claim claim/release", before: ops(push(0, 1), by("p2", claim(0)), push(0, 2), claim(0), release(0), claim(0)), processes: procs(one("p1", claim(0), claim(0)), one("p2", release(0)))},
		// p2 begins to look where it found one, behind the message that it holds.
		{name: "orphan: claim/release claim of another", before: ops(push(0, 1), push(0, 2), claim(0), claim(0), release(0), release(0), by("p2", claim(0)), by("p2", claim(0)), by("p2", release(0))),
			processes: procs(one("p1", claim(0)), one("p2", release(0), claim(0)))},
		{name: "orphan: claim release/claim", before: orphan, processes: procs(one("p1", claim(0), release(0)), one("p2", claim(0)))},
		{name: "orphan: claim/claim, two queues", keys: 2, queues: 2, before: then(orphan, ops(push(1, 2), claim(1), release(1))),
			processes: procs(one("p1", claim(0)), one("p2", claim(1)))},
	})
}

// queueBatches: messages that were pushed together. In the small blocks two take a list of them, in the large ones one.
func queueBatches() []program {
	two, three, four := ops(pushBatch(0, 1, 2)), ops(pushBatch(0, 1, 2, 3)), ops(pushBatch(0, 1, 2, 3, 4))
	var list []program
	for _, size := range []uint64{twoSlots, fourSlots} {
		group := crashingToo([]program{
			{name: "of two/pop", processes: procs(one("p1", pushBatch(0, 1, 2)), one("p2", pop(0)))},
			{name: "of two/take", processes: procs(one("p1", pushBatch(0, 1, 2)), one("p2", take(0, 3)))},
			{name: "of two/push", processes: procs(one("p1", pushBatch(0, 1, 2)), one("p2", push(0, 3)))},
			{name: "of two: pop/pop", before: two, processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
			{name: "of two: pop/take", before: two, processes: procs(one("p1", pop(0)), one("p2", take(0, 2)))},
			{name: "of two: take/take", before: two, processes: procs(one("p1", take(0, 2)), one("p2", take(0, 2)))},
			{name: "of two: pop/claim", before: two, processes: procs(one("p1", pop(0)), one("p2", claim(0)))},
			{name: "of two: take/claim", before: two, processes: procs(one("p1", take(0, 2)), one("p2", claim(0)))},
			{name: "of two: claim/claim", before: two, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
			{name: "of two: claim release/claim", before: two, processes: procs(one("p1", claim(0), release(0)), one("p2", claim(0)))},
			{name: "of two: claim ack/claim ack", before: two, processes: procs(one("p1", claim(0), ack(0)), one("p2", claim(0), ack(0)))},
			{name: "of three: pop/take", before: three, processes: procs(one("p1", pop(0)), one("p2", take(0, 2)))},
			{name: "of three: pop pop/take", before: three, processes: procs(one("p1", pops(2)...), one("p2", take(0, 3)))},
			{name: "of three: take/take", before: three, processes: procs(one("p1", take(0, 2)), one("p2", take(0, 2)))},
			{name: "of three: claim/claim", before: three, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
			{name: "of three: claim/take", before: three, processes: procs(one("p1", claim(0)), one("p2", take(0, 3)))},
			{name: "in two parts/take", parted: true, processes: procs(one("p1", pushBatch(0, 1, 2, 3, 4)), one("p2", take(0, 4)))},
			{name: "in two parts: take/pop", parted: true, before: four, processes: procs(one("p1", take(0, 3)), one("p2", pop(0)))},
			{name: "in two parts: take claim/claim", parted: true, before: four, processes: procs(one("p1", take(0, 2), claim(0)), one("p2", claim(0)))},
			{name: "in two parts: pop/deletion", before: four, processes: procs(one("p1", pop(0)), one("p2", removeQueue(0)))},
		})
		for i := range group {
			p := &group[i]
			p.blockSize = size
			if size == twoSlots {
				p.name += ", list"
				p.share = 3
				p.blocks = 11
			}
			p.name = "batch " + p.name
		}
		list = append(list, group...)
	}
	// The lengths of messages without bytes end where their block ends.
	return append(list, crashingToo([]program{
		{name: "batch of two empty messages/take", blockSize: twoSlots, processes: procs(one("p1", pushBatch(0, nothing, nothing)), one("p2", take(0, 2)))},
	})...)
}

// queueLimits: queues that are full.
func queueLimits() []program {
	one1 := pushed(1, 1)
	list := crashingToo([]program{
		{name: "push/push", limit: 1, processes: procs(one("p1", push(0, 1)), one("p2", push(0, 2))), reach: reach(ends(0, 0, model.Full), ends(1, 0, model.Full))},
		{name: "push/pop", limit: 1, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", pop(0))), reach: reach(ends(0, 0, model.Full), ends(0, 0, model.OK))},
		{name: "push/claim", limit: 1, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", claim(0)))},
		{name: "push/pop push", limit: 1, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", pop(0), push(0, 3)))},
		{name: "push/pop, across", limit: 1, before: then(one1, pops(1), pushed(2, 2)), processes: procs(one("p1", push(0, 3)), one("p2", pop(0)))},
		{name: "batch/push", limit: 2, processes: procs(one("p1", pushBatch(0, 1, 2)), one("p2", push(0, 3)))},
		{name: "batch in two parts, beyond/push", limit: 3, processes: procs(one("p1", pushBatch(0, 1, 2, 3, 4)), one("p2", push(0, 5))), reach: reach(ends(0, 0, model.Full))},
		{name: "batch/pop", limit: 2, before: one1, processes: procs(one("p1", pushBatch(0, 2, 3)), one("p2", pop(0)))},
		{name: "push/push, one left", limit: 2, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)))},
		{name: "push/deletion", limit: 1, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", removeQueue(0)))},
		{name: "push push/pop", limit: 1, processes: procs(one("p1", push(0, 1), push(0, 2)), one("p2", pop(0)))},
		{name: "push/pop, reused", keys: 2, limit: 2, before: one1, processes: procs(one("p1", push(0, 2)), one("p2", pop(0), put(1, 9, 1)))},
		{name: "push/pop batch pop pop", limit: 4, blockSize: fourSlots, before: one1, processes: procs(one("p1", push(0, 5)), one("p2", pop(0), pushBatch(0, 2, 3, 4), pop(0), pop(0)))},
		{name: "push/take, in two parts, reused", keys: 2, limit: 5, parted: true, blockSize: fourSlots, before: ops(pushBatch(0, 1, 2, 3, 4)),
			processes: procs(one("p1", push(0, 5)), one("p2", take(0, 3), put(1, 9, 1)))},
	})
	list = append(list, program{name: "push/take, in two parts, reused, claim", keys: 2, limit: 5, parted: true, blockSize: fourSlots, before: ops(pushBatch(0, 1, 2, 3, 4)),
		processes: procs(one("p1", push(0, 5)), one("p2", take(0, 3), put(1, 9, 1), claim(0)))})
	for i := range list {
		list[i].name, list[i].share = "limit: "+list[i].name, 3
	}
	return list
}

// queueKinds: a key that may hold a queue or a value.
func queueKinds() []program {
	value := ops(put(0, 9, 1))
	list := crashingToo([]program{
		{name: "push/put", creates: true, processes: procs(one("p1", push(0, 1)), one("p2", put(0, 2, 1)))},
		{name: "push/get", creates: true, processes: procs(one("p1", push(0, 1)), one("p2", get(0)))},
		{name: "push/get or put", creates: true, processes: procs(one("p1", push(0, 1)), one("p2", getOrPut(0, 2, 1)))},
		{name: "push/delete", before: value, processes: procs(one("p1", push(0, 1)), one("p2", remove(0)))},
		{name: "push/put, replaced", before: value, processes: procs(one("p1", push(0, 1)), one("p2", put(0, 2, 1)))},
		{name: "pop/delete", before: value, processes: procs(one("p1", pop(0)), one("p2", remove(0)))},
		{name: "claim/delete insert", before: value, processes: procs(one("p1", claim(0)), one("p2", remove(0), put(0, 2, 1)))},
		{name: "fetch/pop", before: pushed(1, 1), processes: procs(one("p1", fetch(0)), one("p2", pop(0)))},
		{name: "fetch/deletion", before: pushed(1, 1), processes: procs(one("p1", fetch(0)), one("p2", removeQueue(0)))},
		{name: "delete/deletion", before: pushed(1, 1), processes: procs(one("p1", remove(0)), one("p2", removeQueue(0)))},
		{name: "get/deletion put", before: pushed(1, 1), processes: procs(one("p1", get(0)), one("p2", removeQueue(0), put(0, 2, 1)))},
		{name: "pop/deletion put", before: pushed(1, 1), processes: procs(one("p1", pop(0)), one("p2", removeQueue(0), put(0, 2, 1)))},
		{name: "iterate/deletion put", only: 1, before: pushed(1, 1), processes: procs(one("p1", all()), one("p2", removeQueue(0), put(0, 2, 1)))},
	})
	for i := range list {
		list[i].name, list[i].kinds = "kind: "+list[i].name, true
	}
	return list
}

// queueFull: the last free block.
func queueFull() []program {
	list := crashingToo([]program{
		{name: "push/push, one block", blocks: 3, before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", push(0, 3)))},
		{name: "push/push, no room for a segment", blocks: 4, before: pushed(1, 2), processes: procs(one("p1", push(0, 3)), one("p2", push(0, 4)))},
		{name: "push/pop, one block", blocks: 2, before: pushed(1, 1), processes: procs(one("p1", push(0, 2)), one("p2", pop(0)))},
		{name: "push of a list/pop, one block short", blocks: 4, before: pushed(1, 1), processes: procs(one("p1", pushLong(0, 2, 7)), one("p2", pop(0))),
			reach: reach(ends(0, 0, model.Full), ends(0, 0, model.OK))},
		{name: "push/pop, the segment that rests is wanted", blocks: 4, before: then(pushed(1, 2), pops(1)), processes: procs(one("p1", pushed(3, 3)...), one("p2", pop(0), push(0, 4)))},
		{name: "claim of a part, no room for the copy", blocks: 2, blockSize: fourSlots, before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", claim(0)), one("p2", pop(0)))},
		{name: "first push, no room for a segment", blocks: 1, creates: true, processes: procs(one("p1", push(0, 1)), one("p2", pop(0)))},
		{name: "first push, no block for the bucket", blocks: 3, keys: 2, slots: 1, creates: true, before: ops(put(1, 9, 1)), processes: procs(one("p1", push(0, 1)), one("p2", remove(1))),
			reach: reach(ends(0, 0, model.Full), ends(0, 0, model.OK))},
		{name: "put, the segment that rests is our own hazard's", keys: 2, blocks: 4, before: ops(by("p1", push(0, 1)), push(0, 2), pop(0), push(0, 3), pop(0)), // [-1 -2] [3]
			processes: procs(one("p1", put(1, 9, 10))), reach: reach(ends(0, 0, model.OK))},
		{name: "put/pop", keys: 2, blocks: 3, before: then(pushed(1, 2), pops(1)), processes: procs(one("p1", put(1, 9, 1)), one("p2", pop(0), put(1, 8, 1)))},
		{name: "versions run out", maxVersion: 1, blocks: 6, before: then(pushed(1, 2), pops(1)), processes: procs(one("p1", push(0, 3)), one("p2", pop(0), pop(0))), reach: reach(wornOut)},
	})
	list = append(list, crashing(1, program{name: "push of a list larger than the region/pop", blocks: 4, before: pushed(1, 1), processes: procs(one("p1", pushLong(0, 2, 40)), one("p2", pop(0)))}))
	for i := range list {
		list[i].name, list[i].tight = "full: "+list[i].name, true
		list[i].share = 1
	}
	return list
}

// queueHandles: several goroutines on one handle and one Queue, and closing it.
func queueHandles() []program {
	some := pushed(1, 1)
	two := pushed(1, 2)
	left := then(two, pops(1))          // [-1 2]
	last := then(pushed(1, 4), pops(1)) // [-1 2] [3 4]
	return append(crashingToo([]program{
		{name: "§4.11 one handle: push/push", before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", push(0, 3)))},
		{name: "§4.11 one handle: push/pop", before: left, processes: procs(one("p1", push(0, 3)), with("p1", "p1b", pop(0)))},
		{name: "§4.11 one handle: pop/pop", before: pushed(1, 2), processes: procs(one("p1", pop(0)), with("p1", "p1b", pop(0)))},
		{name: "§4.11 one handle: claim/claim", before: pushed(1, 2), processes: procs(one("p1", claim(0)), with("p1", "p1b", claim(0)))},
		{name: "§4.11 one handle: pop/deletion", before: some, processes: procs(one("p1", pop(0)), with("p1", "p1b", removeQueue(0)))},
		{name: "§4.11 one handle: push/deletion", before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", removeQueue(0)))},
	}), []program{
		{name: "§4.11 one handle: push push/pop pop", before: left, processes: procs(one("p1", pushed(3, 4)...), with("p1", "p1b", pops(2)...))},
		{name: "§4.11 one handle: claim ack/claim", before: some, processes: procs(one("p1", claim(0), ack(0)), with("p1", "p1b", claim(0)))},
		{name: "§4.11 one handle: push/push/pop of another", before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", push(0, 3)), one("p2", pop(0)))},
		{name: "§4.11 one handle: push/sweep", before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", sweep()))},
		{name: "one hazard for two: push/pop", hazards: 1, before: left, processes: procs(one("p1", blocking(push(0, 3))), with("p1", "p1b", blocking(pop(0))))},
		{name: "one hazard for two: pop/sweep, a kill", hazards: 1, kills: 1, quiet: true, before: last,
			processes: procs(safe("p1", blocking(pop(0))), safeWith("p1", "p1b", blocking(sweep())), one("p2", pop(0)))},
		{name: "one hazard for two: put/sweep, a kill", hazards: 1, kills: 1, quiet: true, keys: 2, before: last,
			processes: procs(safe("p1", put(1, 3, 1)), safeWith("p1", "p1b", blocking(sweep())), one("p2", pop(0)))},
		{name: "one hazard for two: put/put, a kill, full", hazards: 1, kills: 1, quiet: true, tight: true, keys: 3, before: two,
			processes: procs(safe("p1", blocking(put(1, 3, 1))), safeWith("p1", "p1b", blocking(put(2, 4, 1))), one("p2", pop(0)))},
		{name: "one hazard for two: pack/pop", hazards: 1, keys: 2, share: 3, before: some, processes: procs(one("p1", putPack(1, 2, equal)), with("p1", "p1b", pop(0)))},
		{name: "§4.7 close under a push", before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", detach())),
			reach: reach(ends(0, 0, closed), ends(0, 0, model.OK))},
		{name: "§4.7 close under a push, sweep", before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", detach()), one("p2", sweep()))},
		{name: "§4.7 close under a pop, sweep", before: some, processes: procs(one("p1", pop(0)), with("p1", "p1b", detach()), one("p2", sweep()))},
		{name: "§4.7 close under a claim", before: some, processes: procs(one("p1", claim(0)), with("p1", "p1b", detach()), one("p2", claim(0)))},
		{name: "§4.7 close under a push, a kill", kills: 1, before: some, processes: procs(one("p1", push(0, 2)), with("p1", "p1b", detach()))},
		{name: "§4.7 close with a claim, a kill", kills: 1, before: some, processes: procs(one("p1", claim(0), detach()), safe("p2", claim(0)))},
	}...)
}

// queueWaits: those who wait sleep until the line of the queue changes. Nobody is woken by the time, so that a wake-up that is lost is a deadlock.
func queueWaits() []program {
	some := pushed(1, 1)
	list := []program{
		{name: "pop/push", processes: procs(one("p1", popWait(0)), one("p2", push(0, 1)))},
		{name: "pop/push, a queue that is there", before: then(some, pops(1)), processes: procs(one("p1", popWait(0)), one("p2", push(0, 2)))},
		{name: "pop/pop/push batch", processes: procs(one("p1", popWait(0)), one("p2", popWait(0)), one("p3", pushBatch(0, 1, 2)))},
		{name: "pop/pop/push push", before: then(some, pops(1)), processes: procs(one("p1", popWait(0)), one("p2", popWait(0)), one("p3", push(0, 2), push(0, 3)))},
		{name: "pop/deletion push", before: then(some, pops(1)), processes: procs(one("p1", popWait(0)), one("p2", removeQueue(0), push(0, 2)))},
		{name: "pop/push to another queue of the line, push", keys: 2, queues: 2, processes: procs(one("p1", popWait(0)), one("p2", push(1, 1), push(0, 2)))},
		{name: "claim/push", processes: procs(one("p1", claimWait(0)), one("p2", push(0, 1)))},
		{name: "claim/release", before: ops(push(0, 1), by("p2", claim(0))), processes: procs(one("p1", claimWait(0)), one("p2", release(0)))},
		{name: "claim/close", before: ops(push(0, 1), by("p2", claim(0))), processes: procs(one("p1", claimWait(0)), one("p2", detach()))},
		{name: "push/pop", limit: 1, before: some, processes: procs(one("p1", pushWait(0, 2)), one("p2", pop(0)))},
		{name: "push/claim", limit: 1, before: some, processes: procs(one("p1", pushWait(0, 2)), one("p2", claim(0)))},
		{name: "push/take", limit: 2, before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", pushWait(0, 3)), one("p2", take(0, 2)))},
		{name: "push/deletion", limit: 1, before: some, processes: procs(one("p1", pushWait(0, 2)), one("p2", removeQueue(0)))},
		{name: "push/pop wait", limit: 1, before: some, processes: procs(one("p1", pushWait(0, 2)), one("p2", popWait(0), popWait(0)))},
		{name: "push/pop, the last block", blocks: 2, before: some, processes: procs(one("p1", pushWait(0, 2)), one("p2", pop(0)))},
	}
	for i := range list {
		list[i].name = "wait: " + list[i].name
	}
	return list
}

// queueSweeps: what the dead left, swept while others go on, by several, and by those who die too.
func queueSweeps() []program {
	some := pushed(1, 1)
	held := ops(push(0, 1), by("p1", claim(0)))
	two := then(pushed(1, 3), pops(1))  // [-1 2] [3]
	left := then(pushed(1, 2), pops(1)) // [-1 2]
	return []program{
		{name: "§4.2 the mark as the decision: claim", before: some, kills: 1, processes: procs(one("p1", claim(0)), safe("p2", claim(0)))},
		{name: "§4.2 the mark as the decision: claim of a part", blockSize: fourSlots, before: ops(pushBatch(0, 1, 2)), kills: 1, processes: procs(one("p1", claim(0)), safe("p2", claim(0)))},
		{name: "§4.2 the mark as the decision: pop", before: two, kills: 1, processes: procs(one("p1", pop(0)), safe("p2", pop(0)))},
		{name: "racing case 27: an orphan is freed before its slot has gone on", keys: 2, blocks: 3, share: 1, tight: true, before: pushed(1, 2), kills: 1,
			processes: procs(one("p1", claim(0)), safe("p2", claim(0), ack(0), put(1, 9, 1), pop(0)))},
		{name: "§4.3 two sweepers redeliver", before: held, kills: 1, processes: procs(one("p1", ack(0)), safe("p2", sweep(), claim(0)))},
		{name: "§4.3 three sweepers redeliver", before: some, kills: 1, processes: procs(one("p1", claim(0)), safe("p2", sweep(), claim(0)), safe("p3", sweep()))},
		{name: "§4.3 two sweepers redeliver to two", before: held, kills: 1, processes: procs(one("p1", ack(0)), safe("p2", sweep(), claim(0)), safe("p3", claim(0)))},
		{name: "§4.5 the owner written too late: segments, pop", before: two, kills: 1, processes: procs(one("p1", pop(0)), safe("p2", pop(0), pop(0)))},
		{name: "§4.5 the owner written too late: segments, push", before: left, kills: 1, processes: procs(one("p1", push(0, 3)), safe("p2", pop(0), pop(0)))},
		{name: "§4.5 the owner written too late: deletion", before: two, kills: 1, processes: procs(one("p1", removeQueue(0)), safe("p2", pop(0)))},
		{name: "§4.6 a slot reused under a sweeper, claim", keys: 2, before: some, kills: 1, quiet: true,
			processes: procs(one("p1", claim(0)), safe("p2", sweep()), safe("p3", join(1, 3, 1)))},
		{name: "§4.6 a slot reused under a sweeper, push", keys: 2, before: left, kills: 1, quiet: true,
			processes: procs(one("p1", push(0, 3)), safe("p2", sweep()), safe("p3", join(1, 3, 1)))},
		{name: "killed while sweeping in the place of a dead one: pop", keys: 2, blocks: 5, before: two, kills: 2, quiet: true, joins: "p3",
			processes: procs(one("p1", pop(0)), safe("p2", sweep()), one("p3", join(1, 3, 1)))},
		{name: "killed while sweeping in the place of a dead one: pops", keys: 2, blocks: 8, before: then(pushed(1, 5), pops(1)), kills: 2, quiet: true, joins: "p3",
			processes: procs(one("p1", pop(0)), safe("p2", sweep(), pop(0), pop(0)), one("p3", join(1, 3, 1)))},
		{name: "§4.12 sweep against the paused: push across", before: pushed(1, 2), processes: procs(one("p1", push(0, 3)), one("p2", sweep()))},
		{name: "§4.12 sweep against the paused: pop", before: two, processes: procs(one("p1", pop(0)), one("p2", sweep()))},
		{name: "§4.12 sweep against the paused: claim of a part", blockSize: fourSlots, before: ops(pushBatch(0, 1, 2)), processes: procs(one("p1", claim(0)), one("p2", sweep()))},
		{name: "two sweepers: push across", before: pushed(1, 2), kills: 1, processes: procs(one("p1", push(0, 3)), safe("p2", sweep()))},
		{name: "two sweepers: pop", before: two, kills: 1, processes: procs(one("p1", pop(0)), safe("p2", sweep()))},
		{name: "two sweepers: claim", before: some, kills: 1, processes: procs(one("p1", claim(0)), safe("p2", sweep()))},
		{name: "two sweepers: deletion", before: two, kills: 1, processes: procs(one("p1", removeQueue(0)), safe("p2", sweep()))},
		{name: "two sweepers: batch", before: some, kills: 1, share: 3, processes: procs(one("p1", pushBatch(0, 2, 3)), safe("p2", sweep()))},
		{name: "a sweeper killed: push", before: some, kills: 2, processes: procs(one("p1", push(0, 2)))},
		{name: "a sweeper killed: first push", kills: 2, processes: procs(one("p1", push(0, 2)))},
		{name: "a sweeper killed: push across", before: left, kills: 2, processes: procs(one("p1", push(0, 3)))},
		{name: "a sweeper killed: pop", before: two, kills: 2, processes: procs(one("p1", pop(0)))},
		{name: "a sweeper killed: claim", before: some, kills: 2, processes: procs(one("p1", claim(0)))},
		{name: "a sweeper killed: claim of a part", blockSize: fourSlots, before: ops(pushBatch(0, 1, 2)), kills: 2, processes: procs(one("p1", claim(0)))},
		{name: "a sweeper killed: deletion", before: two, kills: 2, processes: procs(one("p1", removeQueue(0)))},
		{name: "a sweeper killed: an orphan of a deleted queue", before: ops(push(0, 1), by("p2", claim(0)), by("p2", release(0)), removeQueue(0)), kills: 1, processes: procs(one("p1", sweep()), safe("p2", queueLength(0)))},
		{name: "a claimer killed after a claimer was", before: held, kills: 2, quiet: true, processes: procs(one("p1", ack(0)), safe("p2", sweep()), one("p3", claim(0)))},
		{name: "in two parts: a part reused under a sweeper", keys: 2, blockSize: fourSlots, parted: true, before: ops(pushBatch(0, 1, 2, 3, 4)), kills: 1,
			processes: procs(one("p1", queueLength(0)), safe("p2", take(0, 3), put(1, 9, 1)))},
		{name: "two killed: push/pop", before: left, kills: 2, quiet: true, processes: procs(one("p1", push(0, 3)), one("p2", pop(0)))},
		{name: "two killed: claim/claim", before: some, kills: 2, quiet: true, processes: procs(one("p1", claim(0)), one("p2", claim(0)))},
		{name: "two killed: deletion/push", before: some, kills: 2, quiet: true, processes: procs(one("p1", removeQueue(0)), one("p2", push(0, 2)))},
		{name: "two killed: deletion/claim", before: some, kills: 2, quiet: true, processes: procs(one("p1", removeQueue(0)), one("p2", claim(0)))},
		{name: "a full region swept by a push", before: some, tight: true, blocks: 4, share: 1, kills: 1, processes: procs(one("p1", push(0, 2)), safe("p2", push(0, 3)))},
	}
}
