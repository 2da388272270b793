package main

import (
	"errors"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// packs is the workload on packs and typed values, and, in a phase of its own, on nodes. Every record carries the id of its pack, so that one of another pack is noticed.
type packs struct{}

// The classes of its keys.
const (
	various class = iota // packs of records of many lengths
	typed                // packs of records of one Go type
	single               // typed values
	packClasses
)

func packClass(key int) class { return class(key) % packClasses }

// packUses lists the operations for each class. A reference is a pack that was opened, or the version of a value.
var packUses = [][]model.Op{
	various: {model.Get, model.GetVersion, model.GetRef, model.Put, model.Insert, model.PutIf, model.Delete},
	typed:   {model.Get, model.GetVersion, model.GetRef, model.Put, model.Insert, model.PutIf, model.Delete},
	single:  {model.Get, model.GetVersion, model.GetRef, model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update, model.Delete},
}

func (packs) defaults(cfg *config) {
	cfg.Keys, cfg.Sizes = cfg.fewKeys(counts{8, 10_000}, counts{16, 200}), sizes{0, 4096}
	cfg.Mix = mix{
		"get": 10, "getVersion": 16, "getRef": 30,
		"put": 14, "insert": 4, "putIf": 10, "getOrPut": 3, "update": 4, "delete": 5,
	}
}

func (packs) validate(cfg *config) error { return cfg.Mix.validate(cfg, packClass, packUses) }

// packBlocks is an upper bound of the blocks of a pack with about n bytes of records: their offsets and the table come on top, and what is lost so that records begin a block.
func packBlocks(cfg *config, n int) uint64 {
	n = max(n, recordSize)
	return blocks(cfg, n+8*(n/recordSize+2)+2*recordSize) + 3
}

func (packs) phases(cfg *config) []phase {
	return append(phasesFor(cfg, func(n int) uint64 { return packBlocks(cfg, n) }), nodePhase(cfg))
}

// settle opens and reads what every key holds, recorded, and compares the keys with those that iterating gives.
func (packs) settle(db *simdb.DB, rec *history.Recorder, ph *phase, _ []int32, other func([]byte) bool) error {
	c, err := newPackClient(ph, handle{db}, history.Client{})
	if err != nil {
		return err
	}
	c.rec = rec
	number := map[string]int{}
	for i, name := range c.names {
		number[string(name)] = i
	}
	iterated, err := collect(db.All(), number, other)
	if err != nil {
		return err
	}
	for i, name := range c.names {
		if ok, err := c.do(i, model.GetVersion); err != nil {
			return found(violation, "region: key %q: %v", name, err)
		} else if !ok {
			return errNoRoom
		}
		if _, present := iterated[i]; present != !c.seen[i].IsZero() {
			return found(violation, "region: key %q: iterating finds it: %v; looking it up does: %v", name, present, !present)
		}
	}
	findings, err := db.Check()
	if err != nil {
		return err
	}
	for _, f := range findings {
		if !f.Swept {
			return found(violation, "region: %v", f)
		}
	}
	return nil
}

// account has nothing to add: packs do not move.
func (packs) account(*history.History, *phase) (*tally, error) { return nil, nil }

// clear deletes every key.
func (packs) clear(db *simdb.DB, ph *phase) error {
	for _, name := range keyNames("p", ph.Keys) {
		if err := db.Delete(name); err != nil && !errors.Is(err, simdb.ErrNotFound) {
			return found(violation, "region: deleting %q: %v", name, err)
		}
	}
	return nil
}
