package main

import (
	"errors"
	"iter"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// kv is the workload on values.
type kv struct{}

// class is what a key is for. It follows from the key's number.
type class int

const (
	stamped class = iota // values that carry their id
	short                // values too short for that
	counter
)

// classOf is the class of a key.
func classOf(cfg *config, key int) class {
	switch key % 4 {
	case 2:
		if cfg.Sizes.Min < stampSize {
			return short
		}
	case 3:
		return counter
	}
	return stamped
}

// uses lists the operations for each class. Of a short value, reads tell length
// and version.
var uses = [][]model.Op{
	stamped: {model.Get, model.GetVersion, model.GetRef, model.Len, model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update, model.Delete},
	short:   {model.Len, model.Put, model.Insert, model.PutIf, model.Delete},
	counter: {model.Get, model.GetVersion, model.Len, model.Add, model.Delete},
}

func kvClass(cfg *config) func(int) class { return func(key int) class { return classOf(cfg, key) } }

func (kv) defaults(cfg *config) {
	cfg.Keys, cfg.Sizes = cfg.fewKeys(counts{8, 10_000}, counts{16, 200}), sizes{0, 4096}
	cfg.Mix = mix{
		"get": 14, "getVersion": 10, "getRef": 8, "len": 6,
		"put": 16, "insert": 6, "putIf": 12, "getOrPut": 6, "update": 8, "add": 10, "delete": 14,
	}
}

func (kv) validate(cfg *config) error { return cfg.Mix.validate(cfg, kvClass(cfg), uses) }

// blocks is an upper bound of the blocks of an entry with a value of n bytes.
func blocks(cfg *config, n int) uint64 {
	payload := cfg.BlockSize - 16
	perTable := payload / 8
	data := (uint64(n) + longKey + payload - 1) / payload
	return 2 + data + 2*data/perTable
}

func (kv) phases(cfg *config) []phase {
	return phasesFor(cfg, func(n int) uint64 { return blocks(cfg, n) })
}

// settle reads every key twice over: by name, recorded, and by iterating.
func (kv) settle(db *simdb.DB, rec *history.Recorder, ph *phase, _ []int32, other func([]byte) bool) error {
	names := keyNames("k", ph.Keys)
	number := make(map[string]int, len(names))
	for i, name := range names {
		number[string(name)] = i
	}
	iterated, err := collect(db.All(), number, other)
	if err != nil {
		return err
	}
	c := newKVClient(ph, handle{db}, history.Client{})
	c.rec = rec
	for i := range names {
		op := model.GetVersion
		if classOf(ph.cfg, i) == short {
			op = model.Len
		}
		if ok, err := c.do(i, op); err != nil {
			return found(violation, "region: key %q: %v", names[i], err)
		} else if !ok {
			return errNoRoom
		}
		value, present := iterated[i]
		switch {
		case present != !c.seen[i].IsZero():
			return found(violation, "region: key %q: iterating finds it: %v; looking it up does: %v", names[i], present, !present)
		case present && value != string(c.buf):
			return found(violation, "region: key %q: iterating and looking up give different values", names[i])
		}
	}
	return nil
}

// collect gives the values of the keys by number.
func collect(all iter.Seq2[[]byte, []byte], number map[string]int, other func([]byte) bool) (map[int]string, error) {
	values := make(map[int]string)
	for key, value := range all {
		if other(key) {
			continue
		}
		i, known := number[string(key)]
		if !known {
			return nil, found(violation, "region: key %q was never written", key)
		}
		if _, twice := values[i]; twice {
			return nil, found(violation, "region: key %q is there twice", key)
		}
		values[i] = string(value)
	}
	return values, nil
}

// account has nothing to add: values do not move.
func (kv) account(*history.History, *phase) (*tally, error) { return nil, nil }

// clear deletes every key.
func (kv) clear(db *simdb.DB, ph *phase) error {
	for _, name := range keyNames("k", ph.Keys) {
		if err := db.Delete(name); err != nil && !errors.Is(err, simdb.ErrNotFound) {
			return found(violation, "region: deleting %q: %v", name, err)
		}
	}
	return nil
}
