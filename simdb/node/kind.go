package node

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"simdb.dev/simdb"
)

// kind is how elements of one type are kept in a store. Keys of packs and values are byte slices, as in simdb.
type kind[T any] interface {
	// append and decode are for messages. What decode gives is valid as long as b.
	append(dst []byte, v T) ([]byte, error)
	decode(b []byte) (T, error)
	// read makes s what its key holds. ErrStale: it was replaced meanwhile.
	read(s *snapshot[T]) error
	put(key []byte, v T) error
	update(key []byte, f func(old T, found bool) (T, error)) error
	// pack gives the records of a pack, appended to dst, and its version, zero if there is none; swap replaces it if it is still that one.
	pack(key []byte, dst []T) ([]T, simdb.Version, error)
	swap(key []byte, old simdb.Version, records iter.Seq[T]) error
}

// kindOf is plain for []byte, and typed for any other type.
func kindOf[T any](db *simdb.DB) (kind[T], error) {
	if k, ok := any(plain{db}).(kind[T]); ok {
		return k, nil
	}
	t, err := simdb.NewTyped[T](db)
	return typed[T]{t}, err
}

// keeper gives what makes a result last: bytes may be those of the next one.
func keeper[T any]() func(T) T {
	if clone, ok := any(bytes.Clone).(func(T) T); ok {
		return clone
	}
	return func(v T) T { return v }
}

// extend appends records to a pack, or makes it.
func extend[T any](ctx context.Context, k kind[T], key []byte, old, more []T) ([]T, error) {
	for {
		all, version, err := k.pack(key, old[:0])
		if err == nil {
			old = append(all, more...)
			err = k.swap(key, version, func(yield func(T) bool) {
				for _, v := range old {
					if !yield(v) {
						return
					}
				}
			})
		}
		if !errors.Is(err, simdb.ErrStale) && !errors.Is(err, simdb.ErrMismatch) {
			return old, err
		}
		if ctx.Err() != nil {
			return old, ctx.Err()
		}
	}
}

// typed are values of a Go type.
type typed[T any] struct{ simdb.Typed[T] }

func (t typed[T]) append(dst []byte, v T) ([]byte, error) { return t.Append(dst, v) }
func (t typed[T]) decode(b []byte) (T, error)             { return t.Decode(b) }
func (t typed[T]) put(key []byte, v T) error              { return t.Put(key, v) }

func (t typed[T]) update(key []byte, f func(T, bool) (T, error)) error { return t.Update(key, f) }

func (t typed[T]) read(s *snapshot[T]) error {
	p, err := t.Pack(s.key)
	if err == nil && p.Version() == s.version {
		return nil
	}
	if err == nil {
		return s.set(p.Version(), p.Append)
	}
	if err != simdb.ErrKind {
		return err
	}
	v, version, err := t.GetVersion(s.key)
	if err == nil {
		s.version, s.records = version, append(s.records[:0], v)
	}
	return err
}

// set makes s the records of that version. If they can not be had, it is nothing.
func (s *snapshot[T]) set(version simdb.Version, records func([]T) ([]T, error)) (err error) {
	s.version = simdb.Version{}
	if s.records, err = records(s.records[:0]); err == nil {
		s.version = version
	}
	return err
}

func (t typed[T]) pack(key []byte, dst []T) ([]T, simdb.Version, error) {
	p, err := t.Pack(key)
	if err == simdb.ErrNotFound {
		return dst, simdb.Version{}, nil
	}
	if err == nil {
		dst, err = p.Append(dst)
	}
	if err != nil {
		return dst, simdb.Version{}, err
	}
	return dst, p.Version(), nil
}

func (t typed[T]) swap(key []byte, old simdb.Version, records iter.Seq[T]) error {
	_, err := t.CompareAndSwapPack(key, old, records)
	return err
}

// plain are bytes as they are.
type plain struct{ db *simdb.DB }

func (p plain) append(dst, v []byte) ([]byte, error) { return append(dst, v...), nil }
func (p plain) decode(b []byte) ([]byte, error)      { return b, nil }
func (p plain) put(key, v []byte) error              { return p.db.Put(key, v) }

func (p plain) update(key []byte, f func([]byte, bool) ([]byte, error)) error {
	for {
		old, version, err := p.db.GetVersion(key, nil)
		if err != nil && err != simdb.ErrNotFound {
			return err
		}
		v, err := f(old, err == nil)
		if err == nil {
			_, err = p.db.CompareAndSwap(key, version, v)
		}
		if err != simdb.ErrMismatch {
			return err
		}
	}
}

func (p plain) read(s *snapshot[[]byte]) error {
	pack, err := p.db.Pack(s.key)
	if err == nil && pack.Version() == s.version {
		return nil
	}
	if err == nil {
		return s.set(pack.Version(), func(dst [][]byte) ([][]byte, error) {
			dst, s.memory, err = appendRecords(dst, s.memory[:0], &pack)
			return dst, err
		})
	}
	if err != simdb.ErrKind {
		return err
	}
	value, version, err := p.db.GetVersion(s.key, s.memory[:0])
	if err != nil {
		return err
	}
	if _, err := p.db.PackAt(version); err != simdb.ErrKind {
		return simdb.ErrStale // the bytes of a pack, or gone
	}
	s.memory = value
	s.version, s.records = version, append(s.records[:0], value)
	return nil
}

func (p plain) pack(key []byte, dst [][]byte) ([][]byte, simdb.Version, error) {
	pack, err := p.db.Pack(key)
	if err == simdb.ErrNotFound {
		return dst, simdb.Version{}, nil
	}
	if err == nil {
		dst, _, err = appendRecords(dst, nil, &pack)
	}
	if err != nil {
		return dst, simdb.Version{}, err
	}
	return dst, pack.Version(), nil
}

func (p plain) swap(key []byte, old simdb.Version, records iter.Seq[[]byte]) error {
	_, err := p.db.CompareAndSwapPack(key, old, records)
	return err
}

// appendRecords appends the records of a pack to dst; their bytes to memory.
func appendRecords(dst [][]byte, memory []byte, p *simdb.Pack) ([][]byte, []byte, error) {
	for r, err := range p.All() {
		if err != nil {
			return dst, memory, err
		}
		from := len(memory)
		memory = append(memory, r...)
		dst = append(dst, memory[from:len(memory):len(memory)])
	}
	return dst, memory, nil
}
