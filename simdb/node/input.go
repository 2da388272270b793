package node

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"simdb.dev/simdb"
)

// input is one parameter of a node's function.
type input interface {
	// begin makes the input ready for a batch.
	begin(context.Context, *simdb.Batch) error
}

// elements are those of a batch. All are decoded before the function is called, so that it sees all of them or is not called.
type elements[T any] struct {
	kind   kind[T]
	key    string
	values []T
}

func (e *elements[T]) begin(_ context.Context, b *simdb.Batch) error {
	e.values = e.values[:0]
	for i, bytes := range b.All() {
		v, err := e.kind.decode(bytes)
		if err != nil {
			return at(Read, e.key, fmt.Errorf("element %d of %d: %w", i, b.Len(), err))
		}
		e.values = append(e.values, v)
	}
	return nil
}

func (e *elements[T]) all() iter.Seq[T] { return slices.Values(e.values) }

// snapshot is what an entry was at one moment. It is copied, so that no replacement disturbs the function, and only if it is another one than last time.
type snapshot[T any] struct {
	kind     kind[T]
	key      []byte
	optional bool
	version  simdb.Version // of records; zero if there is no entry
	records  []T
	memory   []byte // of records that are bytes
}

func (s *snapshot[T]) begin(ctx context.Context, _ *simdb.Batch) error {
	for {
		err := s.kind.read(s)
		switch {
		case err == nil:
			return nil
		case s.optional && errors.Is(err, simdb.ErrNotFound):
			s.version, s.records = simdb.Version{}, s.records[:0]
			return nil
		case !errors.Is(err, simdb.ErrStale):
			return at(Read, string(s.key), err)
		case ctx.Err() != nil: // it is replaced faster than it can be copied
			return ctx.Err()
		}
	}
}

func (s *snapshot[T]) all() iter.Seq[T] { return slices.Values(s.records) }
