//go:build explore

package store

// replacing are programs about what a replacement leaves to others while it is not settled, and about blocks that go from one life to the next without being free.
func replacing() []program {
	var list []program
	for _, group := range [][]program{unsettled(), recycled(), spares(), announced(), common()} {
		list = append(list, group...)
	}
	return list
}

// unsettled entries, met by whoever replaces, deletes or sweeps next.
func unsettled() []program {
	old := ops(put(0, 1, 1))
	longer := func(p program) program {
		p.before, p.blockSize, p.share = ops(put(0, 1, long)), longBlock, 2
		p.blocks = 2*uint64(len(p.processes)) + 2
		return p
	}
	return append(crashingToo([]program{
		{name: "put put/put", before: old, blocks: 5, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", put(0, 4, 1)))},
		{name: "put delete/put", before: old, blocks: 5, processes: procs(one("p1", put(0, 2, 1), remove(0)), one("p2", put(0, 3, 1)))},
		{name: "put/delete insert", before: old, blocks: 4, processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0), put(0, 3, 1)))},
		{name: "put/put, the victim reused by another key", keys: 2, buckets: 2, hash: apart, before: old, blocks: 3,
			processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1), put(1, 4, 1)))},
		longer(program{name: "long put/long delete", processes: procs(one("p1", put(0, 2, long)), one("p2", remove(0)))}),
	}), []program{
		{name: "put/put/put", before: old, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)), one("p3", put(0, 4, 1)))},
		{name: "put/put/delete", before: old, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)), one("p3", remove(0)))},
		{name: "put/put/sweep, a kill", kills: 1, quiet: true, before: old, processes: procs(one("p1", put(0, 2, 1)), safe("p2", put(0, 3, 1)), safe("p3", sweep()))},
		{name: "put/delete/sweep, a kill", kills: 1, quiet: true, before: old, processes: procs(one("p1", put(0, 2, 1)), safe("p2", remove(0)), safe("p3", sweep()))},
		{name: "delete/delete, both killed", kills: 2, before: old, processes: procs(one("p1", remove(0)), one("p2", remove(0)))},
		{name: "put/put, both killed", kills: 2, quiet: true, before: old, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "put/put, both killed, then a put", kills: 2, quiet: true, before: old, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)), safe("p3", put(0, 4, 1)))},
		longer(program{name: "long put/long put, both killed", kills: 2, quiet: true, processes: procs(one("p1", put(0, 2, long)), one("p2", put(0, 3, long)))}),
		longer(program{name: "long put/long put/sweep, a kill", kills: 1, quiet: true,
			processes: procs(one("p1", put(0, 2, long)), safe("p2", put(0, 3, long)), safe("p3", sweep()))}),
	}...)
}

// recycled blocks under those who still look at their former lives. A writer that has a spare takes it for its next put: its second put overwrites what its first one replaced.
func recycled() []program {
	list := crashingToo([]program{
		{name: "reader", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", get(0))), reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "fetch", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", fetch(0))), reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "get at", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", getOld(0)))},
		{name: "iteration", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", all()))},
		{name: "reader of another key", keys: 2, processes: procs(one("p1", put(0, 2, 1), put(1, 3, 1)), one("p2", fetch(0), fetch(1)))},
		{name: "writer", blocks: 4, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", put(0, 4, 1)))},
		{name: "conditional writer", blocks: 4, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", swapOld(0, 4, 1)))},
		{name: "writer of another key", keys: 2, buckets: 2, hash: apart, blocks: 4, processes: procs(one("p1", put(0, 2, 1), put(1, 3, 1)), one("p2", put(0, 4, 1)))},
		{name: "deleter", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", remove(0)))},
		{name: "deleter of another key", keys: 2, buckets: 2, hash: apart, processes: procs(one("p1", put(0, 2, 1), put(1, 3, 1)), one("p2", remove(0)))},
		{name: "sweep", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", sweep()))},
		{name: "swap by a version twice reused", processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", get(0), swapMine(0, 4, 1)))},
	})
	for i := range list {
		p := &list[i]
		p.name, p.before, p.spares = "recycled under a "+p.name, ops(put(0, 1, 1)), true
		p.blocks = orElse(p.blocks, 3)
	}
	inserting := crashingToo([]program{
		{name: "recycled under a helper", spares: true, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1), put(0, 4, 1)))},
		{name: "recycled under a helper, another key", spares: true, keys: 2, blocks: 5, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1), put(1, 4, 1)))},
	})
	// The one slot is taken: who takes a victim's index for the place of a pending insertion is led beyond the bucket.
	inserting = append(inserting,
		program{name: "recycled under a helper that has not read the place yet", spares: true, slots: 1, blocks: 4,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1), put(0, 4, 1)), one("p2", insert(0, 5, 1)))})
	longs := crashingToo([]program{
		{name: "reader", processes: procs(one("p1", put(0, 2, long), put(0, 3, long)), one("p2", get(0))), reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "sweep", processes: procs(one("p1", put(0, 2, long), put(0, 3, long)), one("p2", sweep()))},
	})
	for _, p := range []program{
		{name: "freer", processes: procs(one("p1", put(0, 2, long), put(0, 3, long)), one("p2", remove(0)))},
		{name: "freer, short", processes: procs(one("p1", put(0, 2, 1), put(0, 3, long)), one("p2", remove(0)))},
	} {
		longs = append(longs, p, crashing(1, p))
	}
	for i := range longs {
		p := &longs[i]
		p.name, p.before, p.spares, p.blockSize, p.blocks = "recycled under a "+p.name+", long", ops(put(0, 1, long)), true, longBlock, 6
		p.quiet = p.kills > 0
	}
	return append(append(list, inserting...), longs...)
}

// spares of those who close, die, share a handle, or need every block.
func spares() []program {
	old := ops(put(0, 1, 1))
	return []program{
		{name: "a spare freed by closing", spares: true, before: old, blocks: 3, processes: procs(one("p1", put(0, 2, 1), detach()), one("p2", put(0, 3, 1)))},
		{name: "a spare freed by closing, a kill", kills: 1, spares: true, before: old, processes: procs(one("p1", put(0, 2, 1), detach()), safe("p2", put(0, 3, 1)))},
		{name: "a spare freed by closing under a put", spares: true, before: old, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), with("p1", "p1b", detach()))},
		{name: "a spare swept", kills: 1, spares: true, before: old, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), safe("p2", sweep()))},
		{name: "a spare swept, of a list", kills: 1, spares: true, before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 6,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, long)), safe("p2", sweep()))},
		{name: "spares of one handle", spares: true, before: old, blocks: 4, processes: procs(one("p1", put(0, 2, 1), put(0, 4, 1)), with("p1", "p1b", put(0, 3, 1)))},
		{name: "spares of one handle, a kill", kills: 1, quiet: true, spares: true, before: old, blocks: 4, processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", put(0, 3, 1)))},
		{name: "a spare used up", spares: true, maxVersion: 2, before: old, blocks: 4, tight: true,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", put(0, 4, 1))), reach: reach(wornOut)},
		// The second put needs every block: the spare that the first one left in its lane, or in another.
		{name: "a spare used before full", spares: true, before: old, keys: 2, blockSize: longBlock, blocks: 3, processes: procs(one("p1", put(0, 2, 1), put(1, 3, long)))},
		{name: "another lane's spare given back before full", spares: true, before: old, keys: 2, blockSize: longBlock, blocks: 3,
			processes: procs(one("p1", beside(put(0, 2, 1)), put(1, 3, long)), with("p1", "p1b", get(0)))},
		{name: "another lane's spare wanted", spares: true, before: old, keys: 2, blockSize: longBlock, blocks: 4, tight: true,
			processes: procs(one("p1", put(0, 2, 1), put(1, 3, long)), with("p1", "p1b", put(0, 4, 1)))},
		{name: "the last free block, replaced, spares", spares: true, tight: true, before: old, blocks: 2, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "a slot reused under a sweeper, with a spare", spares: true, before: old, blocks: 4, kills: 1, quiet: true,
			processes: procs(one("p1", put(0, 2, 1), put(0, 4, 1)), safe("p2", sweep()), safe("p3", join(0, 3, 1)))},
	}
}

// announced are victims whose blocks can not be named: here those of all blocks but the first.
func announced() []program {
	old := ops(put(0, 1, 1))
	list := crashingToo([]program{
		{name: "put/put", processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "put/delete", processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0)))},
		{name: "put put/get", blocks: 2, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", get(0)))},
		{name: "put put/put", blocks: 4, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", put(0, 4, 1)))},
		{name: "put/sweep", processes: procs(one("p1", put(0, 2, 1)), one("p2", sweep()))},
		{name: "put put/delete, spares", spares: true, blocks: 4, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", remove(0)))},
	})
	for i := range list {
		list[i].name, list[i].before, list[i].victims = "announced: "+list[i].name, old, 1
	}
	return list
}

// common cases of get and put, where they are not given.
func common() []program {
	return crashingToo([]program{
		{name: "get, fetch of a pending insertion", processes: procs(one("p1", put(0, 2, 1)), one("p2", get(0), fetch(0))), reach: reach(sees(1, 1, 2))},
		{name: "fetch in overflow", keys: 2, hash: unlike, slots: 1, blocks: 5, before: ops(put(1, 1, 1), put(0, 9, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", fetch(0))),
			reach: reach(sees(1, 0, 9), sees(1, 0, 2))},
		{name: "fetch, another key of the same fingerprint", keys: 2, hash: sameHash, before: ops(put(1, 1, 1), put(0, 9, 1)),
			processes: procs(one("p1", put(0, 2, 1)), one("p2", fetch(0), fetch(1)))},
		{name: "put, another key of the same fingerprint", keys: 2, hash: sameHash, before: ops(put(1, 1, 1), put(0, 9, 1)),
			processes: procs(one("p1", put(1, 2, 1)), one("p2", remove(1), put(0, 3, 1)))},
	})
}

// unlike gives keys of one bucket fingerprints of their own. (The usual hash gives the first two letters the same.)
func unlike(key []byte) uint64 {
	if len(key) == 0 { // of a block that was killed without one
		return 0
	}
	return uint64(key[0])
}
