package corpus

import (
	"fmt"

	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// seqlock: the sequence is odd while a write is going on.
func seqlock(corrected bool) *explore.Scenario {
	var l struct{ sequence, left, right atomic.Uint64 }
	write := func(v int) explore.Op {
		return call("write", v, func(*explore.Proc) any {
			l.sequence.Add(1)
			l.left.Store(uint64(v))
			l.right.Store(uint64(v))
			l.sequence.Add(1)
			return nil
		})
	}
	read := call("read", 0, func(*explore.Proc) any {
		for {
			before := l.sequence.Load()
			left, right := l.left.Load(), l.right.Load()
			if before%2 == 0 && (!corrected || l.sequence.Load() == before) {
				if left != right {
					return fmt.Sprintf("%d and %d", left, right)
				}
				return int(left)
			}
			atomic.Retry()
		}
	})
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "lock", &l) },
		Processes: []explore.Process{{Name: "writer", Ops: []explore.Op{write(1), write(2)}}, {Name: "reader", Ops: []explore.Op{read, read}}},
		Model:     register,
	}
}

func publication(corrected bool) *explore.Scenario {
	type message struct{ body atomic.Uint64 }
	var mailbox atomic.Pointer[message]
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) { explore.Track(s, "mailbox", &mailbox) },
		Processes: []explore.Process{
			{Name: "sender", Ops: []explore.Op{step("send", func(*explore.Proc) any {
				m := atomic.New[message]()
				if corrected {
					m.body.Store(7)
					mailbox.Store(m)
				} else {
					mailbox.Store(m)
					m.body.Store(7)
				}
				return nil
			})}},
			{Name: "receiver", Ops: []explore.Op{step("receive", func(p *explore.Proc) any {
				m := mailbox.Load()
				if m == nil {
					return "nothing"
				}
				p.Mark("received")
				if m.body.Load() != 7 {
					p.Errorf("receives a message without contents")
				}
				return "message"
			})}},
		},
		Marks:    []string{"received"},
		LockFree: true,
	}
}

// readerCount: a value in one of two blocks is replaced, and its old block reused when nobody reads it. The corrected reader writes nothing shared:
// it checks the version after it has read.
func readerCount(corrected bool) *explore.Scenario {
	type block struct{ version, readers, value atomic.Uint64 }
	var store struct {
		current atomic.Uint64 // version, and in the lowest bit the block
		blocks  [2]block
	}
	get := step("get", func(p *explore.Proc) any {
		for {
			ref := store.current.Load()
			b := &store.blocks[ref&1]
			if !corrected {
				b.readers.Add(1)
			}
			v := b.value.Load()
			valid := b.version.Load() == ref>>1
			if !corrected {
				b.readers.Add(^uint64(0))
			}
			if valid {
				return v
			}
			atomic.Retry()
		}
	})
	// put returns whether there was a block for the value.
	put := func(v uint64) bool {
		ref := store.current.Load()
		b := &store.blocks[1-ref&1]
		if !corrected && b.readers.Load() != 0 {
			return false
		}
		version := ref>>1 + 1
		b.version.Store(0) // from now on no reference to it is good
		b.value.Store(v)
		b.version.Store(version)
		store.current.Store(version<<1 | (1 - ref&1))
		return true
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			store.current.Store(1 << 1)
			store.blocks[0].version.Store(1)
			explore.Track(s, "store", &store)
		},
		Processes: []explore.Process{
			{Name: "reader", Ops: []explore.Op{get}},
			{Name: "writer", Unkillable: true, Ops: []explore.Op{step("put", func(*explore.Proc) any { return put(1) })}},
		},
		Kills: 1,
		After: []explore.Op{step("put, twice", func(p *explore.Proc) any {
			if !put(2) || !put(3) {
				p.Errorf("no block is free, though nobody reads")
			}
			return nil
		})},
	}
}

// doubleFree: two deleters of the same block. Its word is a version and a state; the free list takes what it is given.
func doubleFree(corrected bool) *explore.Scenario {
	const live, free = 1, 0
	var region struct {
		word  atomic.Uint64 // version<<1 | state
		freed atomic.Uint64 // how often it was given to the free list
	}
	remove := step("delete", func(*explore.Proc) any {
		w := region.word.Load()
		if w&1 != live {
			return false
		}
		if corrected {
			if !region.word.CompareAndSwap(w, (w>>1+1)<<1|free) {
				return false
			}
		} else {
			region.word.Store((w>>1+1)<<1 | free)
		}
		region.freed.Add(1)
		return true
	})
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			region.word.Store(1<<1 | live)
			explore.Track(s, "region", &region)
		},
		Processes: []explore.Process{{Ops: []explore.Op{remove}}, {Ops: []explore.Op{remove}}},
		Invariant: func(*explore.Execution) error {
			if n := region.freed.Load(); n > 1 {
				return errorf("freed %d times", n)
			}
			return nil
		},
		LockFree: true,
	}
}

// clearedVersion: a queue's head segment is used up, and the key moves on to the next. The order of the earlier notes makes the segment's version 0 first.
func clearedVersion(corrected bool) *explore.Scenario {
	var q struct {
		key      atomic.Uint64    // version<<1 | segment
		versions [2]atomic.Uint64 // of the segments
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			q.key.Store(3 << 1)
			q.versions[0].Store(3)
			q.versions[1].Store(4)
			explore.Track(s, "queue", &q)
		},
		Processes: []explore.Process{
			{Name: "consumer", Ops: []explore.Op{step("move on", func(*explore.Proc) any {
				ref := q.key.Load()
				if corrected {
					q.key.CompareAndSwap(ref, 4<<1|1)
					q.versions[0].CompareAndSwap(3, 0)
				} else {
					q.versions[0].CompareAndSwap(3, 0)
					q.key.CompareAndSwap(ref, 4<<1|1)
				}
				return nil
			})}},
		},
		Kills: 1,
		After: []explore.Op{step("open", func(p *explore.Proc) any {
			ref := q.key.Load()
			if q.versions[ref&1].Load() != ref>>1 {
				p.Errorf("the key names a segment that is gone, for good")
			}
			return nil
		})},
	}
}

// lateOwner: a deleter unlinks a block and then takes it over, to free it. A sweep frees what dead owners have, and what is linked is not leaked.
func lateOwner(corrected bool) *explore.Scenario {
	const live, dying, free = 0, 1, 2
	var region struct {
		linked atomic.Bool
		state  atomic.Uint64
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			region.linked.Store(true)
			explore.Track(s, "region", &region)
		},
		Processes: []explore.Process{
			{Name: "deleter", Ops: []explore.Op{step("delete", func(*explore.Proc) any {
				if corrected {
					region.state.CompareAndSwap(live, dying)
					region.linked.Store(false)
				} else {
					region.linked.Store(false)
					region.state.CompareAndSwap(live, dying)
				}
				region.state.CompareAndSwap(dying, free)
				return nil
			})}},
		},
		Kills: 1,
		Recover: []explore.Op{step("sweep", func(*explore.Proc) any {
			if region.state.Load() == dying {
				region.linked.Store(false)
				region.state.CompareAndSwap(dying, free)
			}
			return nil
		})},
		Invariant: func(*explore.Execution) error {
			if !region.linked.Load() && region.state.Load() != free {
				return errorf("the block is neither linked nor free, and nobody will free it")
			}
			return nil
		},
	}
}

// announcement: a reader announces the block that it is about to read, and who frees a block heeds that
// (M. Michael, "Hazard pointers", IEEE TPDS 15(6), 2004).
func announcement(corrected bool) *explore.Scenario {
	const none = 9
	var store struct {
		current   atomic.Uint64
		announced atomic.Uint64
		freed     [2]atomic.Bool
	}
	read := step("read", func(p *explore.Proc) any {
		for {
			b := store.current.Load()
			store.announced.Store(b)
			if corrected && store.current.Load() != b {
				atomic.Retry()
				continue
			}
			if store.freed[b].Load() {
				p.Errorf("reads a freed block")
			}
			store.announced.Store(none)
			return nil
		}
	})
	replace := step("replace", func(p *explore.Proc) any {
		store.current.Store(1)
		if store.announced.Load() != 0 {
			store.freed[0].Store(true)
			p.Mark("freed")
		}
		return nil
	})
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			store.announced.Store(none)
			explore.Track(s, "store", &store)
		},
		Processes: []explore.Process{{Name: "reader", Ops: []explore.Op{read}}, {Name: "writer", Ops: []explore.Op{replace}}},
		Marks:     []string{"freed"},
	}
}

// twoSweepers: a dead consumer had claimed a message. Whoever sweeps puts it back into the queue; the corrected ones first transfer it to themselves.
func twoSweepers(corrected bool) *explore.Scenario {
	const queued, dead = 0, 7 // else: owned by sweeper 1 or 2
	var message struct {
		owner     atomic.Uint64
		delivered atomic.Uint64
	}
	sweep := func(me uint64) explore.Op {
		return step("sweep", func(*explore.Proc) any {
			if message.owner.Load() != dead {
				return false
			}
			if corrected && !message.owner.CompareAndSwap(dead, me) {
				return false
			}
			message.delivered.Add(1)
			message.owner.Store(queued)
			return true
		})
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			message.owner.Store(dead)
			explore.Track(s, "message", &message)
		},
		Processes: []explore.Process{{Ops: []explore.Op{sweep(1)}}, {Ops: []explore.Op{sweep(2)}}},
		Invariant: func(*explore.Execution) error {
			if n := message.delivered.Load(); n != 1 {
				return errorf("put back %d times", n)
			}
			return nil
		},
	}
}
