package simdb

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/zeebo/xxh3"
)

// A dump is a stream of bytes from which the entries of a region can be made again, in a region of any geometry. All numbers are of 64 bits, little-endian:
//
//	"simdbdmp" | version of this format, 1
//	records:  kind | length of the key | length of the value | key | value | xxh3 of all of the record before
//	end:      0 | number of records | number of messages | xxh3 of the whole stream before
//
// Kinds of records:
//
//	1  value
//	2  pack: its value is table and records, as packTable describes them
//	3  queue: its value is its limit. Its messages follow, up to a record of another kind. The same queue may come several times
//	4  message of the queue before: its value; it has no key
const (
	dumpMagic   = "simdbdmp"
	dumpVersion = 1
	dumpHeader  = 16
	dumpRecord  = 24 // kind and lengths
)

const (
	dumpEnd = iota
	dumpValue
	dumpPack
	dumpQueue
	dumpMessage
)

// Progress is how far a Dump, a Load or a Salvage is.
type Progress struct {
	Entries, Messages uint64
	Bytes             uint64  // of the dump
	Part              float64 // of all the work, 0 to 1; 0 if that is not known
}

// TransferOptions are those of Dump, Load and Salvage.
type TransferOptions struct {
	// Progress is called from time to time, and at the end.
	Progress func(Progress)
}

// progressStep is how many entries and messages there are between two calls of Progress.
const progressStep = 1024

func (o *TransferOptions) say(p *Progress, always bool) {
	if o.Progress != nil && (always || (p.Entries+p.Messages)%progressStep == 0) {
		o.Progress(*p)
	}
}

// Dump writes all entries to w. Others may go on: each entry is dumped as it was at one moment, an entry that is there all the time is dumped once, and the messages of a queue as Peek and
// then the next ones give them. Messages that somebody holds are dumped too, since they are not done with; one that is claimed meanwhile may be dumped twice.
// Errors: ErrClosed, ErrCorrupt, and those of w.
func (db *DB) Dump(w io.Writer, o TransferOptions) (Progress, error) {
	d := dumper{db: db, w: bufio.NewWriterSize(w, 1<<16), sum: xxh3.New(), o: o, queues: map[ref][]byte{}}
	err := d.run()
	o.say(&d.done, true)
	return d.done, err
}

type dumper struct {
	db      *DB
	w       *bufio.Writer
	sum     *xxh3.Hasher // of all that was written
	buf     []byte
	records uint64
	done    Progress
	o       TransferOptions
	queues  map[ref][]byte // keys of those dumped, by their lives
	held    map[ref][]ref  // messages that somebody held when the dump began, by their queue; then those that are dumped
}

func (d *dumper) run() error {
	d.write(binary.LittleEndian.AppendUint64([]byte(dumpMagic), dumpVersion))
	d.held = d.heldMessages()
	if err := d.entries(); err != nil {
		return err
	}
	if err := d.heldMeanwhile(); err != nil {
		return err
	}
	d.buf = d.buf[:0]
	for _, n := range [...]uint64{dumpEnd, d.records, d.done.Messages} {
		d.buf = binary.LittleEndian.AppendUint64(d.buf, n)
	}
	d.write(d.buf)
	d.write(binary.LittleEndian.AppendUint64(nil, d.sum.Sum64()))
	return d.w.Flush()
}

func (d *dumper) entries() error {
	var c crowd
	r := d.db.r
	for n := range r.buckets {
		if d.db.isClosed() {
			return ErrClosed
		}
		if err := r.sound(r.copyBucket(&c, n, everything)); err != nil {
			return err
		}
		for _, m := range c.members {
			if err := d.entry(c.key(m), c.bytes[m.value:m.end], m.kind); err != nil {
				return err
			}
		}
		d.done.Part = float64(n+1) / float64(r.buckets)
	}
	return nil
}

func (d *dumper) entry(key, value []byte, k kind) error {
	d.done.Entries++
	switch k {
	case kindQueue:
		return d.queue(key)
	case kindPack:
		return d.record(dumpPack, key, value)
	}
	return d.record(dumpValue, key, value)
}

// queue dumps what is held of a queue, then what waits.
func (d *dumper) queue(key []byte) error {
	q, err := d.db.Queue(key, QueueOptions{})
	if err != nil {
		return err
	}
	v := view{queue: &q.queue}
	more, err := q.look(&v)
	if err == ErrNotFound || err == ErrKind {
		d.done.Entries--
		return nil // it is gone
	}
	if err == nil {
		err = d.record(dumpQueue, q.key, binary.LittleEndian.AppendUint64(nil, v.limit()))
	}
	if err != nil {
		return err
	}
	life := v.life
	d.queues[life] = q.key
	for _, b := range d.held[life] {
		if err := d.heldMessage(b); err != nil {
			return err
		}
	}
	for more {
		v.give(func(m []byte, _ error) bool { err = d.message(m); return err == nil })
		if err != nil {
			return err
		}
		if more, err = q.look(&v); err != nil && err != ErrNotFound && err != ErrKind {
			return err
		}
	}
	return nil
}

// heldMessages are the messages that somebody holds or gave up, by their queues.
func (d *dumper) heldMessages() map[ref][]ref {
	held := map[ref][]ref{}
	r := d.db.r
	for i := range r.blockCount {
		off, _ := r.block(i)
		w := blockWord(r.load(off))
		b := r.makeRef(i, w.version())
		if isHeld(w) {
			if life, ok := r.queueOf(b); ok {
				held[life] = append(held[life], b)
			}
		}
	}
	return held
}

func isHeld(w blockWord) bool { return w.state() == claimed || w.state() == orphan }

// heldMeanwhile dumps the messages that somebody holds now and did not when the dump began: they may have been taken from the queue before it was looked at.
func (d *dumper) heldMeanwhile() error {
	dumped := map[ref]bool{}
	for _, list := range d.held {
		for _, b := range list {
			dumped[b] = true
		}
	}
	for life, list := range d.heldMessages() {
		key := d.queues[life]
		for _, b := range list {
			if key == nil || dumped[b] {
				continue
			}
			if err := d.record(dumpQueue, key, make([]byte, 8)); err != nil {
				return err
			}
			if err := d.heldMessage(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// heldMessage dumps a message that somebody held, unless it is done with.
func (d *dumper) heldMessage(b ref) error {
	bytes, ok := d.db.r.heldBytes(b)
	if !ok {
		return d.db.r.sound(nil)
	}
	return d.message(bytes)
}

// heldBytes is a message that somebody holds. It reports false if that is done with, or makes no sense.
func (r *region) heldBytes(b ref) ([]byte, bool) {
	off, ok := r.block(r.index(b))
	if !ok {
		return nil, false
	}
	still := func() bool {
		w := blockWord(r.load(off))
		return isHeld(w) && w.version() == r.version(b)
	}
	var m messages
	if !r.readMessages(&m, makeQueueSlot(b, 1)) {
		return nil, false
	}
	from, n, ok := r.extent(&m, m.count-1)
	if !ok || !still() {
		return nil, false
	}
	bytes, ok := r.appendBytes(make([]byte, 0, n), &m.entry, from, n)
	return bytes, ok && still()
}

func (d *dumper) message(m []byte) error {
	d.done.Messages++
	return d.record(dumpMessage, nil, m)
}

func (d *dumper) record(kind uint64, key, value []byte) error {
	d.buf = d.buf[:0]
	for _, n := range [...]uint64{kind, uint64(len(key)), uint64(len(value))} {
		d.buf = binary.LittleEndian.AppendUint64(d.buf, n)
	}
	d.buf = append(append(d.buf, key...), value...)
	d.buf = binary.LittleEndian.AppendUint64(d.buf, xxh3.Hash(d.buf))
	d.records++
	err := d.write(d.buf)
	d.o.say(&d.done, false)
	return err
}

// write writes b. The writer keeps its first error, which Flush gives at the latest.
func (d *dumper) write(b []byte) error {
	d.sum.Write(b)
	d.done.Bytes += uint64(len(b))
	_, err := d.w.Write(b)
	return err
}

// limit is that of the queue that was looked at.
func (v *view) limit() uint64 {
	off, ok := v.r.block(v.r.index(v.at.segment()))
	if !ok {
		return 0
	}
	limit := v.r.loadData(v.queue.at.info(off, segmentLimit))
	if !v.stays(v.at.segment()) {
		return 0
	}
	return limit
}
