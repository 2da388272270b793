package main

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"simdb.dev/simdb"
)

func init() { jobs["queue"] = newQueueStream }

// Queues between processes: one each way for round trips, one for a stream.

// queueRoom is how many messages may be on their way.
const queueRoom = 2048

// openQueues opens queues in the region of the contestant, which the first process makes.
func openQueues(s *spec, limit int, keys ...string) (*simdb.DB, []*simdb.Queue, error) {
	o := simdb.Options{MustExist: true}
	if s.Fill {
		block := 256 // the default
		if s.Message+56 > 240 || s.Batch > 1 {
			block = 4096
		}
		per := 1 + s.Message*max(s.Batch, 1)/(block-100)
		o = simdb.Options{BlockSize: uint64(block), BlockCount: uint64(2*queueRoom*per/max(s.Batch, 1) + 1024), HugePages: true}
	}
	db, err := simdb.OpenPath(s.path(regionFile), o)
	if err != nil {
		return nil, nil, err
	}
	var list []*simdb.Queue
	for _, k := range keys {
		q, err := db.Queue([]byte(k), simdb.QueueOptions{Limit: limit})
		if err != nil {
			return nil, nil, errors.Join(err, db.Close())
		}
		list = append(list, q)
	}
	return db, list, nil
}

// queueConduit sends a message as its bytes.
type queueConduit struct {
	db      *simdb.DB
	out, in *simdb.Queue
	buffer  [64]byte
}

func newQueueConduit(s *spec) (conduit, error) {
	keys := []string{"there", "back"}
	if s.Proc == 1 {
		keys = []string{"back", "there"}
	}
	db, q, err := openQueues(s, 0, keys...)
	if err != nil {
		return nil, err
	}
	return &queueConduit{db: db, out: q[0], in: q[1]}, nil
}

func (c *queueConduit) send(m uint32) error {
	binary.LittleEndian.PutUint32(c.buffer[:], m)
	return c.out.Push(c.buffer[:])
}

func (c *queueConduit) receive() (uint32, error) {
	b, err := c.in.Pop(context.Background(), c.buffer[:0])
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b), nil
}

func (c *queueConduit) close() error { return c.db.Close() }

// queueStream is one process that pushes messages, one by one or in batches, and one that takes them and looks at each. A message that is the last says so in its first byte.
// With roleMany there are two of each, which share one queue.
type queueStream struct {
	*spec
	db       *simdb.DB
	messages *simdb.Queue
	answers  *simdb.Queue // one for each half of the room that was taken
	buffer   []byte
	several  [][]byte
	batch    *simdb.Batch
}

func newQueueStream(s *spec) (job, error) {
	limit := 0
	if s.Role == roleMany {
		limit = queueRoom
	}
	db, q, err := openQueues(s, limit, "messages", "answers")
	if err != nil {
		return nil, err
	}
	j := &queueStream{spec: s, db: db, messages: q[0], answers: q[1], buffer: make([]byte, s.Message)}
	for range s.Batch {
		j.several = append(j.several, j.buffer)
	}
	j.batch, err = simdb.NewBatch(simdb.MinBatch, make([]byte, simdb.MinBatch*s.Message))
	return j, err
}

func (j *queueStream) close() error { return j.db.Close() }

func (j *queueStream) run(s *slice) (result, error) {
	if j.Proc%2 == 0 {
		return result{}, j.push(s)
	}
	return j.take()
}

func (j *queueStream) push(s *slice) error {
	ctx := context.Background()
	sent, room := 0, queueRoom
	for end := now() + int64(s.For); sent%256 != 0 || now() < end; {
		if err := j.send(ctx); err != nil {
			return err
		}
		sent += j.Batch
		if j.Role == roleMany {
			continue // the limit bounds it
		}
		if room -= j.Batch; room <= 0 {
			if _, err := j.answers.Pop(ctx, nil); err != nil {
				return err
			}
			room += queueRoom / 2
		}
	}
	j.buffer[0] = last
	err := j.messages.PushWait(ctx, j.buffer)
	j.buffer[0] = 0
	for j.Role != roleMany && err == nil && room <= queueRoom/2 { // what is on its way is answered too
		_, err = j.answers.Pop(ctx, nil)
		room += queueRoom / 2
	}
	return err
}

func (j *queueStream) send(ctx context.Context) error {
	switch {
	case j.Batch > 1:
		return j.messages.PushBatch(j.several)
	case j.Role == roleMany:
		return j.messages.PushWait(ctx, j.buffer)
	}
	return j.messages.Push(j.buffer)
}

// take takes messages up to the last one. Time is that from the first.
func (j *queueStream) take() (r result, err error) {
	var begin int64
	taken := 0
	for ctx := context.Background(); ; {
		n, ended, err := j.some(ctx)
		if err != nil {
			return r, err
		}
		if begin == 0 {
			begin = now()
		} else {
			r.Ops += uint64(n)
		}
		if ended {
			r.Busy = time.Duration(now() - begin)
			return r, nil
		}
		if taken += n; j.Role != roleMany && taken >= queueRoom/2 {
			taken -= queueRoom / 2
			if err := j.answers.Push(nil); err != nil {
				return r, err
			}
		}
	}
}

// some takes a message, or a batch, and says how many these are and whether the last is among them.
func (j *queueStream) some(ctx context.Context) (n int, ended bool, err error) {
	if j.Batch == 1 {
		b, err := j.messages.Pop(ctx, j.buffer[:0])
		return 1, err == nil && b[0] == last, err
	}
	j.batch.Reset()
	if err := j.messages.TakeWait(ctx, j.batch); err != nil {
		return 0, false, err
	}
	for _, m := range j.batch.All() {
		ended = ended || m[0] == last
		n++
	}
	return n, ended, nil
}
