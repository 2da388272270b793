package simdb

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"
)

// Load puts the entries of a dump into the region: values and packs in the place of those that are there, messages behind those that are. The region may have another geometry than the one
// that was dumped: so a region grows. What came before an error is loaded.
// Errors are each a *DumpError that names the offset in the dump: ErrDump if something is wrong there, else what Put or Push said; those of rd; ErrReadOnly and ErrClosed.
func (db *DB) Load(rd io.Reader, o TransferOptions) (Progress, error) {
	if db.r.readOnly || db.isClosed() {
		return Progress{}, db.refusal()
	}
	d := newDumpReader(rd, db.r.maxBytes())
	l := loader{db: db}
	err := d.each(func(rec *dumped) error {
		if err := l.load(rec); err != nil {
			what := "message"
			if rec.kind != dumpMessage {
				what = fmt.Sprintf("key %q", shortened(rec.key))
			}
			return &DumpError{rec.offset, what, err}
		}
		l.done.Bytes = uint64(d.offset)
		o.say(&l.done, false)
		return nil
	})
	l.done.Bytes = uint64(d.offset)
	o.say(&l.done, true)
	return l.done, err
}

func shortened(key []byte) []byte { return key[:min(len(key), 40)] }

type loader struct {
	db    *DB
	queue *Queue
	done  Progress
}

func (l *loader) load(rec *dumped) (err error) {
	if rec.kind == dumpMessage {
		l.done.Messages++
		return l.queue.Push(rec.value)
	}
	l.done.Entries++
	switch rec.kind {
	case dumpValue:
		return l.db.Put(rec.key, rec.value)
	case dumpPack:
		return l.db.putPackBytes(rec.key, rec.value)
	}
	if l.queue != nil && string(l.queue.key) == string(rec.key) {
		l.done.Entries-- // the same once more
		return nil
	}
	l.queue, err = l.db.Queue(rec.key, QueueOptions{Limit: int(binary.LittleEndian.Uint64(rec.value))})
	if err != nil {
		return err
	}
	l.queue.unlimited = true
	return l.queue.exist()
}

// exist creates the queue if there is none.
func (q *Queue) exist() error {
	ln, err := q.enter()
	if err != nil {
		return err
	}
	err = q.create(ln)
	if full, ok := err.(*FullError); ok && q.db.space(ln, full) {
		err = q.create(ln)
	}
	return q.leave(ln, err)
}

// putPackBytes makes a pack of the bytes of one: with another layout, if the region's blocks want that.
func (db *DB) putPackBytes(key, value []byte) error {
	t, records, ok := packParts(value)
	if !ok {
		return ErrDump
	}
	_, err := db.putPack(key, condition{}, packTable{stride: t.stride, fingerprint: t.fingerprint}, func(b *packBuild) error {
		if t.stride != 0 {
			return b.addEqual(records[:t.count*t.stride])
		}
		for i := range t.count {
			if err := b.add(records[t.end(value, i):t.end(value, i+1)]); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// packParts looks at the bytes of a pack. It reports false if they are none: then there would be records outside of it.
func packParts(value []byte) (t packTable, records []byte, ok bool) {
	n := uint64(len(value))
	if n < packTableSize || !t.decode((*[packTableSize]byte)(value), n) {
		return t, nil, false
	}
	records = value[t.data:]
	last := uint64(0)
	for i := uint64(0); t.stride == 0 && i <= t.count; i++ {
		end := t.end(value, i)
		if end < last || end > uint64(len(records)) || i == 0 && end != 0 {
			return t, nil, false
		}
		last = end
	}
	return t, records, true
}

// end is where record i begins, and record i-1 ends, from the first record on, in a pack with offsets.
func (t *packTable) end(value []byte, i uint64) uint64 {
	return binary.LittleEndian.Uint64(value[packTableSize+8*i:])
}

// dumped is a record of a dump.
type dumped struct {
	kind       uint64
	key, value []byte
	offset     int64
}

// dumpReader decodes a dump.
type dumpReader struct {
	r      *bufio.Reader
	offset int64
	sum    *xxh3.Hasher // of all that was read
	most   uint64       // bytes of a record
	buf    []byte       // the record
}

func newDumpReader(rd io.Reader, most uint64) *dumpReader {
	return &dumpReader{r: bufio.NewReaderSize(rd, 1<<16), sum: xxh3.New(), most: most}
}

// each gives the records of a whole dump, each valid until the next. What it has given is right as far as the checksum of the record says; that it was all is known at the end.
func (d *dumpReader) each(give func(*dumped) error) error {
	if err := d.header(); err != nil {
		return err
	}
	var records, messages uint64
	inQueue := false
	for {
		rec := dumped{offset: d.offset}
		var keyLen, valueLen uint64
		if err := d.read(dumpRecord, "record"); err != nil {
			return err
		}
		rec.kind, keyLen, valueLen = d.word(0), d.word(1), d.word(2)
		if rec.kind == dumpEnd {
			return d.end(rec.offset, records == keyLen && messages == valueLen)
		}
		if err := d.checkLengths(&rec, keyLen, valueLen, inQueue); err != nil {
			return err
		}
		if err := d.more(keyLen+valueLen+8, "record"); err != nil {
			return err
		}
		n := len(d.buf) - 8
		if binary.LittleEndian.Uint64(d.buf[n:]) != xxh3.Hash(d.buf[:n]) {
			return &DumpError{Offset: rec.offset, What: "record with a wrong checksum"}
		}
		rec.key, rec.value = d.buf[dumpRecord:dumpRecord+keyLen], d.buf[dumpRecord+keyLen:n]
		if _, _, ok := packParts(rec.value); rec.kind == dumpPack && !ok {
			return &DumpError{Offset: rec.offset, What: "pack with records outside of it"}
		}
		records++
		inQueue = inQueue && rec.kind == dumpMessage || rec.kind == dumpQueue
		if rec.kind == dumpMessage {
			messages++
		}
		if err := give(&rec); err != nil {
			return err
		}
	}
}

func (d *dumpReader) header() error {
	if err := d.read(dumpHeader, "header"); err != nil {
		return err
	}
	if string(d.buf[:8]) != dumpMagic {
		return &DumpError{What: "no dump"}
	}
	if v := d.word(1); v != dumpVersion {
		return &DumpError{Offset: 8, What: fmt.Sprintf("version %d, this program has %d", v, dumpVersion)}
	}
	return nil
}

// checkLengths judges the head of a record before room is made for the rest.
func (d *dumpReader) checkLengths(rec *dumped, keyLen, valueLen uint64, inQueue bool) error {
	wrong := ""
	switch {
	case rec.kind > dumpMessage:
		wrong = fmt.Sprintf("record of kind %d", rec.kind)
	case rec.kind == dumpMessage && !inQueue:
		wrong = "message without a queue"
	case (rec.kind == dumpMessage) != (keyLen == 0), rec.kind == dumpQueue && valueLen != 8:
		wrong = "record with a wrong length"
	}
	if wrong != "" {
		return &DumpError{Offset: rec.offset, What: wrong}
	}
	if keyLen > d.most || valueLen > d.most || keyLen+valueLen > d.most {
		return &DumpError{rec.offset, "record", &TooLargeError{Bytes: keyLen + valueLen, Max: d.most}}
	}
	return nil
}

// end judges the end, whose head has been read. The checksum is of all before itself.
func (d *dumpReader) end(at int64, complete bool) error {
	if !complete {
		return &DumpError{Offset: at, What: "end that counts other records than there were"}
	}
	sum := d.sum.Sum64()
	if err := d.read(8, "checksum"); err != nil {
		return err
	}
	if d.word(0) != sum {
		return &DumpError{Offset: at, What: "wrong checksum of the whole"}
	}
	if _, err := d.r.ReadByte(); err != io.EOF {
		if err == nil {
			err = &DumpError{Offset: d.offset, What: "bytes after the end"}
		}
		return err
	}
	return nil
}

func (d *dumpReader) word(i int) uint64 { return binary.LittleEndian.Uint64(d.buf[8*i:]) }

// read reads n bytes into the buffer.
func (d *dumpReader) read(n uint64, what string) error {
	d.buf = d.buf[:0]
	return d.more(n, what)
}

// dumpChunk bounds the room that is made for bytes that may never come.
const dumpChunk = 1 << 20

// more reads n more bytes into the buffer.
func (d *dumpReader) more(n uint64, what string) error {
	for n > 0 {
		at, some := len(d.buf), int(min(n, dumpChunk))
		d.buf = append(d.buf, make([]byte, some)...)
		got, err := io.ReadFull(d.r, d.buf[at:])
		d.offset += int64(got)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return &DumpError{Offset: d.offset, What: "end of the file within a " + what}
		}
		if err != nil {
			return err
		}
		d.sum.Write(d.buf[at:])
		n -= uint64(some)
	}
	return nil
}
