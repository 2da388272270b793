package simdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// How far the children of the tests of waiting are, on the board.
const (
	boardGot   = boardRest + 8*iota // messages that the child got
	boardAsked                      // pops that it began
)

// pair are two queues between this process and a child that answers every message of the one by one of the other.
type pair struct {
	db            *DB
	there, answer *Queue
	b             *board
	child         *child
}

func newPair(t *testing.T, pinned string) *pair {
	p := &pair{db: openShm(t, Options{BlockSize: 128, BlockCount: 500}), b: newBoard(t)}
	var err error
	p.there, err = p.db.Queue([]byte("there"), QueueOptions{})
	must(t, err)
	p.answer, err = p.db.Queue([]byte("answer"), QueueOptions{})
	must(t, err)
	p.child = startChild(t, "answer", p.db.Path(), p.b.path, pinned)
	t.Cleanup(func() {
		p.child.kill()
		p.db.Sweep()
		p.there.Delete()
		p.answer.Delete()
	})
	return p
}

func init() { roles["answer"] = roleAnswer }

func roleAnswer(args []string) {
	db, err := OpenPath(args[0], Options{MustExist: true})
	fatalIf(err)
	b, err := openBoard(args[1])
	fatalIf(err)
	if args[2] != "" {
		fatalIf(pin())
	}
	there, err := db.Queue([]byte("there"), QueueOptions{})
	fatalIf(err)
	answer, err := db.Queue([]byte("answer"), QueueOptions{})
	fatalIf(err)
	b.ready()
	for n := uint64(1); ; n++ {
		b.store(boardAsked, n)
		m, err := there.Pop(context.Background(), nil)
		fatalIf(err)
		b.store(boardGot, n)
		fatalIf(answer.Push(m))
	}
}

// pin leaves all threads of this process one processor.
func pin() error {
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	for cpu := range 1024 {
		if all.IsSet(cpu) {
			one.Set(cpu)
			break
		}
	}
	threads, err := os.ReadDir("/proc/self/task")
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		err = errors.Join(err, unix.SchedSetaffinity(id, &one))
	}
	return err
}

// asleep waits until somebody sleeps on the line of a queue.
func asleep(t *testing.T, ctx context.Context, q *Queue) {
	t.Helper()
	for q.r.load(q.line)&1 == 0 {
		if ctx.Err() != nil {
			t.Fatal("nobody sleeps")
		}
		runtime.Gosched()
	}
}

// TestQueueWakes: a process that sleeps in Pop is woken by a push of another, and does not sleep to the end of its slice.
func TestQueueWakes(t *testing.T) {
	p := newPair(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	p.b.begin(ctx, t, 1, p.child)
	var took []time.Duration
	for range 30 {
		asleep(t, ctx, p.there)
		began := time.Now()
		must(t, p.there.Push(nil))
		_, err := p.answer.Pop(ctx, nil)
		must(t, err)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Log("round trip to a sleeper and back: median", took[len(took)/2], "slowest", took[len(took)-1])
	if took[len(took)/2] > waitSlice/3 {
		t.Errorf("half of the sleepers woke up after more than %v of a slice of %v", took[len(took)/2], waitSlice)
	}
}

// TestQueueWakerKilled: a process that sleeps finds what was published by one that was killed before it could wake it, at the end of its slice.
func TestQueueWakerKilled(t *testing.T) {
	p := newPair(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	p.b.begin(ctx, t, 1, p.child)
	must(t, p.there.Push(nil))
	must(t, second(p.answer.Pop(ctx, nil)))
	for range 5 {
		asleep(t, ctx, p.there)
		l := &leftQueue{t: t, q: &p.there.queue, there: true}
		var err error
		l.ln, err = p.there.enter()
		must(t, err)
		l.buildMessage()
		began := time.Now()
		l.linkMessage()
		l.sayQueued()
		must(t, p.there.leave(l.ln, nil))
		must(t, second(p.answer.Pop(ctx, nil)))
		if took := time.Since(began); took > 20*waitSlice {
			t.Errorf("the sleeper found it after %v", took)
		}
	}
}

// TestQueuePinned: two processes that share one processor get on: neither keeps the other from running by looking again and again. One finds out when it starts, the other when it is too late.
func TestQueuePinned(t *testing.T) {
	var before unix.CPUSet
	must(t, unix.SchedGetaffinity(0, &before))
	threads, err := os.ReadDir("/proc/self/task")
	must(t, err)
	must(t, pin())
	defer func() {
		for _, thread := range threads {
			id, _ := strconv.Atoi(thread.Name())
			unix.SchedSetaffinity(id, &before)
		}
	}()
	p := newPair(t, "pinned")
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	p.b.begin(ctx, t, 1, p.child)
	const n = 1000
	began := time.Now()
	for range n {
		must(t, p.there.Push(nil))
		must(t, second(p.answer.Pop(ctx, nil)))
	}
	took := time.Since(began) / n
	t.Log("round trip on one processor:", took)
	if took > waitSlice/5 {
		t.Errorf("a round trip takes %v: they wait for slices to end", took)
	}
}

// TestQueueContext: what waits ends with its context, soon after that, and at once if it has ended before; but it takes what is there.
func TestQueueContext(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 50}, "q", QueueOptions{Limit: 1})
	batch, err := NewBatch(MinBatch, make([]byte, 100))
	must(t, err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	waits := map[string]func(ctx context.Context) error{
		"Pop":      func(ctx context.Context) error { return second(q.Pop(ctx, nil)) },
		"TakeWait": func(ctx context.Context) error { return q.TakeWait(ctx, batch) },
		"Claim": func(ctx context.Context) error {
			_, c, err := q.Claim(ctx, nil)
			if err == nil {
				err = q.Ack(c)
			}
			return err
		},
		"Wait":     func(ctx context.Context) error { return second(db.Wait(ctx, []byte("other"), Version{})) },
		"PushWait": func(ctx context.Context) error { return q.PushWait(ctx, nil) },
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			if name == "PushWait" {
				must(t, q.Push(nil))
			}
			if err := wait(ended); err != context.Canceled {
				t.Errorf("after the end: %v", err)
			}
			for _, long := range []time.Duration{time.Millisecond, 3 * waitSlice / 2} {
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), long)
				if err := wait(ctx); err != context.DeadlineExceeded {
					t.Error(err)
				}
				if took := time.Since(began); took < long || took > long+20*waitSlice {
					t.Errorf("%v instead of %v", took, long)
				}
				cancel()
			}
			switch name {
			case "PushWait":
				must(t, second(q.TryPop(nil)))
			case "Wait":
				must(t, db.Put([]byte("other"), nil))
			default:
				must(t, q.Push(nil))
			}
			if err := wait(ended); err != nil {
				t.Errorf("after the end, but with no need to wait: %v", err)
			}
			for range q.All() {
			}
		})
	}
}

// TestQueueWaitersCostNoThreads lets 1,000 goroutines wait, on one queue and on as many: those of one handle sleep on one thread for each wait line.
func TestQueueWaitersCostNoThreads(t *testing.T) {
	const waiters = 1000
	for _, keys := range []int{1, waiters} {
		t.Run(fmt.Sprintf("%d queues", keys), func(t *testing.T) {
			db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 3000})
			must(t, err)
			defer db.Close()
			before := threads(t)
			ctx, cancel := context.WithTimeout(t.Context(), childLimit)
			defer cancel()
			var waiting, done sync.WaitGroup
			waiting.Add(waiters)
			queues := make([]*Queue, keys)
			for i := range queues {
				queues[i], err = db.Queue(fmt.Append(nil, i), QueueOptions{})
				must(t, err)
			}
			for i := range waiters {
				done.Go(func() {
					waiting.Done()
					if _, err := queues[i%keys].Pop(ctx, nil); err != nil {
						t.Error(err)
					}
				})
			}
			waiting.Wait()
			most := 0
			for range 10 { // slices begin and end meanwhile
				asleep(t, ctx, queues[0])
				most = max(most, threads(t))
				time.Sleep(waitSlice / 5)
			}
			t.Logf("%d threads, %d before", most, before)
			if most > before+waitLines+50 {
				t.Errorf("%d threads for %d waiting goroutines, %d before", most, waiters, before)
			}
			for i := range waiters {
				must(t, queues[i%keys].Push(nil))
			}
			done.Wait()
		})
	}
}

// threads is how many this process has.
func threads(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	_, rest, _ := bytes.Cut(status, []byte("Threads:\t"))
	n, err := strconv.Atoi(string(rest[:bytes.IndexByte(rest, '\n')]))
	must(t, err)
	return n
}
