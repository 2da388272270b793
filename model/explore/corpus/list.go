package corpus

import (
	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

// listMark: a sorted list of the keys 1 to 4, node k holding key k. The corrected one marks the link of a node before it unlinks the node
// (T. Harris, "A pragmatic implementation of non-blocking linked-lists", DISC 2001). Nodes are not reused.
func listMark(corrected bool) *explore.Scenario {
	const end, marked = 5, 0x100
	var list struct{ next [end]atomic.Uint64 } // next[0] is the head; a marked link says that its node is deleted
	// find returns the last node before key and the one after it, and unlinks the deleted nodes that it meets.
	find := func(key uint64) (before, at uint64) {
	again:
		before = 0
		at = list.next[0].Load()
		for at < end {
			next := list.next[at].Load()
			if next&marked != 0 {
				if !list.next[before].CompareAndSwap(at, next&^marked) {
					atomic.Retry()
					goto again
				}
				at = next &^ marked
				continue
			}
			if at >= key {
				break
			}
			before, at = at, next
		}
		return before, at
	}
	insert := func(key uint64) explore.Op {
		return call("insert", int(key), func(*explore.Proc) any {
			for {
				before, at := find(key)
				if at == key {
					return false
				}
				list.next[key].Store(at)
				if list.next[before].CompareAndSwap(at, key) {
					return true
				}
				atomic.Retry()
			}
		})
	}
	remove := func(key uint64) explore.Op {
		return call("delete", int(key), func(*explore.Proc) any {
			for {
				before, at := find(key)
				if at != key {
					return false
				}
				next := list.next[key].Load()
				if !corrected {
					if list.next[before].CompareAndSwap(key, next) {
						return true
					}
				} else if next&marked == 0 && list.next[key].CompareAndSwap(next, next|marked) {
					list.next[before].CompareAndSwap(key, next)
					return true
				}
				atomic.Retry()
			}
		})
	}
	contains := func(key uint64) explore.Op {
		return call("contains", int(key), func(*explore.Proc) any {
			_, at := find(key)
			return at == key
		})
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			list.next[0].Store(1)
			list.next[1].Store(2)
			list.next[2].Store(4)
			list.next[4].Store(end)
			explore.Track(s, "list", &list)
		},
		Processes: []explore.Process{{Ops: []explore.Op{remove(2)}}, {Ops: []explore.Op{insert(3)}}, {Ops: []explore.Op{remove(1)}}},
		After:     []explore.Op{contains(1), contains(2), contains(3), contains(4)},
		Model:     set(1, 2, 4),
		LockFree:  true,
	}
}

// deletedSlot: a table with linear probing, and marks where a key was deleted. In the corrected one a slot never holds a second key.
func deletedSlot(corrected bool) *explore.Scenario {
	const empty, deleted, slots = 0, 99, 4
	var table struct{ slot [slots]atomic.Uint64 }
	insert := call("insert", 7, func(*explore.Proc) any {
		for i := 0; i < slots; i++ {
			switch k := table.slot[i].Load(); {
			case k == 7:
				return false
			case k == empty || k == deleted && !corrected:
				if table.slot[i].CompareAndSwap(k, 7) {
					return true
				}
				i-- // look again at who was faster
			}
		}
		return "full"
	})
	remove := call("delete", 7, func(*explore.Proc) any {
		for i := range slots {
			switch table.slot[i].Load() {
			case empty:
				return false
			case 7:
				if table.slot[i].CompareAndSwap(7, deleted) {
					return true
				}
			}
		}
		return false
	})
	contains := call("contains", 7, func(*explore.Proc) any {
		for i := range slots {
			switch table.slot[i].Load() {
			case empty:
				return false
			case 7:
				return true
			}
		}
		return false
	})
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			table.slot[0].Store(deleted)
			table.slot[1].Store(7)
			table.slot[2].Store(empty)
			table.slot[3].Store(empty)
			explore.Track(s, "table", &table)
		},
		Processes: []explore.Process{{Ops: []explore.Op{insert}}, {Ops: []explore.Op{remove}}, {Ops: []explore.Op{insert}}},
		After:     []explore.Op{remove, contains},
		Model:     set(7),
		LockFree:  true,
	}
}

// tentative: an insert claims a slot for a key, makes sure that nobody else has inserted it, and only then makes it final. The corrected one decides
// by one CAS.
func tentative(corrected bool) *explore.Scenario {
	const empty, claimed, final = 0, 1, 2
	var slot atomic.Uint64
	insert := call("insert", 7, func(*explore.Proc) any {
		if corrected {
			return slot.CompareAndSwap(empty, final)
		}
		for {
			if slot.CompareAndSwap(empty, claimed) {
				slot.Store(final)
				return true
			}
			if slot.Load() == final {
				return false
			}
			atomic.Retry() // its author is about to finish
		}
	})
	return &explore.Scenario{
		Setup:     func(s *explore.Scheduler) { explore.Track(s, "slot", &slot) },
		Processes: []explore.Process{{Ops: []explore.Op{insert}}, {Ops: []explore.Op{insert}}},
		Kills:     1,
		Model:     set(),
	}
}
