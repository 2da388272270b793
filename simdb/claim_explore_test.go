//go:build explore

package simdb

import "testing"

// onCAS runs f once, before a compare-and-swap of a word.
type onCAS struct{ onLoad }

func (s *onCAS) Before(k uint8, word uint64) {
	if k == stepCAS {
		s.onLoad.Before(stepLoad, word)
	}
}

// reuse lets q push until the block of b is that of a message of its.
func reuse(t *testing.T, q *Queue, b ref) {
	t.Helper()
	r := q.r
	for {
		must(t, q.Push([]byte("reuses")))
		if w := blockWord(r.load(r.own(b))); w.version() > r.version(b) && w.state() == queued {
			return
		}
	}
}

// TestUnackedReused: a message of one queue is claimed when somebody looks who counts what is claimed of another; then it is acknowledged, and its block becomes a message that waits in that other.
func TestUnackedReused(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 40}, "claimed", QueueOptions{})
	counted, err := db.Queue([]byte("counted"), QueueOptions{})
	must(t, err)
	must(t, counted.Push(nil))
	must(t, q.Push(nil))
	_, c, err := q.TryClaim(nil)
	must(t, err)
	other, err := db.Attach()
	must(t, err)
	defer other.Close()
	pushing, err := other.Queue(counted.key, QueueOptions{})
	must(t, err)
	s := &onLoad{word: db.r.own(c.b) + 8}
	s.f = func() {
		must(t, q.Ack(c))
		reuse(t, pushing, c.b)
	}
	db.r.hook = hook{s: s}
	n, err := counted.Unacked()
	db.r.hook = hook{}
	if n != 0 || err != nil || s.f != nil {
		t.Errorf("%d unacknowledged, %v; interrupted: %v", n, err, s.f == nil)
	}
}

// TestSettledTooLate: a claimer is about to say of a message that it is queued, as its author has not yet. Then the message is taken, and its block becomes another.
func TestSettledTooLate(t *testing.T) {
	l := newUnsettled(t)
	other, err := l.survivor.Attach()
	must(t, err)
	defer other.Close()
	taking, err := other.Queue(l.s.key, QueueOptions{})
	must(t, err)
	b := l.list.b
	s := &onCAS{onLoad{word: l.q.r.own(b)}}
	s.f = func() {
		must(t, second(taking.TryPop(nil)))
		reuse(t, taking, b)
	}
	l.survivor.r.hook = hook{s: s}
	m, c, err := l.s.TryClaim(nil)
	l.survivor.r.hook = hook{}
	if err != nil || string(m) != "reuses" || s.f != nil {
		t.Fatalf("%q, %v; interrupted: %v", m, err, s.f == nil)
	}
	must(t, l.s.Ack(c))
	for range l.s.All() {
	}
	l.die()
	must(t, second(l.survivor.Sweep()))
	atRest(t, l.survivor, 1)
}

// TestUnackedWithin: who counts looks at blocks, and not behind the last.
func TestUnackedWithin(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20}, "q", QueueOptions{})
	must(t, q.Push(nil))
	beyond, _ := db.r.block(db.r.blockCount)
	db.r.hook = hook{s: &onLoad{word: beyond, f: func() { t.Error("it looks at what is behind the last block") }}}
	_, err := q.Unacked()
	db.r.hook = hook{}
	must(t, err)
}
