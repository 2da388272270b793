package simdb

import (
	"encoding/binary"
	"iter"
	"runtime"
)

// PutPack makes the records the pack of key, whatever it held. The whole pack appears at once, when it is complete. Errors as Put.
func (db *DB) PutPack(key []byte, records [][]byte) error {
	_, err := db.putPack(key, condition{}, packTable{}, func(b *packBuild) error {
		if err := b.expectRecords(records); err != nil {
			return err
		}
		return b.addRecords(records)
	})
	return err
}

// PutPackSeq is PutPack for records whose number is not known before they have been given, each of them valid until the next step. They are taken once. While they are, Close
// waits, so the iterator must not call it.
func (db *DB) PutPackSeq(key []byte, records iter.Seq[[]byte]) error {
	_, err := db.putPack(key, condition{}, packTable{}, addAll(records))
	return err
}

// CompareAndSwapPack is PutPackSeq if the entry of key is still the one that old names, or, if old is zero, if there is none. Else it returns ErrMismatch: before it takes a
// record, or after all. It returns the version of the pack.
func (db *DB) CompareAndSwapPack(key []byte, old Version, records iter.Seq[[]byte]) (Version, error) {
	c, err := db.conditionOf(old)
	if err != nil {
		return Version{}, err
	}
	return db.putPack(key, c, packTable{}, addAll(records))
}

func addAll(records iter.Seq[[]byte]) func(*packBuild) error {
	return func(b *packBuild) error {
		for r := range records {
			if err := b.add(r); err != nil {
				return err
			}
		}
		return nil
	}
}

// conditionOf is that the entry is the one that old names, or that there is none.
func (db *DB) conditionOf(old Version) (condition, error) {
	switch {
	case old.IsZero():
		return condition{kind: ifAbsent}, nil
	case old.region != db.r.id[0]:
		return condition{}, ErrMismatch
	}
	return condition{ifVersion, old.word.ref()}, nil
}

// putPack builds a pack of what feed adds, and links it if c allows it. Of the table, type and stride are given, if it has any.
func (db *DB) putPack(key []byte, c condition, t packTable, feed func(*packBuild) error) (v Version, _ error) {
	if err := db.check(key); err != nil {
		return v, err
	}
	ln, err := db.enterBuilding()
	if err != nil {
		return v, err
	}
	defer ln.leave(&db.r.mem)
	defer runtime.KeepAlive(db)
	hash := db.r.hash(key)
	if c.kind != always {
		var p spot
		err := db.r.locate(&p, key, hash)
		if err == nil {
			err = c.check(&p)
		}
		if err = db.r.sound(err); err != nil {
			return v, err
		}
	}
	b := packBuild{db: db, ln: ln, key: key, hash: hash, packTable: t}
	defer b.abandon() // unless it is linked, also if feed panics
	err = feed(&b)
	if err == nil {
		err = b.finish()
	}
	if err == nil {
		failpoint(atPackBuilt)
		v, err = b.link(c)
	}
	if full, ok := err.(*FullError); ok {
		b.abandon()
		full.Free = db.r.countFree()
	}
	return v, db.r.sound(err)
}

// packBuild builds a pack in blocks that the handle owns, and that nobody else sees. The records are gathered in private memory, and go into a block of their own whenever there are
// enough for one: so they begin at the start of a block, wherever the table will end, and nothing need be known of those that are to come. The table, and the tree over all these
// blocks, are made in the end.
//
// What is taken is recorded here, and freed from here if the pack is not completed; what a killed builder leaves is owned, and is swept block by block.
type packBuild struct {
	packTable
	db      *DB
	ln      *lane
	key     []byte
	hash    uint64
	records uint64 // if it is known how many there will be
	needed  uint64 // blocks, if it is known
	offsets []byte // of the records, and of the end, once they differ in length
	size    uint64 // of the records
	stage   []byte // those that are in no block yet
	head    ref    // 0 before there are others
	leaves  []ref  // with records
	blocks  []ref  // all that is taken, until it is built
	built   ref    // complete, and not linked
}

// expectRecords looks whether records can fit at all.
func (b *packBuild) expectRecords(records [][]byte) error {
	var size, offsets uint64
	for _, r := range records {
		size += uint64(len(r))
		if len(r) != len(records[0]) || len(r) == 0 {
			offsets = uint64(len(records)) + 1
		}
	}
	b.records = uint64(len(records))
	return b.expect(size, 8*offsets)
}

// expect looks whether so many bytes of records, and of offsets, can fit at all.
func (b *packBuild) expect(size, offsets uint64) error {
	r := b.db.r
	front := b.front(offsets)
	if size == 0 || front+size <= r.payload() {
		return nil
	}
	s, ok := r.packShape(front, size)
	if !ok {
		return &TooLargeError{Bytes: uint64(len(b.key)) + packTableSize + offsets + size, Max: r.largest()}
	}
	b.needed = s.blocks
	return nil
}

// front is how many bytes of the list come before the records at least: key and table.
func (b *packBuild) front(offsets uint64) uint64 {
	return pad8(uint64(len(b.key))) + packTableSize + offsets
}

// add adds a record.
func (b *packBuild) add(record []byte) error {
	n := uint64(len(record))
	if b.count == 0 {
		b.stride = n
	} else if n != b.stride && b.offsets == nil {
		b.spread()
	}
	b.count++
	b.size += n
	if b.offsets != nil {
		b.offsets = binary.LittleEndian.AppendUint64(b.offsets, b.size)
	}
	if len(record) <= cap(b.stage)-len(b.stage) { // mostly
		b.stage = append(b.stage, record...)
		return nil
	}
	return b.write(record)
}

// addRecords adds records. Those that follow one of the same length as far as the stage has room need no look at anything else.
func (b *packBuild) addRecords(records [][]byte) error {
	for len(records) > 0 {
		if err := b.add(records[0]); err != nil {
			return err
		}
		records = records[1+b.fill(records[1:]):]
	}
	return nil
}

// fill adds records to the stage while they have the stride and there is room, and says how many.
func (b *packBuild) fill(records [][]byte) (n int) {
	if b.offsets != nil || b.stride == 0 {
		return 0
	}
	stage, stride := b.stage, int(b.stride)
	for room := (cap(stage) - len(stage)) / stride; n < min(room, len(records)) && len(records[n]) == stride; n++ {
		stage = append(stage, records[n]...)
	}
	b.stage = stage
	b.count += uint64(n)
	b.size += uint64(n * stride)
	return n
}

// addEqual adds records of the stride, one after the other in memory.
func (b *packBuild) addEqual(records []byte) error {
	b.count += uint64(len(records)) / b.stride
	b.size += uint64(len(records))
	return b.write(records)
}

// spread goes over from the stride to offsets.
func (b *packBuild) spread() {
	b.offsets = make([]byte, 0, 8*max(b.records+1, 2*b.count+16))
	for i := range b.count + 1 {
		b.offsets = binary.LittleEndian.AppendUint64(b.offsets, i*b.stride)
	}
}

// write adds bytes to the records. The last ones stay in the stage: finish looks at them.
func (b *packBuild) write(p []byte) error {
	for block := int(b.db.r.payload()); len(p) > 0; {
		if len(b.stage) == block {
			if err := b.flush(b.stage); err != nil {
				return err
			}
			b.stage = b.stage[:0]
		}
		if len(b.stage) == 0 && len(p) > block { // needs no stage
			if err := b.flush(p[:block]); err != nil {
				return err
			}
			p = p[block:]
			continue
		}
		if b.stage == nil {
			b.stage = make([]byte, 0, block)
		}
		n := min(len(p), block-len(b.stage))
		b.stage = append(b.stage, p[:n]...)
		p = p[n:]
	}
	return nil
}

// flush puts bytes of records into a block of their own.
func (b *packBuild) flush(p []byte) error {
	if b.head == 0 {
		head, err := b.take()
		if err != nil {
			return err
		}
		b.head = head
	}
	leaf, err := b.takeHome()
	if err != nil {
		return err
	}
	b.leaves = append(b.leaves, leaf)
	if off := b.db.r.own(leaf) + blockHeader; b.db.r.streams(max(b.needed*b.db.r.payload(), b.size)) {
		b.db.r.streamIn(off, p)
	} else {
		b.db.r.copyIn(off, p)
	}
	failpoint(atPackHalfBuilt)
	return nil
}

// take takes a block, if need be after a sweep.
func (b *packBuild) take() (ref, error) {
	r := b.db.r
	block, ok := r.take(b.ln)
	if !ok && b.db.space(b.ln, &FullError{Needed: 1}) {
		block, ok = r.take(b.ln)
	}
	if !ok {
		return 0, b.full()
	}
	b.blocks = append(b.blocks, block)
	return block, nil
}

// takeHome takes a block for the list of the head.
func (b *packBuild) takeHome() (ref, error) {
	block, err := b.take()
	if err == nil {
		b.db.r.storeData(b.db.r.own(block)+8, home(b.head))
	}
	return block, err
}

// full is the error of finding no block. How many are needed is not known before the records have ended: one more than there are, at least.
func (b *packBuild) full() error {
	if err := b.expect(b.size, uint64(len(b.offsets))); err != nil {
		return err
	}
	return &FullError{Needed: max(b.needed, uint64(len(b.blocks))+1)}
}

// link links what is built, if c allows it.
func (b *packBuild) link(c condition) (v Version, _ error) {
	db := b.db
	slot, head, err := db.r.put(b.ln, b.key, nil, b.hash, c, b.built)
	if full, ok := err.(*FullError); ok && db.space(b.ln, full) {
		slot, head, err = db.r.put(b.ln, b.key, nil, b.hash, c, b.built)
	}
	if full, ok := err.(*FullError); ok { // it is the bucket that needs one block more
		full.Needed += b.needed
	}
	if err == nil {
		b.built = 0
		v = Version{db.r.id[0], db.r.bucketOf(b.hash), slot, makeSlot(fingerprint(b.hash), head)}
		db.r.wake(db.r.waitLine(v.bucket))
	}
	return v, err
}

// abandon frees what is not linked.
func (b *packBuild) abandon() {
	r := b.db.r
	r.endStream()
	if b.built != 0 {
		r.discard(b.ln, b.built)
	}
	for _, block := range b.blocks {
		r.release(b.ln, r.own(block), makeBlockWord(owned, b.ln.handle, r.version(block)))
	}
	b.built, b.blocks = 0, nil
}

// finish makes the table, and the list of all blocks.
func (b *packBuild) finish() error {
	if b.stride == 0 && b.offsets == nil {
		b.spread()
	}
	if b.offsets != nil {
		b.stride = 0
	}
	r := b.db.r
	front := b.front(uint64(len(b.offsets)))
	if b.size == 0 || front+b.size <= r.payload() {
		return b.finishSmall()
	}
	s, ok := r.packShape(front, b.size)
	if !ok {
		return b.full()
	}
	b.stage = append(b.stage, make([]byte, s.padding)...)
	if err := b.flush(b.stage); err != nil {
		return err
	}
	return b.finishLarge(&s, front)
}

// finishSmall makes an entry of table and records that fit into one block together, or of a table alone.
func (b *packBuild) finishSmall() (err error) {
	b.data = packTableSize + uint64(len(b.offsets))
	value := b.packTable.append(make([]byte, 0, packTableSize+len(b.offsets)+len(b.stage)))
	value = append(append(value, b.offsets...), b.stage...)
	b.needed = b.db.r.blocksFor(pad8(uint64(len(b.key))) + pad8(uint64(len(value))))
	b.built, err = b.db.r.build(b.ln, kindPack, b.key, value, fingerprint(b.hash))
	if full, ok := err.(*FullError); ok && b.db.space(b.ln, full) {
		b.built, err = b.db.r.build(b.ln, kindPack, b.key, value, fingerprint(b.hash))
	}
	return err
}

// finishLarge makes an entry whose last leaves are those that there are.
func (b *packBuild) finishLarge(s *packShape, front uint64) error {
	r := b.db.r
	var leaves []ref
	for range s.tables {
		leaf, err := b.takeHome()
		if err != nil {
			return err
		}
		leaves = append(leaves, leaf)
	}
	key := pad8(uint64(len(b.key)))
	b.data, b.needed = s.data-key, s.blocks
	e := entry{
		off: r.own(b.head), meta: makeMeta(kindPack, 0, 0, 0, fingerprint(b.hash)) | metaMultiple,
		keyLen: uint64(len(b.key)), valueLen: b.data + b.size + s.padding,
	}
	r.storeData(e.off+8, uint64(e.meta))
	r.storeData(e.off+blockHeader, e.keyLen)
	r.storeData(e.off+blockHeader+8, e.valueLen)
	if err := b.name(s.table(e.off), append(leaves, b.leaves...), s.depth); err != nil {
		return err
	}
	r.copyRuns(&e, 0, b.key)
	var table [packTableSize]byte
	r.copyRuns(&e, key, b.packTable.append(table[:0]))
	r.copyRuns(&e, key+packTableSize, b.offsets)
	r.copyRuns(&e, front, make([]byte, s.data-front)) // what was there is somebody else's
	r.endStream()
	r.publishList(b.ln, b.head, &s.list)
	b.built, b.blocks = b.head, nil
	return nil
}

// name writes the references to leaves into a table, or makes the tables that do.
func (b *packBuild) name(table uint64, leaves []ref, depth int) error {
	r := b.db.r
	for span := r.span(depth); len(leaves) > 0; table += 8 {
		n := min(span, uint64(len(leaves)))
		child := leaves[0]
		if depth > 1 {
			var err error
			if child, err = b.takeHome(); err != nil {
				return err
			}
			if err := b.name(r.own(child)+blockHeader, leaves[:n], depth-1); err != nil {
				return err
			}
		}
		r.storeData(table, uint64(child))
		leaves = leaves[n:]
	}
	return nil
}

// packShape is the list of a pack of several blocks. Its last leaves hold the records and nothing else; key and table are before that, in the head and as many leaves as they need.
type packShape struct {
	list
	tables  uint64 // leaves of the table
	data    uint64 // byte of the list where the records begin: with a leaf
	padding uint64 // zeros after the records: without them the list would have another shape, in which a last leaf of 8 bytes is saved
}

// packShape is the shape for so many bytes of key and table, and records, both at least 1. It reports false if the region has not enough blocks for it.
func (g *geometry) packShape(front, records uint64) (packShape, bool) {
	var s packShape
	last := (records-1)%g.payload() + 1
	if last <= 8 {
		s.padding = 16 - last
	}
	leaves := (records + g.payload() - 1) / g.payload()
	if room := g.payload() - listHeader; front > room {
		s.tables = (front - room) / g.payload()
	}
	for {
		s.data = g.prefix(s.tables+leaves) + s.tables*g.payload()
		if front <= s.data {
			break
		}
		s.tables++
	}
	var ok bool
	s.list, ok = g.list(s.data + pad8(records+s.padding))
	return s, ok
}

// prefix is how many bytes the head of a list with so many leaves holds.
func (g *geometry) prefix(leaves uint64) uint64 {
	room := g.payload() - listHeader
	for depth := 1; ; depth++ {
		if refs := (leaves + g.span(depth) - 1) / g.span(depth); refs*8 <= room {
			return room - refs*8
		}
	}
}
