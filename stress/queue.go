package main

import (
	"errors"
	"fmt"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// queues is the workload on queues. Every message pushed is accounted for: what
// nobody took is drained by the driver after each round.
type queues struct{}

// Each client pushes at most so many messages more than it takes, and so many
// at once; it holds at most so many claims. That bounds what a region has to
// have room for, a killed client's messages included.
const (
	mostAhead = 24
	mostBatch = 6
	mostHeld  = 4
)

// deletedFrom is the number of queues from which on they are deleted now and
// then. Nothing is claimed there, and lost and found messages can not be told
// apart: the histories of single queues are short enough for a search.
const deletedFrom = 200

func deleting(keys int) bool { return keys >= deletedFrom }

// limitOf is the limit of a queue, 0 for none: every fourth has one.
func limitOf(key int) int {
	if key%4 == 3 {
		return 20
	}
	return 0
}

func (queues) defaults(cfg *config) {
	cfg.Keys, cfg.Sizes = cfg.fewKeys(counts{1, 8, 400}, counts{4, deletedFrom}), sizes{16, 600}
	cfg.Mix = mix{
		"push": 20, "pushBatch": 6, "pop": 16, "take": 4,
		"claim": 16, "ack": 12, "release": 4, "deleteQueue": 4,
	}
}

// queueOps are the operations of the workload, on queues that are not deleted
// and on those that are.
var queueOps = [2][]model.Op{
	{model.Push, model.PushBatch, model.Pop, model.Take, model.Claim, model.Ack, model.Release},
	{model.Push, model.PushBatch, model.Pop, model.Take, model.DeleteQueue},
}

// queueMenu is what a client chooses from, each operation as often as it weighs.
func queueMenu(cfg *config, keys int) (menu []model.Op) {
	ops := queueOps[0]
	if deleting(keys) {
		ops = queueOps[1]
	}
	for _, op := range ops {
		for range cfg.Mix[op.String()] {
			menu = append(menu, op)
		}
	}
	return menu
}

func (queues) validate(cfg *config) error {
	for name, weight := range cfg.Mix {
		op, _ := model.ParseOp(name)
		if weight > 0 && !op.OnQueue() || op == model.QueueLen || op == model.Sweep {
			return fmt.Errorf("-mix: %s is not an operation of the workload queue", name)
		}
	}
	for _, n := range cfg.Keys {
		if len(queueMenu(cfg, n)) == 0 {
			return fmt.Errorf("-mix %v: nothing to do on %d queues", &cfg.Mix, n)
		}
	}
	if cfg.BlockSize < leastQueueBlock {
		return fmt.Errorf("-block %d: at least %d for a queue", cfg.BlockSize, leastQueueBlock)
	}
	if cfg.Sizes.Min < stampSize {
		return fmt.Errorf("-sizes %v: a message has at least %d bytes", &cfg.Sizes, stampSize)
	}
	return nil
}

// leastQueueBlock has room for a key of this workload and two slots.
const leastQueueBlock = 72

// queueNames are the keys: short enough for a segment of the smallest blocks.
func queueNames(n int) [][]byte {
	names := make([][]byte, n)
	for i := range names {
		names[i] = fmt.Appendf(nil, "q%d", i)
	}
	return names
}

func (queues) phases(cfg *config) []phase {
	list := make([]phase, len(cfg.Keys))
	clients := cfg.Processes * cfg.Goroutines
	if cfg.Kill {
		clients += mostCrashes(cfg) * cfg.Goroutines
	}
	left := clients * (mostAhead + mostBatch + mostHeld)
	message := blocks(cfg, cfg.Sizes.mean()+messageOverhead)
	largest := blocks(cfg, mostBatch*(cfg.Sizes.Max+messageOverhead))
	for i, n := range cfg.Keys {
		ph := phase{Name: fmt.Sprintf("%d queues", n), Keys: n, cfg: cfg}
		ph.Settle = 2*left + n*(2+mostCrashes(cfg))
		ph.Blocks = uint64(left)*(message+1) + uint64(8*cfg.Processes*cfg.Goroutines)*largest + uint64(4*n)
		ph.Tight = uint64(left)/16 + largest + uint64(n)
		// A limit refuses, as a region does that is full.
		ph.Full, ph.Creating = n > 3, deleting(n)
		list[i] = ph
	}
	return list
}

// messageOverhead is what a message takes beside its bytes, at most, in bytes.
const messageOverhead = 64

func (queues) client(ph *phase, db store, id history.Client) client {
	return newQueueClient(ph, db, id)
}

// settle says that the dead hold nothing any more, and takes what is left: what
// was given up, too.
func (queues) settle(db *simdb.DB, rec *history.Recorder, ph *phase, crashed []int32, _ func([]byte) bool) error {
	return apart(db, func(own *simdb.DB) error {
		c := newQueueClient(ph, handle{own}, history.Client{})
		c.rec = rec
		for key := range c.queues {
			for _, p := range crashed {
				if !deleting(ph.Keys) && !c.record(key, model.Input{Op: model.Sweep, Process: p}, model.Output{Outcome: model.OK}) {
					return errNoRoom
				}
			}
			if err := c.drain(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// drain takes all that is left of a queue.
func (c *queueClient) drain(key int) error {
	for op := model.Claim; ; {
		if deleting(len(c.queues)) {
			op = model.Pop
		}
		out, ok, err := c.do(key, model.Input{Op: op})
		switch {
		case err != nil:
			return found(violation, "region: queue %q: %v", c.names[key], err)
		case !ok:
			return errNoRoom
		case out.Outcome == model.Full: // no block is free for a copy of one of several
			op = model.Pop
		case out.Outcome != model.OK:
			return nil
		default:
			op = model.Claim
		}
		if err := c.end(); err != nil {
			return found(violation, "region: queue %q: %v", c.names[key], err)
		}
	}
}

// clear deletes every queue.
func (queues) clear(db *simdb.DB, ph *phase) error {
	c := newQueueClient(ph, handle{db}, history.Client{})
	for key, q := range c.queues {
		if err := q.Delete(); err != nil && !errors.Is(err, simdb.ErrNotFound) {
			return found(violation, "region: deleting %q: %v", c.names[key], err)
		}
	}
	return nil
}

// tally counts messages.
type tally struct {
	Pushed  int // by pushes that returned
	Perhaps int // by pushes that never did
	Popped  int
	Acked   int
	Again   int // claims of what had been claimed before
	Left    int // pushed, and nobody got them
	Killed  int // as many as pops that never returned may have taken
}

func (t *tally) String() string {
	return fmt.Sprintf("%d pushed, %d perhaps; %d popped, %d acknowledged, %d claimed again; %d left, of at most %d in pops that were killed",
		t.Pushed, t.Perhaps, t.Popped, t.Acked, t.Again, t.Left, t.Killed)
}

func (t *tally) add(u *tally) {
	t.Pushed += u.Pushed
	t.Perhaps += u.Perhaps
	t.Popped += u.Popped
	t.Acked += u.Acked
	t.Again += u.Again
	t.Left += u.Left
	t.Killed += u.Killed
}

// account looks for every message of a history: what a push returned for was
// popped, or acknowledged by who had claimed it, or is with somebody who was
// killed inside a pop.
func (queues) account(h *history.History, ph *phase) (*tally, error) {
	if deleting(ph.Keys) {
		return nil, nil
	}
	t := &tally{}
	done := make(map[message]bool, len(h.Ops)/2)
	for i := range h.Ops {
		op := &h.Ops[i]
		switch op.In.Op {
		case model.Pop, model.Take:
			for id := range delivered(op) {
				done[message{op.Key, id}] = true
				t.Popped++
			}
			if op.Pending() {
				t.Killed += int(max(1, op.In.Value))
			}
		case model.Claim:
			if op.Out.Again {
				t.Again++
			}
		case model.Ack: // also one that never returned
			done[message{op.Key, op.In.Value}] = true
			t.Acked++
		}
	}
	for i := range h.Ops {
		op := &h.Ops[i]
		for id := range op.Writes() {
			switch {
			case op.Pending():
				t.Perhaps++
			case op.Out.Outcome == model.OK:
				t.Pushed++
				if !done[message{op.Key, id}] {
					t.Left++
				}
			}
		}
	}
	if t.Left > t.Killed {
		return t, found(violation, "lost messages: %v", t)
	}
	return t, nil
}

type message struct {
	key int32
	id  uint64
}

// delivered yields the messages that a pop or a take returned.
func delivered(op *history.Op) func(func(uint64) bool) {
	return func(yield func(uint64) bool) {
		if op.Out.Outcome != model.OK {
			return
		}
		if op.In.Op == model.Pop {
			yield(op.Out.Value)
			return
		}
		for _, id := range op.Out.Batch {
			if !yield(id) {
				return
			}
		}
	}
}
