package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// queueClient is a client of the workload queue: it pushes and takes.
type queueClient struct {
	cfg    *config
	id     history.Client
	names  [][]byte
	queues []queue
	menu   []model.Op

	rec    *history.Recorder
	rng    *rand.Rand
	pushed uint64 // messages so far, over all rounds
	ahead  int    // more pushed than taken for the first time, in this round
	held   []heldMessage

	messages [][]byte // pushed next
	buf      []byte
	batch    *simdb.Batch
}

// heldMessage is a message that the client has claimed.
type heldMessage struct {
	key   int
	id    uint64
	claim simdb.Claim
}

func newQueueClient(ph *phase, db store, id history.Client) *queueClient {
	c := &queueClient{cfg: ph.cfg, id: id, names: queueNames(ph.Keys), menu: queueMenu(ph.cfg, ph.Keys)}
	for i, name := range c.names {
		q, err := db.Queue(name, limitOf(i))
		if err != nil {
			panic(err) // validate has seen to it
		}
		c.queues = append(c.queues, q)
	}
	var err error
	if c.batch, err = simdb.NewBatch(simdb.MinBatch, make([]byte, 4*ph.cfg.Sizes.Max)); err != nil {
		panic(err)
	}
	return c
}

func (c *queueClient) begin(seed uint64, rec *history.Recorder) {
	c.rec = rec
	c.rng = rand.New(rand.NewPCG(seed, uint64(c.id.Process)<<32|uint64(c.id.ID)))
	c.ahead = 0
}

func (c *queueClient) step() (bool, error) {
	if c.rec.Left() < len(c.held)+takeRecords {
		return false, nil // the rest is for acknowledging what is held
	}
	key := c.rng.IntN(len(c.queues))
	in := model.Input{Op: c.menu[c.rng.IntN(len(c.menu))]}
	switch {
	case (in.Op == model.Push || in.Op == model.PushBatch) && c.ahead >= mostAhead:
		in.Op = model.Pop
	case in.Op == model.Claim && len(c.held) == mostHeld, (in.Op == model.Ack || in.Op == model.Release) && len(c.held) > 0:
		if in.Op == model.Claim {
			in.Op = model.Ack
		}
		held := c.held[c.rng.IntN(len(c.held))]
		key, in.Value = held.key, held.id
	case in.Op == model.Ack, in.Op == model.Release:
		in.Op = model.Claim
	}
	switch in.Op {
	case model.Push, model.PushBatch:
		c.compose(key, &in)
	case model.Take:
		in.Value = simdb.MinBatch
	}
	_, ok, err := c.do(key, in)
	return ok, err
}

// takeRecords is how many records an operation takes at most.
const takeRecords = 1 + simdb.MinBatch/8

// end acknowledges what the client still holds. There is room to record that.
func (c *queueClient) end() error {
	for len(c.held) > 0 {
		held := c.held[0]
		if _, ok, err := c.do(held.key, model.Input{Op: model.Ack, Value: held.id}); err != nil || !ok {
			return errors.Join(err, ifNot(ok, errNoRoom))
		}
	}
	return nil
}

func ifNot(ok bool, err error) error {
	if ok {
		return nil
	}
	return err
}

// compose makes the messages of a push.
func (c *queueClient) compose(key int, in *model.Input) {
	n := 1
	if in.Op == model.PushBatch {
		n = 2 + c.rng.IntN(mostBatch-1)
	}
	for len(c.messages) < n {
		c.messages = append(c.messages, nil)
	}
	c.messages = c.messages[:n]
	for i := range n {
		c.pushed++
		id := uint64(c.id.Process)<<40 | uint64(c.id.ID)<<32 | c.pushed
		c.messages[i] = appendStamped(c.messages[i][:0], uint64(key), id, max(stampSize, c.cfg.Sizes.pick(c.rng)))
		if in.Op == model.Push {
			in.Value = id
		} else {
			in.Batch = append(in.Batch, id)
		}
	}
}

// do makes and records one operation. An error is a result that no operation
// may have.
func (c *queueClient) do(key int, in model.Input) (out model.Output, ok bool, err error) {
	if !c.rec.Call(uint64(key), in) {
		return out, false, nil
	}
	out, err = c.call(key, in)
	if out.Outcome == model.Unknown {
		return out, false, fmt.Errorf("%v on queue %q: %w", in, c.names[key], err)
	}
	c.rec.Return(out)
	return out, true, nil
}

// record records what was seen in another way.
func (c *queueClient) record(key int, in model.Input, out model.Output) bool {
	if !c.rec.Call(uint64(key), in) {
		return false
	}
	c.rec.Return(out)
	return true
}

// call makes the operation. The outcome stays unknown if the error is none that
// the model knows, or not true.
func (c *queueClient) call(key int, in model.Input) (out model.Output, err error) {
	q := c.queues[key]
	switch in.Op {
	case model.Push:
		err = q.Push(c.messages[0])
		return c.pushedOne(key, 1, err), err
	case model.PushBatch:
		err = q.PushBatch(c.messages)
		return c.pushedOne(key, len(c.messages), err), err
	case model.Pop:
		c.buf, err = c.pop(q)
		out = c.message(key, err)
	case model.Take:
		return c.take(key, q)
	case model.Claim:
		var claim simdb.Claim
		c.buf, claim, err = q.TryClaim(c.buf[:0])
		out = c.message(key, err)
		if out.Again = claim.Redelivered(); out.Again {
			c.ahead++ // it was counted when it was claimed first
		}
		if out.Outcome == model.OK {
			c.held = append(c.held, heldMessage{key, out.Value, claim})
		}
	case model.Ack:
		err = q.Ack(c.letGo(in.Value))
		out.Outcome = queueOutcome(err)
	case model.Release:
		err = q.Release(c.letGo(in.Value))
		out.Outcome = queueOutcome(err)
	case model.DeleteQueue:
		if err = q.Delete(); err == nil {
			c.ahead = 0
		}
		out.Outcome = queueOutcome(err)
	}
	return out, err
}

// pushedOne is what came of a push of n messages.
func (c *queueClient) pushedOne(key, n int, err error) model.Output {
	var limit *simdb.LimitError
	if errors.As(err, &limit) && (limit.Limit != uint64(limitOf(key)) || limit.Have > limit.Limit || limit.Have+uint64(n) <= limit.Limit) {
		return model.Output{}
	}
	if err == nil {
		c.ahead += n
	}
	return model.Output{Outcome: queueOutcome(err)}
}

// popWait is how long a pop waits that does, at most: long enough to sleep.
const popWait = 2 * time.Millisecond

// pop waits now and then.
func (c *queueClient) pop(q queue) ([]byte, error) {
	if c.rng == nil || c.rng.IntN(32) > 0 {
		return q.TryPop(c.buf[:0])
	}
	ctx, cancel := context.WithTimeout(context.Background(), popWait)
	defer cancel()
	out, err := q.Pop(ctx, c.buf[:0])
	if errors.Is(err, context.DeadlineExceeded) {
		err = simdb.ErrEmpty
	}
	return out, err
}

// message says which message is in buf.
func (c *queueClient) message(key int, err error) (out model.Output) {
	if out.Outcome = queueOutcome(err); out.Outcome != model.OK {
		return out
	}
	c.ahead--
	out.Outcome, out.Value = identify(c.buf, key)
	return out
}

// identify gives the id of a whole message.
func identify(b []byte, key int) (model.Outcome, uint64) {
	if id, whole := readStamped(b, uint64(key)); whole {
		return model.OK, id
	}
	return model.Torn, 0
}

func (c *queueClient) take(key int, q queue) (out model.Output, err error) {
	err = q.Take(c.batch)
	if out.Outcome = queueOutcome(err); out.Outcome != model.OK {
		return out, err
	}
	for _, m := range c.batch.All() {
		outcome, id := identify(m, key)
		if outcome != model.OK {
			return model.Output{Outcome: outcome}, nil
		}
		out.Batch = append(out.Batch, id)
	}
	c.ahead -= c.batch.Len()
	return out, nil
}

// letGo takes a message off the list of those held, and gives its claim.
func (c *queueClient) letGo(id uint64) simdb.Claim {
	i := slices.IndexFunc(c.held, func(h heldMessage) bool { return h.id == id })
	claim := c.held[i].claim
	c.held = slices.Delete(c.held, i, i+1)
	return claim
}

// queueOutcome is the model's name of an error, unknown if it has none. That of
// a claim that is refused has none: its client holds the message.
func queueOutcome(err error) model.Outcome {
	switch {
	case err == nil:
		return model.OK
	case errors.Is(err, simdb.ErrEmpty):
		return model.Empty
	case errors.Is(err, simdb.ErrNotFound):
		return model.NotFound
	case errors.Is(err, simdb.ErrFull):
		return model.Full
	}
	return model.Unknown
}
