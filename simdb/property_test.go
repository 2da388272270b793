package simdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"simdb.dev/internal/scratch"
	"simdb.dev/model"
)

// TestProperties steps random sequences of operations, through two handles of one region, beside the reference model. After each operation the whole region is
// looked through. The variants are regions in which what is rare elsewhere happens all the time.
func TestProperties(t *testing.T) {
	oneBucket := func([]byte) uint64 { return 0 } // and one fingerprint
	for _, v := range []struct {
		name   string
		o      Options
		mapped bool
	}{
		{"heap", Options{BlockSize: 128, BlockCount: 400}, false},
		{"mapped file", Options{BlockSize: 128, BlockCount: 400}, true},
		{"one bucket, one fingerprint", Options{BlockSize: 64, BlockCount: 400, hash: oneBucket}, false},
		{"one slot a bucket", Options{BlockSize: 64, BlockCount: 400, slots: 1, buckets: 2}, false},
		{"smallest blocks", Options{BlockSize: minBlockSize, BlockCount: 400}, false},
		{"blocks wear out", Options{BlockSize: 64, BlockCount: 300, maxVersion: 3}, false},
		{"blocks live once", Options{BlockSize: 128, BlockCount: 200, maxVersion: 1}, false},
		{"almost full", Options{BlockSize: 48, BlockCount: 16}, false},
		{"one block", Options{BlockSize: 64, BlockCount: 1}, false},
		{"spares in a small region", Options{BlockSize: 64, BlockCount: 60, spareBlocks: allSpares}, false},
		{"victims announced", Options{BlockSize: 64, BlockCount: 60, victims: 1}, false},
		{"all at once", Options{BlockSize: minBlockSize, BlockCount: 40, slots: 1, buckets: 1, maxVersion: 12, handles: 3, lanes: 1, hash: oneBucket, spareBlocks: allSpares, victims: 20}, true},
	} {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := newMachine(t, v.o, v.mapped)
				defer m.close()
				t.Repeat(m.actions())
			})
		})
	}
}

// machine is a region with two handles, and what the model says that each key holds.
type machine struct {
	handlePair
	keys   [][]byte
	states []model.State
	tokens map[Version]model.Version
	refs   []reference
	lastID uint64
	dead   uint64              // places left by handles that died
	spares uint64              // blocks that they kept
	packs  map[uint64][][]byte // records of the ids that are packs
	values map[uint64][]byte   // of the ids that are typed values
	opened []opened
}

// reference is a version that was seen at a key.
type reference struct {
	key int
	v   Version
}

// The last keys hold counters, whose values are numbers; the others hold values whose bytes follow from their ids.
const counters = 2

func newMachine(t *rapid.T, o Options, mapped bool) *machine {
	m := &machine{handlePair: openPair(t, o, mapped), tokens: map[Version]model.Version{}, packs: map[uint64][][]byte{}, values: map[uint64][]byte{}}
	for i, n := range []int{1, 7, 8, 9, 31, 100, 1500, 8, 20} {
		m.keys = append(m.keys, bytes.Repeat([]byte{byte('a' + i)}, n))
	}
	m.states = make([]model.State, len(m.keys))
	return m
}

// handlePair are two handles on a region.
type handlePair struct {
	dbs [2]*DB
	dir *scratch.Dir // of the region, if it is in shared memory
}

func openPair(t *rapid.T, o Options, mapped bool) (p handlePair) {
	var err error
	if mapped {
		p.dir, err = scratch.New(DefaultDir, "simdbtest")
		must(t, err)
		p.dbs[0], err = OpenPath(filepath.Join(p.dir.Path, "region"), o)
	} else {
		p.dbs[0], err = OpenHeap(o)
	}
	must(t, err)
	p.dbs[1], err = p.dbs[0].Attach()
	must(t, err)
	return p
}

func (p *handlePair) close() {
	for _, db := range p.dbs {
		db.Close()
	}
	if p.dir != nil {
		p.dir.Remove()
	}
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"get": m.get, "getVersion": m.getVersion, "getAt": m.getAt, "len": m.len,
		"put": m.put, "put again": m.put, "putVersion": m.putVersion, "compareAndSwap": m.compareAndSwap, "insert": m.insert,
		"getOrPut": m.getOrPut, "update": m.update, "update fails": m.updateFails,
		"add": m.add, "add to a value": m.addToValue,
		"delete": m.delete, "compareAndDelete": m.compareAndDelete,
		"putPack": m.putPack, "openPack": m.openPack, "openPackAt": m.openPackAt, "readPack": m.readPack, "readPack again": m.readPack, "iteratePack": m.iteratePack,
		"elements": m.elements, "putTyped": m.putTyped, "getTyped": m.getTyped,
		"keys": m.iterateKeys, "sweep": m.sweep, "reopen": m.reopen, "die": m.die,
		"": m.check,
	}
}

// drawKey chooses a key among [from, to).
func (m *machine) drawKey(t *rapid.T, from, to int) int {
	return rapid.IntRange(from, to-1).Draw(t, "key")
}
func (m *machine) anyKey(t *rapid.T) int   { return m.drawKey(t, 0, len(m.keys)) }
func (m *machine) valueKey(t *rapid.T) int { return m.drawKey(t, 0, len(m.keys)-counters) }
func (m *machine) counterKey(t *rapid.T) int {
	return m.drawKey(t, len(m.keys)-counters, len(m.keys))
}
func (m *machine) isCounter(k int) bool { return k >= len(m.keys)-counters }

func (m *machine) db(t *rapid.T) *DB { return m.dbs[rapid.IntRange(0, 1).Draw(t, "handle")] }

// drawValue makes a value that was never written: mostly of one or a few blocks, sometimes empty or long.
func (m *machine) drawValue(t *rapid.T) (id uint64, value []byte) {
	m.lastID++
	n := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 40), rapid.IntRange(41, 400), rapid.IntRange(401, 3000)).Draw(t, "len")
	return m.lastID, content(m.lastID, n)
}

// content is the value with that id and length.
func content(id uint64, n int) []byte {
	b := make([]byte, 0, n+8)
	for x := id; len(b) < n; {
		x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
		x ^= x >> 29
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return b[:n]
}

// step asks the model whether key k may answer so.
func (m *machine) step(t *rapid.T, k int, in model.Input, out model.Output) {
	t.Helper()
	next, ok := model.Rules{Full: true}.Step(m.states[k], in, out)
	if !ok {
		t.Fatalf("key %d: %s, but it holds %v", k, model.Describe(in, out), m.states[k])
	}
	m.states[k] = next
}

// output is what a read of key k tells: torn if the bytes are not those of the value that the key holds.
func (m *machine) output(k int, b []byte, err error) model.Output {
	if err != nil {
		return model.Output{Outcome: outcomeOf(err)}
	}
	out := model.Output{Outcome: model.OK, Len: uint32(len(b)), Value: m.states[k].Value}
	if m.isCounter(k) && len(b) == 8 {
		out.Value = binary.LittleEndian.Uint64(b)
	} else if !m.isValue(out.Value, b) {
		out.Outcome = model.Torn
	}
	return out
}

// isValue says whether the bytes are those of the value with that id.
func (m *machine) isValue(id uint64, b []byte) bool {
	if value, isTyped := m.values[id]; isTyped {
		return bytes.Equal(b, value)
	}
	records, isPack := m.packs[id]
	if !isPack {
		return bytes.Equal(b, content(id, len(b)))
	}
	found, _, err := decodePack(b)
	return err == nil && slices.EqualFunc(found, records, bytes.Equal)
}

func outcomeOf(err error) model.Outcome {
	switch {
	case err == nil:
		return model.OK
	case errors.Is(err, ErrNotFound):
		return model.NotFound
	case errors.Is(err, ErrMismatch):
		return model.Mismatch
	case errors.Is(err, ErrStale):
		return model.Stale
	case errors.Is(err, ErrFull):
		return model.Full
	}
	return model.Torn // no state allows any other error
}

// token names a version for the model. written says that it names a new write, and so must be new.
func (m *machine) token(t *rapid.T, k int, v Version, written bool) model.Version {
	t.Helper()
	token, seen := m.tokens[v]
	if v.IsZero() || seen && written {
		t.Fatalf("key %d: version %v names two writes, or none", k, v)
	}
	if !seen {
		token = model.Version(len(m.tokens) + 1)
		m.tokens[v] = token
		m.refs = append(m.refs, reference{k, v})
	}
	return token
}

func (m *machine) drawRef(t *rapid.T) reference {
	if len(m.refs) == 0 {
		t.Skip("no version seen yet")
	}
	recent := m.refs[max(0, len(m.refs)-20):]
	return rapid.SampledFrom(recent).Draw(t, "version")
}

// wrote says whether a write was done. It may not be where its entry does not fit into the empty region, or not now: and an error of that kind must be true.
func (m *machine) wrote(t *rapid.T, db *DB, k, n int, err error) bool {
	t.Helper()
	r := db.r
	needed := uint64(1)
	if bytes := pad8(uint64(len(m.keys[k]))) + uint64(n); bytes > r.payload() {
		l, ok := r.list(pad8(uint64(len(m.keys[k]))) + pad8(uint64(n)))
		var large *TooLargeError
		if ok == errors.As(err, &large) {
			t.Fatalf("entry of %d bytes: %v, but fits: %v", bytes, err, ok)
		}
		if !ok {
			if large.Bytes != uint64(len(m.keys[k])+n) || large.Max >= bytes+8 {
				t.Fatalf("entry of %d bytes: %v", bytes, err)
			}
			return false
		}
		needed = l.blocks
	}
	var full *FullError
	if !errors.As(err, &full) {
		return err == nil
	}
	// One more than the entry has may be needed, for the bucket.
	if s, _ := db.Stats(); full.Free != s.Free || full.Free >= needed+1 || full.Needed > needed+1 {
		t.Fatalf("%v, but %d blocks would do and there are %d", err, needed, s.Free)
	}
	return false
}

// tooLarge says whether err is that of an entry that never fits: the model has no word for it, because nothing happens.
func tooLarge(err error) bool { return errors.Is(err, ErrTooLarge) }

func (m *machine) get(t *rapid.T) {
	k := m.anyKey(t)
	b, err := m.db(t).Get(m.keys[k], []byte("before"))
	if !bytes.HasPrefix(b, []byte("before")) || err != nil && len(b) != len("before") {
		t.Fatalf("Get gave %q, %v", b, err)
	}
	m.step(t, k, model.Input{Op: model.Get}, m.output(k, b[len("before"):], err))
}

func (m *machine) getVersion(t *rapid.T) {
	k := m.anyKey(t)
	b, v, err := m.db(t).GetVersion(m.keys[k], nil)
	out := m.output(k, b, err)
	if err == nil {
		out.Version = m.token(t, k, v, false)
	}
	m.step(t, k, model.Input{Op: model.GetVersion}, out)
}

func (m *machine) getAt(t *rapid.T) {
	ref := m.drawRef(t)
	b, err := m.db(t).GetAt(ref.v, nil)
	m.step(t, ref.key, model.Input{Op: model.GetRef, Version: m.tokens[ref.v]}, m.output(ref.key, b, err))
}

func (m *machine) len(t *rapid.T) {
	k := m.anyKey(t)
	n, err := m.db(t).Len(m.keys[k])
	m.step(t, k, model.Input{Op: model.Len}, model.Output{Outcome: outcomeOf(err), Len: uint32(n)})
}

func (m *machine) put(t *rapid.T) {
	k, db := m.valueKey(t), m.db(t)
	id, value := m.drawValue(t)
	err := db.Put(m.keys[k], value)
	m.wrote(t, db, k, len(value), err)
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.Put, Value: id, Len: uint32(len(value))}, model.Output{Outcome: outcomeOf(err)})
	}
}

func (m *machine) putVersion(t *rapid.T) {
	k, db := m.valueKey(t), m.db(t)
	id, value := m.drawValue(t)
	v, err := db.PutVersion(m.keys[k], value)
	out := model.Output{Outcome: outcomeOf(err)}
	if m.wrote(t, db, k, len(value), err) {
		out.Version = m.token(t, k, v, true)
	}
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.Put, Value: id, Len: uint32(len(value))}, out)
	}
}

func (m *machine) compareAndSwap(t *rapid.T) {
	ref := m.drawRef(t)
	if m.isCounter(ref.key) {
		t.Skip("a counter")
	}
	m.putIf(t, ref.key, ref.v, m.tokens[ref.v])
}

func (m *machine) insert(t *rapid.T) { m.putIf(t, m.valueKey(t), Version{}, 0) }

func (m *machine) putIf(t *rapid.T, k int, old Version, token model.Version) {
	db := m.db(t)
	id, value := m.drawValue(t)
	v, err := db.CompareAndSwap(m.keys[k], old, value)
	out := model.Output{Outcome: outcomeOf(err)}
	if out.Outcome != model.Mismatch && m.wrote(t, db, k, len(value), err) {
		out.Version = m.token(t, k, v, true)
	}
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.PutIf, Value: id, Len: uint32(len(value)), Version: token}, out)
	}
}

func (m *machine) getOrPut(t *rapid.T) {
	k, db := m.valueKey(t), m.db(t)
	id, value := m.drawValue(t)
	b, loaded, err := db.GetOrPut(m.keys[k], value, nil)
	out := m.output(k, b, err)
	out.Again = loaded
	if !loaded {
		m.wrote(t, db, k, len(value), err)
		if err == nil && !bytes.Equal(b, value) {
			t.Fatalf("GetOrPut put %d bytes and gave %d others", len(value), len(b))
		}
		out = model.Output{Outcome: outcomeOf(err), Value: id, Len: uint32(len(value))}
	}
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.GetOrPut, Value: id, Len: uint32(len(value))}, out)
	}
}

func (m *machine) update(t *rapid.T) {
	k, db := m.valueKey(t), m.db(t)
	id, value := m.drawValue(t)
	out := model.Output{}
	err := db.Update(m.keys[k], func(old []byte) ([]byte, error) {
		if old != nil {
			out.Value = m.output(k, old, nil).Value
			if m.output(k, old, nil).Outcome == model.Torn {
				t.Fatalf("Update saw %d bytes of no value", len(old))
			}
		}
		return value, nil
	})
	m.wrote(t, db, k, len(value), err)
	out.Outcome = outcomeOf(err)
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.Update, Value: id, Len: uint32(len(value))}, out)
	}
}

func (m *machine) updateFails(t *rapid.T) {
	want := errors.New("no")
	if err := m.db(t).Update(m.keys[m.anyKey(t)], func([]byte) ([]byte, error) { return nil, want }); err != want {
		t.Fatalf("Update gave %v instead of its function's error", err)
	}
}

func (m *machine) add(t *rapid.T) {
	k, db := m.counterKey(t), m.db(t)
	delta := rapid.Int64Range(-5, 5).Draw(t, "delta")
	sum, err := db.Add(m.keys[k], delta)
	m.wrote(t, db, k, 8, err)
	m.step(t, k, model.Input{Op: model.Add, Value: uint64(delta), Len: 8}, model.Output{Outcome: outcomeOf(err), Value: uint64(sum)})
}

func (m *machine) addToValue(t *rapid.T) {
	k := m.valueKey(t)
	if s := m.states[k]; s.Kind != model.Value || s.Len == 8 {
		t.Skip("absent, or as long as a counter")
	}
	if _, err := m.db(t).Add(m.keys[k], 1); err != ErrCounter {
		t.Fatalf("Add to a value: %v", err)
	}
}

func (m *machine) delete(t *rapid.T) {
	k := m.anyKey(t)
	err := m.db(t).Delete(m.keys[k])
	m.step(t, k, model.Input{Op: model.Delete}, model.Output{Outcome: outcomeOf(err)})
}

// compareAndDelete is to the model a conditional put followed by a delete.
func (m *machine) compareAndDelete(t *rapid.T) {
	ref := m.drawRef(t)
	err := m.db(t).CompareAndDelete(m.keys[ref.key], ref.v)
	m.step(t, ref.key, model.Input{Op: model.PutIf, Version: m.tokens[ref.v]}, model.Output{Outcome: outcomeOf(err)})
	if err == nil {
		m.step(t, ref.key, model.Input{Op: model.Delete}, model.Output{Outcome: model.OK})
	}
}

// iterateKeys stops somewhere.
func (m *machine) iterateKeys(t *rapid.T) {
	stop := rapid.IntRange(1, len(m.keys)+1).Draw(t, "stop")
	seen := map[string]bool{}
	for key := range m.db(t).Keys() {
		k := slices.IndexFunc(m.keys, func(k []byte) bool { return bytes.Equal(k, key) })
		if k < 0 || m.states[k].Kind == model.Absent || seen[string(key)] {
			t.Fatalf("Keys gave %.20q, absent or twice", key)
		}
		seen[string(key)] = true
		if len(seen) == stop {
			return
		}
	}
	if len(seen) != m.present() {
		t.Fatalf("Keys gave %d keys of %d", len(seen), m.present())
	}
}

func (m *machine) present() int {
	n := 0
	for _, s := range m.states {
		if s.Kind != model.Absent {
			n++
		}
	}
	return n
}

func (m *machine) sweep(t *rapid.T) {
	report, err := m.db(t).Sweep()
	must(t, err)
	if (report != SweepReport{Handles: m.dead, Freed: m.spares}) {
		t.Fatalf("swept %+v, but %d idle handles died, with %d spares", report, m.dead, m.spares)
	}
	m.dead, m.spares = 0, 0
}

// reopen closes one handle and opens another.
func (m *machine) reopen(t *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(t, "handle")
	must(t, m.dbs[i].Close())
	m.replace(t, i)
}

// die lets go of a handle's lock as the kernel does, and opens another.
func (m *machine) die(t *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(t, "handle")
	db := m.dbs[i]
	db.closed.store(&db.r.mem, 1)
	db.r.locks.unlock(db.h.slot)
	db.r.locks.close()
	m.dead++
	for _, ln := range *db.lanes.list.Load() {
		if ln.spare != 0 {
			m.spares++
		}
	}
	m.replace(t, i)
}

func (m *machine) replace(t *rapid.T, i int) {
	db, err := m.dbs[1-i].Attach()
	must(t, err)
	m.dbs[i] = db
}

// check compares everything that the region holds with the model.
func (m *machine) check(t *rapid.T) {
	c := checkRegion(t, m.dbs[0])
	if c.announced != 0 || c.pending != 0 || len(c.entries) != m.present() {
		t.Fatalf("%d entries, %d of them announced, %d pending; the model has %d", len(c.entries), c.announced, c.pending, m.present())
	}
	all := map[string]string{}
	for key, value := range m.db(t).All() {
		if _, twice := all[string(key)]; twice {
			t.Fatalf("All gave %.20q twice", key)
		}
		all[string(key)] = string(value)
	}
	for k, key := range m.keys {
		value, found := all[string(key)]
		if raw, there := c.entries[string(key)]; there != found || raw != value {
			t.Fatalf("key %d: All gives %d bytes, %v; the blocks have %d, %v", k, len(value), found, len(raw), there)
		}
		var err error
		if !found {
			err = ErrNotFound
		}
		m.step(t, k, model.Input{Op: model.Get}, m.output(k, []byte(value), err))
	}
	// A full region and a full attach table are swept.
	s, _ := m.dbs[0].Stats()
	if s.Handles < 2 || s.Handles > 2+m.dead {
		t.Fatalf("%d places in use, %d of the dead", s.Handles, m.dead)
	}
	if m.dead = s.Handles - 2; m.dead == 0 {
		m.spares = 0
	}
}
