package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// menu is what a client chooses from.
type menu struct {
	keys []int        // those with something to do
	ops  [][]model.Op // by class; each as often as it weighs
}

// newMenu is the menu of a mix, for keys of which each is of a class with operations of its own.
func newMenu(m mix, keys int, classOf func(key int) class, uses [][]model.Op) menu {
	menu := menu{ops: make([][]model.Op, len(uses))}
	for class, ops := range uses {
		for _, op := range ops {
			for range m[op.String()] {
				menu.ops[class] = append(menu.ops[class], op)
			}
		}
	}
	for key := range keys {
		if len(menu.ops[classOf(key)]) > 0 {
			menu.keys = append(menu.keys, key)
		}
	}
	return menu
}

// validate says what of a mix no class of keys has, or that nothing is left to do on some number of keys.
func (m mix) validate(cfg *config, classOf func(key int) class, uses [][]model.Op) error {
	for name, weight := range m {
		op, _ := model.ParseOp(name)
		if weight > 0 && !slices.ContainsFunc(uses, func(ops []model.Op) bool { return slices.Contains(ops, op) }) {
			return fmt.Errorf("-mix: %s is not an operation of the workload %s", name, cfg.Workload)
		}
	}
	for _, n := range cfg.Keys {
		if len(newMenu(m, n, classOf, uses).keys) == 0 {
			return fmt.Errorf("-mix %v: nothing to do on %d keys", &m, n)
		}
	}
	return nil
}

// kvClient is a client of the workload kv.
type kvClient struct {
	cfg   *config
	db    store
	id    history.Client
	names [][]byte
	menu  menu
	seen  []simdb.Version // by key: the last that this client saw

	rec    *history.Recorder
	rng    *rand.Rand
	writes uint64 // so far, over all rounds

	buf   []byte // what was read last
	value []byte // what is written next
}

func newKVClient(ph *phase, db store, id history.Client) *kvClient {
	return &kvClient{
		cfg: ph.cfg, db: db, id: id,
		names: keyNames("k", ph.Keys), menu: newMenu(ph.cfg.Mix, ph.Keys, kvClass(ph.cfg), uses),
		seen: make([]simdb.Version, ph.Keys),
	}
}

func (kv) client(ph *phase, db store, id history.Client) client { return newKVClient(ph, db, id) }

func (c *kvClient) begin(seed uint64, rec *history.Recorder) {
	c.rec = rec
	c.rng = rand.New(rand.NewPCG(seed, uint64(c.id.Process)<<32|uint64(c.id.ID)))
}

func (c *kvClient) step() (bool, error) {
	key := c.menu.keys[c.rng.IntN(len(c.menu.keys))]
	ops := c.menu.ops[classOf(c.cfg, key)]
	op := ops[c.rng.IntN(len(ops))]
	if op == model.PutIf && c.rng.IntN(2) == 0 {
		// Half of the conditional writes follow a read at once: on a key that many write, others would hardly ever apply.
		read := model.GetVersion
		if classOf(c.cfg, key) == short {
			read = model.Len
		}
		if ok, err := c.do(key, read); !ok || err != nil {
			return ok, err
		}
	}
	if op == model.GetRef && c.seen[key].IsZero() {
		op = model.GetVersion // no reference to follow yet
	}
	return c.do(key, op)
}

// end has nothing to complete.
func (c *kvClient) end() error { return nil }

// do makes and records one operation. An error is a result that no operation
// may have.
func (c *kvClient) do(key int, op model.Op) (bool, error) {
	in := c.input(key, op)
	if !c.rec.Call(uint64(key), in) {
		return false, nil
	}
	out, err := c.call(key, in)
	if out.Outcome == model.Unknown {
		return false, fmt.Errorf("%v on key %q: %w", in, c.names[key], err)
	}
	c.rec.Return(out)
	return true, nil
}

// input prepares the operation, and the value that it writes.
func (c *kvClient) input(key int, op model.Op) model.Input {
	in := model.Input{Op: op}
	switch op {
	case model.Add:
		// One and the same: that of several adds that never returned some have happened is then soon checked.
		in.Value, in.Len = 1, 8
	case model.GetRef:
		in.Version = token(c.seen[key])
	case model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update:
		c.writes++
		in.Value = uint64(c.id.Process)<<40 | uint64(c.id.ID)<<32 | c.writes
		if classOf(c.cfg, key) == short {
			c.value = appendShort(c.value[:0], uint64(key), c.cfg.Sizes.Min+c.rng.IntN(min(stampSize, c.cfg.Sizes.Max+1)-c.cfg.Sizes.Min))
		} else {
			c.value = appendStamped(c.value[:0], uint64(key), in.Value, max(stampSize, c.cfg.Sizes.pick(c.rng)))
		}
		in.Len = uint32(len(c.value))
		if op == model.PutIf {
			in.Version = token(c.seen[key])
		}
	}
	return in
}

// call makes the operation. The outcome stays unknown if the error is none that
// the model knows.
func (c *kvClient) call(key int, in model.Input) (out model.Output, err error) {
	name := c.names[key]
	var v simdb.Version
	switch in.Op {
	case model.Get:
		c.buf, err = c.db.Get(name, c.buf[:0])
		out = c.read(key, err)
	case model.GetVersion:
		c.buf, v, err = c.db.GetVersion(name, c.buf[:0])
		out = c.read(key, err)
	case model.GetRef:
		c.buf, err = c.db.GetAt(c.seen[key], c.buf[:0])
		return c.read(key, err), err
	case model.Len:
		return c.length(key)
	case model.Put:
		v, err = c.db.PutVersion(name, c.value)
		out.Outcome = outcome(err)
	case model.Insert:
		v, err = c.db.CompareAndSwap(name, simdb.Version{}, c.value)
		if out.Outcome = outcome(err); out.Outcome == model.Mismatch {
			out.Outcome = model.Exists
		}
	case model.PutIf:
		v, err = c.db.CompareAndSwap(name, c.seen[key], c.value)
		out.Outcome = outcome(err)
	case model.GetOrPut:
		c.buf, out.Again, err = c.db.GetOrPut(name, c.value, c.buf[:0])
		again := out.Again
		out = c.read(key, err)
		out.Again = again
		return out, err
	case model.Update:
		return c.update(name, key)
	case model.Add:
		var sum int64
		sum, err = c.db.Add(name, int64(in.Value))
		out.Outcome, out.Value = outcome(err), uint64(sum)
		return out, err
	case model.Delete:
		err = c.db.Delete(name)
		out.Outcome = outcome(err)
		return out, err
	}
	if out.Outcome == model.OK && in.Op != model.Get {
		c.seen[key] = v
		out.Version = token(v)
	} else if out.Outcome == model.NotFound {
		c.seen[key] = simdb.Version{}
	}
	return out, err
}

// read says what the bytes in buf are.
func (c *kvClient) read(key int, err error) model.Output {
	out := model.Output{Outcome: outcome(err)}
	if out.Outcome != model.OK {
		return out
	}
	out.Len = uint32(len(c.buf))
	whole := false
	if classOf(c.cfg, key) == counter {
		if whole = len(c.buf) == 8; whole {
			out.Value = binary.LittleEndian.Uint64(c.buf)
		}
	} else {
		out.Value, whole = readStamped(c.buf, uint64(key))
	}
	if !whole {
		out.Outcome = model.Torn
	}
	return out
}

// length asks for the length alone, or, of a short value, reads what can be
// told of it: length and version.
func (c *kvClient) length(key int) (out model.Output, err error) {
	if classOf(c.cfg, key) != short {
		n, err := c.db.Len(c.names[key])
		return model.Output{Outcome: outcome(err), Len: uint32(n)}, err
	}
	var v simdb.Version
	c.buf, v, err = c.db.GetVersion(c.names[key], c.buf[:0])
	switch out.Outcome = outcome(err); out.Outcome {
	case model.OK:
		if !isShort(c.buf, uint64(key)) {
			out.Outcome = model.Torn
		}
		out.Len, out.Version = uint32(len(c.buf)), token(v)
		c.seen[key] = v
	case model.NotFound:
		c.seen[key] = simdb.Version{}
	}
	return out, err
}

var errTorn = errors.New("torn value")

func (c *kvClient) update(name []byte, key int) (out model.Output, err error) {
	err = c.db.Update(name, func(old []byte) ([]byte, error) {
		out.Value = 0
		if old != nil {
			id, whole := readStamped(old, uint64(key))
			if !whole {
				return nil, errTorn
			}
			out.Value = id
		}
		return c.value, nil
	})
	out.Outcome = outcome(err)
	return out, err
}

// outcome is the model's name of an error, unknown if it has none.
func outcome(err error) model.Outcome {
	switch {
	case err == nil:
		return model.OK
	case errors.Is(err, simdb.ErrNotFound):
		return model.NotFound
	case errors.Is(err, simdb.ErrMismatch):
		return model.Mismatch
	case errors.Is(err, simdb.ErrStale):
		return model.Stale
	case errors.Is(err, simdb.ErrFull):
		return model.Full
	case errors.Is(err, errTorn):
		return model.Torn
	}
	return model.Unknown
}
