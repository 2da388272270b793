package monitor

import (
	"iter"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// linkEnqueues makes the messages.
func (q *queue) linkEnqueues() (broken *Violation) {
	q.messages = make([]message, 0, len(q.ops)/2+1)
	q.index = make(map[uint64]int32, len(q.ops)/2+1)
	for i := range q.ops {
		op := &q.ops[i]
		if op.Out.Outcome == model.Full {
			continue
		}
		pos := int32(0)
		for id := range op.Writes() {
			if first, twice := q.index[id]; twice {
				broken = q.violation(Repeat, []int32{q.messages[first].enq, int32(i)}, "message %d was pushed twice", id)
				continue
			}
			q.index[id] = int32(len(q.messages))
			q.messages = append(q.messages, message{
				id: id, enq: int32(i), deq: none, pos: pos,
				enqCall: op.Call, enqReturn: op.Return, deqCall: never, deqReturn: never,
			})
			pos++
		}
	}
	return broken
}

// linkDequeues joins every message with its dequeue.
func (q *queue) linkDequeues() (broken *Violation) {
	for i := range q.ops {
		if v := q.linkDequeue(int32(i)); v != nil && broken == nil {
			broken = v
		}
	}
	return broken
}

func (q *queue) linkDequeue(i int32) *Violation {
	op := &q.ops[i]
	switch op.In.Op {
	case model.Pop, model.Take, model.Claim:
	case model.Ack:
		q.acks = append(q.acks, i)
		return nil
	case model.Release:
		q.releases = append(q.releases, i)
		return nil
	case model.Sweep:
		if !op.Pending() {
			q.sweeps = append(q.sweeps, i)
		}
		return nil
	default:
		return nil
	}
	switch op.Out.Outcome {
	case model.Unknown:
		for range dequeues(op) {
			q.pending = append(q.pending, i)
		}
	case model.Full:
	case model.Empty, model.NotFound:
		q.nothing = append(q.nothing, i)
	default:
		return q.linkReturned(i)
	}
	return nil
}

// dequeues is the most that a dequeue takes.
func dequeues(op *history.Op) uint64 {
	if op.In.Op == model.Take {
		return op.In.Value
	}
	return 1
}

// linkReturned links what a dequeue returned.
func (q *queue) linkReturned(i int32) (broken *Violation) {
	op := &q.ops[i]
	if op.In.Op != model.Take {
		return q.linkMessage(i, 0, op.Out.Value)
	}
	q.takes = q.takes || len(op.Out.Batch) > 1
	for turn, id := range op.Out.Batch {
		if v := q.linkMessage(i, int32(turn), id); v != nil {
			broken = v
		}
	}
	return broken
}

func (q *queue) linkMessage(i, turn int32, id uint64) *Violation {
	op := &q.ops[i]
	at, ok := q.index[id]
	if !ok {
		return q.violation(Fresh, []int32{i}, "message %d was delivered and never pushed", id)
	}
	m := &q.messages[at]
	if op.In.Op == model.Claim {
		q.claims = append(q.claims, i)
		if op.Out.Again {
			return nil
		}
	}
	if m.deq != none {
		return q.violation(Repeat, []int32{m.enq, m.deq, i}, "message %d was delivered twice", id)
	}
	m.deq, m.turn, m.deqCall, m.deqReturn = i, turn, op.Call, op.Return
	return nil
}

// fresh finds messages that were dequeued before they were enqueued.
func (q *queue) fresh() *Violation {
	for i := range q.messages {
		if m := &q.messages[i]; m.deqReturn < m.enqCall {
			return q.violation(Fresh, []int32{m.enq, m.deq}, "message %d was delivered before it was pushed", m.id)
		}
	}
	return nil
}

// groups yields the messages by enqueue.
func groups(messages []message) iter.Seq2[int, []message] {
	return func(yield func(int, []message) bool) {
		for n := 0; len(messages) > 0; n++ {
			end := 1
			for end < len(messages) && messages[end].enq == messages[0].enq {
				end++
			}
			if !yield(n, messages[:end:end]) {
				return
			}
			messages = messages[end:]
		}
	}
}
