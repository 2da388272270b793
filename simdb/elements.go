package simdb

import "iter"

// Elements gives what key holds, one element after the other, whatever kind of entry it is: a value is one element, a pack its records, a queue its messages, each taken as it is given (but only looked at through
// a handle that is read-only). Each slice is valid until the next step. It ends with an error as Get; and with ErrStale if a pack is replaced or deleted when records of it have been given.
func (db *DB) Elements(key []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		again(yield, func(yield func([]byte, error) bool) error {
			p, err := db.Pack(key)
			if err == nil {
				p.All()(yield)
			}
			if err != ErrKind {
				return err
			}
			value, _, err := db.readValue(key, nil)
			if err == nil {
				yield(value, nil)
			}
			if err != ErrKind {
				return err
			}
			return db.drain(key, yield)
		})
	}
}

// Elements gives what key holds, one T after the other, as DB.Elements: a value is one element, a pack its records.
func (t Typed[T]) Elements(key []byte) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		again(yield, func(yield func(T, error) bool) error {
			p, err := t.Pack(key)
			if err == nil {
				p.All()(yield)
			}
			if err != ErrKind {
				return err
			}
			v, err := t.Get(key)
			if err == nil {
				yield(v, nil)
			}
			return err
		})
	}
}

// drain takes the messages of the queue at key until it is empty.
func (db *DB) drain(key []byte, yield func([]byte, error) bool) error {
	q, err := db.Queue(key, QueueOptions{})
	if err != nil {
		return ErrKind // no queue has such a key
	}
	if db.r.readOnly {
		q.Peek()(yield)
		return nil
	}
	for buf := []byte(nil); ; {
		buf, err = q.TryPop(buf[:0])
		if err == ErrEmpty {
			return nil
		}
		if err != nil || !yield(buf, nil) {
			return err
		}
	}
}

// kindRounds is how often an entry may turn from one kind into another while it is looked at.
const kindRounds = 100

// again lets give begin anew as long as it has given nothing: if the entry became stale before that, or turned from one kind into the other.
func again[T any](yield func(T, error) bool, give func(yield func(T, error) bool) error) {
	rounds := 0
	for given, stale := false, true; stale; rounds++ {
		stale = false
		err := give(func(v T, err error) bool {
			if err == ErrStale && !given {
				stale = true
				return false
			}
			given = true
			return yield(v, err)
		})
		switch {
		case err == ErrKind && rounds < kindRounds:
			stale = true
		case err != nil:
			var none T
			yield(none, err)
		}
	}
}
