package node

import (
	"context"

	"simdb.dev/simdb"
)

// Output is where the results of a node go. The zero Output drops them.
type Output[R any] struct {
	key  string
	bind func(*simdb.DB, kind[R]) (publish[R], error)
}

// publish makes the results of one batch seen, all or none. They are at least one.
type publish[R any] func(ctx context.Context, results []R) error

// open binds the output to a store; nil drops the results.
func (o Output[R]) open(db *simdb.DB) (publish[R], error) {
	if o.bind == nil {
		return nil, nil
	}
	if o.key == "" {
		return nil, at(Wire, o.key, simdb.ErrEmptyKey)
	}
	k, err := kindOf[R](db)
	if err != nil {
		return nil, at(Wire, o.key, err)
	}
	p, err := o.bind(db, k)
	if err != nil {
		return nil, at(Wire, o.key, err)
	}
	return func(ctx context.Context, results []R) error {
		err := p(ctx, results)
		if ctx.Err() != nil && err == ctx.Err() {
			return err
		}
		return at(Publish, o.key, err)
	}, nil
}

// ToQueue pushes the results of a batch to the queue at key by one step. While there is no room for all of them, the node waits. A limit must have room for those of one batch, or the node ends with simdb.ErrFull.
func ToQueue[R any](key string, o simdb.QueueOptions) Output[R] {
	return Output[R]{key, func(db *simdb.DB, k kind[R]) (publish[R], error) {
		q, err := db.Queue([]byte(key), o)
		var memory []byte
		var messages [][]byte
		return func(ctx context.Context, results []R) (err error) {
			memory, messages = memory[:0], messages[:0]
			for _, r := range results {
				from := len(memory)
				if memory, err = k.append(memory, r); err != nil {
					return err
				}
				messages = append(messages, memory[from:len(memory):len(memory)])
			}
			return q.PushBatchWait(ctx, messages)
		}, err
	}}
}

// ToPack appends the results of each batch to the pack at key, whose records are of type R, or makes it. The pack is built anew for each batch, so a batch costs as much as the pack is long; readers see the old one or the new one.
func ToPack[R any](key string) Output[R] {
	return Output[R]{key, func(_ *simdb.DB, k kind[R]) (publish[R], error) {
		var old []R
		return func(ctx context.Context, results []R) (err error) {
			old, err = extend(ctx, k, []byte(key), old, results)
			return err
		}, nil
	}}
}

// ToValue makes the last result of each batch the value at key.
func ToValue[R any](key string) Output[R] {
	return Output[R]{key, func(_ *simdb.DB, k kind[R]) (publish[R], error) {
		return func(_ context.Context, results []R) error {
			return k.put([]byte(key), results[len(results)-1])
		}, nil
	}}
}

// Fold makes the value at key, the zero V if there is none, what f makes of it and of each result in turn. f may be called several times for one result: whenever somebody else was faster. What comes twice after a kill is
// folded twice.
func Fold[R, V any](key string, f func(V, R) V) Output[R] {
	return Output[R]{key, func(db *simdb.DB, _ kind[R]) (publish[R], error) {
		k, err := kindOf[V](db)
		return func(_ context.Context, results []R) error {
			return k.update([]byte(key), func(v V, _ bool) (V, error) {
				for _, r := range results {
					v = f(v, r)
				}
				return v, nil
			})
		}, err
	}}
}
