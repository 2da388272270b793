package simdb

import (
	"fmt"
	"testing"
)

// TestLeftBehind stops a writer after each atomic step of an insertion, a replacement and a deletion, lets it be dead, and has a survivor go on from there with each
// operation, before a sweep and after it: what was decided is so, what was not is not, and in the end nothing is lost.
func TestLeftBehind(t *testing.T) {
	for _, size := range []int{5, 300} { // one block, a tree of blocks
		for _, p := range stoppingPoints {
			for name, op := range survivorOps {
				for _, sweepFirst := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%d bytes/%s/sweep first %v", p.name, size, name, sweepFirst), func(t *testing.T) {
						l := newLeftBehind(t, size)
						must(t, p.stop(l))
						l.die()
						if sweepFirst {
							must(t, l.sweep())
						}
						want := op(l, map[bool]string{false: l.old, true: l.new}[p.done])
						l.settle(want)
					})
				}
			}
		}
	}
}

// leftBehind is a region with a survivor and a writer that will be stopped. The key is in a bucket of one slot, so that it moves when it is inserted anew.
type leftBehind struct {
	t        *testing.T
	survivor *DB
	writer   *DB
	ln       *lane
	key      []byte
	hash     uint64
	old, new string // what the key holds before and after what the writer does; "" if it is absent
	value    []byte // of the writer
	p        spot
	b        ref // of the writer's entry
}

func newLeftBehind(t *testing.T, size int) *leftBehind {
	db, err := OpenHeap(Options{BlockSize: minBlockSize, BlockCount: 200, slots: 1, buckets: 1})
	must(t, err)
	writer, err := db.Attach()
	must(t, err)
	ln, err := writer.enter()
	must(t, err)
	key := []byte("key")
	return &leftBehind{t: t, survivor: db, writer: writer, ln: ln, key: key, hash: db.r.hash(key), value: content(uint64(size), size)}
}

// begin puts the old value, if there is one, and goes as far as the writer does before it shares anything.
func (l *leftBehind) begin(old, new string) error {
	l.old, l.new = old, new
	if old != "" {
		must(l.t, l.survivor.Put(l.key, []byte(old)))
	}
	if err := l.writer.r.locate(&l.p, l.key, l.hash); err != nil || new == "" {
		return err
	}
	var err error
	l.b, err = l.writer.r.build(l.ln, kindValue, l.key, []byte(new), fingerprint(l.hash))
	return err
}

func (l *leftBehind) inserting() error { return l.begin("", string(l.value)) }
func (l *leftBehind) replacing() error {
	return l.begin(string(content(7, len(l.value))), string(l.value))
}
func (l *leftBehind) deleting() error   { return l.begin(string(content(7, len(l.value))), "") }
func (l *leftBehind) pending() headWord { return headPending | headWord(l.b) }

// decide is the first half of insert: the bucket's head names the entry.
func (l *leftBehind) decide() bool {
	r, off := l.writer.r, l.writer.r.own(l.b)
	r.storeData(off+8, uint64(meta(r.loadData(off+8)).inserting(l.p.place, l.p.tag&0xff)))
	return r.cas(l.p.head, uint64(l.p.h), uint64(l.pending()))
}

func (l *leftBehind) fill() bool {
	return l.writer.r.cas(l.p.empty, l.writer.r.load(l.p.empty), uint64(makeSlot(fingerprint(l.hash), l.b)))
}

func (l *leftBehind) finish() bool {
	return l.writer.r.cas(l.p.head, uint64(l.pending()), uint64(l.pending().done()))
}

func (l *leftBehind) announce() bool {
	ok, err := l.writer.r.announce(l.ln, &l.p)
	return ok && err == nil
}

// name writes the victim into the entry that replaces it.
func (l *leftBehind) name() bool {
	r, off := l.writer.r, l.writer.r.own(l.b)
	r.storeData(off+8, uint64(meta(r.loadData(off+8)).replacing(r.index(l.p.ref()))))
	return true
}

// recycle makes the victim the writer's spare.
func (l *leftBehind) recycle() bool {
	l.ln.keeps = true
	l.writer.r.unlinkedRecycled(l.ln, l.p.ref())
	return l.ln.spare != 0
}

func (l *leftBehind) unlink(w slotWord) bool { return l.writer.r.cas(l.p.slot, l.p.word, uint64(w)) }

func (l *leftBehind) replacement() slotWord { return makeSlot(fingerprint(l.hash), l.b) }

// overflow gives the bucket a block of slots, as far as linking it.
func (l *leftBehind) overflow(link bool) bool {
	r := l.writer.r
	b, ok := r.take(l.ln)
	if !ok {
		return false
	}
	off := r.own(b)
	r.storeData(off+8, uint64(makeIndexMeta(0)))
	for i := range r.payload() / 8 {
		r.storeData(off+blockHeader+8*i, 0)
	}
	return !link || r.cas(l.p.link, 0, uint64(slotUsed)|uint64(b))
}

// steps runs the writer's steps.
func steps(begin error, all ...bool) error {
	for i, ok := range all {
		if begin == nil && !ok {
			return fmt.Errorf("step %d failed", i)
		}
	}
	return begin
}

// stoppingPoints are where the writer is stopped; done says whether what it did is decided.
var stoppingPoints = []struct {
	name string
	done bool
	stop func(l *leftBehind) error
}{
	{"insert: built", false, func(l *leftBehind) error { return l.inserting() }},
	{"insert: decided", true, func(l *leftBehind) error { return steps(l.inserting(), l.decide()) }},
	{"insert: slot filled", true, func(l *leftBehind) error { return steps(l.inserting(), l.decide(), l.fill()) }},
	{"insert: head done", true, func(l *leftBehind) error { return steps(l.inserting(), l.decide(), l.fill(), l.finish()) }},
	{"replace: built", false, func(l *leftBehind) error { return l.replacing() }},
	{"replace: victim named", false, func(l *leftBehind) error { return steps(l.replacing(), l.name()) }},
	{"replace: swapped", true, func(l *leftBehind) error { return steps(l.replacing(), l.name(), l.unlink(l.replacement())) }},
	{"replace: victim freed", true, func(l *leftBehind) error {
		return steps(l.replacing(), l.name(), l.unlink(l.replacement()), l.writer.r.unlinked(l.ln, l.p.ref()))
	}},
	{"replace: victim recycled", true, func(l *leftBehind) error {
		return steps(l.replacing(), l.name(), l.unlink(l.replacement()), l.recycle())
	}},
	{"replace: live", true, func(l *leftBehind) error {
		err := steps(l.replacing(), l.name(), l.unlink(l.replacement()), l.recycle())
		l.writer.r.linked(l.ln, l.b)
		return err
	}},
	{"replace: announced", false, func(l *leftBehind) error { return steps(l.replacing(), l.announce()) }},
	{"replace: announced, swapped", true, func(l *leftBehind) error {
		return steps(l.replacing(), l.announce(), l.unlink(l.replacement()))
	}},
	{"delete: announced", false, func(l *leftBehind) error { return steps(l.deleting(), l.announce()) }},
	{"delete: unlinked", true, func(l *leftBehind) error {
		return steps(l.deleting(), l.announce(), l.unlink(slotWord(l.p.word).dead()))
	}},
	{"overflow: filled", false, func(l *leftBehind) error { return steps(l.deleting(), l.overflow(false)) }},
	{"overflow: linked", false, func(l *leftBehind) error {
		err := l.deleting()
		l.p.link = l.writer.r.chain(l.p.head).link
		return steps(err, l.overflow(true))
	}},
}

// survivorOps are what the survivor does to a key that holds now; each returns what it holds then.
var survivorOps = map[string]func(l *leftBehind, now string) string{
	"get": func(l *leftBehind, now string) string { return now },
	"put": func(l *leftBehind, now string) string {
		must(l.t, l.survivor.Put(l.key, []byte("another")))
		return "another"
	},
	"insert": func(l *leftBehind, now string) string {
		_, err := l.survivor.CompareAndSwap(l.key, Version{}, []byte("another"))
		if (err == nil) != (now == "") {
			l.t.Fatalf("insert: %v", err)
		}
		if now == "" {
			return "another"
		}
		return now
	},
	"delete": func(l *leftBehind, now string) string {
		if err := l.survivor.Delete(l.key); (err == nil) != (now != "") {
			l.t.Fatalf("delete: %v", err)
		}
		return ""
	},
	"put another key": func(l *leftBehind, now string) string {
		must(l.t, l.survivor.PutString("other", "value"))
		must(l.t, l.survivor.DeleteString("other"))
		return now
	},
}

// die lets go of the writer's lock, as the kernel does.
func (l *leftBehind) die() { l.writer.r.locks.unlock(l.writer.h.slot) }

// sweep sweeps twice: the second finds nothing dead.
func (l *leftBehind) sweep() error {
	if _, err := l.survivor.Sweep(); err != nil {
		return err
	}
	report, err := l.survivor.Sweep()
	if err == nil && (report.Freed != 0 || report.Handles != 0) {
		err = fmt.Errorf("second sweep: %+v", report)
	}
	return err
}

// settle looks what the key holds, before and after the sweep, and that nothing is left when it is deleted.
func (l *leftBehind) settle(want string) {
	l.expect(want)
	findings, err := l.survivor.Check()
	must(l.t, err)
	for _, f := range findings {
		if !f.Swept {
			l.t.Fatalf("what no sweep mends: %v", f)
		}
	}
	must(l.t, l.sweep())
	if findings, err := l.survivor.Check(); len(findings) > 0 || err != nil {
		l.t.Fatalf("after the sweep: %v, %v", findings, err)
	}
	l.expect(want)
	c := checkRegion(l.t, l.survivor)
	if c.entries[string(l.key)] != want || len(c.entries) > 1 {
		l.t.Fatalf("entries %q", c.entries)
	}
	if err := l.survivor.Delete(l.key); (err == nil) != (want != "") {
		l.t.Fatalf("delete: %v", err)
	}
	must(l.t, l.survivor.PutString("one", "more"))
	must(l.t, l.survivor.DeleteString("one"))
	l.expect("")
	must(l.t, l.sweep())
	if c := checkRegion(l.t, l.survivor); c.free+c.counts[index] != l.survivor.r.blockCount {
		l.t.Fatalf("%v", c.counts)
	}
}

// expect asks in every way what the key holds.
func (l *leftBehind) expect(want string) {
	l.t.Helper()
	got, v, err := l.survivor.GetVersion(l.key, nil)
	if string(got) != want || (err == nil) != (want != "") {
		l.t.Fatalf("get: %d bytes, %v, instead of %d", len(got), err, len(want))
	}
	if err == nil {
		if at, err := l.survivor.GetAt(v, nil); string(at) != want || err != nil {
			l.t.Fatalf("get by version: %d bytes, %v", len(at), err)
		}
	}
	all := map[string]string{}
	for key, value := range l.survivor.All() {
		all[string(key)] += string(value)
	}
	if all[string(l.key)] != want {
		l.t.Fatalf("iteration: %d bytes instead of %d", len(all[string(l.key)]), len(want))
	}
}
