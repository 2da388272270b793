package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"simdb.dev/simdb"
)

// Options of Run. The zero value takes batches of up to 64 elements and 1 MiB, and goes on until the context ends.
type Options struct {
	// Elements is how many make a batch at most, simdb.MinBatch to simdb.MaxBatch; 0 for simdb.MinBatch. What a batch claims, nobody else works at.
	Elements int

	// Memory is how many bytes they have together, as they are stored; 0 for 1 MiB.
	Memory int

	// End says whether all that will ever be pushed has been pushed. It is asked when the queue is empty, until it says so; nil for never. If another node pushes, that is when it has ended, wherever it runs:
	// else it may wait for room in the queue that nobody makes any more.
	End func() (bool, error)
}

const defaultMemory = 1 << 20

// WhenEmpty is an Options.End: all has been pushed before.
func WhenEmpty() (bool, error) { return true, nil }

// WhenThere is an Options.End: whoever pushes puts something at key afterwards.
func WhenThere(db *simdb.DB, key string) func() (bool, error) {
	return func() (bool, error) {
		_, err := db.Len([]byte(key))
		if errors.Is(err, simdb.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
}

// How long a node waits before it looks around again, and how often it looks for what dead processes left, at least.
const (
	idle       = 50 * time.Millisecond
	sweepEvery = 200 * time.Millisecond
)

// Run claims batches, calls the node's function and publishes what that gives, until the input ends (nil), ctx ends (its error), or something goes wrong (an *Error). It looks at ctx between batches and while it waits, so
// a function that takes long should look at it, too.
func (n *Node) Run(ctx context.Context, db *simdb.DB, o Options) error {
	r, err := n.start(db, o)
	if err != nil {
		return err
	}
	defer r.giveUp()
	for {
		more, err := r.take(ctx)
		if err != nil || !more {
			return err
		}
		if err := r.work(ctx, r.batch); err != nil {
			return err
		}
		if err := r.acknowledge(); err != nil {
			return err
		}
	}
}

// run is a run of a node.
type run struct {
	db    *simdb.DB
	queue *simdb.Queue
	key   string
	end   func() (bool, error)
	over  bool // end said so
	work  work
	swept time.Time // when it looked for what the dead left

	batch  *simdb.Batch
	memory int           // of the batch
	claims []simdb.Claim // of the batch's elements

	// The element claimed last, if it is not in the batch: it is the first of the next one.
	element []byte
	claim   simdb.Claim
	left    bool
	taken   uint64 // elements that went into batches
}

func (n *Node) start(db *simdb.DB, o Options) (*run, error) {
	r := &run{db: db, key: string(n.queue), end: o.End}
	var err error
	if r.queue, err = db.Queue([]byte(n.queue), simdb.QueueOptions{}); err != nil {
		return nil, at(Wire, r.key, err)
	}
	if o.Elements == 0 {
		o.Elements = simdb.MinBatch
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if r.memory = o.Memory; r.memory < 0 {
		return nil, at(Wire, r.key, fmt.Errorf("%w: a batch of %d bytes", simdb.ErrOptions, r.memory))
	}
	if r.batch, err = simdb.NewBatch(o.Elements, make([]byte, o.Memory)); err != nil {
		return nil, at(Wire, r.key, err)
	}
	r.work, err = n.bind(db)
	return r, err
}

// take fills the batch with what the queue has, at least one element. It reports false if there is none and never will be.
func (r *run) take(ctx context.Context) (bool, error) {
	r.batch.Reset()
	if err := r.sweep(); err != nil {
		return false, at(Claim, r.key, err)
	}
	if !r.left {
		if more, err := r.await(ctx); err != nil || !more {
			return false, err
		}
	}
	for r.batch.Append(r.element) {
		r.left = false
		r.taken++
		r.claims = append(r.claims, r.claim)
		if !r.batch.Room(0) {
			return true, nil
		}
		if err := r.try(); err == simdb.ErrEmpty {
			return true, nil
		} else if err != nil {
			return false, at(Claim, r.key, err)
		}
	}
	if r.batch.Len() == 0 {
		return false, at(Claim, r.key, &simdb.ElementError{Element: r.taken, Bytes: len(r.element), Memory: r.memory})
	}
	return true, nil
}

// await claims an element, waiting until there is one. It reports false if there never will be.
func (r *run) await(ctx context.Context) (bool, error) {
	for {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err := r.sweep(); err != nil {
			return false, at(Claim, r.key, err)
		}
		err := r.try()
		if err != simdb.ErrEmpty {
			return err == nil, at(Claim, r.key, err)
		}
		// The queue was empty after its end: what is not acknowledged by now is all there is.
		if r.over {
			n, err := r.queue.Unacked()
			if err == simdb.ErrNotFound || err == nil && n == 0 {
				return false, nil
			}
			if err != nil {
				return false, at(Claim, r.key, err)
			}
		}
		if !r.over && r.end != nil {
			if r.over, err = r.end(); err != nil {
				return false, at(Claim, r.key, err)
			}
			if r.over {
				continue
			}
		}
		err = r.wait(ctx)
		if err == nil {
			return true, nil
		}
		if ctx.Err() == nil && err != context.DeadlineExceeded {
			return false, at(Claim, r.key, err)
		}
	}
}

// try claims an element if there is one.
func (r *run) try() (err error) {
	r.element, r.claim, err = r.queue.TryClaim(r.element[:0])
	r.left = err == nil
	return err
}

// wait claims an element if one comes before it is time to look around.
func (r *run) wait(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	r.element, r.claim, err = r.queue.Claim(ctx, r.element[:0])
	r.left = err == nil
	return err
}

// sweep gives what dead processes had claimed to the next claim.
func (r *run) sweep() error {
	if time.Since(r.swept) < sweepEvery {
		return nil
	}
	_, err := r.db.Sweep()
	r.swept = time.Now()
	return err
}

// acknowledge says that the batch is done with. If an acknowledgement fails, the others are tried all the same.
func (r *run) acknowledge() error {
	var failed error
	for _, c := range r.claims {
		if err := r.queue.Ack(c); failed == nil {
			failed = err
		}
	}
	r.claims = r.claims[:0]
	return at(Acknowledge, r.key, failed)
}

// giveUp leaves what is claimed to the next claim. It fails only if the handle is closed, which has done so.
func (r *run) giveUp() {
	if r.left {
		r.claims = append(r.claims, r.claim)
	}
	for _, c := range r.claims {
		_ = r.queue.Release(c)
	}
}
