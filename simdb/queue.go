package simdb

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"runtime"
)

// Queue is a FIFO queue of messages at a key, of any number of producers and consumers in any number of processes. Its methods may be called by any number of goroutines.
// It exists from the first push until it is deleted; a queue without messages is still a queue. It is an accessor that costs nothing to keep: it holds hints where the ends of the queue are, so
// keep one for a key that is used often.
type Queue struct {
	db *DB
	queue
	patience patience
}

// queue is what the region's side of a Queue needs.
type queue struct {
	r      *region
	key    []byte
	hash   uint64
	bucket uint64
	line   uint64 // offset of the wait line
	at     segments
	limit  uint64 // of a queue that is created

	unlimited bool // pushes may go beyond the limit: of messages that were in the queue before

	head  local // position: all before it is used up
	tail  local // position: all before it is filled
	found local // block of the orphan found last
	none  local // value of the line's orphan hint for which there was none
}

// QueueOptions are those of a queue.
type QueueOptions struct {
	// Limit is how many messages the queue holds at most, 0 for as many as the region. It is set by the push that creates the queue, and holds for everybody until the queue is deleted.
	Limit int
}

// Queue gives access to the queue at key. It does not create it. Errors: ErrEmptyKey; ErrTooLarge if the region's blocks have no room for the key and two slots.
func (db *DB) Queue(key []byte, o QueueOptions) (*Queue, error) {
	if err := db.check(key); err != nil {
		return nil, err
	}
	q := &Queue{db: db}
	q.init(db.r, bytes.Clone(key))
	q.limit = uint64(max(0, o.Limit))
	if q.at.slots < minSlots {
		return nil, &TooLargeError{Bytes: uint64(len(key)), Max: db.r.largestQueueKey()}
	}
	return q, nil
}

func (q *queue) init(r *region, key []byte) {
	q.r, q.key, q.hash, q.at = r, key, r.hash(key), r.segments(uint64(len(key)))
	q.bucket = r.bucketOf(q.hash)
	q.line = r.waitLine(q.bucket)
}

// largestQueueKey is how long the key of a queue may be.
func (g *geometry) largestQueueKey() uint64 {
	return g.blockSize - min(g.blockSize, blockHeader+segmentHeader+8*minSlots)
}

// enter begins an operation.
func (q *Queue) enter() (*lane, error) { return q.db.enterProtecting() }

// enterReading begins an operation that changes nothing but hazards, if those.
func (q *Queue) enterReading() (*lane, error) {
	if q.r.readOnly {
		return q.db.enterReading()
	}
	return q.enter()
}

// leave ends an operation. It gives the operation's error, unless the region is gone.
func (q *Queue) leave(ln *lane, err error) error {
	ln.leave(&q.r.mem)
	err = q.r.sound(err)
	runtime.KeepAlive(q.db)
	return err
}

// Push appends a message, which may be empty. When it returns nil, the message is in the queue, and stays until somebody takes it or deletes the queue.
// Errors: ErrFull if the region, or the queue by its limit, is full; ErrTooLarge, ErrKind, ErrClosed, ErrCorrupt; each leaves the queue as it was.
func (q *Queue) Push(message []byte) error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	if !q.pushFast(ln, message) {
		one := [1][]byte{message}
		err = q.pushSlow(ln, one[:])
	}
	return q.leave(ln, err)
}

// PushBatch appends messages by one step: whoever sees the first of them sees all, and no other message comes between them. Errors as Push.
func (q *Queue) PushBatch(messages [][]byte) error {
	if len(messages) == 0 {
		return nil
	}
	ln, err := q.enter()
	if err != nil {
		return err
	}
	return q.leave(ln, q.pushSlow(ln, messages))
}

// pushSlow is push in any case.
func (q *Queue) pushSlow(ln *lane, messages [][]byte) error {
	err := q.push(ln, messages)
	if full, ok := err.(*FullError); ok && q.db.space(ln, full) {
		err = q.push(ln, messages)
	}
	return err
}

// PushWait is Push, but waits while the queue or the region is full. It ends with ctx's error if that ends first.
func (q *Queue) PushWait(ctx context.Context, message []byte) error {
	return q.wait(ctx, func() (bool, error) {
		err := q.Push(message)
		return !errors.Is(err, ErrFull), err
	})
}

// PushBatchWait is PushBatch, but waits while the queue or the region is full. It ends with ctx's error if that ends first. Errors: a *LimitError also if there are more messages than the queue may ever hold.
func (q *Queue) PushBatchWait(ctx context.Context, messages [][]byte) error {
	return q.wait(ctx, func() (bool, error) {
		err := q.PushBatch(messages)
		limit, ok := err.(*LimitError)
		return !errors.Is(err, ErrFull) || ok && uint64(len(messages)) > limit.Limit, err
	})
}

// TryPop takes the first message, appended to dst: with room in dst it does not allocate. Whoever is killed inside may lose the message; nobody gets it twice.
// Errors: ErrEmpty (also if there is no queue), ErrKind, ErrClosed, ErrCorrupt.
func (q *Queue) TryPop(dst []byte) ([]byte, error) {
	ln, err := q.enter()
	if err != nil {
		return dst, err
	}
	out, done := q.popFast(ln, dst)
	if !done {
		out, err = q.pop(ln, dst)
	}
	return out, q.leave(ln, err)
}

// Pop is TryPop, but waits for a message. It ends with ctx's error if that ends first.
func (q *Queue) Pop(ctx context.Context, dst []byte) (out []byte, err error) {
	out = dst
	err = q.wait(ctx, func() (bool, error) {
		out, err = q.TryPop(dst)
		return err != ErrEmpty, err
	})
	return out, err
}

// Take fills b, emptied before, with the first messages: as many as its places and its memory hold, at least one. Those of one PushBatch are taken by one step as far as they fit.
// Errors: as TryPop, and ErrElement if b would not hold the first message even if it were all that it holds; nothing is taken then.
func (q *Queue) Take(b *Batch) error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	b.Reset()
	return q.leave(ln, q.take(ln, b))
}

// TakeWait is Take, but waits for a message. It ends with ctx's error if that ends first.
func (q *Queue) TakeWait(ctx context.Context, b *Batch) error {
	return q.wait(ctx, func() (bool, error) {
		err := q.Take(b)
		return err != ErrEmpty, err
	})
}

// All gives the messages until the queue is empty, taking each. The slice is valid until the next step. A handle that is read-only looks at them, as Peek.
func (q *Queue) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if q.r.readOnly {
			for m, err := range q.Peek() {
				if err != nil || !yield(m) {
					return
				}
			}
			return
		}
		var buf []byte
		for {
			m, err := q.TryPop(buf[:0])
			if err != nil || !yield(m) {
				return
			}
			buf = m
		}
	}
}

// Len is how many messages can be taken. It is exact if nobody changes the queue meanwhile; else it is between the smallest and the largest number during the call plus what was pushed and taken.
// It costs a look at every slot of the queue. Errors: ErrNotFound, ErrKind, ErrClosed, ErrCorrupt.
func (q *Queue) Len() (int, error) {
	if q.r.readOnly {
		return q.countByLooking()
	}
	ln, err := q.enter()
	if err != nil {
		return 0, err
	}
	n, _, err := q.count(ln)
	return int(n), q.leave(ln, err)
}

// Delete deletes the queue with its messages. What is claimed can still be acknowledged, and is not given out again. Errors: ErrNotFound, ErrKind, ErrClosed, ErrCorrupt.
func (q *Queue) Delete() error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	return q.leave(ln, q.drop(ln))
}
