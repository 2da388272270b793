//go:build explore

package store

import (
	"fmt"
	"slices"
	"strings"

	"simdb.dev/model"
	"simdb.dev/model/explore"
)

// one is a process of its own, safe one that is not killed, with one that shares the handle of another.
func one(name string, ops ...op) process  { return process{name: name, ops: ops} }
func safe(name string, ops ...op) process { return process{name: name, ops: ops, safe: true} }

func with(other, name string, ops ...op) process {
	return process{name: name, shares: other, ops: ops}
}

func safeWith(other, name string, ops ...op) process {
	return process{name: name, shares: other, safe: true, ops: ops}
}

func ops(list ...op) []op                 { return list }
func procs(list ...process) []process     { return list }
func reach(list ...condition) []condition { return list }
func crashing(kills int, p program) program {
	p.kills = kills
	p.reach = nil
	p.name += killed(kills)
	return p
}

// eachKilled is what crashing with one kill is, as a program for each process that is killed: together they show the same, and each takes less memory.
func eachKilled(p program) []program {
	var list []program
	for i, killed := range p.processes {
		c := crashing(1, p)
		c.name = p.name + ", " + killed.name + " killed"
		c.processes = slices.Clone(p.processes)
		for j := range c.processes {
			c.processes[j].safe = j != i
		}
		list = append(list, c)
	}
	return list
}

func killed(n int) string { return [...]string{"", ", a kill", ", two kills"}[n] }
func crashingToo(list []program) []program {
	for _, p := range list {
		list = append(list, crashing(1, p))
	}
	return list
}

// long values take two blocks of 48 bytes: key and references in the first, four words in the second.
const (
	long      = 4
	longBlock = 48
)

// programs are the scenarios that are explored completely.
func programs() []program {
	var list []program
	for _, group := range [][]program{writes(), moves(), deep(), conditional(), crowding(), reuse(), reads(), waits(), handles(), attaching(), sweeps(), threes(), replacing(), packs(), queueing(), filing()} {
		list = append(list, group...)
	}
	return list
}

// writes of one key by two processes.
func writes() []program {
	return crashingToo([]program{
		{name: "put/put", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "put/delete", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0))),
			reach: reach(ends(1, 0, model.OK))},
		{name: "delete/delete", before: ops(put(0, 1, 1)), processes: procs(one("p1", remove(0)), one("p2", remove(0))),
			reach: reach(ends(0, 0, model.NotFound), ends(1, 0, model.NotFound))},
		{name: "insert/insert", processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "insert/delete", processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0))),
			reach: reach(ends(1, 0, model.OK), ends(1, 0, model.NotFound))},
		{name: "delete insert/put", before: ops(put(0, 1, 1)), processes: procs(one("p1", remove(0), put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "delete insert/delete", before: ops(put(0, 1, 1)), processes: procs(one("p1", remove(0), put(0, 2, 1)), one("p2", remove(0)))},
		{name: "delete insert/get", before: ops(put(0, 1, 1)), processes: procs(one("p1", remove(0), put(0, 2, 1)), one("p2", get(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2), ends(1, 0, model.NotFound))},
		{name: "insert delete/insert delete", processes: procs(one("p1", put(0, 2, 1), remove(0)), one("p2", put(0, 3, 1), remove(0)))},
		{name: "long put/long put", before: ops(put(0, 1, long)), blockSize: longBlock, share: 2, blocks: 6, processes: procs(one("p1", put(0, 2, long)), one("p2", put(0, 3, long)))},
	})
}

// moves: a key that is deleted and inserted again may stand in an earlier slot than before, where somebody who looks for it has looked already.
func moves() []program {
	second := ops(put(1, 9, 1), put(0, 1, 1), remove(1)) // a in the second slot, the first is free
	mover := one("p1", remove(0), put(0, 2, 1))
	return crashingToo([]program{
		{name: "move/get", keys: 2, before: second, processes: procs(mover, one("p2", get(0))), reach: reach(sees(1, 0, 1), sees(1, 0, 2))},
		{name: "move/delete", keys: 2, before: second, processes: procs(mover, one("p2", remove(0)))},
		{name: "move/put", keys: 2, before: second, processes: procs(mover, one("p2", put(0, 3, 1)))},
		{name: "move/swap", keys: 2, before: second, processes: procs(mover, one("p2", swapOld(0, 3, 1)))},
		{name: "move/iterate", only: 1, keys: 2, before: second, processes: procs(mover, one("p2", all()))},
		{name: "move/long put", keys: 2, before: ops(put(1, 9, 1), put(0, 1, long), remove(1)), blockSize: longBlock, share: 2, blocks: 7,
			processes: procs(one("p1", remove(0), put(0, 2, long)), one("p2", put(0, 3, long)))},
		{name: "move behind an iteration", only: 1, keys: 2, before: ops(put(0, 1, 1)), blocks: 4,
			processes: procs(one("p1", remove(0), put(1, 9, 1), put(0, 2, 1)), one("p2", all()))},
		{name: "move under a sweep", keys: 2, before: second, processes: procs(mover, one("p2", sweep()))},
	})
}

// deep values have a table of blocks between the first block and those with the bytes: four blocks of 40 bytes.
func deep() []program {
	const words = 3
	before := ops(put(0, 1, words))
	return []program{
		{name: "deep put", kills: 1, before: before, blocks: 8, processes: procs(one("p1", put(0, 2, words)))},
		{name: "deep put, full", kills: 1, tight: true, before: before, blocks: 7, processes: procs(one("p1", put(0, 2, words)))},
		{name: "deep insert", kills: 1, blocks: 4, processes: procs(one("p1", put(0, 2, words)))},
		// The victim takes the last block as first, then the first ones: a sweep comes to its table before its first block.
		{name: "deep insert, table swept first", keys: 2, kills: 1, share: 7, blocks: 8, processes: procs(safe("p1", put(1, 3, 1)), one("p2", put(0, 2, words)))},
		{name: "deep delete, table before head", keys: 2, kills: 1, share: 7, blocks: 8, before: ops(put(1, 3, 1)), processes: procs(safe("p1", put(1, 4, 1)), one("p2", put(0, 2, words), remove(0)))},
		{name: "deep delete", kills: 1, before: before, blocks: 4, processes: procs(one("p1", remove(0)))},
		{name: "deep conditional insert", kills: 1, share: 4, blocks: 8, processes: procs(one("p1", insert(0, 2, words)), safe("p2", put(0, 3, 1)))},
		{name: "deep delete/deep delete", before: before, share: 4, blocks: 12, processes: procs(one("p1", remove(0)), one("p2", remove(0)))},
		{name: "deep put/get", before: before, blocks: 8, processes: procs(one("p1", put(0, 2, words), put(0, 3, words)), one("p2", get(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "deep put/get at", before: before, blocks: 8, processes: procs(one("p1", put(0, 2, words), put(0, 3, words)), one("p2", getOld(0)))},
		{name: "deep delete, two swept", kills: 2, before: before, blocks: 4, processes: procs(one("p1", remove(0)))},
		{name: "deep put against a sweep", before: before, blocks: 8, processes: procs(one("p1", put(0, 2, words)), one("p2", sweep()))},
	}
}

// conditional writes.
func conditional() []program {
	old := ops(put(0, 1, 1))
	return crashingToo([]program{
		{name: "swap/swap", before: old, processes: procs(one("p1", swapOld(0, 2, 1)), one("p2", swapOld(0, 3, 1))),
			reach: reach(ends(0, 0, model.Mismatch), ends(1, 0, model.Mismatch))},
		{name: "swap/put", before: old, processes: procs(one("p1", swapOld(0, 2, 1)), one("p2", put(0, 3, 1))), reach: reach(ends(0, 0, model.Mismatch))},
		{name: "swap/delete", before: old, processes: procs(one("p1", swapOld(0, 2, 1)), one("p2", remove(0))), reach: reach(ends(0, 0, model.Mismatch))},
		{name: "swap/delete insert", before: old, processes: procs(one("p1", swapOld(0, 2, 1)), one("p2", remove(0), put(0, 3, 1)))},
		{name: "get swap/put", before: old, processes: procs(one("p1", get(0), swapMine(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "conditional delete/put", before: old, processes: procs(one("p1", removeOld(0)), one("p2", put(0, 3, 1))), reach: reach(ends(0, 0, model.Mismatch))},
		{name: "conditional delete/swap", before: old, processes: procs(one("p1", removeOld(0)), one("p2", swapOld(0, 3, 1))),
			reach: reach(ends(0, 0, model.Mismatch), ends(1, 0, model.Mismatch))},
		{name: "conditional insert/insert", processes: procs(one("p1", insert(0, 2, 1)), one("p2", insert(0, 3, 1))),
			reach: reach(ends(0, 0, model.Mismatch), ends(1, 0, model.Mismatch))},
		{name: "conditional insert/delete", before: old, processes: procs(one("p1", insert(0, 2, 1)), one("p2", remove(0)))},
		{name: "update/update", before: old, processes: procs(one("p1", update(0, 2, 1)), one("p2", update(0, 3, 1)))},
		{name: "update/delete", before: old, processes: procs(one("p1", update(0, 2, 1)), one("p2", remove(0)))},
		{name: "get or put/get or put", processes: procs(one("p1", getOrPut(0, 2, 1)), one("p2", getOrPut(0, 3, 1)))},
		{name: "get or put/delete", before: old, processes: procs(one("p1", getOrPut(0, 2, 1)), one("p2", remove(0)))},
	})
}

// crowding: several keys in one bucket.
func crowding() []program {
	return append(crashingToo([]program{
		{name: "insert a/insert b", keys: 2, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(1, 3, 1)))},
		{name: "insert a/delete b", keys: 2, before: ops(put(1, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(1)))},
		{name: "insert a delete a/insert b", keys: 2, processes: procs(one("p1", put(0, 2, 1), remove(0)), one("p2", put(1, 3, 1)))},
		{name: "insert a get b/insert b get a", keys: 2, processes: procs(one("p1", put(0, 2, 1), get(1)), one("p2", put(1, 3, 1), get(0)))},
		{name: "same fingerprint", keys: 2, hash: sameHash, processes: procs(one("p1", put(0, 2, 1), remove(0)), one("p2", put(1, 3, 1), get(0)))},
		{name: "overflow/overflow", keys: 3, slots: 1, blocks: 5, before: ops(put(2, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", put(1, 3, 1)))},
		{name: "overflow/get", keys: 2, slots: 1, blocks: 4, before: ops(put(1, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", get(0), get(1)))},
		{name: "a second overflow block", keys: 4, slots: 1, blocks: 7, before: ops(put(0, 1, 1), put(1, 2, 1), put(2, 3, 1)),
			processes: procs(one("p1", put(3, 4, 1)), one("p2", get(3)))},
		{name: "overflow in a used block", keys: 3, slots: 1, blocks: 3, before: ops(put(2, 9, 1), put(2, lookalike, 2), put(2, 1, 1)),
			processes: procs(one("p1", get(0)), one("p2", put(0, 2, 1)))}, // p2 takes a new block for its entry, and for the slots that of the lookalike
		{name: "overflow same key", keys: 2, slots: 1, blocks: 5, before: ops(put(1, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)))},
		{name: "delete in overflow/insert", keys: 3, slots: 1, blocks: 5, before: ops(put(0, 1, 1), put(1, 1, 1)), processes: procs(one("p1", remove(1)), one("p2", put(2, 3, 1)))},
		{name: "§4.1 stalled CAS into a reused block", tight: true, keys: 3, slots: 1, blocks: 5, before: ops(put(2, 1, 1)),
			processes: procs(one("p1", put(0, zeros, 2)), one("p2", put(1, 3, 1), put(1, zeros, 2)))},
	}), []program{
		{name: "insert a/insert a/insert b", keys: 2, processes: procs(one("p1", put(0, 2, 1)), one("p2", insert(0, 3, 1)), one("p3", put(1, 4, 1)))},
		{name: "insert a/delete a/insert b", keys: 2, processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0)), one("p3", put(1, 4, 1)))},
		{name: "insert a/delete a/get a", processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0)), one("p3", get(0)))},
	}...)
}

// sameHash makes all keys alike to the index.
func sameHash([]byte) uint64 { return 0x42 }

// apart gives neighbouring keys buckets of their own. (A sweep also asks for the key of a block that was killed without one.)
func apart(key []byte) uint64 {
	if len(key) == 0 {
		return 0
	}
	return uint64(key[0]) << 63
}

// reuse of blocks under those who still look at them.
func reuse() []program {
	return crashingToo([]program{
		{name: "insert/fetch", processes: procs(one("p1", put(0, 2, 1)), one("p2", fetch(0))), reach: reach(sees(1, 0, 2), ends(1, 0, model.NotFound))},
		{name: "delete insert/fetch", before: ops(put(0, 1, 1)), processes: procs(one("p1", remove(0), put(0, 2, 1)), one("p2", fetch(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2), ends(1, 0, model.NotFound))},
		{name: "move/fetch", keys: 2, before: ops(put(1, 9, 1), put(0, 1, 1)), processes: procs(one("p1", remove(1), remove(0), put(0, 2, 1)), one("p2", fetch(0)))},
		{name: "reuse under a fetch", before: ops(put(0, 1, 2)), blocks: 2, processes: procs(one("p1", put(0, 2, 2), put(0, 3, 2)), one("p2", fetch(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "reuse by another key under a fetch", keys: 2, before: ops(put(0, 1, 1)), blocks: 1, processes: procs(one("p1", remove(0), put(1, 3, 1)), one("p2", fetch(0), fetch(1)))},
		{name: "reuse under a reader", before: ops(put(0, 1, 1)), blocks: 2, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", get(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "reuse under a reader of a pending insertion", keys: 2, buckets: 2, hash: apart, blocks: 2,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1), put(1, 4, 1)), one("p2", get(0), get(0))), reach: reach(sees(1, 0, 2), sees(1, 1, 3))},
		{name: "reuse under a reader, long", before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 4,
			processes: procs(one("p1", put(0, 2, long), put(0, 3, long)), one("p2", get(0))), reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		{name: "§4.10 lengths of a reused block", before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 4,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, 2), put(0, 4, long)), one("p2", get(0)))},
		{name: "§4.10 lengths of a reused block, Len", before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 3,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, long)), one("p2", length(0)))},
		{name: "§4.10 lengths of a reused block, Len before it is linked", before: ops(put(0, 1, 1)), blocks: 2,
			processes: procs(one("p1", put(0, 2, 1), put(0, 3, 2)), one("p2", length(0), get(0)))},
		{name: "reuse under a writer", before: ops(put(0, 1, 1)), blocks: 3, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", put(0, 4, 1)))},
		{name: "reuse by another key under a deleter", keys: 2, before: ops(put(0, 1, 1)), blocks: 2, processes: procs(one("p1", remove(0), put(1, 3, 1)), one("p2", remove(0)))},
		{name: "reuse by another key under a reader", keys: 2, before: ops(put(0, 1, 1)), blocks: 1, processes: procs(one("p1", remove(0), put(1, 3, 1)), one("p2", get(0), get(1)))},
		{name: "reuse by a key of another bucket under a deleter", keys: 2, buckets: 2, hash: apart, before: ops(put(0, 1, 1)), blocks: 3,
			processes: procs(one("p1", put(0, 2, 1), put(1, 3, 1)), one("p2", remove(0)))},
		{name: "reuse by a key of another bucket under a writer", keys: 2, buckets: 2, hash: apart, before: ops(put(0, 1, 1)), blocks: 4,
			processes: procs(one("p1", put(0, 2, 1), put(1, 3, 1)), one("p2", insert(0, 4, 1)))},
		{name: "reuse by a key of another bucket under a reader", keys: 2, buckets: 2, hash: apart, before: ops(put(0, 1, 1)), blocks: 2,
			processes: procs(one("p1", put(0, 2, 1), put(1, 3, 1)), one("p2", get(0)))},
		{name: "the last free block", tight: true, keys: 2, blocks: 1, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(1, 3, 1))),
			reach: reach(ends(0, 0, model.Full), ends(1, 0, model.Full)), end: notBothFull},
		{name: "the last free block, replaced", tight: true, before: ops(put(0, 1, 1)), blocks: 2, processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1))),
			reach: reach(ends(0, 0, model.Full), ends(1, 0, model.Full)), end: notBothFull},
		{name: "the last two free blocks, long", tight: true, keys: 2, blockSize: longBlock, blocks: 3, processes: procs(one("p1", put(0, 2, long)), one("p2", put(1, 3, long))),
			reach: reach(ends(0, 0, model.Full), ends(1, 0, model.Full))},
		{name: "larger than the region", blockSize: longBlock, blocks: 4, before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 4*longBlock)), one("p2", put(0, 3, 1))),
			reach: reach(ends(0, 0, tooLarge))},
		{name: "versions run out", tight: true, blocks: 3, maxVersion: 1, before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1))),
			reach: reach(wornOut)},
	})
}

// wornOut: a block has been retired.
var wornOut = condition{"a block is retired", func(w *world, _ *explore.Execution) bool { return w.region.Retired() > 0 }}

// notBothFull: whoever finds no block free saw another write that has or had them.
func notBothFull(_ *world, x *explore.Execution) error {
	full := 0
	for p := range 2 {
		if r, ok := x.Result(p, 0); ok && r.(output).outcome == model.Full {
			full++
		}
	}
	if full == 2 && !x.AnyKilled() {
		return fmt.Errorf("both writes found the region full")
	}
	return nil
}

// reads that are more than a get: by version, of all keys.
func reads() []program {
	list := crashingToo([]program{
		{name: "get at/put", before: ops(put(0, 1, 1)), blocks: 2, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", getOld(0))),
			reach: reach(sees(1, 0, 1), ends(1, 0, model.Stale))},
		{name: "get at/delete insert", before: ops(put(0, 1, 1)), blocks: 1, processes: procs(one("p1", remove(0), put(0, 2, 1)), one("p2", getOld(0)))},
		{name: "get at/put, long", before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 4, processes: procs(one("p1", put(0, 2, long), put(0, 3, long)), one("p2", getOld(0)))},
		{name: "get, get at/insert", processes: procs(one("p1", put(0, 2, 1)), one("p2", get(0), getMine(0))), reach: reach(sees(1, 1, 2))},
		{name: "put, get at/put", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1), getMine(0)), one("p2", put(0, 3, 1))),
			reach: reach(sees(0, 1, 2), ends(0, 1, model.Stale))},
		{name: "get get/put", before: ops(put(0, 1, 1)), blocks: 2, processes: procs(one("p1", put(0, 2, 1), put(0, 3, 1)), one("p2", get(0), get(0)))},
		{name: "get get/insert delete", blocks: 2, processes: procs(one("p1", put(0, 2, 1), remove(0)), one("p2", get(0), get(0)))},
	})
	change := []struct {
		name string
		ops  []op
	}{
		{"put delete", ops(put(0, 3, 1), remove(1))},
		{"delete put", ops(remove(1), put(0, 3, 1))},
		{"insert delete", ops(put(2, 3, 1), remove(0))},
		{"delete insert", ops(remove(0), put(0, 3, 1))},
		{"delete insert other", ops(remove(0), put(2, 3, 1))},
	}
	for _, ch := range change {
		for only := 1; only <= 3; only++ {
			list = append(list, program{
				name: fmt.Sprintf("iterate/%s, key %d", ch.name, only), only: only, keys: 3, blocks: 4, before: ops(put(0, 1, 1), put(1, 2, 1)),
				processes: procs(one("p1", ch.ops...), one("p2", all())),
			})
		}
	}
	return append(list,
		program{name: "iterate/reuse", only: 1, before: ops(put(0, 1, 1)), blocks: 2, processes: procs(one("p1", put(0, 2, 2), put(0, 3, 1)), one("p2", all()))},
		program{name: "iterate/overflow", only: 1, keys: 2, slots: 1, blocks: 3, before: ops(put(1, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), one("p2", all()))},
	)
}

// waits: those who wait for another entry sleep until the line of the key changes. Nobody is woken by the time, so that a wake-up that is lost is a deadlock.
func waits() []program {
	before := ops(put(0, 1, 1))
	waiter := one("p1", awaitOther(0))
	list := []program{
		{name: "put", before: before, processes: procs(waiter, one("p2", put(0, 2, 1)))},
		{name: "insert", processes: procs(waiter, one("p2", put(0, 2, 1)))},
		{name: "delete", before: before, processes: procs(waiter, one("p2", remove(0)))},
		{name: "delete insert", before: before, processes: procs(waiter, one("p2", remove(0), put(0, 2, 1)))},
		{name: "put if", before: before, processes: procs(waiter, one("p2", swapOld(0, 2, 1)))},
		{name: "delete if", before: before, processes: procs(waiter, one("p2", removeOld(0)))},
		{name: "get or put", processes: procs(waiter, one("p2", getOrPut(0, 2, 1)))},
		{name: "update", before: before, processes: procs(waiter, one("p2", update(0, 2, 1)))},
		{name: "put of another, put", keys: 2, before: before, processes: procs(waiter, one("p2", put(1, 3, 1), put(0, 2, 1)))},
		{name: "put/put", before: before, processes: procs(waiter, one("p2", put(0, 2, 1)), one("p3", put(0, 3, 1)))},
		{name: "wait/put", before: before, processes: procs(waiter, one("p2", awaitOther(0)), one("p3", put(0, 2, 1)))},
		{name: "pack", blockSize: packBlock, share: 3, before: ops(putPack(0, 1, equal)), blocks: 6, processes: procs(waiter, one("p2", putPack(0, 2, equal)))},
		{name: "pack, the first", blockSize: packBlock, share: 3, blocks: 3, processes: procs(waiter, one("p2", putPack(0, 2, equal)))},
	}
	for i := range list {
		list[i].name = "wait/" + list[i].name
	}
	return list
}

// handles: several goroutines on one handle, and closing it.
func handles() []program {
	return []program{
		{name: "§4.11 one handle: put/put", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", put(0, 3, 1)))},
		{name: "§4.11 one handle: put/delete", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", remove(0)))},
		{name: "§4.11 one handle: insert/insert", processes: procs(one("p1", insert(0, 2, 1)), with("p1", "p1b", insert(0, 3, 1)))},
		{name: "§4.11 one handle: put/put/other put", before: ops(put(0, 1, 1)), blocks: 4,
			processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", put(0, 3, 1)), one("p2", put(0, 4, 1)))},
		crashing(1, program{name: "§4.11 one handle: put/put", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", put(0, 3, 1)))}),
		{name: "§4.11 one handle: put/sweep", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", sweep()))},
		{name: "§4.7 close under two puts, a kill", kills: 1, quiet: true, keys: 2, buckets: 2, slots: 1, hash: apart,
			processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", put(1, 3, 1)), with("p1", "p1c", detach()))},
		{name: "§4.7 close under a put, a kill", kills: 1, before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", detach()))},
		{name: "§4.7 close under a put", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", detach())),
			reach: reach(ends(0, 0, closed), ends(0, 0, model.OK))},
		{name: "§4.7 close under a put, sweep", before: ops(put(0, 1, 1)), processes: procs(one("p1", put(0, 2, 1)), with("p1", "p1b", detach()), one("p2", sweep()))},
		{name: "§4.7 close under a delete, sweep", before: ops(put(0, 1, 1)), processes: procs(one("p1", remove(0)), with("p1", "p1b", detach()), one("p2", sweep()))},
	}
}

// attaching while others work, are swept, and die.
func attaching() []program {
	old := ops(put(0, 1, 1))
	return []program{
		{name: "the last place", spare: 1, before: old, blocks: 4, processes: procs(one("p1", join(0, 2, 1)), one("p2", join(0, 3, 1))),
			reach: reach(ends(0, 0, closed), ends(1, 0, closed))},
		{name: "two places", spare: 2, before: old, blocks: 4, processes: procs(one("p1", join(0, 2, 1)), one("p2", join(0, 3, 1)))},
		{name: "no clean place", kills: 1, quiet: true, before: old, blocks: 4,
			processes: procs(one("p1", put(0, 2, 1)), safe("p2", join(0, 3, 1)), safe("p3", join(0, 4, 1))), reach: reach(ends(1, 0, model.OK), ends(2, 0, model.OK))},
		{name: "attach/sweep", spare: 1, before: old, processes: procs(one("p1", join(0, 2, 1)), one("p2", sweep()))},
		{name: "killed while attaching", spare: 1, joins: "p1", kills: 1, before: old, processes: procs(one("p1", join(0, 2, 1)), safe("p2", sweep()))},
		{name: "§4.6 a slot reused under a sweeper by one who is killed too", before: old, blocks: 4, kills: 2, quiet: true, joins: "p3",
			processes: procs(one("p1", put(0, 2, 1)), safe("p2", sweep()), one("p3", join(0, 3, 1)))},
		{name: "killed while closing", kills: 1, before: old, processes: procs(one("p1", put(0, 2, 1), detach()), safe("p2", put(0, 3, 1)))},
		{name: "§4.6 a slot reused under a sweeper", before: old, blocks: 4, kills: 1, quiet: true,
			processes: procs(one("p1", put(0, 2, 1)), safe("p2", sweep()), safe("p3", join(0, 3, 1))), reach: reach(ends(2, 0, closed), ends(2, 0, model.OK))},
		{name: "§4.6 a slot reused under a sweeper, delete", before: old, blocks: 3, kills: 1, quiet: true,
			processes: procs(one("p1", remove(0)), safe("p2", sweep()), safe("p3", join(0, 3, 1))), reach: reach(ends(2, 0, closed), ends(2, 0, model.OK))},
	}
}

// sweeps under those who live, and by those who die.
func sweeps() []program {
	old := ops(put(0, 1, 1))
	return []program{
		{name: "§4.12 sweep against the paused: put", before: old, processes: procs(one("p1", put(0, 2, 1)), one("p2", sweep()))},
		{name: "§4.12 sweep against the paused: delete", before: old, processes: procs(one("p1", remove(0)), one("p2", sweep()))},
		{name: "§4.12 sweep against the paused: long put", before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 4, processes: procs(one("p1", put(0, 2, long)), one("p2", sweep()))},
		{name: "§4.5 the owner written too late: put", before: old, kills: 1, processes: procs(one("p1", put(0, 2, 1)), safe("p2", put(0, 3, 1)))},
		{name: "§4.5 the owner written too late: delete", before: old, kills: 1, processes: procs(one("p1", remove(0)), safe("p2", remove(0)))},
		{name: "§4.5 the owner written too late: long", before: ops(put(0, 1, long)), blockSize: longBlock, share: 2, blocks: 6, kills: 1,
			processes: procs(one("p1", put(0, 2, long)), safe("p2", remove(0)))},
		{name: "two sweepers: put", before: old, kills: 1, processes: procs(one("p1", put(0, 2, 1)), safe("p2", sweep()))},
		{name: "two sweepers, one dead", before: old, kills: 1, quiet: true, processes: procs(one("p1", put(0, 2, 1)), safe("p2", sweep()), safe("p3", sweep()))},
		{name: "two sweepers: delete", before: old, kills: 1, processes: procs(one("p1", remove(0)), safe("p2", sweep()))},
		{name: "a sweeper killed: put", before: old, kills: 2, processes: procs(one("p1", put(0, 2, 1)))},
		{name: "a sweeper killed: delete", before: old, kills: 2, processes: procs(one("p1", remove(0)))},
		{name: "a sweeper killed: long put", before: ops(put(0, 1, long)), blockSize: longBlock, blocks: 4, kills: 2, processes: procs(one("p1", put(0, 2, long)))},
		{name: "a full region swept by a put", before: old, tight: true, blocks: 2, kills: 1, processes: procs(one("p1", put(0, 2, 1)), safe("p2", put(0, 3, 1)))},
		{name: "two killed", before: old, kills: 2, processes: procs(one("p1", put(0, 2, 1)), one("p2", remove(0)))},
	}
}

// threes are all programs of three processes with one operation each on one key, and with long values of two processes with two.
func threes() []program {
	var list []program
	choices := []struct {
		name string
		op   func(id int) op
	}{
		{"put", func(id int) op { return put(0, id, long) }},
		{"delete", func(int) op { return remove(0) }},
		{"get", func(int) op { return get(0) }},
	}
	add := func(p program) {
		p.before, p.blockSize, p.quiet = ops(put(0, 1, long)), longBlock, true
		p.share = uint64(2 * len(p.processes[0].ops))
		p.blocks = p.share*uint64(len(p.processes)) + 2
		list = append(list, p)
		if strings.HasPrefix(p.name, "3×1: put put") {
			list = append(list, eachKilled(p)...)
		} else {
			list = append(list, crashing(1, p))
		}
	}
	n := len(choices)
	for i := range n * n * n {
		a, b, c := i/n/n, i/n%n, i%n
		if a > b || b > c || a == 2 {
			continue
		}
		x, y, z := choices[a], choices[b], choices[c]
		add(program{name: strings.Join([]string{"3×1:", x.name, y.name, z.name}, " "), processes: procs(one("p1", x.op(2)), one("p2", y.op(3)), one("p3", z.op(4)))})
	}
	for i := range n * n {
		for j := i; j < n*n; j++ {
			a, b, c, d := choices[i/n], choices[i%n], choices[j/n], choices[j%n]
			add(program{name: fmt.Sprintf("2×2: %s %s/%s %s", a.name, b.name, c.name, d.name),
				processes: procs(one("p1", a.op(2), b.op(3)), one("p2", c.op(4), d.op(5)))})
		}
	}
	return list
}
