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
	for _, group := range [][]program{ends2()} {
		list = append(list, group...)
	}
	for i := range list {
		p := &list[i]
		p.queues = max(p.queues, 1)
		p.blockSize = orElse(p.blockSize, twoSlots)
		p.blocks = orElse(p.blocks, 8)
		p.share = orElse(p.share, 2)
	}
	return list
}

func ends2() []program {
	return crashingToo([]program{
		{name: "push/pop, empty", processes: procs(one("p1", push(0, 1)), one("p2", pop(0))), reach: reach(sees(1, 0, 1), ends(1, 0, model.Empty))},
		{name: "push/pop", before: ops(push(0, 1)), processes: procs(one("p1", push(0, 2)), one("p2", pop(0)))},
		{name: "push/pop, across", before: ops(push(0, 1), push(0, 2), pop(0)), processes: procs(one("p1", push(0, 3)), one("p2", pop(0)))},
		{name: "push/push", processes: procs(one("p1", push(0, 1)), one("p2", push(0, 2)))},
		{name: "pop/pop", before: ops(push(0, 1)), processes: procs(one("p1", pop(0)), one("p2", pop(0)))},
	})
}
