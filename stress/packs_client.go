package main

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// packClient is a client of the workload packs.
type packClient struct {
	cfg   *config
	db    store
	typed simdb.Typed[typedRecord]
	id    history.Client
	names [][]byte
	menu  menu

	// By key: what this client saw last. Packs stay open from round to round.
	seen  []simdb.Version
	bytes []simdb.Pack
	list  []simdb.PackOf[typedRecord]

	rec    *history.Recorder
	rng    *rand.Rand
	writes uint64 // so far, over all rounds

	buf     []byte        // what was read last
	records [][]byte      // what is written next
	values  []typedRecord // likewise
}

func newPackClient(ph *phase, db store, id history.Client) (*packClient, error) {
	typed, err := simdb.NewTyped[typedRecord](db.database())
	return &packClient{
		cfg: ph.cfg, db: db, typed: typed, id: id, rng: rand.New(rand.NewPCG(0, 0)),
		names: keyNames("p", ph.Keys), menu: newMenu(ph.cfg.Mix, ph.Keys, packClass, packUses),
		seen: make([]simdb.Version, ph.Keys), bytes: make([]simdb.Pack, ph.Keys), list: make([]simdb.PackOf[typedRecord], ph.Keys),
	}, err
}

func (packs) client(ph *phase, db store, id history.Client) client {
	c, err := newPackClient(ph, db, id)
	if err != nil {
		panic(err) // typedRecord can be stored
	}
	return c
}

func (c *packClient) begin(seed uint64, rec *history.Recorder) {
	c.rec = rec
	c.rng = rand.New(rand.NewPCG(seed, uint64(c.id.Process)<<32|uint64(c.id.ID)))
}

// end has nothing to complete.
func (c *packClient) end() error { return nil }

func (c *packClient) step() (bool, error) {
	key := c.menu.keys[c.rng.IntN(len(c.menu.keys))]
	ops := c.menu.ops[packClass(key)]
	op := ops[c.rng.IntN(len(ops))]
	if op == model.PutIf && c.rng.IntN(2) == 0 {
		// Half of the conditional writes follow a read at once: on a key that many write, others would hardly ever apply.
		if ok, err := c.do(key, model.GetVersion); !ok || err != nil {
			return ok, err
		}
	}
	if op == model.GetRef && c.seen[key].IsZero() {
		op = model.GetVersion // nothing is open yet
	}
	return c.do(key, op)
}

// do makes and records one operation. An error is a result that no operation may have.
func (c *packClient) do(key int, op model.Op) (bool, error) {
	in := c.input(key, op)
	if !c.rec.Call(uint64(key), in) {
		return false, nil
	}
	var out model.Output
	var err error
	if packClass(key) == single {
		out, err = c.callValue(key, in)
	} else {
		out, err = c.callPack(key, in)
	}
	if out.Outcome == model.Unknown {
		return false, fmt.Errorf("%v on key %q: %w", in, c.names[key], err)
	}
	c.rec.Return(out)
	return true, nil
}

// input prepares the operation, and what it writes.
func (c *packClient) input(key int, op model.Op) model.Input {
	in := model.Input{Op: op}
	switch op {
	case model.GetRef:
		in.Version = token(c.seen[key])
	case model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update:
		c.writes++
		in.Value = uint64(c.id.Process)<<40 | uint64(c.id.ID)<<32 | c.writes
		in.Len = c.prepare(key, in.Value)
		if op == model.PutIf {
			in.Version = token(c.seen[key])
		}
	}
	return in
}

// prepare makes what is written next, and says how many bytes its records have.
func (c *packClient) prepare(key int, id uint64) uint32 {
	n := c.cfg.Sizes.pick(c.rng)
	switch packClass(key) {
	case various:
		c.records = appendRecords(c.records[:0], c.rng, uint64(key), id, n)
		s, _ := readRecord(c.records[0], uint64(key))
		return uint32(s.Bytes)
	case typed:
		n = 1 + n/typedRecordSize
	default:
		n = 1
	}
	c.values = c.values[:0]
	for i := range n {
		c.values = append(c.values, newTypedRecord(uint64(key), stamp{id, uint64(i), uint64(n), uint64(n * typedRecordSize)}))
	}
	return uint32(n * typedRecordSize)
}

// callPack makes an operation on a pack. The outcome stays unknown if the error is none that the model knows.
func (c *packClient) callPack(key int, in model.Input) (out model.Output, err error) {
	switch in.Op {
	case model.Get:
		out, err = c.elements(key)
	case model.GetVersion:
		out, err = c.open(key)
	case model.GetRef:
		out, err = c.read(key)
	case model.Put, model.Insert, model.PutIf:
		var v simdb.Version
		v, err = c.putPack(key, in.Op)
		out = model.Output{Outcome: outcome(err), Version: token(v)}
		if in.Op == model.Insert && out.Outcome == model.Mismatch {
			out.Outcome = model.Exists
		}
	case model.Delete:
		err = c.db.Delete(c.names[key])
		out.Outcome = outcome(err)
	}
	return out, err
}

func (c *packClient) putPack(key int, op model.Op) (v simdb.Version, err error) {
	name := c.names[key]
	if op == model.PutIf {
		v = c.seen[key]
	}
	slice := c.rng.IntN(2) == 0
	switch {
	case packClass(key) == various && op != model.Put:
		return c.db.CompareAndSwapPack(name, v, slices.Values(c.records))
	case packClass(key) == various && slice:
		return v, c.db.PutPack(name, c.records)
	case packClass(key) == various:
		return v, c.db.PutPackSeq(name, slices.Values(c.records))
	case op != model.Put:
		return c.typed.CompareAndSwapPack(name, v, slices.Values(c.values))
	case slice:
		return v, c.typed.PutPack(name, c.values)
	}
	return v, c.typed.PutPackSeq(name, slices.Values(c.values))
}

// open opens a pack, and reads a record of it, until it finds one that was not replaced in between.
func (c *packClient) open(key int) (out model.Output, err error) {
	for out.Outcome = model.Stale; out.Outcome == model.Stale; {
		if packClass(key) == various {
			c.bytes[key], err = c.db.Pack(c.names[key])
			c.seen[key] = versionOr(&c.bytes[key], err)
		} else {
			c.list[key], err = c.typed.Pack(c.names[key])
			plain := c.list[key].Bytes()
			c.seen[key] = versionOr(&plain, err)
		}
		if err != nil {
			return model.Output{Outcome: outcome(err)}, err
		}
		out, err = c.at(key)
	}
	out.Version = token(c.seen[key])
	return out, err
}

func versionOr(p *simdb.Pack, err error) simdb.Version {
	if err != nil {
		return simdb.Version{}
	}
	return p.Version()
}

// read reads from the pack that is open: a record, or some, or all.
func (c *packClient) read(key int) (model.Output, error) {
	if c.rng.IntN(3) > 0 {
		return c.at(key)
	}
	if packClass(key) == various {
		p := &c.bytes[key]
		from, to := c.bounds(p.Len())
		some, err := p.Slice(from, to)
		if err != nil {
			return model.Output{}, err
		}
		return c.all(key, some.All(), from, to-from)
	}
	p := &c.list[key]
	from, to := c.bounds(p.Len())
	some, err := p.Slice(from, to)
	if err != nil {
		return model.Output{}, err
	}
	if c.rng.IntN(2) == 0 {
		return collected(c, key, some.All(), from, to-from)
	}
	c.values, err = some.Append(c.values[:0])
	if err != nil {
		return model.Output{Outcome: outcome(err)}, err
	}
	return collected(c, key, withoutError(slices.Values(c.values)), from, to-from)
}

// bounds are those of a slice of n records that is not empty.
func (c *packClient) bounds(n int) (from, to int) {
	from = c.rng.IntN(n)
	return from, from + 1 + c.rng.IntN(n-from)
}

func withoutError[T any](seq iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v := range seq {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// at reads one record of the pack that is open.
func (c *packClient) at(key int) (model.Output, error) {
	var j judge
	var err error
	if packClass(key) == various {
		p := &c.bytes[key]
		i := c.rng.IntN(p.Len())
		if c.buf, err = p.At(i, c.buf[:0]); err == nil {
			s, whole := readRecord(c.buf, uint64(key))
			j.add(s, whole, i)
		}
	} else {
		p := &c.list[key]
		i := c.rng.IntN(p.Len())
		var r typedRecord
		if r, err = p.At(i); err == nil {
			j.add(r.Stamp, r.whole(uint64(key)), i)
		}
	}
	return j.output(err)
}

// elements reads whatever the key holds, until it has read a pack that was not replaced in between.
func (c *packClient) elements(key int) (out model.Output, err error) {
	for out.Outcome = model.Stale; out.Outcome == model.Stale; {
		if packClass(key) == various {
			out, err = c.all(key, c.db.Elements(c.names[key]), 0, -1)
		} else {
			out, err = collected(c, key, c.typed.Elements(c.names[key]), 0, -1)
		}
	}
	return out, err
}

// all judges an iteration over n records from record i on, or over all.
func (c *packClient) all(key int, seq iter.Seq2[[]byte, error], i, n int) (model.Output, error) {
	j := judge{want: n}
	for b, err := range seq {
		if err != nil {
			return j.output(err)
		}
		s, whole := readRecord(b, uint64(key))
		j.add(s, whole, i)
		i++
	}
	return j.end()
}

func collected(c *packClient, key int, seq iter.Seq2[typedRecord, error], i, n int) (model.Output, error) {
	j := judge{want: n}
	for r, err := range seq {
		if err != nil {
			return j.output(err)
		}
		j.add(r.Stamp, r.whole(uint64(key)), i)
		i++
	}
	return j.end()
}

// judge says what records that were read together are: of one pack, each whole and in its place.
type judge struct {
	first stamp
	n     int
	want  int // records; -1: all
	torn  bool
}

func (j *judge) add(s stamp, whole bool, i int) {
	if j.n == 0 {
		j.first = s
	}
	same := s.ID == j.first.ID && s.Records == j.first.Records && s.Bytes == j.first.Bytes
	j.torn = j.torn || !whole || !same || s.Index != uint64(i)
	j.n++
}

// output is what was read, or the error; torn also if it is an error that comes after a record that is none.
func (j *judge) output(err error) (model.Output, error) {
	switch {
	case j.torn:
		return model.Output{Outcome: model.Torn}, nil
	case err != nil:
		return model.Output{Outcome: outcome(err)}, err
	}
	return model.Output{Outcome: model.OK, Value: j.first.ID, Len: uint32(j.first.Bytes)}, nil
}

// end is the output of an iteration that ended without an error.
func (j *judge) end() (model.Output, error) {
	if j.want < 0 {
		j.want = int(j.first.Records)
	}
	j.torn = j.torn || j.n != j.want || j.n == 0
	return j.output(nil)
}

// callValue makes an operation on a typed value.
func (c *packClient) callValue(key int, in model.Input) (out model.Output, err error) {
	name := c.names[key]
	var r, v = typedRecord{}, simdb.Version{}
	if len(c.values) > 0 {
		r = c.values[0]
	}
	switch in.Op {
	case model.Get:
		r, err = c.typed.Get(name)
		return judged(key, r, err)
	case model.GetVersion:
		r, v, err = c.typed.GetVersion(name)
		c.seen[key] = v
		out, err = judged(key, r, err)
		out.Version = token(v)
		return out, err
	case model.GetRef:
		r, err = c.typed.GetAt(c.seen[key])
		return judged(key, r, err)
	case model.Put:
		v, err = c.typed.PutVersion(name, r)
	case model.Insert:
		v, err = c.typed.CompareAndSwap(name, v, r)
	case model.PutIf:
		v, err = c.typed.CompareAndSwap(name, c.seen[key], r)
	case model.GetOrPut:
		var again bool
		r, again, err = c.typed.GetOrPut(name, r)
		out, err = judged(key, r, err)
		out.Again = again
		return out, err
	case model.Update:
		err = c.typed.Update(name, func(old typedRecord, found bool) (typedRecord, error) {
			out.Value = old.Stamp.ID
			if found && !old.whole(uint64(key)) {
				return r, errTorn
			}
			return r, nil
		})
	case model.Delete:
		err = c.db.Delete(name)
	}
	out.Outcome = outcome(err)
	if in.Op == model.Insert && out.Outcome == model.Mismatch {
		out.Outcome = model.Exists
	}
	if err == nil && !v.IsZero() {
		c.seen[key], out.Version = v, token(v)
	}
	return out, err
}

func judged(key int, r typedRecord, err error) (model.Output, error) {
	if err != nil {
		return model.Output{Outcome: outcome(err)}, err
	}
	var j judge
	j.add(r.Stamp, r.whole(uint64(key)), 0)
	return j.output(nil)
}
