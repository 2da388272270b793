package simdb

import (
	"fmt"
	"slices"
	"testing"
)

// TestQueueLeftBehind stops a user of a queue after each step of a push, a pop, a claim, a deletion and what belongs to them, lets it be dead, and has a survivor go on from there
// with each operation, before a sweep and after it: no message is lost but by the pop that took it, none comes twice, what the dead held is given out again, every block comes back.
func TestQueueLeftBehind(t *testing.T) {
	for _, size := range []int{5, 300} { // one block, a tree of blocks
		for _, stop := range queueStops {
			for name, op := range queueSurvivorOps {
				for _, sweepFirst := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%d bytes/%s/sweep first %v", stop.name, size, name, sweepFirst), func(t *testing.T) {
						l := newLeftQueue(t, size)
						stop.at(l)
						l.die()
						if sweepFirst {
							l.sweep()
						}
						op(l)
						l.sweep()
						l.settle()
					})
				}
			}
		}
	}
}

// leftQueue is a queue with two slots a segment, a survivor, a user that will be stopped, and what must be in the queue then.
type leftQueue struct {
	t        *testing.T
	survivor *DB
	s        *Queue // of the survivor
	dead     *DB
	q        *queue // of the dead one
	ln       *lane
	size     int
	pushed   int

	there  bool     // the queue is
	want   []string // messages in it
	ending bool     // it is closed: pushes are to another queue
	ended  bool     // and so are they all: nothing is in it any more
	held   []string // by the dead one
	given  []string // given up

	// where the dead one is
	e    end
	list parts
	b    ref // segment, or copy of a message
	f    front
	m    messages
	p    spot
	old  []ref // segments that it announced
}

func newLeftQueue(t *testing.T, size int) *leftQueue {
	db, err := OpenHeap(Options{BlockSize: 72, BlockCount: 300, slots: 1, buckets: 1})
	must(t, err)
	dead, err := db.Attach()
	must(t, err)
	s, err := db.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	q, err := dead.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	ln, err := q.enter()
	must(t, err)
	return &leftQueue{t: t, survivor: db, s: s, dead: dead, q: &q.queue, ln: ln, size: size}
}

// done fails the test if a step could not be made.
func (l *leftQueue) done(ok bool) {
	l.t.Helper()
	if !ok {
		l.t.Fatal("step failed")
	}
}

func (l *leftQueue) message() []byte {
	l.pushed++
	return content(uint64(l.pushed), l.size)
}

// add lets the survivor push n messages one by one.
func (l *leftQueue) add(n int) {
	for range n {
		l.addBatch(1)
	}
}

func (l *leftQueue) addBatch(n int) {
	var batch [][]byte
	for range n {
		batch = append(batch, l.message())
		l.want = append(l.want, string(batch[len(batch)-1]))
	}
	must(l.t, l.s.PushBatch(batch))
	l.there = true
}

// The steps of the dead one, each beginning with what it shares with nobody.

func (l *leftQueue) findEnd() {
	b, err := l.q.find(l.ln, pushing)
	must(l.t, err)
	var ok bool
	l.e, ok = l.q.toEnd(l.ln, pushing, makePosition(b, 0))
	l.done(ok)
}

// name is that of the queue.
func (l *leftQueue) name() ref {
	return ref(l.q.r.loadData(l.q.at.info(l.e.off, segmentQueue)))
}

func (l *leftQueue) buildMessage() {
	l.findEnd()
	var err error
	l.list, err = l.q.buildParts(l.ln, [][]byte{l.message()}, nil)
	must(l.t, err)
	l.q.r.goesTo(&l.list.message, l.e.at, l.name())
}

func (l *leftQueue) linkMessage() {
	l.done(l.q.r.cas(l.q.at.slot(l.e.off, l.e.at.slot()), 0, uint64(makeQueueSlot(l.list.b, 1))))
	l.want = append(l.want, string(content(uint64(l.pushed), l.size)))
}

func (l *leftQueue) sayQueued() { l.q.r.publish(l.ln, l.list.b, queued) }

func (l *leftQueue) buildSegment() {
	var err error
	var queue ref
	if l.there {
		l.findEnd()
		queue = l.name()
	}
	l.b, err = l.q.r.buildSegment(l.ln, &l.q.at, l.q.key, fingerprint(l.q.hash), queue, l.e.at.segment(), 0)
	must(l.t, err)
}

func (l *leftQueue) linkSegment() { l.done(l.q.r.cas(l.q.at.link(l.e.off), 0, uint64(l.b))) }
func (l *leftQueue) saySegment()  { l.q.r.publish(l.ln, l.b, segment) }

// inserting is the same writer as one that inserts the segment as it would a value.
func (l *leftQueue) inserting() *leftBehind {
	return &leftBehind{t: l.t, survivor: l.survivor, writer: l.dead, ln: l.ln, hash: l.q.hash, p: l.p, b: l.b}
}

func (l *leftQueue) locate() { must(l.t, l.q.r.locate(&l.p, l.q.key, l.q.hash)) }

func (l *leftQueue) decideQueue() {
	l.locate()
	l.done(l.inserting().decide())
	l.there = true
}

// findFront finds the first message.
func (l *leftQueue) findFront() {
	var err error
	l.f, err = l.q.front(l.ln)
	must(l.t, err)
	l.done(l.q.r.readMessages(&l.m, l.f.word))
}

func (l *leftQueue) popSlot() {
	l.findFront()
	l.done(l.q.r.cas(l.f.slot, uint64(l.f.word), uint64(l.f.word.left(1, l.m.next))))
	l.want = l.want[1:]
}

func (l *leftQueue) freePopped() { l.q.r.freeMessage(l.ln, l.f.word.ref()) }

// popWhole pops n messages, but leaves behind the segments that are used up.
func (l *leftQueue) popWhole(n int) {
	for range n {
		l.popSlot()
		l.freePopped()
	}
}

// announceUsed announces the first n segments.
func (l *leftQueue) announceUsed(n int) {
	l.locate()
	b := l.p.ref()
	for range n {
		next, ok := nextSegment(l.q.r.load(l.q.at.link(l.q.r.own(b))))
		l.done(ok)
		l.q.r.markHead(next)
		l.done(l.q.r.announceSegment(l.ln, b))
		l.old, b = append(l.old, b), next
	}
	l.b = b
}

func (l *leftQueue) moveEntry() {
	l.done(l.q.r.cas(l.p.slot, l.p.word, uint64(makeSlot(fingerprint(l.q.hash), l.b))))
}

func (l *leftQueue) restFirst() {
	l.done(l.q.r.rest(l.old[0]))
	l.old = l.old[1:]
}

func (l *leftQueue) claimSlot() {
	l.findFront()
	if l.f.word.count() > 1 {
		l.copyFirst()
	} else {
		l.done(l.q.settleFirst(&l.f))
		l.b = l.f.word.ref()
	}
	l.done(l.q.r.cas(l.f.slot, uint64(l.f.word), uint64(makeClaimedSlot(l.b, l.ln.handle))))
	l.want, l.held = l.want[1:], append(l.held, l.want[0])
}

func (l *leftQueue) copyFirst() {
	var err error
	l.b, err = l.q.split(l.ln, &l.f, []byte(l.want[0]))
	must(l.t, err)
}

func (l *leftQueue) sayClaimed() {
	off := l.q.r.own(l.b)
	w := blockWord(l.q.r.load(off))
	l.done(l.q.r.cas(off, uint64(w), uint64(makeBlockWord(claimed, l.ln.handle, w.version()).withAttempt(1))))
}

func (l *leftQueue) handOver() {
	must(l.t, l.q.r.handOver(l.f.slot, makeClaimedSlot(l.b, l.ln.handle)))
}

// giveUpFirst lets the survivor claim the first message and give it up.
func (l *leftQueue) giveUpFirst() {
	_, c, err := l.s.TryClaim(nil)
	must(l.t, err)
	must(l.t, l.s.Release(c))
	l.want, l.given = l.want[1:], append(l.given, l.want[0])
	l.b = c.b
}

func (l *leftQueue) claimGiven() {
	off := l.q.r.own(l.b)
	w := blockWord(l.q.r.load(off))
	l.done(w.state() == orphan && l.q.r.cas(off, uint64(w), uint64(makeBlockWord(claimed, l.ln.handle, w.version()).withAttempt(w.attempt()))))
	l.given, l.held = nil, append(l.held, l.given...)
}

// claimWhole claims the first message.
func (l *leftQueue) claimWhole() {
	l.claimSlot()
	l.handOver()
}

func (l *leftQueue) sayAcknowledged() {
	off := l.q.r.own(l.b)
	w := blockWord(l.q.r.load(off))
	l.done(l.q.r.cas(off, uint64(w), uint64(makeBlockWord(dying, l.ln.handle, w.version()))))
	l.held = nil
}

func (l *leftQueue) sayGivenUp() {
	off := l.q.r.own(l.b)
	w := blockWord(l.q.r.load(off))
	l.done(l.q.r.cas(off, uint64(w), uint64(makeBlockWord(orphan, 0, w.version()).withAttempt(2))))
}

func (l *leftQueue) closeQueue() {
	l.findEnd()
	word := l.q.at.link(l.e.off)
	if l.e.at.slot() < l.q.at.slots {
		word = l.q.at.slot(l.e.off, l.e.at.slot())
	}
	l.done(l.q.r.cas(word, 0, uint64(slotSealed)))
	l.ending = true
}

func (l *leftQueue) endQueue() {
	l.locate()
	closed, ok := l.q.endHere(l.ln, &l.p, true)
	l.done(closed && ok)
	l.ended, l.want = true, nil
}

func (l *leftQueue) announceAll() {
	var ok bool
	l.old, ok = l.q.announceAll(l.ln, &l.p, nil)
	l.done(ok)
}

func (l *leftQueue) unlinkQueue() {
	l.done(l.q.r.cas(l.p.slot, l.p.word, uint64(slotWord(l.p.word).dead())))
	l.gone()
}

func (l *leftQueue) freeFirst() {
	l.done(l.q.r.protect(l.ln, popping, l.old[0]))
	l.q.r.freeLeft(l.ln, &l.q.at, l.old[0])
}

// gone says that the queue is deleted, and what was given up with it.
func (l *leftQueue) gone() {
	l.there, l.ending, l.ended, l.want, l.given, l.held = false, false, false, nil, nil, nil
}

// queueStops are where the dead one is stopped.
var queueStops = []struct {
	name string
	at   func(l *leftQueue)
}{
	{"push: built", func(l *leftQueue) { l.add(1); l.buildMessage() }},
	{"push: linked", func(l *leftQueue) { l.add(1); l.buildMessage(); l.linkMessage() }},
	{"push: queued", func(l *leftQueue) { l.add(1); l.buildMessage(); l.linkMessage(); l.sayQueued() }},
	{"extend: built", func(l *leftQueue) { l.add(2); l.buildSegment() }},
	{"extend: linked", func(l *leftQueue) { l.add(2); l.buildSegment(); l.linkSegment() }},
	{"extend: said so", func(l *leftQueue) { l.add(2); l.buildSegment(); l.linkSegment(); l.saySegment() }},
	{"extend behind what is used up: linked", func(l *leftQueue) { l.add(2); l.popWhole(2); l.buildSegment(); l.linkSegment() }},
	{"create: built", func(l *leftQueue) { l.buildSegment() }},
	{"create: decided", func(l *leftQueue) { l.buildSegment(); l.decideQueue() }},
	{"create: slot filled", func(l *leftQueue) { l.buildSegment(); l.decideQueue(); l.done(l.inserting().fill()) }},
	{"create: head done", func(l *leftQueue) {
		l.buildSegment()
		l.decideQueue()
		l.done(l.inserting().fill() && l.inserting().finish())
	}},

	{"pop: taken", func(l *leftQueue) { l.add(2); l.popSlot() }},
	{"pop: freed", func(l *leftQueue) { l.add(2); l.popSlot(); l.freePopped() }},
	{"pop of several: taken", func(l *leftQueue) { l.addBatch(3); l.popSlot() }},
	{"pop of the last of several: taken", func(l *leftQueue) { l.addBatch(3); l.popSlot(); l.popSlot(); l.popSlot() }},
	{"retire: used up", func(l *leftQueue) { l.add(5); l.popWhole(4) }},
	{"retire: one announced", func(l *leftQueue) { l.add(5); l.popWhole(4); l.announceUsed(1) }},
	{"retire: two announced", func(l *leftQueue) { l.add(5); l.popWhole(4); l.announceUsed(2) }},
	{"retire: entry moved by one", func(l *leftQueue) { l.add(5); l.popWhole(4); l.announceUsed(1); l.moveEntry() }},
	{"retire: entry moved by two", func(l *leftQueue) { l.add(5); l.popWhole(4); l.announceUsed(2); l.moveEntry() }},
	{"retire: one of two rests", func(l *leftQueue) { l.add(5); l.popWhole(4); l.announceUsed(2); l.moveEntry(); l.restFirst() }},
	{"retire: entry moved, and nothing left", func(l *leftQueue) { l.add(3); l.popWhole(3); l.announceUsed(1); l.moveEntry() }},

	{"claim: slot", func(l *leftQueue) { l.add(2); l.claimSlot() }},
	{"claim: word", func(l *leftQueue) { l.add(2); l.claimSlot(); l.sayClaimed() }},
	{"claim: handed over", func(l *leftQueue) { l.add(2); l.claimSlot(); l.handOver() }},
	{"claim of the only one: slot", func(l *leftQueue) { l.add(1); l.claimSlot() }},
	{"claim of several: copied", func(l *leftQueue) { l.addBatch(3); l.findFront(); l.copyFirst() }},
	{"claim of several: slot", func(l *leftQueue) { l.addBatch(3); l.claimSlot() }},
	{"claim of several: word", func(l *leftQueue) { l.addBatch(3); l.claimSlot(); l.sayClaimed() }},
	{"claim of several: handed over", func(l *leftQueue) { l.addBatch(3); l.claimSlot(); l.handOver() }},
	{"claim of the last of several: slot", func(l *leftQueue) { l.addBatch(3); l.popSlot(); l.popSlot(); l.claimSlot() }},
	{"claim of what was given up", func(l *leftQueue) { l.add(2); l.giveUpFirst(); l.claimGiven() }},
	{"two claims", func(l *leftQueue) { l.add(3); l.claimWhole(); l.claimWhole() }},
	{"ack: said so", func(l *leftQueue) { l.add(2); l.claimWhole(); l.sayAcknowledged() }},
	{"ack: freed", func(l *leftQueue) { l.add(2); l.claimWhole(); l.sayAcknowledged(); l.q.r.unlinked(l.ln, l.b) }},
	{"release: said so", func(l *leftQueue) { l.add(2); l.claimWhole(); l.sayGivenUp() }},

	{"delete: closed", func(l *leftQueue) { l.add(3); l.closeQueue() }},
	{"delete: closed at a link", func(l *leftQueue) { l.add(2); l.closeQueue() }},
	{"delete: empty, closed", func(l *leftQueue) { l.add(1); l.popWhole(1); l.closeQueue() }},
	{"delete: ended", func(l *leftQueue) { l.add(3); l.closeQueue(); l.endQueue() }},
	{"delete: announced", func(l *leftQueue) { l.add(3); l.closeQueue(); l.endQueue(); l.announceAll() }},
	{"delete: unlinked", func(l *leftQueue) { l.add(3); l.closeQueue(); l.endQueue(); l.announceAll(); l.unlinkQueue() }},
	{"delete: messages freed", func(l *leftQueue) {
		l.add(3)
		l.closeQueue()
		l.endQueue()
		l.announceAll()
		l.unlinkQueue()
		l.freeFirst()
	}},
	{"delete: one of two rests", func(l *leftQueue) {
		l.add(3)
		l.closeQueue()
		l.endQueue()
		l.announceAll()
		l.unlinkQueue()
		l.freeFirst()
		l.restFirst()
	}},
	{"delete with a claim: closed", func(l *leftQueue) { l.add(3); l.claimSlot(); l.closeQueue() }},
	{"delete with what was given up: ended", func(l *leftQueue) { l.add(3); l.giveUpFirst(); l.closeQueue(); l.endQueue() }},
	{"delete of several: ended", func(l *leftQueue) { l.addBatch(3); l.add(1); l.closeQueue(); l.endQueue() }},
}

// queueSurvivorOps are what the survivor does then.
var queueSurvivorOps = map[string]func(l *leftQueue){
	"nothing": func(*leftQueue) {},
	"push": func(l *leftQueue) {
		m := l.message()
		must(l.t, l.s.Push(m))
		if l.ending {
			l.gone()
		}
		l.there, l.want = true, append(l.want, string(m))
	},
	"pop": func(l *leftQueue) {
		m, err := l.s.TryPop(nil)
		l.first(m, err)
	},
	"take": func(l *leftQueue) {
		b, err := NewBatch(MinBatch, make([]byte, 4000))
		must(l.t, err)
		if err = l.s.Take(b); err == ErrEmpty {
			l.first(nil, err)
			return
		}
		must(l.t, err)
		for _, m := range b.All() {
			l.first(m, nil)
		}
		l.first(nil, ErrEmpty)
	},
	"claim": func(l *leftQueue) {
		m, c, err := l.s.TryClaim(nil)
		if !c.Redelivered() {
			l.first(m, err)
		} else if i := slices.Index(l.given, string(m)); i < 0 {
			l.t.Fatalf("%d bytes were given up, %v", len(m), err)
		} else {
			l.given = slices.Delete(l.given, i, i+1)
		}
		if err == nil {
			must(l.t, l.s.Ack(c))
		}
	},
	"len": func(l *leftQueue) {
		if l.ended {
			l.gone()
		}
		if n, err := l.s.Len(); n != len(l.want) || (err == nil) != l.there || err != nil && err != ErrNotFound {
			l.t.Fatalf("len %d, %v, instead of %d", n, err, len(l.want))
		}
	},
	"delete": func(l *leftQueue) {
		if err := l.s.Delete(); (err == nil) != (l.there && !l.ending) || err != nil && err != ErrNotFound {
			l.t.Fatal(err)
		}
		l.gone()
	},
	"put": func(l *leftQueue) {
		err := l.survivor.Put([]byte("q"), []byte("value"))
		if l.there && err != ErrKind || !l.there && err != nil {
			l.t.Fatal(err)
		}
		if err == nil {
			must(l.t, l.survivor.Delete([]byte("q")))
		}
	},
	"another key": func(l *leftQueue) {
		must(l.t, l.survivor.Put([]byte("other"), []byte("value")))
		must(l.t, l.survivor.Delete([]byte("other")))
	},
}

// first checks that a message was the first of the queue, or that nothing is in it.
func (l *leftQueue) first(m []byte, err error) {
	l.t.Helper()
	switch {
	case len(l.want) > 0:
		if err != nil || string(m) != l.want[0] {
			l.t.Fatalf("%d bytes, %v, instead of %d", len(m), err, len(l.want[0]))
		}
		l.want = l.want[1:]
	case err != ErrEmpty:
		l.t.Fatalf("%d bytes, %v, of an empty queue", len(m), err)
	case l.ending:
		l.gone() // whoever finds the end completes the deletion
	}
}

// die lets go of the lock, as the kernel does.
func (l *leftQueue) die() { l.dead.r.locks.unlock(l.dead.h.slot) }

// sweep sweeps twice: the second finds nothing dead. What the dead one held is given up; a deletion that it had announced is completed.
func (l *leftQueue) sweep() {
	_, err := l.survivor.Sweep()
	must(l.t, err)
	report, err := l.survivor.Sweep()
	if must(l.t, err); report.Freed != 0 || report.Handles != 0 {
		l.t.Fatalf("second sweep: %+v", report)
	}
	if l.there {
		l.given = append(l.given, l.held...)
	}
	l.held = nil
	if l.ended && len(l.old) > 0 {
		l.gone()
	}
}

// settle compares what is there with what must be, takes it all, and looks whether every block has come back.
func (l *leftQueue) settle() {
	c := checkRegion(l.t, l.survivor)
	q := c.queues["q"]
	switch {
	case (q != nil) != l.there:
		l.t.Fatalf("a queue is there: %v, instead of %v", q != nil, l.there)
	case q == nil:
	case q.ending != l.ending || q.ended != l.ended || !slices.Equal(q.messages, l.want):
		l.t.Fatalf("%d messages, closed %v, ended %v, instead of %d, %v, %v", len(q.messages), q.ending, q.ended, len(l.want), l.ending, l.ended)
	case !sameMessages(c.claimed(q.name, 0), slices.Clone(l.given)):
		l.t.Fatalf("%d messages given up instead of %d", len(c.claimed(q.name, 0)), len(l.given))
	}
	var again []string
	for given := l.given; ; {
		m, claim, err := l.s.TryClaim(nil)
		if err != nil || !claim.Redelivered() {
			l.first(m, err)
		} else {
			again = append(again, string(m))
		}
		if err == nil {
			must(l.t, l.s.Ack(claim))
			continue
		}
		if !sameMessages(again, given) {
			l.t.Fatalf("%d messages came again instead of %d", len(again), len(given))
		}
		break
	}
	if err := l.s.Delete(); (err == nil) != l.there || err != nil && err != ErrNotFound {
		l.t.Fatal(err)
	}
	_, err := l.survivor.Sweep() // what was given up of a queue that is gone
	must(l.t, err)
	atRest(l.t, l.survivor, 0)
}
