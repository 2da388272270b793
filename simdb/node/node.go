package node

import (
	"context"
	"iter"

	"simdb.dev/simdb"
)

// Node is a function wired to keys. It has no state: it may be run again, and several times at once.
type Node struct {
	queue Queue
	bind  func(*simdb.DB) (work, error)
}

// Queue is the key of the queue that drives a node.
type Queue string

// Input is an input beside the queue.
type Input interface {
	// entry gives its key, and whether there may be no such entry.
	entry() (key string, optional bool)
}

// Snapshot is the key of a value or pack, given as it is when a batch begins.
type Snapshot string

func (s Snapshot) entry() (string, bool) { return string(s), false }

// Optional is a Snapshot that has no elements if there is no such entry.
type Optional string

func (o Optional) entry() (string, bool) { return string(o), true }

// New wires a function of the elements of a queue.
func New[A, R any](f func(iter.Seq[A]) iter.Seq2[R, error], queue Queue, out Output[R]) *Node {
	return &Node{queue, func(db *simdb.DB) (work, error) {
		w := wiring{queue: queue}
		a := wireQueue[A](&w, db)
		return wire(&w, db, out, func() iter.Seq2[R, error] { return f(a.all()) })
	}}
}

// New2 is New for a function with one more input.
func New2[A, B, R any](f func(iter.Seq[A], iter.Seq[B]) iter.Seq2[R, error], queue Queue, second Input, out Output[R]) *Node {
	return &Node{queue, func(db *simdb.DB) (work, error) {
		w := wiring{queue: queue}
		a, b := wireQueue[A](&w, db), wireInput[B](&w, db, second)
		return wire(&w, db, out, func() iter.Seq2[R, error] { return f(a.all(), b.all()) })
	}}
}

// New3 is New for a function with two more inputs.
func New3[A, B, C, R any](f func(iter.Seq[A], iter.Seq[B], iter.Seq[C]) iter.Seq2[R, error], queue Queue, second, third Input, out Output[R]) *Node {
	return &Node{queue, func(db *simdb.DB) (work, error) {
		w := wiring{queue: queue}
		a, b, c := wireQueue[A](&w, db), wireInput[B](&w, db, second), wireInput[C](&w, db, third)
		return wire(&w, db, out, func() iter.Seq2[R, error] { return f(a.all(), b.all(), c.all()) })
	}}
}

// Each makes a function of elements out of a function of one.
func Each[A, R any](f func(A) (R, error)) func(iter.Seq[A]) iter.Seq2[R, error] {
	return func(elements iter.Seq[A]) iter.Seq2[R, error] {
		return func(yield func(R, error) bool) {
			for a := range elements {
				if !yield(f(a)) {
					return
				}
			}
		}
	}
}

// work is a node on a store: it calls the function with a batch and publishes what it gives.
type work func(context.Context, *simdb.Batch) error

// wiring collects the inputs of a function.
type wiring struct {
	queue  Queue
	inputs []input
	err    error // the first one
}

func wireQueue[T any](w *wiring, db *simdb.DB) *elements[T] {
	k, err := kindOf[T](db)
	w.fail(at(Wire, string(w.queue), err))
	e := &elements[T]{kind: k, key: string(w.queue)}
	w.inputs = append(w.inputs, e)
	return e
}

func wireInput[T any](w *wiring, db *simdb.DB, in Input) *snapshot[T] {
	key, optional := in.entry()
	k, err := kindOf[T](db)
	if err == nil && key == "" {
		err = simdb.ErrEmptyKey
	}
	w.fail(at(Wire, key, err))
	s := &snapshot[T]{kind: k, key: []byte(key), optional: optional}
	w.inputs = append(w.inputs, s)
	return s
}

func (w *wiring) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// wire completes a node: call is its function with all inputs.
func wire[R any](w *wiring, db *simdb.DB, out Output[R], call func() iter.Seq2[R, error]) (work, error) {
	publish, err := out.open(db)
	w.fail(err)
	if w.err != nil {
		return nil, w.err
	}
	keep := keeper[R]()
	var results []R
	return func(ctx context.Context, b *simdb.Batch) error {
		for _, in := range w.inputs {
			if err := in.begin(ctx, b); err != nil {
				return err
			}
		}
		results = results[:0]
		for r, err := range call() {
			if err != nil {
				return at(Call, string(w.queue), err)
			}
			results = append(results, keep(r))
		}
		if len(results) == 0 || publish == nil {
			return nil
		}
		return publish(ctx, results)
	}, nil
}
