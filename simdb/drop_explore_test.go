//go:build explore

package simdb

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// TestDeletionOfReused: while somebody deletes a queue, a segment that it is about to look at is used up and becomes a value, whose bytes look like messages. They stay what they are.
func TestDeletionOfReused(t *testing.T) {
	for _, c := range []struct {
		name     string
		segments int // of two messages each, but the last of one
		popped   int // before, by one that left the segments behind
		word     func(q *queue, segments []uint64) uint64
		after    int // so many looks at that word
		reused   int // segment
	}{
		// The end is looked for by the deletion, then by who completes it, with its hazard on the last segment.
		{"the first", 2, 1, func(q *queue, s []uint64) uint64 { return q.at.slot(s[1], 1) }, 1, 0},
		// Twice on the way to the end, then on the way to the first message that is left.
		{"the next", 3, 2, func(q *queue, s []uint64) uint64 { return q.at.link(s[0]) }, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: 72, BlockCount: 40, slots: 50, buckets: 1}, "q", QueueOptions{})
			for range 2*c.segments - 1 {
				must(t, q.Push(nil))
			}
			other, err := db.Attach()
			must(t, err)
			defer other.Close()
			popping, err := other.Queue(q.key, QueueOptions{})
			must(t, err)
			r := other.r
			var s seen
			must(t, r.lookup(&s, q.key, q.hash))
			segments := []uint64{r.own(s.ref())}
			for len(segments) < c.segments {
				next, _ := nextSegment(r.load(q.at.link(segments[len(segments)-1])))
				segments = append(segments, r.own(next))
			}
			for i := range c.popped {
				w := queueSlot(r.load(q.at.slot(segments[0], uint64(i))))
				ln := other.lanes.enter(&r.mem)
				if !r.cas(q.at.slot(segments[0], uint64(i)), uint64(w), uint64(w.left(1, 0))) {
					t.Fatal("not the first message")
				}
				r.freeMessage(ln, w.ref())
				ln.leave(&r.mem)
			}
			looksFilled := make([]byte, 40)
			for i := 0; i < len(looksFilled); i += 8 {
				binary.LittleEndian.PutUint64(looksFilled[i:], uint64(makeQueueSlot(s.ref(), 1)))
			}
			values := 0
			stopped := &onLoad{word: c.word(&q.queue, segments), after: c.after}
			stopped.f = func() {
				for range 2*c.segments - 2 - c.popped {
					must(t, second(popping.TryPop(nil)))
				}
				for _, ln := range *other.lanes.list.Load() {
					r.unprotect(ln)
				}
				for blockWord(r.load(segments[c.reused])).state() != live {
					must(t, other.Put(fmt.Append(nil, values), looksFilled))
					values++
				}
			}
			db.r.hook = hook{s: stopped}
			err = q.Delete()
			db.r.hook = hook{}
			must(t, err)
			if stopped.f != nil {
				t.Fatal("never stopped")
			}
			for i := range values {
				if v, err := other.Get(fmt.Append(nil, i), nil); err != nil || string(v) != string(looksFilled) {
					t.Errorf("value %d is %x, %v", i, v, err)
				}
			}
			if _, err := q.Len(); err != ErrNotFound {
				t.Error(err)
			}
		})
	}
}
