package simdb

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"simdb.dev/model"
)

// TestQueueProperties steps random sequences of operations on queues, through two handles with several accessors each, beside the reference model. After each operation the
// whole region is looked through. The variants are regions in which what is rare elsewhere happens all the time.
func TestQueueProperties(t *testing.T) {
	oneBucket := func([]byte) uint64 { return 0 } // and one fingerprint
	for _, v := range []struct {
		name   string
		o      Options
		limit  int // of the queue that has one
		mapped bool
	}{
		{"heap", Options{BlockSize: 128, BlockCount: 400}, 5, false},
		{"mapped file", Options{BlockSize: 128, BlockCount: 400}, 5, true},
		{"one bucket, one fingerprint", Options{BlockSize: 80, BlockCount: 400, hash: oneBucket}, 3, false},
		{"two slots a segment", Options{BlockSize: 72, BlockCount: 200, slots: 1, buckets: 2}, 4, false},
		{"four slots a segment", Options{BlockSize: 88, BlockCount: 200, slots: 1, buckets: 2}, 9, false},
		{"large batches", Options{BlockSize: 4096, BlockCount: 300}, 1000, false},
		{"blocks wear out", Options{BlockSize: 72, BlockCount: 300, maxVersion: 3}, 3, false},
		{"blocks live once", Options{BlockSize: 96, BlockCount: 200, maxVersion: 1}, 3, false},
		{"almost full", Options{BlockSize: 80, BlockCount: 14}, 3, false},
		{"three blocks", Options{BlockSize: 80, BlockCount: 3}, 1, false},
		{"all at once", Options{BlockSize: 72, BlockCount: 40, slots: 1, buckets: 1, maxVersion: 12, handles: 3, lanes: 1, hash: oneBucket}, 3, true},
	} {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := newQueueMachine(t, v.o, v.limit, v.mapped)
				defer m.close()
				t.Repeat(m.actions())
			})
		})
	}
}

// queueMachine is a region with two handles, and what the model says that each key holds.
type queueMachine struct {
	handlePair
	process [2]int32       // the handles' names in the model
	queues  [2][][]*Queue  // accessors of each handle to each key: old ones have old hints
	claims  [2][]heldClaim // of each handle, those let go of among them
	dead    map[int32]bool // processes whose places have not been swept
	states  []model.State  // of each key
	ids     map[string][]uint64
	content map[uint64]string
	lastID  uint64
	procs   int32
	limit   int
}

// heldClaim is a claim that succeeded.
type heldClaim struct {
	key int
	c   Claim
	id  uint64
}

// The keys; the last has a limit.
var queueKeys = [][]byte{[]byte("q"), []byte("of eight"), []byte("L")}

func newQueueMachine(t *rapid.T, o Options, limit int, mapped bool) *queueMachine {
	m := &queueMachine{
		handlePair: openPair(t, o, mapped), states: make([]model.State, len(queueKeys)), dead: map[int32]bool{},
		ids: map[string][]uint64{}, content: map[uint64]string{}, limit: limit,
	}
	for h := range m.dbs {
		m.begin(t, h)
	}
	return m
}

// begin gives a fresh handle its name and accessors.
func (m *queueMachine) begin(t *rapid.T, h int) {
	m.procs++
	m.process[h], m.claims[h] = m.procs, nil
	m.queues[h] = make([][]*Queue, len(queueKeys))
	for k := range queueKeys {
		m.access(t, h, k)
	}
}

// access makes one more accessor.
func (m *queueMachine) access(t *rapid.T, h, k int) {
	limit := 0
	if k == len(queueKeys)-1 {
		limit = m.limit
	}
	q, err := m.dbs[h].Queue(queueKeys[k], QueueOptions{Limit: limit})
	must(t, err)
	m.queues[h][k] = append(m.queues[h][k], q)
}

func (m *queueMachine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"push": m.push, "push again": m.push, "pushBatch": m.pushBatch,
		"pop": m.pop, "pop again": m.pop, "all": m.all,
		"claim": m.claim, "claim again": m.claim, "ack": m.ack, "release": m.release, "stale claim": m.staleClaim,
		"len": m.len, "delete": m.delete, "put": m.putValue, "delete value": m.deleteValue, "get": m.get,
		"accessor": m.newAccessor, "sweep": m.sweep, "reopen": m.reopen, "die": m.die,
		"": m.check,
	}
}

// draw chooses a handle, a key, and one of the handle's accessors to it.
func (m *queueMachine) draw(t *rapid.T) (h, k int, q *Queue) {
	h = rapid.IntRange(0, 1).Draw(t, "handle")
	k = rapid.IntRange(0, len(queueKeys)-1).Draw(t, "key")
	return h, k, m.accessor(t, h, k)
}

func (m *queueMachine) accessor(t *rapid.T, h, k int) *Queue {
	return m.queues[h][k][rapid.IntRange(0, len(m.queues[h][k])-1).Draw(t, "accessor")]
}

// drawMessage makes a message: mostly of one or a few blocks, sometimes empty or long.
func (m *queueMachine) drawMessage(t *rapid.T) (id uint64, message []byte) {
	m.lastID++
	n := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 40), rapid.IntRange(41, 400), rapid.IntRange(401, 3000)).Draw(t, "len")
	return m.lastID, m.remember(m.lastID, content(m.lastID, n))
}

func (m *queueMachine) remember(id uint64, message []byte) []byte {
	m.ids[string(message)] = append(m.ids[string(message)], id)
	m.content[id] = string(message)
	return message
}

// released makes orphans, in the model, of all that a process holds.
func (m *queueMachine) released(t *rapid.T, process int32) {
	for k := range m.states {
		for _, id := range m.states[k].Holds(process) {
			m.step(t, k, model.Input{Op: model.Release, Process: process, Value: id}, model.Output{Outcome: model.OK})
		}
	}
}

// swept looks whether the operation that was just done swept, as operations do that find no room.
func (m *queueMachine) swept(t *rapid.T) {
	s, err := m.dbs[0].Stats()
	must(t, err)
	if s.Handles != 2 {
		return
	}
	for _, p := range slices.Sorted(maps.Keys(m.dead)) {
		m.released(t, p)
	}
	clear(m.dead)
}

// step asks the model whether key k may answer so.
func (m *queueMachine) step(t *rapid.T, k int, in model.Input, out model.Output) {
	t.Helper()
	next, ok := model.Rules{Full: true}.Step(m.states[k], in, out)
	if !ok {
		t.Fatalf("key %d: %s, but it holds %v", k, model.Describe(in, out), m.states[k])
	}
	m.states[k] = next
}

// delivered is the same for an operation that gives a message: short ones do not tell which it is, so that the model chooses.
func (m *queueMachine) delivered(t *rapid.T, k int, in model.Input, message []byte, again bool, err error) (id uint64) {
	t.Helper()
	if err != nil {
		m.step(t, k, in, model.Output{Outcome: queueOutcome(err)})
		return 0
	}
	for _, id := range m.ids[string(message)] {
		out := model.Output{Outcome: model.OK, Value: id, Again: again}
		if next, ok := (model.Rules{}).Step(m.states[k], in, out); ok {
			m.states[k] = next
			return id
		}
	}
	t.Fatalf("key %d: %v gave %d bytes (again: %v), which are messages %v, but it holds %v", k, in, len(message), again, m.ids[string(message)], m.states[k])
	return 0
}

func queueOutcome(err error) model.Outcome {
	switch {
	case err == ErrEmpty:
		return model.Empty
	case err == ErrKind:
		return model.WrongKind
	}
	return outcomeOf(err)
}

func (m *queueMachine) push(t *rapid.T) {
	h, k, q := m.draw(t)
	id, message := m.drawMessage(t)
	err := q.Push(message)
	m.swept(t)
	m.mayFail(t, h, k, [][]byte{message}, err)
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.Push, Value: id}, model.Output{Outcome: queueOutcome(err)})
	}
}

func (m *queueMachine) pushBatch(t *rapid.T) {
	h, k, q := m.draw(t)
	var ids []uint64
	var batch [][]byte
	n := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 5), rapid.IntRange(500, 1200)).Draw(t, "messages")
	for range n {
		if n > 5 {
			m.lastID++
			ids, batch = append(ids, m.lastID), append(batch, m.remember(m.lastID, content(m.lastID, 9)))
			continue
		}
		id, message := m.drawMessage(t)
		ids, batch = append(ids, id), append(batch, message)
	}
	err := q.PushBatch(batch)
	m.swept(t)
	if n == 0 {
		must(t, err)
		return
	}
	m.mayFail(t, h, k, batch, err)
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.PushBatch, Batch: ids}, model.Output{Outcome: queueOutcome(err)})
	}
}

// mayFail checks that a push that was refused had to be.
func (m *queueMachine) mayFail(t *rapid.T, h, k int, batch [][]byte, err error) {
	t.Helper()
	r := m.dbs[h].r
	needed, fits := uint64(0), true
	for part := range slices.Chunk(batch, mostInPart) {
		n := pad8(batchBytes(part))
		if n > r.payload() {
			var ok bool
			_, ok = r.list(n)
			fits = fits && ok
		}
		if fits {
			needed += r.blocksFor(n)
		}
	}
	var full *FullError
	var limit *LimitError
	switch {
	case tooLarge(err) != !fits && (err == nil || !errors.Is(err, ErrFull)):
		t.Fatalf("%d messages of %d bytes: %v, but fits: %v", len(batch), batchBytes(batch), err, fits)
	case errors.As(err, &full):
		// One more than the messages have may be needed for a segment, and one for the bucket.
		if free := m.available(h); fits && needed+2 <= free {
			t.Fatalf("%v, but %d blocks would do and there are %d", err, needed, free)
		}
	case errors.As(err, &limit):
		have := uint64(len(m.states[k].Messages()))
		if k != len(queueKeys)-1 || limit.Have != have || limit.Limit != uint64(m.limit) || have+uint64(len(batch)) <= limit.Limit {
			t.Fatalf("%v: %d messages and %d more", err, have, len(batch))
		}
	case err == nil && k == len(queueKeys)-1 && len(m.states[k].Messages())+len(batch) > m.limit:
		t.Fatalf("%d messages and %d more are in a queue with a limit of %d", len(m.states[k].Messages()), len(batch), m.limit)
	}
}

// available is how many blocks a handle can take: the other's lanes may still protect some that were segments.
func (m *queueMachine) available(h int) (n uint64) {
	db, other := m.dbs[h], m.dbs[1-h]
	protected := map[uint64]bool{}
	for _, ln := range *other.lanes.list.Load() {
		for role := range hazardRoles {
			protected[db.r.load(db.r.hazardWord(ln.handle, ln.number, hazardRole(role)))] = true
		}
	}
	for i := range db.r.blockCount {
		off, _ := db.r.block(i)
		if w := blockWord(db.r.load(off)); w.state() == free || w.state() == resting && !protected[i+1] {
			n++
		}
	}
	return n
}

func (m *queueMachine) pop(t *rapid.T) {
	_, k, q := m.draw(t)
	b, err := q.TryPop([]byte("before"))
	if !bytes.HasPrefix(b, []byte("before")) || err != nil && len(b) != len("before") {
		t.Fatalf("TryPop gave %q, %v", b, err)
	}
	m.delivered(t, k, model.Input{Op: model.Pop}, b[len("before"):], false, err)
}

// all stops somewhere.
func (m *queueMachine) all(t *rapid.T) {
	_, k, q := m.draw(t)
	stop := rapid.IntRange(1, 5).Draw(t, "stop")
	if m.states[k].Kind == model.Value {
		t.Skip("a value")
	}
	for message := range q.All() {
		m.delivered(t, k, model.Input{Op: model.Pop}, message, false, nil)
		if stop--; stop == 0 {
			return
		}
	}
	m.step(t, k, model.Input{Op: model.Pop}, model.Output{Outcome: model.Empty})
}

func (m *queueMachine) claim(t *rapid.T) {
	h, k, q := m.draw(t)
	b, c, err := q.TryClaim([]byte("before"))
	m.swept(t)
	if !bytes.HasPrefix(b, []byte("before")) || err != nil && len(b) != len("before") {
		t.Fatalf("TryClaim gave %q, %v", b, err)
	}
	var full *FullError
	if errors.As(err, &full) {
		if at := m.states[k].Messages(); len(at) == 0 || len(m.states[k].Orphans()) > 0 || full.Needed <= m.available(h) {
			t.Fatalf("%v, but %d blocks are free", err, m.available(h))
		}
	}
	if len(m.states[k].Orphans()) > 0 && !c.Redelivered() {
		t.Fatalf("TryClaim gave %v, %v, but there is an orphan in %v", c, err, m.states[k])
	}
	in := model.Input{Op: model.Claim, Process: m.process[h]}
	if id := m.delivered(t, k, in, b[len("before"):], c.Redelivered(), err); err == nil {
		m.claims[h] = append(m.claims[h], heldClaim{k, c, id})
	}
}

// drawClaim chooses a claim of a handle, and takes it off the list.
func (m *queueMachine) drawClaim(t *rapid.T) (h int, held heldClaim, q *Queue) {
	h = rapid.IntRange(0, 1).Draw(t, "handle")
	if len(m.claims[h]) == 0 {
		t.Skip("nothing claimed")
	}
	held = rapid.SampledFrom(m.claims[h]).Draw(t, "claim")
	m.claims[h] = slices.DeleteFunc(m.claims[h], func(c heldClaim) bool { return c == held })
	return h, held, m.accessor(t, h, held.key)
}

func (m *queueMachine) ack(t *rapid.T) {
	h, held, q := m.drawClaim(t)
	out := model.Output{Outcome: queueOutcome(q.Ack(held.c))}
	m.step(t, held.key, model.Input{Op: model.Ack, Process: m.process[h], Value: held.id}, out)
	m.stale(t, q, held.c)
}

func (m *queueMachine) release(t *rapid.T) {
	h, held, q := m.drawClaim(t)
	out := model.Output{Outcome: queueOutcome(q.Release(held.c))}
	m.step(t, held.key, model.Input{Op: model.Release, Process: m.process[h], Value: held.id}, out)
	m.stale(t, q, held.c)
}

// stale checks that a claim can be used no more.
func (m *queueMachine) stale(t *rapid.T, q *Queue, c Claim) {
	t.Helper()
	if err := q.Ack(c); err != ErrStale {
		t.Fatalf("acknowledged again: %v", err)
	}
	if err := q.Release(c); err != ErrStale {
		t.Fatalf("released again: %v", err)
	}
}

// staleClaim uses a claim of the other handle.
func (m *queueMachine) staleClaim(t *rapid.T) {
	h := rapid.IntRange(0, 1).Draw(t, "handle")
	if len(m.claims[1-h]) == 0 {
		t.Skip("nothing claimed")
	}
	held := rapid.SampledFrom(m.claims[1-h]).Draw(t, "claim")
	m.stale(t, m.queues[h][held.key][0], held.c)
}

func (m *queueMachine) len(t *rapid.T) {
	_, k, q := m.draw(t)
	n, err := q.Len()
	m.step(t, k, model.Input{Op: model.QueueLen}, model.Output{Outcome: queueOutcome(err), Value: uint64(n)})
}

func (m *queueMachine) delete(t *rapid.T) {
	_, k, q := m.draw(t)
	m.step(t, k, model.Input{Op: model.DeleteQueue}, model.Output{Outcome: queueOutcome(q.Delete())})
}

func (m *queueMachine) putValue(t *rapid.T) {
	h, k, _ := m.draw(t)
	m.lastID++
	err := m.dbs[h].Put(queueKeys[k], content(m.lastID, 9))
	m.swept(t)
	m.step(t, k, model.Input{Op: model.Put, Value: m.lastID, Len: 9}, model.Output{Outcome: queueOutcome(err)})
}

func (m *queueMachine) deleteValue(t *rapid.T) {
	h, k, _ := m.draw(t)
	m.step(t, k, model.Input{Op: model.Delete}, model.Output{Outcome: queueOutcome(m.dbs[h].Delete(queueKeys[k]))})
}

func (m *queueMachine) get(t *rapid.T) {
	h, k, _ := m.draw(t)
	b, err := m.dbs[h].Get(queueKeys[k], nil)
	out := model.Output{Outcome: queueOutcome(err), Len: uint32(len(b)), Value: m.states[k].Value}
	if err == nil && !bytes.Equal(b, content(out.Value, len(b))) {
		out.Outcome = model.Torn
	}
	m.step(t, k, model.Input{Op: model.Get}, out)
}

// newAccessor adds one that knows nothing, or takes the oldest away.
func (m *queueMachine) newAccessor(t *rapid.T) {
	h, k, _ := m.draw(t)
	m.access(t, h, k)
	if len(m.queues[h][k]) > 3 {
		m.queues[h][k] = m.queues[h][k][1:]
	}
}

func (m *queueMachine) sweep(t *rapid.T) {
	dead, held := uint64(len(m.dead)), uint64(0)
	for p := range m.dead {
		for k := range m.states {
			held += uint64(len(m.states[k].Holds(p)))
		}
	}
	report, err := m.dbs[rapid.IntRange(0, 1).Draw(t, "handle")].Sweep()
	must(t, err)
	if report.Handles != dead || report.Kept != held {
		t.Fatalf("swept %+v, but %d handles died with %d claims", report, dead, held)
	}
	m.swept(t)
}

// reopen closes one handle, which gives up what it holds, and opens another.
func (m *queueMachine) reopen(t *rapid.T) {
	h := rapid.IntRange(0, 1).Draw(t, "handle")
	must(t, m.dbs[h].Close())
	m.released(t, m.process[h])
	m.replace(t, h)
}

// die lets go of a handle's lock as the kernel does, and opens another.
func (m *queueMachine) die(t *rapid.T) {
	h := rapid.IntRange(0, 1).Draw(t, "handle")
	db := m.dbs[h]
	db.closed.store(&db.r.mem, 1)
	db.r.locks.unlock(db.h.slot)
	db.r.locks.close()
	m.dead[m.process[h]] = true
	m.replace(t, h)
}

func (m *queueMachine) replace(t *rapid.T, h int) {
	db, err := m.dbs[1-h].Attach()
	must(t, err)
	m.dbs[h] = db
	m.begin(t, h)
	m.swept(t)
}

// check compares everything that the region holds with the model.
func (m *queueMachine) check(t *rapid.T) {
	c := checkRegion(t, m.dbs[0])
	names := map[ref]int{}
	for k, key := range queueKeys {
		q, s := c.queues[string(key)], m.states[k]
		if (q != nil) != (s.Kind == model.Queue) {
			t.Fatalf("key %d: a queue is there: %v, but it holds %v", k, q != nil, s)
		}
		if q == nil {
			continue
		}
		names[q.name] = k
		switch {
		case q.behind > 0 || q.ending || q.unhanded > 0:
			t.Fatalf("key %d: at rest: %+v", k, q)
		case !slices.Equal(q.messages, m.contents(s.Messages())):
			t.Fatalf("key %d: the segments lead to %d messages, but it holds %v", k, len(q.messages), s)
		}
	}
	m.checkClaims(t, c, names)
	if findings, err := m.dbs[0].Check(); err != nil || len(m.dead) == 0 && len(findings) > 0 {
		t.Fatalf("check: %v, %v", findings, err)
	}
}

// checkClaims compares what is claimed, and by whom, and what was given up. What was given up of a queue that is gone stays until a sweep.
func (m *queueMachine) checkClaims(t *rapid.T, c *census, names map[ref]int) {
	orphans := make([][]string, len(queueKeys))
	held := map[uint64][]string{}
	for _, claim := range c.claims {
		if k, found := names[claim.queue]; claim.holder != 0 {
			held[claim.holder] = append(held[claim.holder], claim.message)
		} else if found {
			orphans[k] = append(orphans[k], claim.message)
		}
	}
	for k, s := range m.states {
		if want := m.contents(s.Orphans()); !sameMessages(orphans[k], want) {
			t.Fatalf("key %d: %d messages were given up, but it holds %v", k, len(orphans[k]), s)
		}
	}
	for h, db := range m.dbs {
		var want []uint64
		for _, s := range m.states {
			want = append(want, s.Holds(m.process[h])...)
		}
		if !sameMessages(held[db.h.slot], m.contents(want)) {
			t.Fatalf("handle %d has claimed %d messages, the model says %d: %v", h, len(held[db.h.slot]), len(want), want)
		}
	}
}

func (m *queueMachine) contents(ids []uint64) (list []string) {
	for _, id := range ids {
		list = append(list, m.content[id])
	}
	return list
}

// sameMessages says whether two lists have the same messages in any order.
func sameMessages(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
