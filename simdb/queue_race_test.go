package simdb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestQueueConcurrent lets producers, poppers, claimers and takers of several handles work on one queue of tiny segments, in a region with little room, and accounts for every message.
func TestQueueConcurrent(t *testing.T) {
	const producers, perProducer = 3, 4000
	n := perProducer
	if testing.Short() {
		n /= 10
	}
	for _, blocks := range []uint64{40, 400} {
		t.Run(fmt.Sprint(blocks, " blocks"), func(t *testing.T) {
			db, _ := openQueue(t, Options{BlockSize: 80, BlockCount: blocks, slots: 1, buckets: 1}, "q", QueueOptions{})
			var producing, consuming sync.WaitGroup
			var left atomic.Int64
			left.Store(int64(producers * n))
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			attach := func() *Queue {
				h, err := db.Attach()
				must(t, err)
				t.Cleanup(func() { h.Close() })
				q, err := h.Queue([]byte("q"), QueueOptions{})
				must(t, err)
				return q
			}
			for p := range producers {
				producing.Add(1)
				q := attach()
				go func() {
					defer producing.Done()
					for i := 0; i < n; {
						var batch [][]byte
						for j := range min(1+i%5, n-i) {
							batch = append(batch, binary.LittleEndian.AppendUint64(nil, uint64(p)<<32|uint64(i+j)))
						}
						for {
							err := q.PushBatch(batch)
							if err == nil {
								break
							}
							if _, full := err.(*FullError); !full || ctx.Err() != nil {
								t.Error(err)
								return
							}
							time.Sleep(10 * time.Microsecond)
						}
						i += len(batch)
					}
				}()
			}
			seen := make([][]uint64, 4)
			for c := range seen {
				consuming.Add(1)
				q := attach()
				go func() {
					defer consuming.Done()
					for left.Load() > 0 && ctx.Err() == nil {
						var m []byte
						var err error
						if c%2 == 0 {
							m, err = q.TryPop(nil)
						} else {
							var claim Claim
							if m, claim, err = q.TryClaim(nil); err == nil {
								if err = q.Ack(claim); err != nil {
									t.Error(err)
								}
							}
						}
						if err == ErrEmpty {
							time.Sleep(time.Microsecond)
							continue
						}
						if _, full := err.(*FullError); full {
							continue
						}
						if err != nil || len(m) != 8 {
							t.Error(err, m)
							return
						}
						seen[c] = append(seen[c], binary.LittleEndian.Uint64(m))
						left.Add(-1)
					}
				}()
			}
			producing.Wait()
			consuming.Wait()
			got := map[uint64]bool{}
			for _, list := range seen {
				last := map[uint64]uint64{}
				for _, m := range list {
					if got[m] {
						t.Errorf("%#x twice", m)
					}
					got[m] = true
					if i, ok := last[m>>32]; ok && m&0xffffffff <= i {
						t.Errorf("%#x after %#x", m, i)
					}
					last[m>>32] = m & 0xffffffff
				}
			}
			if len(got) != producers*n {
				t.Errorf("%d of %d messages", len(got), producers*n)
			}
			atRest(t, db, 1)
		})
	}
}

// TestQueueLimitConcurrent lets producers and consumers of several handles work at a queue's limit: what a refused push says of the queue can be true, and in the end no more messages are there than the limit.
func TestQueueLimitConcurrent(t *testing.T) {
	const limit, workers = 3, 4
	n := 50000
	if testing.Short() {
		n /= 10
	}
	db, _ := openQueue(t, Options{BlockSize: 88, BlockCount: 60, slots: 1, buckets: 1}, "q", QueueOptions{})
	var working sync.WaitGroup
	var pushed, popped, refused atomic.Int64
	for w := range workers {
		h, err := db.Attach()
		must(t, err)
		t.Cleanup(func() { h.Close() })
		q, err := h.Queue([]byte("q"), QueueOptions{Limit: limit})
		must(t, err)
		working.Go(func() {
			for i := range n {
				if (i/3+w)%2 == 0 {
					batch := make([][]byte, 1+i%2)
					err := q.PushBatch(batch)
					if full, ok := err.(*LimitError); ok {
						if refused.Add(1); full.Limit != limit || full.Have > limit || full.Have+uint64(len(batch)) <= limit {
							t.Errorf("%d messages refused: %v", len(batch), err)
							return
						}
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					pushed.Add(int64(len(batch)))
				} else if _, err := q.TryPop(nil); err == nil {
					popped.Add(1)
				} else if err != ErrEmpty {
					t.Error(err)
					return
				}
			}
		})
	}
	working.Wait()
	c := checkRegion(t, db)
	if left := pushed.Load() - popped.Load(); int64(len(c.queues["q"].messages)) != left || left > limit || refused.Load() == 0 {
		t.Errorf("%d messages, %d pushed and not popped, %d pushes refused", len(c.queues["q"].messages), left, refused.Load())
	}
}

// TestQueueDeletedConcurrently lets goroutines that share accessors push, pop, claim and delete. The hints of an accessor that a goroutine leaves may be of a queue that another has seen deleted.
func TestQueueDeletedConcurrently(t *testing.T) {
	n := 30000
	if testing.Short() {
		n /= 10
	}
	db, q := openQueue(t, Options{BlockSize: 72, BlockCount: 100, slots: 1, buckets: 1}, "q", QueueOptions{})
	h, err := db.Attach()
	must(t, err)
	defer h.Close()
	q2, err := h.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	var working sync.WaitGroup
	for w := range 6 {
		q := []*Queue{q, q2}[w%2]
		working.Go(func() {
			for i := range n {
				var err error
				switch (i + w) % 8 {
				case 0, 1, 2:
					err = q.Push(nil)
				case 3, 4:
					_, err = q.TryPop(nil)
				case 5:
					var c Claim
					if _, c, err = q.TryClaim(nil); err == nil {
						err = q.Ack(c)
					}
				case 6:
					_, err = q.Len()
				case 7:
					if i%5 == 0 {
						err = q.Delete()
					}
				}
				if err != nil && err != ErrEmpty && err != ErrNotFound && !errors.Is(err, ErrFull) {
					t.Errorf("operation %d: %v", (i+w)%8, err)
					return
				}
			}
		})
	}
	working.Wait()
	if err := q.Delete(); err != nil && err != ErrNotFound {
		t.Error(err)
	}
	atRest(t, db, 0)
}
