package corpus

import (
	"simdb.dev/model/explore"
	"simdb.dev/model/explore/atomic"
)

// queueTail: the queue of M. Michael and M. Scott (PODC 1996), with counted references to nodes that are reused.
func queueTail(corrected bool) *explore.Scenario {
	const nodes = 4
	type node struct {
		value atomic.Uint64
		next  atomic.Uint64
	}
	var q struct {
		head, tail atomic.Uint64
		nodes      [nodes]node
	}
	const none = 0xff
	index := func(ref uint64) uint64 { return ref & 0xff }
	counted := func(old, i uint64) uint64 { return (old>>8+1)<<8 | i }
	enqueue := func(i, v uint64) {
		n := &q.nodes[i]
		n.value.Store(v)
		n.next.Store(counted(n.next.Load(), none))
		for {
			tail := q.tail.Load()
			next := q.nodes[index(tail)].next.Load()
			if corrected && q.tail.Load() != tail {
				atomic.Retry()
				continue
			}
			if index(next) != none {
				q.tail.CompareAndSwap(tail, counted(tail, index(next)))
				atomic.Retry()
				continue
			}
			if q.nodes[index(tail)].next.CompareAndSwap(next, counted(next, i)) {
				q.tail.CompareAndSwap(tail, counted(tail, i))
				return
			}
			atomic.Retry()
		}
	}
	// dequeue also returns the node that is free from then on.
	dequeue := func() (v, free uint64) {
		for {
			head, tail := q.head.Load(), q.tail.Load()
			next := q.nodes[index(head)].next.Load()
			if q.head.Load() != head {
				atomic.Retry()
				continue
			}
			if index(head) == index(tail) {
				if index(next) == none {
					return 0, none
				}
				q.tail.CompareAndSwap(tail, counted(tail, index(next)))
				atomic.Retry()
				continue
			}
			v = q.nodes[index(next)].value.Load()
			if q.head.CompareAndSwap(head, counted(head, index(next))) {
				return v, index(head)
			}
			atomic.Retry()
		}
	}
	var spare uint64 // private to the second process
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			q.head.Store(0)
			q.tail.Store(0)
			for i := range q.nodes {
				q.nodes[i].next.Store(none)
			}
			explore.Track(s, "q", &q)
			explore.Track(s, "spare", &spare)
		},
		Processes: []explore.Process{
			{Ops: []explore.Op{
				call("enqueue", 1, func(*explore.Proc) any { enqueue(1, 1); return true }),
				call("dequeue", 0, func(*explore.Proc) any { v, _ := dequeue(); return int(v) }),
			}},
			{Ops: []explore.Op{
				call("enqueue", 2, func(*explore.Proc) any { enqueue(2, 2); return true }),
				call("dequeue", 0, func(*explore.Proc) any {
					v, free := dequeue()
					spare = free
					return int(v)
				}),
				call("enqueue", 3, func(*explore.Proc) any {
					i := spare
					if i == none {
						i = 3
					}
					enqueue(i, 3)
					return true
				}),
			}},
		},
		Model: fifo,
	}
}

// ring: a ring buffer whose producer checks for room, fills the slot and moves on.
func ring(corrected bool) *explore.Scenario {
	const size = 2
	var r struct {
		tail, head atomic.Uint64
		slots      [size]atomic.Uint64
	}
	enqueue := func(v uint64) {
		if !corrected {
			tail := r.tail.Load()
			r.slots[tail%size].Store(v)
			r.tail.Store(tail + 1)
			return
		}
		for {
			tail := r.tail.Load()
			if r.slots[tail%size].CompareAndSwap(0, v) {
				r.tail.CompareAndSwap(tail, tail+1)
				return
			}
			r.tail.CompareAndSwap(tail, tail+1) // for the one who filled it
			atomic.Retry()
		}
	}
	dequeue := func(*explore.Proc) any {
		head := r.head.Load()
		if head == r.tail.Load() {
			return 0
		}
		v := r.slots[head%size].Swap(0)
		r.head.Store(head + 1)
		return int(v)
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) { explore.Track(s, "ring", &r) },
		Processes: []explore.Process{
			{Ops: []explore.Op{call("enqueue", 1, func(*explore.Proc) any { enqueue(1); return true })}},
			{Ops: []explore.Op{call("enqueue", 2, func(*explore.Proc) any { enqueue(2); return true })}},
		},
		After: []explore.Op{call("dequeue", 0, dequeue), call("dequeue", 0, dequeue)},
		Model: fifo,
	}
}

// ticket: producers take a slot by counting up, and fill it. Consumers take them in order.
func ticket(corrected bool) *explore.Scenario {
	const size = 3
	var q struct {
		tail, head atomic.Uint64
		slots      [size]atomic.Uint64 // 0: empty
	}
	enqueue := func(v uint64) any {
		if !corrected {
			q.slots[q.tail.Add(1)-1].Store(v)
			return true
		}
		for i := range q.slots {
			if q.slots[i].CompareAndSwap(0, v) {
				return true
			}
		}
		return false
	}
	dequeue := func(*explore.Proc) any {
		if !corrected && q.head.Load() == q.tail.Load() {
			return 0
		}
		i := q.head.Load()
		for {
			if v := q.slots[i].Load(); v != 0 {
				q.head.Store(i + 1)
				return int(v)
			}
			if corrected {
				return 0
			}
			atomic.Retry()
		}
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) { explore.Track(s, "q", &q) },
		Processes: []explore.Process{
			{Name: "producer", Ops: []explore.Op{call("enqueue", 1, func(*explore.Proc) any { return enqueue(1) })}},
			{Name: "consumer", Ops: []explore.Op{call("dequeue", 0, dequeue), call("dequeue", 0, dequeue)}},
		},
		Kills: 1,
		Model: fifo,
	}
}

// deque: the double-ended queue of D. Chase and Y. Lev (SPAA 2005). Its owner takes from the bottom, others steal from the top.
func deque(corrected bool) *explore.Scenario {
	const items = 2
	var d struct {
		top, bottom atomic.Int64
		items       [items]atomic.Int64
	}
	var taken [items + 1]int // private counts, each written by who got the item
	take := func(*explore.Proc) any {
		b := d.bottom.Load() - 1
		d.bottom.Store(b)
		t := d.top.Load()
		if t > b {
			d.bottom.Store(t)
			return 0
		}
		v := d.items[b].Load()
		if t == b {
			if corrected && !d.top.CompareAndSwap(t, t+1) {
				v = 0
			}
			d.bottom.Store(t + 1)
		}
		taken[v]++
		return int(v)
	}
	steal := func(*explore.Proc) any {
		t := d.top.Load()
		if t >= d.bottom.Load() {
			return 0
		}
		v := d.items[t].Load()
		if !d.top.CompareAndSwap(t, t+1) {
			return 0
		}
		taken[v]++
		return int(v)
	}
	return &explore.Scenario{
		Setup: func(s *explore.Scheduler) {
			d.top.Store(0)
			d.bottom.Store(items)
			for i := range d.items {
				d.items[i].Store(int64(i) + 1)
			}
			explore.Track(s, "deque", &d)
			explore.Track(s, "taken", &taken)
		},
		Processes: []explore.Process{
			{Name: "owner", Ops: []explore.Op{step("take", take), step("take", take)}},
			{Name: "thief", Ops: []explore.Op{step("steal", steal), step("steal", steal)}},
		},
		Invariant: func(*explore.Execution) error {
			for v := 1; v <= items; v++ {
				if taken[v] > 1 {
					return errorf("item %d is taken %d times", v, taken[v])
				}
			}
			return nil
		},
		LockFree: true,
	}
}
