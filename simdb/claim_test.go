package simdb

import (
	"errors"
	"testing"
)

// TestClaimLetGo: who let a message go does not hold it any more, and changes nothing of it.
func TestClaimLetGo(t *testing.T) {
	letGo := map[string]func(*Queue, Claim) error{"Ack": (*Queue).Ack, "Release": (*Queue).Release}
	for name, first := range letGo {
		t.Run(name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 100}, "q", QueueOptions{})
			must(t, q.Push([]byte("message")))
			_, c, err := q.TryClaim(nil)
			must(t, err)
			must(t, first(q, c))
			word := db.r.load(db.r.own(c.b))
			for again, do := range letGo {
				if err := do(q, c); err != ErrStale || db.r.load(db.r.own(c.b)) != word {
					t.Errorf("%s: %v, or the message is changed", again, err)
				}
			}
		})
	}
}

// TestClaimOvertaken: who comes too late with the word of a message does nothing to it.
func TestClaimOvertaken(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 100}, "q", QueueOptions{})
	must(t, q.Push([]byte("message")))
	_, c, err := q.TryClaim(nil)
	must(t, err)
	r := db.r
	off := r.own(c.b)
	before := blockWord(r.load(off))
	must(t, q.Release(c))
	_, c, err = q.TryClaim(nil)
	must(t, err)
	now, given := r.load(off), r.load(q.line+waitOrphans)
	ln := db.lanes.enter(&r.mem)
	if r.giveUp(off, before) || r.discardClaimed(ln, c.b, before) {
		t.Error("it says that it did")
	}
	ln.leave(&r.mem)
	if r.load(off) != now || r.load(q.line+waitOrphans) != given {
		t.Error("it did something")
	}
	must(t, q.Ack(c))
	atRest(t, db, 1)
}

// TestOrphansOfAnyLine: who looks for what was given up is told by the line of its queue, whichever that is.
func TestOrphansOfAnyLine(t *testing.T) {
	for line := range uint64(waitLines) {
		hash := func(key []byte) uint64 { return line << 58 }
		db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 20, buckets: waitLines, hash: hash}, "q", QueueOptions{})
		if q.line != db.r.waitLine(line) {
			t.Fatal("another line")
		}
		must(t, q.Push(nil))
		_, c, err := q.TryClaim(nil)
		must(t, err)
		must(t, q.Release(c))
		if _, c, err = q.TryClaim(nil); err != nil || !c.Redelivered() {
			t.Fatal(line, err)
		}
	}
}

// TestClaimBeyond: what is behind the last block is no message, whatever it looks like: neither one to count, nor one that is claimed (in a larger region).
func TestClaimBeyond(t *testing.T) {
	db, q := openQueue(t, Options{BlockSize: 256, BlockCount: 20, lanes: 1}, "q", QueueOptions{})
	count := db.r.blockCount
	for range count - 1 {
		must(t, q.Push(nil))
	}
	var last Claim
	for range count - 1 {
		_, c, err := q.TryClaim(nil)
		must(t, err)
		if db.r.index(c.b) == count-1 {
			last = c
		}
	}
	if last == (Claim{}) {
		t.Fatal("no message is in the last block")
	}
	unacked := func(want int) {
		t.Helper()
		if n, err := q.Unacked(); n != want || err != nil {
			t.Errorf("%d unacknowledged, %v; want %d", n, err, want)
		}
	}
	unacked(19)
	db.r.blockCount--
	unacked(18)
	if err := q.Release(last); err != ErrStale {
		t.Error("release:", err)
	}
	if err := q.Ack(last); err != ErrStale {
		t.Error("ack:", err)
	}
	db.r.blockCount++
	must(t, q.Ack(last))
}

// TestCorruptOrphan: a message that was given up and does not say where its bytes are is given to nobody, and not lost.
func TestCorruptOrphan(t *testing.T) {
	const length = 40
	for name, c := range map[string]struct {
		blockSize uint64
		corrupt   func(r *region, e *entry)
	}{
		"longer than its list": {4096, func(r *region, e *entry) { r.storeWord(e, messageHeader+8, length/8<<32|length+1) }},
		"in no block": {72, func(r *region, e *entry) {
			l, _ := r.list(e.valueLen)
			r.store(l.table(e.off)+8*(l.refs-1), uint64(ref(r.indexMask)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: c.blockSize, BlockCount: 40}, "q", QueueOptions{})
			must(t, q.PushBatch([][]byte{make([]byte, length), make([]byte, length)}))
			var last Claim
			for range 2 { // the second is claimed where it is
				_, c, err := q.TryClaim(nil)
				must(t, err)
				last = c
			}
			must(t, q.Release(last))
			var e entry
			if !db.r.messageEntry(&e, last.b) || e.meta.multiple() != (c.blockSize == 72) {
				t.Fatal("no batch, or not in as many blocks as was thought")
			}
			c.corrupt(db.r, &e)
			for range 2 {
				findsCorrupt(t, func() error { _, _, err := q.TryClaim(nil); return err })
			}
		})
	}
}

// TestOrphanElsewhere: the place where a message was linked is only looked at if it is a slot of a segment. What looks like the message's slot elsewhere stays what it is.
func TestOrphanElsewhere(t *testing.T) {
	for name, place := range map[string]func(r *region, q *Queue, value uint64) position{
		"beyond the slots": func(r *region, q *Queue, _ uint64) position {
			var s seen
			r.lookup(&s, q.key, q.hash)
			return makePosition(s.ref(), q.at.slots)
		},
		"in a value": func(r *region, q *Queue, value uint64) position {
			return makePosition(r.makeRef((value-r.blockOff)/r.blockSize, blockWord(r.load(value)).version()), q.at.slots-1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, q := openQueue(t, Options{BlockSize: 128, BlockCount: 40}, "q", QueueOptions{})
			r := db.r
			must(t, q.Push([]byte("message")))
			must(t, db.PutString("a value", string(make([]byte, 80))))
			var s seen
			must(t, r.lookup(&s, []byte("a value"), r.hash([]byte("a value"))))
			value := r.own(s.ref())
			_, c, err := q.TryClaim(nil)
			must(t, err)
			must(t, q.Release(c))
			var e entry
			if !r.messageEntry(&e, c.b) {
				t.Fatal("no message")
			}
			at := place(r, q, value)
			word := q.at.slot(r.own(at.segment()), at.slot())
			r.storeWord(&e, messageWhere, uint64(at))
			r.store(word, uint64(makeClaimedSlot(c.b, 1)))
			m, c, err := q.TryClaim(nil)
			if err != nil || string(m) != "message" {
				t.Fatalf("%q %v", m, err)
			}
			if r.load(word) != uint64(makeClaimedSlot(c.b, 1)) {
				t.Error("what is no slot has been changed")
			}
		})
	}
}

// newUnsettled is a queue whose only message is linked, and owned still by its author.
func newUnsettled(t *testing.T) *leftQueue {
	l := newLeftQueue(t, 5)
	l.add(1)
	must(t, second(l.s.TryPop(nil)))
	l.buildMessage()
	l.linkMessage()
	return l
}

// TestClaimForAuthor: the author of a message was killed, or is slow, before it said that the message is queued. Who claims it waits for nobody.
func TestClaimForAuthor(t *testing.T) {
	l := newUnsettled(t)
	must(t, comesBack(t, func() error {
		_, c, err := l.s.TryClaim(nil)
		return errors.Join(err, l.s.Ack(c))
	}))
}
