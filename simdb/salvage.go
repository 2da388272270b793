package simdb

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// SalvageReport is what Salvage copied, and what it could not.
type SalvageReport struct {
	Entries  uint64 // values, packs and queues copied
	Messages uint64 // of these queues
	Found    uint64 // of entries and messages: those that nothing led to any more
	Lost     uint64 // entries and messages that are not whole
	Findings []Finding
}

// Salvage copies what is whole of the damaged region in the file at path into another one: the entries that the index leads to, then the blocks that hold an entry or a message to which nothing leads.
// The file may be shorter than it was, and its header need not be right as long as it tells the geometry; nobody should use it meanwhile, and it is not changed. What is whole is known by its structure:
// bytes of a value that were overwritten are copied as they are. Errors: *OpenError if the geometry is not known; those of Put and Push into the other region, each with the key.
func Salvage(path string, to *DB, o TransferOptions) (SalvageReport, error) {
	heap, err := salvageFile(path)
	if err != nil {
		return SalvageReport{}, err
	}
	r := heap.region()
	r.readOnly = true
	s := &salvager{r: r, from: newDB(r, handle{}, Options{}), to: to, o: o, seen: map[ref]bool{}, queues: map[string]*Queue{}}
	s.checker = checker{r: r, deadWord: map[uint64]handleWord{}}
	err = s.run()
	s.report.Findings = s.checker.findings
	s.say(true)
	return s.report, err
}

// salvageFile reads the file at path into private memory. What is missing is zero.
func salvageFile(path string) (*heapRegion, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &OpenError{Path: path, Err: err}
	}
	defer f.Close()
	header := make([]byte, hdrWords*8)
	if n, _ := f.ReadAt(header, 0); n < len(header) {
		return nil, &OpenError{path, ErrSize, fmt.Sprint(n, " bytes"), "nothing can be salvaged without a header"}
	}
	g := salvageGeometry(header)
	if !g.derive() {
		return nil, &OpenError{path, ErrChecksum, "impossible geometry", "restore the first 112 bytes from a region of the same geometry"}
	}
	h := newHeapRegion(g)
	if _, err := f.ReadAt(h.bytes[:g.size], 0); err != nil && err != io.EOF {
		return nil, &OpenError{Path: path, Err: err}
	}
	copy(h.bytes, encodeHeader(g))
	return h, nil
}

// salvageGeometry is what a header says, right or not.
func salvageGeometry(b []byte) *geometry {
	w := func(i int) uint64 { return binary.NativeEndian.Uint64(b[i*8:]) }
	return &geometry{
		blockSize: w(hdrBlockSize), blockCount: w(hdrBlockCount), buckets: w(hdrBuckets), slots: w(hdrSlots),
		handles: w(hdrHandles), maxVersion: w(hdrMaxVersion), seed: w(hdrSeed), id: [2]uint64{w(hdrID0), w(hdrID1)},
	}
}

type salvager struct {
	r       *region
	from    *DB // a view of r, attached to nothing
	to      *DB
	o       TransferOptions
	checker checker
	seen    map[ref]bool // entries and messages that something led to
	queues  map[string]*Queue
	report  SalvageReport
	part    float64
}

func (s *salvager) say(always bool) {
	p := Progress{Entries: s.report.Entries, Messages: s.report.Messages, Part: s.part}
	s.o.say(&p, always)
}

func (s *salvager) run() error {
	r := s.r
	for n := range r.buckets {
		if err := s.bucket(n); err != nil {
			return err
		}
		s.part = float64(n+1) / float64(r.buckets) / 2
	}
	for i := range r.blockCount {
		if err := s.block(i); err != nil {
			return err
		}
		s.part = 0.5 + float64(i+1)/float64(r.blockCount)/2
	}
	return nil
}

// bucket copies what the slots of a bucket lead to, and what is about to be inserted.
func (s *salvager) bucket(n uint64) error {
	r, head := s.r, s.r.bucket(n)
	if h := headWord(r.load(head)); h.pending() {
		if err := s.entry(head, uint64(h), n); err != nil {
			return err
		}
	}
	for ch := r.chain(head); ; {
		for i := range ch.slots {
			off := ch.slot + 8*i
			w := slotWord(r.load(off))
			if !w.used() {
				continue
			}
			if err := s.entry(off, uint64(w), n); err != nil {
				return err
			}
		}
		if ok, err := r.next(&ch); err != nil {
			s.checker.find(ch.link, nil, "%v", err)
			return nil
		} else if !ok {
			return nil
		}
	}
}

// entry copies the entry that a slot, or a head with a pending insertion, names.
func (s *salvager) entry(witness, word, bucket uint64) error {
	e := seen{witness: witness, word: word, slot: witness}
	if s.seen[e.ref()] {
		return nil
	}
	before := len(s.checker.findings)
	var key []byte
	if witness == s.r.bucket(bucket) {
		key = s.checker.pendingEntry(&e)
	} else {
		key = s.checker.entry(&e, bucket)
	}
	if key == nil || len(s.checker.findings) > before {
		s.report.Lost++
		return nil
	}
	s.seen[e.ref()] = true
	return s.copy(key, &e.entry)
}

// pendingEntry is entry for one that is in no slot yet.
func (c *checker) pendingEntry(s *seen) []byte {
	off, err := c.r.deref(s.ref())
	if err != nil || blockWord(c.r.load(off)).version() != c.r.version(s.ref()) || !c.r.entry(&s.entry, off) {
		c.find(s.witness, nil, "pending insertion of no entry")
		return nil
	}
	key, ok := c.r.appendKey(nil, &s.entry)
	if !ok {
		c.find(off, nil, "list of blocks leads out of the region")
		return nil
	}
	return key
}

// copy copies an entry that looks whole.
func (s *salvager) copy(key []byte, e *entry) error {
	if e.meta.kind() == kindQueue {
		return s.queue(key)
	}
	value, ok := s.r.appendBytes(make([]byte, 0, e.valueLen), e, pad8(e.keyLen), e.valueLen)
	if !ok {
		s.lose(e.off, key, "list of blocks leads out of the region")
		return nil
	}
	var err error
	if e.meta.kind() == kindPack {
		err = s.to.putPackBytes(key, value)
	} else {
		err = s.to.Put(key, value)
	}
	if err != nil {
		return fmt.Errorf("key %q: %w", shortened(key), err)
	}
	s.report.Entries++
	s.say(false)
	return nil
}

func (s *salvager) lose(off uint64, key []byte, what string) {
	s.report.Lost++
	s.checker.find(off, key, "%s", what)
}

// queue copies a queue from its first segment on, as far as one leads to the next.
func (s *salvager) queue(key []byte) error {
	q, err := s.from.Queue(key, QueueOptions{})
	if err != nil {
		s.lose(s.r.blockOff, key, err.Error())
		return nil
	}
	v := view{queue: &q.queue}
	for first := true; ; first = false {
		more, err := q.look(&v)
		if err != nil {
			s.lose(s.r.blockOff, key, err.Error())
		}
		if first {
			limit := uint64(0)
			if v.at != 0 {
				limit = v.limit()
			}
			if err := s.target(key, limit); err != nil {
				return err
			}
		}
		if !more || err != nil {
			return nil
		}
		slot := q.at.slot(s.r.own(v.at.segment()), v.at.slot()-1)
		if !s.see(queueSlot(s.r.load(slot))) {
			s.lose(slot, key, "message that is not whole")
			continue
		}
		var failed error
		v.give(func(m []byte, _ error) bool { failed = s.push(key, m); return failed == nil })
		if failed != nil {
			return failed
		}
	}
}

// see notes the messages that slot word w leads to, directly or by the batch that it begins, and says whether they are whole.
func (s *salvager) see(w queueSlot) bool {
	whole := true
	if w.claimed() {
		w = makeQueueSlot(w.ref(), 1)
	}
	for n := uint64(0); w.filled() && n <= s.r.blockCount; n++ {
		s.seen[w.ref()] = true
		var m messages
		if !s.r.readMessages(&m, w) {
			return false
		}
		whole = whole && s.whole(w.ref(), &m.entry)
		w = m.next
	}
	return whole
}

// target makes sure that there is a queue to push to.
func (s *salvager) target(key []byte, limit uint64) error {
	if s.queues[string(key)] != nil {
		return nil
	}
	q, err := s.to.Queue(key, QueueOptions{Limit: int(limit)})
	if err == nil {
		q.unlimited = true
		err = q.exist()
	}
	if err != nil {
		return fmt.Errorf("queue %q: %w", shortened(key), err)
	}
	s.queues[string(key)] = q
	s.report.Entries++
	return nil
}

func (s *salvager) push(key, message []byte) error {
	if err := s.queues[string(key)].Push(message); err != nil {
		return fmt.Errorf("queue %q: %w", shortened(key), err)
	}
	s.report.Messages++
	s.say(false)
	return nil
}

// block copies what block i holds, if nothing led to it.
func (s *salvager) block(i uint64) error {
	off, _ := s.r.block(i)
	w := blockWord(s.r.load(off))
	b := s.r.makeRef(i, w.version())
	switch {
	case s.seen[b]:
		return nil
	case w.state() == live:
		return s.unlinkedEntry(b, off)
	case w.state() == queued, isHeld(w):
		return s.unlinkedMessage(b, off, w)
	}
	return nil
}

// unlinkedEntry copies an entry that is not linked, unless its key has one: then it was replaced.
func (s *salvager) unlinkedEntry(b ref, off uint64) error {
	e := seen{word: uint64(b)}
	if !s.r.entry(&e.entry, off) || e.entry.meta.kind() == kindQueue {
		s.lose(off, nil, "live block that is no entry")
		return nil
	}
	key, ok := s.r.appendKey(nil, &e.entry)
	if !ok || len(key) == 0 || !s.whole(b, &e.entry) {
		s.lose(off, key, "entry that is not whole")
		return nil
	}
	if _, err := s.to.Len(key); err != ErrNotFound {
		return nil
	}
	s.report.Found++
	return s.copy(key, &e.entry)
}

// whole says whether an entry has all its blocks.
func (s *salvager) whole(b ref, e *entry) bool {
	if e.meta.kind() == kindPack && !s.r.packWhole(e) {
		return false
	}
	have, want := s.r.continuations(b, e)
	return have == want
}

// unlinkedMessage copies a message that the walk along its queue did not come to: one that somebody holds, or one behind damage.
func (s *salvager) unlinkedMessage(b ref, off uint64, w blockWord) error {
	found, _ := s.r.leads(b)
	if w.state() == queued && found == leadsNowhere {
		return nil // used up
	}
	var m messages
	if !s.r.readMessages(&m, makeQueueSlot(b, 1)) || !s.whole(b, &m.entry) {
		s.lose(off, nil, "message that is not whole")
		return nil
	}
	where, _ := s.r.wordAt(&m.entry, messageWhere)
	var q queue
	at, ok := s.r.block(s.r.index(position(where).segment()))
	if !ok || !s.r.queueAt(&q, at) {
		s.lose(off, nil, "message of an unknown queue")
		return nil
	}
	first := uint64(0)
	if isHeld(w) {
		first = m.count - 1 // of several, only the last is held without a copy
	}
	if err := s.target(q.key, s.r.loadData(q.at.info(at, segmentLimit))); err != nil {
		return err
	}
	for i := first; i < m.count; i++ {
		from, n, ok := s.r.extent(&m, i)
		var bytes []byte
		if ok {
			bytes, ok = s.r.appendBytes(make([]byte, 0, n), &m.entry, from, n)
		}
		if !ok {
			s.lose(off, q.key, "message that is not whole")
			continue
		}
		if !isHeld(w) {
			s.report.Found++
		}
		if err := s.push(q.key, bytes); err != nil {
			return err
		}
	}
	return nil
}
