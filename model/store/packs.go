//go:build explore

package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"simdb.dev/model"
	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// shape is the lengths of the records of a pack, in words. Together the records have the words of the value with their id.
type shape []int

var (
	equal  = shape{1, 1}    // records with a stride
	varied = shape{1, 2}    // with offsets
	more   = shape{1, 1, 1} // more of them
)

// packBlock is a block size with which a pack has its table and its records in blocks of their own, and with the head takes three; smallPack one with which it is one block.
const (
	packBlock = 64
	smallPack = 96
)

func (s shape) records(id int) (list [][]byte) {
	words := 0
	for _, n := range s {
		words += n
	}
	b := value(id, words)
	for _, n := range s {
		list, b = append(list, b[:8*n]), b[8*n:]
	}
	return list
}

// recordsOf are the bytes of the records of a pack, if the bytes are one.
func recordsOf(b []byte) ([]byte, bool) {
	if len(b) < 40 || string(b[:7]) != "simdbpk" {
		return nil, false
	}
	word := func(at uint64) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	count, stride, data := word(8), word(16), word(32)
	size := count * stride
	if stride == 0 {
		size = word(40 + 8*count)
	}
	return b[data : data+size], true
}

// identifyRecord is the id of record i of a pack, or false if the bytes are not one record of one.
func identifyRecord(b []byte, i int) (uint64, bool) {
	id := binary.NativeEndian.Uint64(b) >> 16
	for _, s := range []shape{equal, varied, more} {
		if i < len(s) && string(s.records(int(id))[i]) == string(b) {
			return id, true
		}
	}
	return 0, false
}

// putPack puts a pack. Before the exploration it also learns the version.
func putPack(k, id int, s shape) op {
	records := s.records(id)
	name := key(k)
	return func(c *client) explore.Op {
		in := &input{key: k, Input: model.Input{Op: model.Put, Value: uint64(id), Len: uint32(c.w.packBytes(name, records))}}
		return explore.Op{
			Name: fmt.Sprintf("%s.pack(%d)", name, id), Input: in,
			Do: func(p *explore.Proc) any {
				out := output{outcome: outcome(c.db.PutPackSeq(name, slices.Values(records)))}
				if p == nil {
					pack, err := c.db.Pack(name)
					must(err)
					c.mine = pack.Version()
					out.version = model.Version(c.mine.Token())
				}
				return out
			},
		}
	}
}

// packBytes is how many bytes a pack has in blocks of that size.
func (w *world) packBytes(name []byte, records [][]byte) int {
	db, err := simdb.OpenHeap(simdb.Options{BlockSize: orElse(w.p.blockSize, 40), BlockCount: 100})
	must(err)
	defer db.Close()
	must(db.PutPack(name, records))
	n, err := db.Len(name)
	must(err)
	return n
}

// openPack opens a pack, and reads none of its records: its version and length are what can be told.
func openPack(k int) op {
	return on(k, model.Input{Op: model.Len}, func(c *client, key []byte) output {
		pack, err := c.db.Pack(key)
		return c.opened(pack, err)
	})
}

func (c *client) opened(pack simdb.Pack, err error) output {
	if err != nil {
		return output{outcome: outcome(err)}
	}
	c.pack, c.mine = pack, pack.Version()
	return output{outcome: model.OK, len: uint32(pack.Bytes()), version: model.Version(c.mine.Token())}
}

// readPack reads from the pack that the client opened: what is read is of the write that the version names, or stale.
func readPack(k int, what string, read func(p *simdb.Pack) (id uint64, err error)) op {
	in := &input{k, model.Input{Op: model.GetRef}, mine}
	return func(c *client) explore.Op {
		return explore.Op{Name: fmt.Sprintf("%s.%s", key(k), what), Input: in, Do: func(*explore.Proc) any {
			if c.mine.IsZero() {
				return output{outcome: closed} // there was none to open
			}
			id, err := read(&c.pack)
			return output{outcome: outcome(err), value: id, len: uint32(c.pack.Bytes()), given: model.Version(c.mine.Token())}
		}}
	}
}

var errTorn = errors.New("record of no pack")

// at reads a record.
func at(k, i int) op {
	return readPack(k, fmt.Sprintf("at(%d)", i), func(p *simdb.Pack) (uint64, error) { return record(p, i) })
}

func record(p *simdb.Pack, i int) (uint64, error) {
	var buf [64]byte
	b, err := p.At(i, buf[:0])
	if err != nil {
		return 0, err
	}
	id, ok := identifyRecord(b, i)
	if !ok {
		return 0, errTorn
	}
	return id, nil
}

// atOld opens the pack of before by its version, and reads a record.
func atOld(k, i int) op {
	in := &input{k, model.Input{Op: model.GetRef}, old}
	return func(c *client) explore.Op {
		return explore.Op{Name: fmt.Sprintf("%s.atOld(%d)", key(k), i), Input: in, Do: func(*explore.Proc) any {
			pack, err := c.db.PackAt(c.w.refs[k])
			out := output{outcome: outcome(err), given: model.Version(c.w.refs[k].Token())}
			if err == nil {
				var id uint64
				id, err = record(&pack, i)
				out.outcome, out.value, out.len = outcome(err), id, uint32(pack.Bytes())
			}
			return out
		}}
	}
}

// iterate reads all records; they must be of one pack, also those that come before the iteration finds it stale.
func iteratePack(k int) op {
	return readPack(k, "all", func(p *simdb.Pack) (id uint64, _ error) {
		i := 0
		for b, err := range p.All() {
			if err != nil {
				return 0, err
			}
			next, ok := identifyRecord(b, i)
			if !ok || i > 0 && next != id {
				return 0, errTorn
			}
			id = next
			i++
		}
		if i != p.Len() {
			return 0, errTorn
		}
		return id, nil
	})
}

// elements reads what the key holds, a value or a pack. If records were given before the pack was found stale, they are of one pack, and that is all.
func elements(k int) op {
	in := &input{key: k, Input: model.Input{Op: model.GetVersion}}
	name := key(k)
	return func(c *client) explore.Op {
		return explore.Op{Name: fmt.Sprintf("%s.elements", name), Input: in, Do: func(*explore.Proc) any {
			var all []byte
			n := 0
			for b, err := range c.db.Elements(name) {
				if errors.Is(err, simdb.ErrStale) && n > 0 {
					return output{outcome: closed}
				}
				if err != nil {
					return output{outcome: outcome(err)}
				}
				all = append(all, b...)
				n++
			}
			id, ok := identify(all)
			if !ok {
				return output{outcome: model.Torn}
			}
			out := output{outcome: model.OK, value: id, len: uint32(len(all))}
			if n > 1 {
				out.len = uint32(c.w.packBytes(name, equal.records(int(id))))
			}
			return out
		}}
	}
}

// packs that are built, read, replaced and deleted at once, and their builders killed.
func packs() []program {
	before := ops(putPack(0, 1, equal))
	small := func(p program) program {
		p.blockSize, p.share = smallPack, 1
		p.name += ", one block"
		return p
	}
	list := []program{
		{name: "put/at", before: before, share: 3, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", openPack(0), at(0, 1))),
			reach: reach(sees(1, 1, 1), sees(1, 1, 2), ends(1, 1, model.Stale))},
		{name: "put put/at: reuse", before: before, share: 6, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal), putPack(0, 3, equal)), one("p2", openPack(0), at(0, 1))),
			reach: reach(sees(1, 1, 1), sees(1, 1, 2), sees(1, 1, 3), ends(1, 1, model.Stale))},
		{name: "put put/at: reuse, offsets", before: ops(putPack(0, 1, varied)), share: 6, blocks: 8,
			processes: procs(one("p1", putPack(0, 2, varied), putPack(0, 3, varied)), one("p2", openPack(0), at(0, 1)))},
		{name: "put put/at: reuse, other shapes", before: before, share: 8, blocks: 7,
			processes: procs(one("p1", putPack(0, 2, varied), putPack(0, 3, more)), one("p2", openPack(0), at(0, 1)))},
		{name: "put put/all: reuse", before: before, share: 6, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal), putPack(0, 3, equal)), one("p2", openPack(0), iteratePack(0))),
			reach: reach(sees(1, 1, 1), sees(1, 1, 2), sees(1, 1, 3), ends(1, 1, model.Stale))},
		{name: "delete put/all", before: before, blocks: 3, processes: procs(one("p1", remove(0), putPack(0, 2, equal)), one("p2", openPack(0), iteratePack(0))),
			reach: reach(sees(1, 1, 1), sees(1, 1, 2), ends(1, 1, model.Stale))},
		{name: "delete put/all: offsets", before: ops(putPack(0, 1, varied)), blocks: 4, processes: procs(one("p1", remove(0), putPack(0, 2, varied)), one("p2", openPack(0), iteratePack(0)))},
		{name: "delete put/at by reference", before: before, blocks: 3, processes: procs(one("p1", remove(0), putPack(0, 2, equal)), one("p2", atOld(0, 1))),
			reach: reach(sees(1, 0, 1), ends(1, 0, model.Stale))},
		{name: "delete, put of another key/at", keys: 2, before: before, blocks: 3, processes: procs(one("p1", remove(0), putPack(1, 2, equal)), one("p2", openPack(0), at(0, 0)))},
		{name: "insert/at", share: 3, blocks: 3, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", openPack(0), at(0, 1))),
			reach: reach(sees(1, 1, 2))},
		{name: "insert delete/at", share: 3, blocks: 3, processes: procs(one("p1", putPack(0, 2, equal), remove(0)), one("p2", openPack(0), at(0, 1)))},
		{name: "value by pack/elements", before: ops(put(0, 1, 1)), share: 3, blocks: 4, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", elements(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2))},
		{name: "pack by value by pack/elements", before: before, share: 3, blocks: 4, processes: procs(one("p1", put(0, 2, 1), putPack(0, 3, equal)), one("p2", elements(0))),
			reach: reach(sees(1, 0, 1), sees(1, 0, 2), sees(1, 0, 3))},
		small(program{name: "put put/at: reuse", before: before, blocks: 2, processes: procs(one("p1", putPack(0, 2, equal), putPack(0, 3, equal)), one("p2", openPack(0), at(0, 1))),
			reach: reach(sees(1, 1, 1), sees(1, 1, 2), sees(1, 1, 3), ends(1, 1, model.Stale))}),

		{name: "put, killed", kills: 1, before: before, share: 3, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal)))},
		{name: "insert, killed", kills: 1, share: 3, blocks: 3, processes: procs(one("p1", putPack(0, 2, equal)))},
		{name: "insert, killed/at", kills: 1, share: 3, blocks: 3, processes: procs(one("p1", putPack(0, 2, equal)), safe("p2", openPack(0), at(0, 1)))},
		{name: "put, killed/at", kills: 1, before: before, share: 3, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal)), safe("p2", openPack(0), at(0, 1)))},
		{name: "put, killed/put", kills: 1, before: before, share: 3, blocks: 9, processes: procs(one("p1", putPack(0, 2, equal)), safe("p2", put(0, 3, 1)))},
		{name: "put, offsets, killed", kills: 1, before: before, share: 4, blocks: 7, processes: procs(one("p1", putPack(0, 2, varied)))},
		{name: "deep, killed", kills: 1, before: before, blockSize: 40, share: 30, blocks: 30, processes: procs(one("p1", putPack(0, 2, varied)))},
		{name: "deep, full, killed", kills: 1, tight: true, before: ops(putPack(0, 1, varied)), blockSize: 40, share: 30, blocks: 13, processes: procs(one("p1", putPack(0, 2, varied)))},
		{name: "put/put", before: before, share: 3, blocks: 9, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", putPack(0, 3, equal)))},
		{name: "put/delete", before: before, share: 3, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", remove(0)))},
		{name: "put/sweep", before: before, share: 3, blocks: 6, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", sweep()))},
		{name: "the last free blocks", tight: true, keys: 2, share: 2, blocks: 3, processes: procs(one("p1", putPack(0, 2, equal)), one("p2", put(1, 3, 1))),
			reach: reach(ends(0, 0, model.Full))},
		{name: "no block for the bucket", tight: true, keys: 2, slots: 1, share: 3, blocks: 4, before: ops(put(1, 1, 1)), processes: procs(one("p1", putPack(0, 2, equal)), one("p2", remove(1))),
			reach: reach(ends(0, 0, model.Full))},
	}
	for i := range list {
		list[i].name = "pack: " + list[i].name
		list[i].blockSize = orElse(list[i].blockSize, packBlock)
	}
	return list
}
