package simdb

import (
	"encoding/binary"
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
	first uint64 // of these records in the table, which goes on counting all
	entry entry
	list  list // if the entry has several blocks

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
			return Pack{}, err
		}
		p := db.pack(&s, db.r.bucket(db.r.bucketOf(hash)), makeSlot(fingerprint(hash), s.ref()))
		if err := p.open(); err != ErrStale {
			return p, err
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
	off, err := db.r.deref(v.word.ref())
	if err != nil {
		return Pack{}, err
	}
	s := seen{slot: v.slot}
	whole := db.r.entry(&s.entry, off)
	p := db.pack(&s, db.r.bucket(v.bucket), v.word)
	if !whole {
		return Pack{}, p.orStale(&CorruptError{off, "linked block is no entry"})
	}
	return p, p.open()
}

func (db *DB) pack(s *seen, head uint64, word slotWord) Pack {
	p := Pack{db: db, entry: s.entry, slot: s.slot, head: head, word: word}
	if s.entry.meta.multiple() {
		p.list, _ = db.r.list(s.entry.bytes())
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
		return ErrStale
	}
	return err
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
	s.first += uint64(i)
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
	from, n := p.data+(p.first+uint64(i))*p.stride, p.stride
	if p.stride == 0 {
		var err error
		if from, n, err = p.bounds(p.first + uint64(i)); err != nil {
			return dst, err
		}
	}
	out := slices.Grow(dst, int(n))[:len(dst)+int(n)]
	whole := p.copy(out[len(dst):], from)
	current := p.current()
	runtime.KeepAlive(p.db)
	if !current {
		return dst, ErrStale
	}
	if !whole {
		return dst, p.corrupt()
	}
	return out, nil
}

// bounds is where record i of the table begins in the value, and how many bytes it has: within the value.
func (p *Pack) bounds(i uint64) (from, n uint64, _ error) {
	var b [16]byte
	whole := p.copy(b[:], packTableSize+8*i)
	from, end := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
	if !p.current() {
		return 0, 0, ErrStale
	}
	if !whole || from > end || end > p.entry.valueLen-p.data {
		return 0, 0, p.corrupt()
	}
	return p.data + from, end - from, nil
}

func (p *Pack) corrupt() error { return &CorruptError{p.entry.off, "pack with records outside of it"} }

// copy copies len(dst) bytes of the value at byte from, which are within it. It reports false if its list of blocks leads out of the region.
func (p *Pack) copy(dst []byte, from uint64) bool {
	r := p.db.r
	from += pad8(p.entry.keyLen)
	if !p.entry.meta.multiple() {
		r.copyOut(dst, p.entry.off+blockHeader+from)
		return true
	}
	for run := (pieces{r: r, l: p.list, head: p.entry.off, at: from, end: from + uint64(len(dst))}); len(dst) > 0; {
		off, n, ok := run.next()
		if !ok {
			return false
		}
		r.copyOut(dst[:n], off)
		dst = dst[n:]
	}
	return true
}
