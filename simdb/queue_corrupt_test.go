package simdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestQueueCorruption changes words of regions with queues, between operations or while they run: each comes back, with a result or with an error. A child does it, in memory that
// faults on both sides; a panic, a fault, an allocation beyond any sense and a call that never ends fail the test.
func TestQueueCorruption(t *testing.T) {
	for _, when := range []string{"between", "during"} {
		t.Run(when, func(t *testing.T) {
			rounds := map[string]int{"between": 2000, "during": 300}[when]
			if testing.Short() || raceEnabled {
				rounds /= 10
			}
			ctx, cancel := context.WithTimeout(t.Context(), childLimit)
			defer cancel()
			startChild(t, "corrupt queues", when, strconv.Itoa(rounds), strconv.FormatInt(time.Now().UnixNano(), 10)).finish(ctx)
		})
	}
}

func init() { roles["corrupt queues"] = roleCorruptQueues }

func roleCorruptQueues(args []string) {
	debug.SetTraceback("all")
	rounds, err := strconv.Atoi(args[1])
	fatalIf(err)
	seed, err := strconv.ParseUint(args[2], 10, 64)
	fatalIf(err)
	for round := range uint64(rounds) {
		c := &queueCorruption{seed: seed, round: round, rng: rand.New(rand.NewPCG(seed, round))}
		o := Options{BlockSize: 72 + 8*c.rng.Uint64N(6), BlockCount: 80, slots: 1 + c.rng.Uint64N(6), buckets: 1 + c.rng.Uint64N(3), handles: 4, seed: c.rng.Uint64, lanes: 1}
		g, memory := guarded(o)
		c.fill(g, o, memory)
		if args[0] == "between" {
			c.between()
		} else {
			c.during()
		}
		unguarded(memory)
	}
}

// queueCorruption is a region with queues whose words are changed.
type queueCorruption struct {
	seed, round uint64
	rng         *rand.Rand
	db          *DB
	doing       atomic.Pointer[string] // what hangs, if something does
}

// fill makes three queues, one with a limit, of several segments, with batches, claims and what was given up, and some values.
func (c *queueCorruption) fill(g *geometry, o Options, memory []byte) {
	db, err := attachHeap(&heapRegion{bytes: memory, geometry: *g}, o)
	fatalIf(err)
	c.db = db
	(*db.lanes.list.Load())[0].cursor = c.rng.Uint64N(g.blockCount)
	user := newQueueUser(db, c.rng)
	for range 150 {
		user.do(user.rng.IntN(4)) // pushes, claims
		user.do(user.rng.IntN(len(queueUses)))
	}
}

// between changes a word, does something, and so on.
func (c *queueCorruption) between() {
	debug.SetPanicOnFault(true)
	defer c.caught()
	user := newQueueUser(c.db, c.rng)
	for range 60 {
		what := c.change(c.rng)
		use := c.rng.IntN(len(queueUses))
		c.bounded(fmt.Sprintf("%s after a change of a %s", queueUses[use].name, what), func() { user.do(use) })
	}
}

// during changes words while others are at work.
func (c *queueCorruption) during() {
	var working sync.WaitGroup
	var stop atomic.Bool
	for w := range uint64(3) {
		rng := rand.New(rand.NewPCG(c.seed+w+1, c.round))
		working.Go(func() {
			debug.SetPanicOnFault(true)
			defer c.caught()
			db, err := c.db.Attach()
			if err != nil {
				return
			}
			for user := newQueueUser(db, rng); !stop.Load(); {
				use := rng.IntN(len(queueUses))
				c.doing.Store(&queueUses[use].name)
				user.do(use)
			}
		})
	}
	c.bounded("what three did while words were changed", func() {
		for range 200 {
			c.change(c.rng)
			for range c.rng.IntN(20) {
				runtime.Gosched()
			}
		}
		stop.Store(true)
		working.Wait()
	})
}

// hangLimit is long after every operation on such a region is over.
const hangLimit = 20 * time.Second

// bounded fails if f takes that long, or allocates anything that is larger than the whole region.
func (c *queueCorruption) bounded(what string, f func()) {
	watchdog := time.AfterFunc(hangLimit, func() {
		if doing := c.doing.Load(); doing != nil {
			what += ": " + *doing
		}
		panic(fmt.Sprintf("seed %d, round %d: %s hangs", c.seed, c.round, what))
	})
	defer watchdog.Stop()
	before := largeAllocations()
	f()
	if n := largeAllocations() - before; n > 0 {
		fatal("seed %d, round %d: %s allocates %d times more than the region has", c.seed, c.round, what, n)
	}
}

// largeAllocations counts the allocations so far that were larger than the runtime's size classes, 32 KiB: such a region has 9 KiB of blocks.
func largeAllocations() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs-by-size:bytes"}}
	metrics.Read(sample)
	counts := sample[0].Value.Float64Histogram().Counts
	return counts[len(counts)-1]
}

func (c *queueCorruption) caught() {
	if p := recover(); p != nil {
		fatal("seed %d, round %d: %v\n%s", c.seed, c.round, p, debug.Stack())
	}
}

// change changes one word.
func (c *queueCorruption) change(rng *rand.Rand) string {
	kind := corruptibleOfQueues[rng.IntN(len(corruptibleOfQueues))]
	off := kind.pick(c.db.r, rng)
	c.db.r.store(off, corruptedOfQueue(c.db.r, c.db.r.load(off), rng))
	return kind.name
}

// corruptibleOfQueues are the words of a region that a corruption is aimed at.
var corruptibleOfQueues = append([]struct {
	name string
	pick func(r *region, rng *rand.Rand) uint64
}{
	{"slot of a segment", func(r *region, rng *rand.Rand) uint64 {
		s := r.segments(1)
		return s.slot(r.someOf(rng, kindQueue), rng.Uint64N(s.slots))
	}},
	{"link of a segment", func(r *region, rng *rand.Rand) uint64 {
		s := r.segments(1)
		return s.link(r.someOf(rng, kindQueue))
	}},
	{"head of a segment", func(r *region, rng *rand.Rand) uint64 {
		s := r.segments(1)
		return s.info(r.someOf(rng, kindQueue), 8*rng.Uint64N(segmentHeader/8))
	}},
	{"key of a segment", func(r *region, rng *rand.Rand) uint64 { return r.someOf(rng, kindQueue) + blockHeader }},
	{"block word of a segment", func(r *region, rng *rand.Rand) uint64 { return r.someOf(rng, kindQueue) }},
	{"meta of a segment", func(r *region, rng *rand.Rand) uint64 { return r.someOf(rng, kindQueue) + 8 }},
	{"head of a message", func(r *region, rng *rand.Rand) uint64 {
		return r.someOf(rng, kindMessage) + blockHeader + 8*rng.Uint64N(messageHeader/8)
	}},
	{"table of a message", func(r *region, rng *rand.Rand) uint64 {
		return r.someOf(rng, kindMessage) + blockHeader + min(messageHeader+8*rng.Uint64N(3), r.payload()-8)
	}},
	{"block word of a message", func(r *region, rng *rand.Rand) uint64 { return r.someOf(rng, kindMessage) }},
	{"meta of a message", func(r *region, rng *rand.Rand) uint64 { return r.someOf(rng, kindMessage) + 8 }},
	{"hazard", func(r *region, rng *rand.Rand) uint64 {
		return r.hazardWord(1+rng.Uint64N(r.handles), rng.Uint64N(r.hazardLanes), hazardRole(rng.IntN(hazardRoles)))
	}},
	{"wait line", func(r *region, rng *rand.Rand) uint64 { return r.waitLine(rng.Uint64N(r.buckets)) + 8*rng.Uint64N(2) }},
	{"shared word", func(*region, *rand.Rand) uint64 { return sharedOff }},
}, corruptible...)

// someOf is a block whose meta says that it is of that kind, if one is found soon.
func (r *region) someOf(rng *rand.Rand, k kind) uint64 {
	for range 30 {
		if off := r.someBlock(rng); meta(r.load(off+8)).kind() == k {
			return off
		}
	}
	return r.someBlock(rng)
}

// corruptedOfQueue is another word: one that a slot might have, one that stands elsewhere in a segment, or any.
func corruptedOfQueue(r *region, w uint64, rng *rand.Rand) uint64 {
	off := r.someOf(rng, []kind{kindQueue, kindMessage}[rng.IntN(2)])
	b := r.makeRef((off-r.blockOff)/r.blockSize, blockWord(r.load(off)).version())
	s := r.segments(1)
	switch rng.IntN(8) {
	case 0:
		return uint64(makeQueueSlot(b, 1+rng.Uint64N(4)))
	case 1:
		return uint64(makeClaimedSlot(b, 1+rng.Uint64N(4)))
	case 2:
		return uint64([]queueSlot{makeUsedSlot(b), makeDeletedSlot(b), slotSealed, 0}[rng.IntN(4)])
	case 3:
		return uint64(b)
	case 4:
		return uint64(makePosition(b, rng.Uint64N(s.slots+1)))
	case 5:
		return r.load(r.someOf(rng, kindQueue) + 8*rng.Uint64N(r.blockSize/8))
	}
	return corrupted(r, w, rng)
}

// queueUser does everything that can be done to queues.
type queueUser struct {
	db     *DB
	rng    *rand.Rand
	queues []*Queue
	claims []Claim
	batch  *Batch
}

func newQueueUser(db *DB, rng *rand.Rand) *queueUser {
	u := &queueUser{db: db, rng: rng}
	for i, key := range []string{"a", "b", "L"} {
		q, err := db.Queue([]byte(key), QueueOptions{Limit: i / 2 * 10})
		fatalIf(err)
		u.queues = append(u.queues, q)
	}
	var err error
	u.batch, err = NewBatch(MinBatch, make([]byte, 1000))
	fatalIf(err)
	return u
}

func (u *queueUser) do(use int) { queueUses[use].do(u, u.queues[u.rng.IntN(len(u.queues))]) }

func (u *queueUser) message() []byte { return make([]byte, u.rng.IntN(1+u.rng.IntN(200))) }

// soon is a context that ends before one would notice.
func soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 20*time.Microsecond)
}

var queueUses []struct {
	name string
	do   func(u *queueUser, q *Queue)
}

func init() {
	queueUses = []struct {
		name string
		do   func(u *queueUser, q *Queue)
	}{
		{"Push", func(u *queueUser, q *Queue) { q.Push(u.message()) }},
		{"Push of a byte", func(u *queueUser, q *Queue) { q.Push([]byte{1}) }},
		{"PushBatch", func(u *queueUser, q *Queue) { q.PushBatch([][]byte{u.message(), u.message(), u.message()}) }},
		{"TryClaim", func(u *queueUser, q *Queue) {
			if _, c, err := q.TryClaim(nil); err == nil {
				u.claims = append(u.claims, c)
			}
		}},
		{"Ack", func(u *queueUser, q *Queue) { u.letGo(q.Ack) }},
		{"Release", func(u *queueUser, q *Queue) { u.letGo(q.Release) }},
		{"TryPop", func(u *queueUser, q *Queue) { q.TryPop(nil) }},
		{"TryPop into room", func(u *queueUser, q *Queue) { q.TryPop(make([]byte, 0, 300)) }},
		{"Take", func(u *queueUser, q *Queue) { q.Take(u.batch) }},
		{"Len", func(u *queueUser, q *Queue) { q.Len() }},
		{"All", func(u *queueUser, q *Queue) {
			for range q.All() {
				if u.rng.IntN(4) == 0 {
					return
				}
			}
		}},
		{"Pop", func(u *queueUser, q *Queue) {
			ctx, cancel := soon()
			defer cancel()
			q.Pop(ctx, nil)
		}},
		{"PushWait", func(u *queueUser, q *Queue) {
			ctx, cancel := soon()
			defer cancel()
			q.PushWait(ctx, u.message())
		}},
		{"Wait", func(u *queueUser, q *Queue) {
			ctx, cancel := soon()
			defer cancel()
			u.db.Wait(ctx, q.key, Version{})
		}},
		{"Delete", func(u *queueUser, q *Queue) {
			if u.rng.IntN(3) == 0 {
				q.Delete()
			}
		}},
		{"Put of a value", func(u *queueUser, q *Queue) { u.db.Put(u.valueKey(q), u.message()) }},
		{"Get of a value", func(u *queueUser, q *Queue) { u.db.Get(u.valueKey(q), nil) }},
		{"Delete of a value", func(u *queueUser, q *Queue) { u.db.Delete(u.valueKey(q)) }},
		{"Keys", func(u *queueUser, q *Queue) {
			for range u.db.Keys() {
			}
		}},
		{"Sweep", func(u *queueUser, q *Queue) { u.db.Sweep() }},
		{"Check", func(u *queueUser, q *Queue) { u.db.Check() }},
		{"Stats", func(u *queueUser, q *Queue) { u.db.Stats() }},
		{"Attach, use, Close", func(u *queueUser, q *Queue) { u.another(q, (*DB).Close) }},
		{"Attach, use, die", func(u *queueUser, q *Queue) {
			u.another(q, func(db *DB) error { db.r.locks.unlock(db.h.slot); return nil })
		}},
	}
}

// valueKey is the queue's own key or another.
func (u *queueUser) valueKey(q *Queue) []byte {
	if u.rng.IntN(2) == 0 {
		return q.key
	}
	return []byte{byte(u.rng.IntN(5))}
}

func (u *queueUser) letGo(f func(Claim) error) {
	if n := len(u.claims); n > 0 {
		f(u.claims[n-1])
		u.claims = u.claims[:n-1]
	}
}

// another handle comes, claims, pushes and goes.
func (u *queueUser) another(q *Queue, end func(*DB) error) {
	db, err := u.db.Attach()
	if err != nil {
		return
	}
	if q, err := db.Queue(q.key, QueueOptions{}); err == nil {
		q.TryClaim(nil)
		q.Push(nil)
	}
	end(db)
}
