package simdb

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Waiting: a short look again and again, then sleep until somebody says that something changed.
//
// Keys share wait lines, by their buckets. A line's first word is odd while somebody may sleep on it. Who is about to sleep makes it odd, looks once more, and sleeps while the word stays the same;
// who changed something looks at the word afterwards, makes it even, and wakes all. A waker that is killed in between costs the sleepers the rest of a slice; a sleeper that is killed costs one
// futile wake.
const waitOrphans = 8 // offset in the line of a count that changes after a message of one of its queues was given up

const waitSlice = 50 * time.Millisecond

// waitLine is the offset of the wait line of a bucket.
func (g *geometry) waitLine(bucket uint64) uint64 {
	return waitOff + bucket%waitLines*waitLineSize
}

// wake wakes who sleeps on a line.
func (r *region) wake(line uint64) {
	if w := r.load(line); w&1 != 0 && r.cas(line, w, w+1) {
		r.futexWake(line)
	}
}

// raiseOrphans says that there is an orphan of a queue of that line, and wakes who waits for one.
func (r *region) raiseOrphans(line uint64) {
	r.add(line+waitOrphans, 1)
	r.wake(line)
}

// sleepers let one goroutine of a handle for each line sleep on the word; the others wait for it, so that they cost no thread.
type sleepers struct {
	mu    sync.Mutex
	lines map[uint64]chan struct{} // where one sleeps; not nil if others wait for it: closed when it wakes up
}

// sleep returns when somebody may have woken the line since its word was w, when ctx ends, or after a slice.
func (s *sleepers) sleep(ctx context.Context, r *region, line, w uint64) {
	if awake := s.lieDown(line); awake != nil {
		t := time.NewTimer(waitSlice)
		defer t.Stop()
		select {
		case <-awake:
		case <-ctx.Done():
		case <-t.C:
		}
		return
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { r.futexWake(line) })
		defer stop()
	}
	r.futexWait(line, w, waitSlice)
	s.getUp(line)
}

// lieDown says that a goroutine is about to sleep on the line. If one does already, it gives what is closed when that wakes up.
func (s *sleepers) lieDown(line uint64) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	awake, others := s.lines[line]
	if others && awake == nil {
		awake = make(chan struct{})
	}
	if s.lines == nil {
		s.lines = map[uint64]chan struct{}{}
	}
	s.lines[line] = awake
	return awake
}

// getUp ends lieDown for the one that slept.
func (s *sleepers) getUp(line uint64) {
	s.mu.Lock()
	awake := s.lines[line]
	delete(s.lines, line)
	s.mu.Unlock()
	if awake != nil {
		close(awake)
	}
}

// wait calls try until it is done, or ctx ends. What try depends on changes the glance or wakes the line.
func (db *DB) wait(ctx context.Context, line uint64, p *patience, glance func() uint64, try func() (bool, error)) error {
	r := db.r
	looks, looked := p.looks(), false
	nap := firstNap
	for {
		before := glance()
		if done, err := try(); done {
			if looked {
				p.paid()
			} else {
				p.found()
			}
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if looks > 0 {
			p.lag(r)
		}
		from := looks
		for ; looks > 0 && glance() == before; looks-- {
			r.spin()
			looked = true
		}
		if looks > 0 {
			p.came(from - looks)
			continue
		}
		if r.readOnly {
			doze(ctx, nap)
			nap = min(2*nap, waitSlice)
			continue
		}
		w := r.load(line)
		if w&1 == 0 {
			if !r.cas(line, w, w+1) {
				continue
			}
			w++
		}
		if done, err := try(); done {
			return err
		}
		var began time.Duration
		if looked {
			began = sinceStart()
		}
		db.sleepers.sleep(ctx, r, line, w)
		if looked && sinceStart()-began < shortSleep {
			p.wasted()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		looks, looked = 0, false // who slept once sleeps again: those who wait for long cost nothing
	}
}

// firstNap is how long a waiter that may not say that it waits sleeps at first; then it is twice as long each time, up to a slice.
const firstNap = time.Millisecond

// doze returns after d, or when ctx ends.
func doze(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// glance is the word that the next push changes, as far as the hint goes.
func (q *queue) glance() uint64 {
	p := position(q.head.load(&q.r.mem))
	off, ok := q.r.block(q.r.index(p.segment()))
	if p == 0 || !ok {
		return 0
	}
	if p.slot() >= q.at.slots {
		return q.r.load(q.at.link(off))
	}
	return q.r.load(q.at.slot(off, p.slot()))
}

func (q *Queue) wait(ctx context.Context, try func() (bool, error)) error {
	return q.db.wait(ctx, q.line, &q.patience, q.glance, try)
}

// Wait waits until the entry of key is another than old, or there is one if old is zero, and gives its version: zero if it is gone. It ends with ctx's error if that ends first.
// Errors: ErrKind, ErrEmptyKey, ErrClosed, ErrCorrupt.
func (db *DB) Wait(ctx context.Context, key []byte, old Version) (v Version, err error) {
	if err := db.check(key); err != nil {
		return v, err
	}
	bucket := db.r.bucketOf(db.r.hash(key))
	watched := db.r.bucket(bucket) // the slot of the entry, or the head, which changes with each insertion
	err = db.wait(ctx, db.r.waitLine(bucket), &db.patience, func() uint64 { return db.r.load(watched) }, func() (bool, error) {
		var s seen
		hash := db.r.hash(key)
		if db.isClosed() {
			return true, ErrClosed
		}
		err := db.r.sound(db.r.lookup(&s, key, hash))
		switch {
		case err == ErrNotFound:
			v = Version{}
		case err != nil:
			return true, err
		case !s.entry.meta.holdsValue() && db.r.still(&s):
			return true, ErrKind
		default:
			watched = s.slot
			v = db.version(&s, hash)
		}
		return v.word.ref() != old.word.ref(), nil
	})
	runtime.KeepAlive(db)
	return v, err
}
