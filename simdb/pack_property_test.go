package simdb

import (
	"bytes"
	"errors"
	"slices"

	"pgregory.net/rapid"

	"simdb.dev/model"
)

// What the machine of TestProperties does with packs, typed values and elements. Packs that were opened stay open while other operations, through the other handle too, replace
// and delete them.

// opened is a pack, or a slice of one, with the records that it must give as long as the key holds what it held.
type opened struct {
	Pack
	key     int
	id      uint64
	records [][]byte
}

func (m *machine) drawRecords(t *rapid.T) [][]byte {
	length := rapid.OneOf(rapid.IntRange(0, 8), rapid.IntRange(0, 200))
	n := rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 40)).Draw(t, "records")
	equal := rapid.Bool().Draw(t, "equal")
	records := make([][]byte, n)
	for i := range records {
		if i == 0 || !equal {
			records[i] = make([]byte, length.Draw(t, "length"))
		} else {
			records[i] = make([]byte, len(records[0]))
		}
		copy(records[i], content(m.lastID<<16+uint64(i), len(records[i])))
	}
	return records
}

// putPack puts records, from a slice or an iterator, on condition or without.
func (m *machine) putPack(t *rapid.T) {
	k, db := m.valueKey(t), m.db(t)
	m.lastID++
	records := m.drawRecords(t)
	in := model.Input{Op: model.Put, Value: m.lastID}
	var v Version
	var err error
	switch rapid.IntRange(0, 3).Draw(t, "by") {
	case 0:
		err = db.PutPack(m.keys[k], records)
	case 1:
		err = db.PutPackSeq(m.keys[k], slices.Values(records))
	case 2:
		in.Op = model.PutIf
		v, err = db.CompareAndSwapPack(m.keys[k], v, slices.Values(records))
	case 3:
		ref := m.drawRef(t)
		if m.isCounter(ref.key) {
			t.Skip("a counter")
		}
		k, in.Op, in.Version = ref.key, model.PutIf, m.tokens[ref.v]
		v, err = db.CompareAndSwapPack(m.keys[k], ref.v, slices.Values(records))
	}
	m.roomForPack(t, db, k, records, err)
	if tooLarge(err) {
		return
	}
	out := model.Output{Outcome: outcomeOf(err)}
	if err == nil {
		m.packs[in.Value] = records
		n, err := db.Len(m.keys[k])
		must(t, err)
		in.Len = uint32(n)
		if !v.IsZero() {
			out.Version = m.token(t, k, v, true)
		}
	}
	m.step(t, k, in, out)
}

// roomForPack checks that a pack that does not fit does not.
func (m *machine) roomForPack(t *rapid.T, db *DB, k int, records [][]byte, err error) {
	r := db.r
	size, varied := uint64(0), len(records) == 0
	for _, b := range records {
		size += uint64(len(b))
		varied = varied || len(b) == 0 || len(b) != len(records[0])
	}
	front := pad8(uint64(len(m.keys[k]))) + packTableSize
	if varied {
		front += 8 * uint64(len(records)+1)
	}
	needed, fits := uint64(1), true
	if size == 0 && front > r.payload() {
		var l list
		l, fits = r.list(front)
		needed = l.blocks
	} else if size > 0 && front+size > r.payload() {
		var s packShape
		s, fits = r.packShape(front, size)
		needed = s.blocks
	}
	var full *FullError
	switch {
	case tooLarge(err) == fits && err != ErrMismatch && !errors.Is(err, ErrFull):
		t.Fatalf("pack of %d blocks: %v, but fits: %v", needed, err, fits)
	case fits && errors.As(err, &full): // what never fits may be found not to fit now
		// One more than the pack has may be needed, for the bucket.
		if s, _ := db.Stats(); full.Free != s.Free || full.Free >= needed+1 || full.Needed > needed+1 {
			t.Fatalf("%v, but %d blocks would do and there are %d", err, needed, s.Free)
		}
	}
}

// openPack opens a pack. The key may hold a value.
func (m *machine) openPack(t *rapid.T) {
	k := m.anyKey(t)
	p, err := m.db(t).Pack(m.keys[k])
	records, isPack := m.packs[m.states[k].Value]
	if present := m.states[k].Kind == model.Value; present && !isPack || m.isCounter(k) && present {
		if err != ErrKind {
			t.Fatalf("a value opened as a pack: %v", err)
		}
		return
	}
	out := model.Output{Outcome: outcomeOf(err)}
	if err == nil {
		out.Value, out.Len, out.Version = m.states[k].Value, uint32(p.entry.valueLen), m.token(t, k, p.Version(), false)
		m.opened = append(m.opened, opened{p, k, out.Value, records})
	}
	m.step(t, k, model.Input{Op: model.GetVersion}, out)
}

// openPackAt opens a pack by its version. The version may be that of a value.
func (m *machine) openPackAt(t *rapid.T) {
	ref := m.drawRef(t)
	p, err := m.db(t).PackAt(ref.v)
	s := m.states[ref.key]
	records, isPack := m.packs[s.Value]
	if err == ErrKind {
		if isPack && !m.isCounter(ref.key) || s.Kind != model.Value || s.Version != 0 && s.Version != m.tokens[ref.v] {
			t.Fatalf("ErrKind, but the key holds %v", s)
		}
		return
	}
	out := model.Output{Outcome: outcomeOf(err)}
	if err == nil {
		out.Value, out.Len = s.Value, uint32(p.entry.valueLen)
		m.opened = append(m.opened, opened{p, ref.key, s.Value, records})
	}
	m.step(t, ref.key, model.Input{Op: model.GetRef, Version: m.tokens[ref.v]}, out)
}

func (m *machine) drawOpened(t *rapid.T) *opened {
	if len(m.opened) == 0 {
		t.Skip("no pack opened yet")
	}
	recent := m.opened[max(0, len(m.opened)-10):]
	return &recent[rapid.IntRange(0, len(recent)-1).Draw(t, "pack")]
}

// gave asks the model whether what was opened may give so: a read by reference.
func (m *machine) gave(t *rapid.T, o *opened, err error) {
	if err == ErrClosed && o.db.isClosed() { // its handle was closed, or died
		return
	}
	out := model.Output{Outcome: outcomeOf(err)}
	if err == nil {
		out.Value, out.Len = o.id, uint32(o.entry.valueLen)
	}
	m.step(t, o.key, model.Input{Op: model.GetRef, Version: m.token(t, o.key, o.Version(), false)}, out)
}

// readPack reads a record, or slices.
func (m *machine) readPack(t *rapid.T) {
	o := m.drawOpened(t)
	if o.Len() != len(o.records) {
		t.Fatalf("%d records instead of %d", o.Len(), len(o.records))
	}
	i, j := rapid.IntRange(-1, len(o.records)).Draw(t, "i"), rapid.IntRange(-1, len(o.records)+1).Draw(t, "j")
	if rapid.Bool().Draw(t, "slice") {
		s, err := o.Slice(i, j)
		if good := 0 <= i && i <= j && j <= len(o.records); good != (err == nil) || !good && !errors.Is(err, ErrRange) {
			t.Fatalf("slice [%d, %d) of %d records: %v", i, j, len(o.records), err)
		} else if good {
			m.opened = append(m.opened, opened{s, o.key, o.id, o.records[i:j]})
		}
		return
	}
	b, err := o.At(i, []byte("before"))
	if !bytes.HasPrefix(b, []byte("before")) || err != nil && len(b) != len("before") {
		t.Fatalf("At gave %q, %v", b, err)
	}
	if i < 0 || i >= len(o.records) {
		if !errors.Is(err, ErrRange) {
			t.Fatalf("record %d of %d: %v", i, len(o.records), err)
		}
		return
	}
	if err == nil && !bytes.Equal(b[len("before"):], o.records[i]) {
		t.Fatalf("record %d is another one", i)
	}
	m.gave(t, o, err)
}

// iteratePack stops somewhere, or has the pack replaced or deleted somewhere, by another handle: then it may give records that it has read already, and ends with ErrStale or after
// the last.
func (m *machine) iteratePack(t *rapid.T) {
	o := *m.drawOpened(t)
	at := rapid.IntRange(0, len(o.records)).Draw(t, "at")
	change := rapid.SampledFrom([]func(*rapid.T){nil, m.putPack, m.put, m.delete}).Draw(t, "change")
	i, err := 0, error(nil)
	for b, e := range o.All() {
		if err = e; err != nil {
			break
		}
		if i >= len(o.records) || !bytes.Equal(b, o.records[i]) {
			t.Fatalf("record %d is another one", i)
		}
		if i == at && change == nil {
			break
		}
		if i == at {
			change(t)
		}
		i++
	}
	if err == nil && i < len(o.records) && (i != at || change != nil) {
		t.Fatalf("%d records of %d, and no error", i, len(o.records))
	}
	if err != nil || change == nil && len(o.records) > 0 {
		m.gave(t, &o, err)
	}
}

// elements gives a value, or the records of a pack.
func (m *machine) elements(t *rapid.T) {
	k := m.anyKey(t)
	var list [][]byte
	for e, err := range m.db(t).Elements(m.keys[k]) {
		if err != nil {
			m.step(t, k, model.Input{Op: model.Get}, model.Output{Outcome: outcomeOf(err)})
			return
		}
		list = append(list, bytes.Clone(e))
	}
	s := m.states[k]
	if records, isPack := m.packs[s.Value]; isPack && !m.isCounter(k) {
		if !slices.EqualFunc(list, records, bytes.Equal) {
			t.Fatalf("%d elements of a pack of %d", len(list), len(records))
		}
	} else if len(list) != 1 || m.output(k, list[0], nil).Outcome != model.OK {
		t.Fatalf("%d elements of a value", len(list))
	} else {
		m.step(t, k, model.Input{Op: model.Get}, m.output(k, list[0], nil))
	}
}

// The typed values of the machine are of 80 bytes with padding; their ids are in their first word.
type typedValue struct {
	ID   uint64
	Flag bool
	Rest [8]uint64
}

func typedContent(id uint64) (v typedValue) {
	v.ID, v.Flag = id, id%2 == 0
	for i := range v.Rest {
		v.Rest[i] = id * uint64(i+1)
	}
	return v
}

func (m *machine) typed(t *rapid.T) Typed[typedValue] {
	typed, err := NewTyped[typedValue](m.db(t))
	must(t, err)
	return typed
}

func (m *machine) putTyped(t *rapid.T) {
	k, typed := m.valueKey(t), m.typed(t)
	m.lastID++
	v := typedContent(m.lastID)
	err := typed.Put(m.keys[k], v)
	m.wrote(t, typed.db, k, 88, err)
	if err == nil {
		m.values[m.lastID] = typed.bytesOf(v)
	}
	if !tooLarge(err) {
		m.step(t, k, model.Input{Op: model.Put, Value: m.lastID, Len: 88}, model.Output{Outcome: outcomeOf(err)})
	}
}

// bytesOf is v as it is stored.
func (t Typed[T]) bytesOf(v T) []byte {
	var s stamped[T]
	b, _ := t.encode(&s, v)
	return bytes.Clone(b)
}

// getTyped reads what may be a typed value, another value, or a pack.
func (m *machine) getTyped(t *rapid.T) {
	k, typed := m.anyKey(t), m.typed(t)
	v, err := typed.Get(m.keys[k])
	s := m.states[k]
	_, isTyped := m.values[s.Value]
	_, isPack := m.packs[s.Value]
	present := s.Kind == model.Value
	switch {
	case present && isPack && !m.isCounter(k):
		if err != ErrKind {
			t.Fatalf("a pack as a typed value: %v", err)
		}
	case present && (!isTyped || m.isCounter(k)):
		if !errors.Is(err, ErrType) {
			t.Fatalf("a value of bytes as a typed value: %v", err)
		}
	default:
		out := model.Output{Outcome: outcomeOf(err)}
		if err == nil {
			out.Value, out.Len = v.ID, 88
			if v != typedContent(v.ID) {
				out.Outcome = model.Torn
			}
		}
		m.step(t, k, model.Input{Op: model.Get}, out)
	}
}
