//go:build linux

package main

import (
	"sync/atomic"

	"simdb.dev/simdb"
)

// queueFaults are queues with one thing wrong, now and then.
var queueFaults = map[string]func(faultyQueue) queue{
	"message lost":        func(q faultyQueue) queue { return lostMessage{q} },
	"message doubled":     func(q faultyQueue) queue { return doubledMessage{q} },
	"message late":        func(q faultyQueue) queue { return &lateMessage{faultyQueue: q} },
	"message torn":        func(q faultyQueue) queue { return tornMessage{q} },
	"false empty":         func(q faultyQueue) queue { return emptyQueue{q} },
	"batch apart":         func(q faultyQueue) queue { return apartBatch{q} },
	"release lost":        func(q faultyQueue) queue { return lostRelease{q} },
	"claim of another":    func(q faultyQueue) queue { return &anothersClaim{faultyQueue: q} },
	"ack lost":            func(q faultyQueue) queue { return lostAck{q} },
	"limit without cause": func(q faultyQueue) queue { return falseLimit{q} },
	"message leaked":      func(q faultyQueue) queue { return leakedMessage{q} },
}

type faultyQueue struct {
	queue
	faulty
}

// faultyQueues are stores whose queues have that fault.
type faultyQueues struct {
	faulty
	fault func(faultyQueue) queue
}

func (f faultyQueues) Queue(key []byte, limit int) (queue, error) {
	q, err := f.handle.Queue(key, limit)
	if err != nil {
		return nil, err
	}
	return f.fault(faultyQueue{q, f.faulty}), nil
}

// lostMessage forgets what it reports as pushed.
type lostMessage struct{ faultyQueue }

func (q lostMessage) Push(m []byte) error {
	if q.now(500) {
		return nil
	}
	return q.queue.Push(m)
}

// doubledMessage pushes twice.
type doubledMessage struct{ faultyQueue }

func (q doubledMessage) Push(m []byte) error {
	if q.now(500) {
		if err := q.queue.Push(m); err != nil {
			return err
		}
	}
	return q.queue.Push(m)
}

// lateMessage pushes one message after the next.
type lateMessage struct {
	faultyQueue
	busy atomic.Bool // guards late
	late []byte
}

func (q *lateMessage) Push(m []byte) error {
	if !q.busy.CompareAndSwap(false, true) {
		return q.queue.Push(m)
	}
	defer q.busy.Store(false)
	if q.late == nil && q.now(200) {
		q.late = append([]byte(nil), m...)
		return nil
	}
	err := q.queue.Push(m)
	if err == nil && q.late != nil {
		if err := q.queue.Push(q.late); err == nil {
			q.late = nil
		}
	}
	return err
}

// tornMessage returns messages with one byte of another.
type tornMessage struct{ faultyQueue }

func (q tornMessage) Take(b *simdb.Batch) error {
	err := q.queue.Take(b)
	if err == nil && q.now(100) {
		b.At(b.Len() - 1)[9]++
	}
	return err
}

// emptyQueue is empty without cause.
type emptyQueue struct{ faultyQueue }

func (q emptyQueue) TryPop(dst []byte) ([]byte, error) {
	if q.now(100) {
		return dst, simdb.ErrEmpty
	}
	return q.queue.TryPop(dst)
}

// apartBatch pushes the messages of a batch one by one.
type apartBatch struct{ faultyQueue }

func (q apartBatch) PushBatch(messages [][]byte) error {
	for _, m := range messages {
		if err := q.queue.Push(m); err != nil {
			return err
		}
	}
	return nil
}

// lostRelease acknowledges what is to be given up.
type lostRelease struct{ faultyQueue }

func (q lostRelease) Release(c simdb.Claim) error {
	if q.now(20) {
		return q.queue.Ack(c)
	}
	return q.queue.Release(c)
}

// anothersClaim gives a message up behind the back of who claimed it.
type anothersClaim struct{ faultyQueue }

func (q *anothersClaim) TryClaim(dst []byte) ([]byte, simdb.Claim, error) {
	out, c, err := q.queue.TryClaim(dst)
	if err == nil && q.now(50) {
		if err := q.queue.Release(c); err != nil {
			return out, c, err
		}
	}
	return out, c, err
}

// lostAck gives up what is acknowledged.
type lostAck struct{ faultyQueue }

func (q lostAck) Ack(c simdb.Claim) error {
	if q.now(50) {
		return q.queue.Release(c)
	}
	return q.queue.Ack(c)
}

// falseLimit is at its limit without cause.
type falseLimit struct{ faultyQueue }

func (q falseLimit) Push(m []byte) error {
	if q.now(500) {
		return &simdb.LimitError{Limit: 20, Have: 19}
	}
	return q.queue.Push(m)
}

// leakedMessage makes a free block one that nothing leads to.
type leakedMessage struct{ faultyQueue }

func (q leakedMessage) TryPop(dst []byte) ([]byte, error) {
	if q.now(500) {
		if err := leak(q.DB, q.path); err != nil {
			return dst, err
		}
	}
	return q.queue.TryPop(dst)
}
