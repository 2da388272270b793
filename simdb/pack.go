package simdb

import (
	"encoding/binary"
	"math"
	"math/bits"
	"runtime"
	"slices"
)

// Pack is a snapshot of an entry that holds many records: what its key held when the pack was opened. Nothing of it is copied until it is asked for, and reading a record touches the
// table and the blocks of that record alone, wherever it is.
//
// A pack that is replaced or deleted can not be read any more: what was not read by then gives ErrStale, and never a record of another pack. A Pack may be copied, and used by
// several goroutines. It is of no use after its handle is closed.
type Pack struct {
	db *DB
	packTable
	begin uint64 // the first of these records, in the table; count is that of these records
	entry entry
	value uint64 // byte of the list where the value begins

	// Where the bytes of the list are: the first ones in the head, the others in leaves that a table in the head leads to, at that depth.
	near, prefix    uint64 // offset, number
	table           uint64 // offset
	depth           int
	payload, fanout divider

	// The entry is linked, and all that was read of it so far is of one life, as long as its slot holds the word; until the insertion is completed, its bucket's head may instead.
	slot, head uint64
	word       slotWord
}

// Pack opens the pack of key. Errors: ErrKind if the entry is not a pack, ErrNotFound, ErrEmptyKey, ErrClosed, ErrCorrupt.
func (db *DB) Pack(key []byte) (Pack, error) {
	if err := db.check(key); err != nil {
		return Pack{}, err
	}
	defer runtime.KeepAlive(db)
	var s seen
	for hash := db.r.hash(key); ; {
		if err := db.r.lookup(&s, key, hash); err != nil {
			return Pack{}, db.r.sound(err)
		}
		p := db.pack(&s, db.r.bucket(db.r.bucketOf(hash)), makeSlot(fingerprint(hash), s.ref()))
		err := p.open()
		switch {
		case err == nil:
			return p, nil
		case err != ErrStale:
			return Pack{}, err
		case db.r.still(&s):
			return Pack{}, db.r.sound(&CorruptError{s.witness, "pending insertion of no entry"})
		}
	}
}

// PackAt opens the pack that v names, without looking up its key. ErrStale says that it was replaced or deleted, or that it was one of another region.
func (db *DB) PackAt(v Version) (Pack, error) {
	if db.isClosed() {
		return Pack{}, ErrClosed
	}
	if v.region != db.r.id[0] || !v.word.used() || !db.r.hasSlot(v.slot) || v.bucket >= db.r.buckets {
		return Pack{}, ErrStale
	}
	defer runtime.KeepAlive(db)
	s := seen{slot: v.slot}
	off, err := db.r.deref(v.word.ref())
	if err == nil && !db.r.entry(&s.entry, off) {
		err = &CorruptError{off, "linked block is no entry"}
	}
	p := db.pack(&s, db.r.bucket(v.bucket), v.word)
	if err != nil {
		return Pack{}, p.orStale(err)
	}
	if err := p.open(); err != nil {
		return Pack{}, err
	}
	return p, nil
}

func (db *DB) pack(s *seen, head uint64, word slotWord) Pack {
	r := db.r
	p := Pack{
		db: db, entry: s.entry, value: pad8(s.entry.keyLen), slot: s.slot, head: head, word: word,
		payload: divideBy(r.payload()), fanout: divideBy(r.fanout()),
	}
	p.near, p.prefix = p.entry.off+blockHeader, r.payload()
	if s.entry.meta.multiple() {
		l, _ := r.list(s.entry.bytes())
		p.near, p.prefix, p.table, p.depth = l.data(p.entry.off), l.prefix, l.table(p.entry.off), l.depth
	}
	return p
}

// open reads the table.
func (p *Pack) open() error {
	if p.entry.meta.kind() != kindPack {
		return p.orStale(ErrKind)
	}
	var b [packTableSize]byte
	if p.entry.valueLen < packTableSize || !p.copy(b[:], 0) || !p.decode(&b, p.entry.valueLen) {
		return p.orStale(&CorruptError{p.entry.off, "pack without a table"})
	}
	return p.orStale(nil)
}

// current says whether the entry is linked, so that all that was read of it up to now is of one life.
func (p *Pack) current() bool {
	r := &p.db.r.mem
	// A pending insertion goes from the head to its slot, so slot, head, slot can not miss it.
	return slotWord(r.load(p.slot)) == p.word ||
		headWord(r.load(p.head)) == headPending|headWord(p.word.ref()) ||
		slotWord(r.load(p.slot)) == p.word
}

// orStale is err if the entry is current: only then it was found in the pack.
func (p *Pack) orStale(err error) error {
	if !p.current() {
		err = ErrStale
	}
	return p.db.r.sound(err)
}

// Len is the number of records.
func (p *Pack) Len() int { return int(p.count) }

// Version names the pack, as it does a value: for PackAt, and for writes on condition.
func (p *Pack) Version() Version {
	return Version{p.db.r.id[0], (p.head - p.db.r.bucketOff) / p.db.r.bucketSize, p.slot, p.word}
}

// Slice is the pack of records [i, j), without copying any.
func (p *Pack) Slice(i, j int) (Pack, error) {
	if j < 0 || uint64(j) > p.count {
		return Pack{}, &RangeError{j, p.Len()}
	}
	if i < 0 || i > j {
		return Pack{}, &RangeError{i, j}
	}
	s := *p
	s.begin += uint64(i)
	s.count = uint64(j - i)
	return s, nil
}

// At appends record i to dst and returns it: with room in dst it does not allocate. Errors: ErrStale, ErrRange, ErrClosed, ErrCorrupt.
func (p *Pack) At(i int, dst []byte) ([]byte, error) {
	if i < 0 || uint64(i) >= p.count {
		return dst, &RangeError{i, p.Len()}
	}
	if p.db.isClosed() {
		return dst, ErrClosed
	}
	from, n := p.data+(p.begin+uint64(i))*p.stride, p.stride
	if p.stride == 0 {
		var err error
		if from, n, err = p.bounds(p.begin + uint64(i)); err != nil {
			return dst, err
		}
	}
	out := slices.Grow(dst, int(n))[:len(dst)+int(n)]
	whole := p.copy(out[len(dst):], from)
	err := p.judge(whole)
	runtime.KeepAlive(p.db)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// bounds is where record i of the table begins in the value, and how many bytes it has: within the value.
func (p *Pack) bounds(i uint64) (from, n uint64, _ error) {
	var b [16]byte
	whole := p.copy(b[:], packTableSize+8*i)
	from, end := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
	if err := p.judge(whole && from <= end && end <= p.entry.valueLen-p.data); err != nil {
		return 0, 0, err
	}
	return p.data + from, end - from, nil
}

// judge says what is wrong with what was read, if something is. whole says that it made sense.
func (p *Pack) judge(whole bool) error {
	err := error(nil)
	if !p.current() {
		err = ErrStale
	} else if !whole {
		err = p.corrupt()
	}
	return p.db.r.sound(err)
}

func (p *Pack) corrupt() error { return &CorruptError{p.entry.off, "pack with records outside of it"} }

// copy copies len(dst) bytes of the value at byte from, which are within it. It reports false if its list of blocks leads out of the region.
func (p *Pack) copy(dst []byte, from uint64) bool {
	r := &p.db.r.mem
	from += p.value
	if from < p.prefix {
		n := min(p.prefix-from, uint64(len(dst)))
		r.copyOut(dst[:n], p.near+from)
		dst, from = dst[n:], p.prefix
	}
	for leaf, within := p.payload.divide(from - p.prefix); len(dst) > 0; {
		table, i, end, ok := p.tableOver(leaf)
		for ; ok && i < end && len(dst) > 0; i++ {
			var off uint64
			if off, ok = p.block(table, i); ok {
				n := min(p.payload.by-within, uint64(len(dst)))
				r.copyOut(dst[:n], off+blockHeader+within)
				dst, within = dst[n:], 0
				leaf++
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// tableOver finds the table that names a leaf: at which place, of how many.
func (p *Pack) tableOver(leaf uint64) (table, i, end uint64, ok bool) {
	table, i, end, ok = p.table, leaf, math.MaxUint64, true
	for depth := p.depth; depth > 1 && ok; depth-- {
		if depth == 2 {
			leaf, i = p.fanout.divide(i)
		} else {
			span := p.db.r.span(depth)
			leaf, i = i/span, i%span
		}
		end = p.fanout.by
		table, ok = p.block(table, leaf)
		table += blockHeader
	}
	return table, i, end, ok
}

// block is the offset of the block that place i of a table names, and whether there is such a block.
func (p *Pack) block(table, i uint64) (off uint64, ok bool) {
	r := p.db.r
	return r.block(r.index(ref(r.loadData(table + 8*i))))
}

// divider divides by one number again and again, faster than the processor does: by multiplication with the reciprocal. It is exact for numbers below 2⁶⁴ / by, and
// so for bytes and leaves of a list, which are below 2⁴⁸, as by is below 2¹⁶.
type divider struct{ by, reciprocal uint64 }

func divideBy(n uint64) divider { return divider{n, ^uint64(0)/n + 1} }

func (d divider) divide(n uint64) (quotient, rest uint64) {
	quotient, _ = bits.Mul64(n, d.reciprocal)
	return quotient, n - quotient*d.by
}
