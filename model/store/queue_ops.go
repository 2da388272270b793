//go:build explore

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"simdb.dev/model"
	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// The operations on queues. Messages are given by id, and are one word long unless said otherwise.

// drain is an operation beyond those of the model: it takes all that is left in a queue.
const drain model.Op = 253

// heldMessage is a message that a client claimed and has not let go.
type heldMessage struct {
	id    uint64
	claim simdb.Claim
}

// onQueue makes an operation on the queue of a key.
func onQueue(k int, in model.Input, do func(c *client, q *simdb.Queue) output) op {
	return func(c *client) explore.Op {
		i := &input{key: k, Input: in}
		i.Process = c.process
		return explore.Op{
			Name: fmt.Sprintf("%s.%v", key(k), in), Input: i,
			Do: func(*explore.Proc) any { return do(c, c.queues[k]) },
		}
	}
}

func push(k, id int) op { return pushLong(k, id, 1) }

func pushLong(k, id, words int) op {
	b := value(id, words)
	made := onQueue(k, model.Input{Op: model.Push, Value: uint64(id), Len: uint32(len(b))}, func(_ *client, q *simdb.Queue) output {
		return output{outcome: outcome(q.Push(b))}
	})
	return func(c *client) explore.Op {
		c.w.lengths[uint64(id)] = uint64(len(b))
		return made(c)
	}
}

func pushBatch(k int, ids ...int) op {
	var batch []uint64
	var messages [][]byte
	for _, id := range ids {
		batch = append(batch, uint64(id))
		messages = append(messages, value(id, 1))
	}
	made := onQueue(k, model.Input{Op: model.PushBatch, Batch: batch}, func(_ *client, q *simdb.Queue) output {
		return output{outcome: outcome(q.PushBatch(messages))}
	})
	return func(c *client) explore.Op {
		for i, id := range batch {
			c.w.lengths[id] = uint64(len(messages[i]))
		}
		return made(c)
	}
}

func pop(k int) op {
	return onQueue(k, model.Input{Op: model.Pop}, func(c *client, q *simdb.Queue) output {
		return read(q.TryPop(c.buf[:0]))
	})
}

// take takes up to n messages of one batch, which is done by one step.
func take(k, n int) op { return takeInto(k, n, n) }

// takeInto takes up to n messages, with room for so many words.
func takeInto(k, n, room int) op {
	return onQueue(k, model.Input{Op: model.Take, Value: uint64(n)}, func(_ *client, q *simdb.Queue) output {
		b, err := simdb.NewBatch(simdb.MinBatch, make([]byte, 8*room))
		must(err)
		err = q.Take(b)
		var large *simdb.ElementError
		if errors.As(err, &large) {
			return output{outcome: noRoom, value: uint64(large.Bytes)}
		}
		out := output{outcome: outcome(err)}
		for _, m := range b.All() {
			id, ok := identify(m)
			if !ok {
				return output{outcome: model.Torn}
			}
			out.fifo += string(rune(id))
		}
		return out
	})
}

// popWait pops, and waits for a message. The others wait likewise: claimWait for a message, pushWait for room.
func popWait(k int) op {
	return blocking(onQueue(k, model.Input{Op: model.Pop}, func(c *client, q *simdb.Queue) output {
		return read(q.Pop(context.Background(), c.buf[:0]))
	}))
}

func claimWait(k int) op {
	return blocking(onQueue(k, model.Input{Op: model.Claim}, func(c *client, q *simdb.Queue) output {
		b, claim, err := q.Claim(context.Background(), c.buf[:0])
		return c.claimed(b, claim, err)
	}))
}

func pushWait(k, id int) op {
	b := value(id, 1)
	return blocking(onQueue(k, model.Input{Op: model.Push, Value: uint64(id)}, func(_ *client, q *simdb.Queue) output {
		return output{outcome: outcome(q.PushWait(context.Background(), b))}
	}))
}

func blocking(o op) op {
	return func(c *client) explore.Op {
		xo := o(c)
		xo.Blocking = true
		return xo
	}
}

func queueLength(k int) op {
	return onQueue(k, model.Input{Op: model.QueueLen}, func(_ *client, q *simdb.Queue) output {
		n, err := q.Len()
		return output{outcome: outcome(err), value: uint64(n)}
	})
}

func removeQueue(k int) op {
	return onQueue(k, model.Input{Op: model.DeleteQueue}, func(_ *client, q *simdb.Queue) output {
		return output{outcome: outcome(q.Delete())}
	})
}

func claim(k int) op {
	return onQueue(k, model.Input{Op: model.Claim}, func(c *client, q *simdb.Queue) output {
		b, claim, err := q.TryClaim(c.buf[:0])
		return c.claimed(b, claim, err)
	})
}

// claimed makes an output of a claim, and notes what is held.
func (c *client) claimed(b []byte, claim simdb.Claim, err error) output {
	out := read(b, err)
	if out.outcome == model.OK {
		out.again = claim.Redelivered()
		c.held = append(c.held, heldMessage{out.value, claim})
		if c.first.id == 0 {
			c.first = c.held[0]
		}
	}
	return out
}

// ack acknowledges what the client claimed last. It does nothing if the client holds nothing.
func ack(k int) op { return letGo(k, model.Ack, (*simdb.Queue).Ack) }

// release gives up what the client claimed last. It does nothing if the client holds nothing.
func release(k int) op { return letGo(k, model.Release, (*simdb.Queue).Release) }

func letGo(k int, what model.Op, do func(*simdb.Queue, simdb.Claim) error) op {
	return onQueue(k, model.Input{Op: what}, func(c *client, q *simdb.Queue) output {
		n := len(c.held)
		if n == 0 {
			return output{outcome: closed}
		}
		m := c.held[n-1]
		err := do(q, m.claim)
		if err == nil {
			c.held = c.held[:n-1]
		}
		return output{outcome: outcome(err), value: m.id}
	})
}

// ackFirst acknowledges by the claim that the client got first, which it may have given up since.
func ackFirst(k int) op {
	return onQueue(k, model.Input{Op: model.Ack}, func(c *client, q *simdb.Queue) output {
		m := c.first
		if m.id == 0 {
			return output{outcome: closed}
		}
		gaveUp := !slices.Contains(c.held, m)
		err := q.Ack(m.claim)
		if err == nil {
			c.held = slices.DeleteFunc(c.held, func(h heldMessage) bool { return h == m })
		}
		return output{outcome: outcome(err), value: m.id, again: gaveUp}
	})
}

// drained takes what is left in a queue, when all others have ended: the messages, then those that were given up. It says which processes had died or closed.
func drained(k int) op {
	return onQueue(k, model.Input{Op: drain}, func(c *client, q *simdb.Queue) output {
		out := output{outcome: model.OK, gone: c.w.gone()}
		for {
			one := read(q.TryPop(c.buf[:0]))
			if one.outcome == model.Empty {
				break
			}
			if one.outcome != model.OK {
				return one
			}
			out.fifo += string(rune(one.value))
		}
		var again []rune
		for {
			b, claim, err := q.TryClaim(c.buf[:0])
			one := read(b, err)
			if one.outcome == model.Empty {
				break
			}
			if one.outcome != model.OK || !claim.Redelivered() || q.Ack(claim) != nil {
				return output{outcome: model.Torn}
			}
			again = append(again, rune(one.value))
		}
		slices.Sort(again)
		out.orphans = string(again)
		return out
	})
}

// look checks the structure of the region when all others have ended. It does no step.
func look(when string) op {
	return func(c *client) explore.Op {
		return explore.Op{Name: "look", Do: func(p *explore.Proc) any {
			if err := c.w.region.Check(c.w.region.Deaths(), false); err != nil {
				p.Errorf("%s: %v", when, err)
			}
			return nil
		}}
	}
}

// by does an operation of before in the place of that process.
func by(name string, o op) op {
	return func(c *client) explore.Op { return o(c.w.clients[name]) }
}
