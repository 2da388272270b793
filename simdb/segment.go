package simdb

// A segment is a block of a queue's list. Its payload:
//
//	key, padded | link | queue | previous | limit | slots
//
//	link      the next segment; slotSealed if there will be none. It is set once.
//	queue     the queue's first segment: the name of this life of the queue
//	previous  the segment that was to link this one, 0 of the first
//	limit     of messages in the queue, 0 if there is none
//
// All but link and slots is written before the segment is linked, and the same in all segments of a queue but previous.
const (
	segmentLink = 8 * iota
	segmentQueue
	segmentPrevious
	segmentLimit
	segmentHeader // where the slots begin
)

// segments says where the parts of a queue's segments are. It follows from the length of the key.
type segments struct {
	key   uint64 // offset of link in the block
	slots uint64
}

func (g *geometry) segments(keyLen uint64) segments {
	s := segments{key: blockHeader + pad8(keyLen)}
	if room := g.blockSize; s.key+segmentHeader <= room {
		s.slots = min(maxSlots, (room-s.key-segmentHeader)/8)
	}
	return s
}

// minSlots is how many slots a segment needs to be worth one.
const minSlots = 2

// A segment's words, at the offset of its block.
func (s *segments) link(off uint64) uint64    { return off + s.key + segmentLink }
func (s *segments) slot(off, i uint64) uint64 { return off + s.key + segmentHeader + 8*i }
func (s *segments) last(off uint64) uint64    { return s.slot(off, s.slots-1) }

func (s *segments) info(off, word uint64) uint64 { return off + s.key + word }

// usedUp says whether a segment is used up: it has no message, and will have none. Slots are used up in order.
func (r *region) usedUp(s *segments, off uint64) bool { return queueSlot(r.load(s.last(off))).used() }

// nextSegment is the segment that a link names, if it names one.
func nextSegment(link uint64) (ref, bool) {
	return ref(link), link != 0 && queueSlot(link) != slotSealed
}

// buildSegment makes a segment that nobody sees yet, in a block that we own.
func (r *region) buildSegment(ln *lane, s *segments, key []byte, fingerprint uint64, queue, previous ref, limit uint64) (ref, error) {
	b, ok := r.take(ln)
	if !ok {
		return 0, &FullError{Needed: 1}
	}
	if queue == 0 {
		queue = b
	}
	off := r.own(b)
	r.storeData(off+8, uint64(makeMeta(kindQueue, uint64(len(key)), 0, 0, fingerprint)))
	r.copyIn(off+blockHeader, key)
	r.storeData(s.link(off), 0)
	r.storeData(s.info(off, segmentQueue), uint64(queue))
	r.storeData(s.info(off, segmentPrevious), uint64(previous))
	r.storeData(s.info(off, segmentLimit), limit)
	for i := range s.slots {
		r.storeData(s.slot(off, i), 0)
	}
	return b, nil
}

// linkedSegment says whether w is the word of segment b while it is linked, or was and still leads on.
func (r *region) linkedSegment(b ref, w blockWord) bool {
	return w.version() == r.version(b) && (w.state() == segment || w.state() == marked || w.state() == retiring || w.state() == owned)
}

// markHead marks a segment: all before it are used up. It is one way, and anyone may do it.
func (r *region) markHead(b ref) {
	off, ok := r.block(r.index(b))
	begin := r.here()
	for ok {
		w := blockWord(r.load(off))
		if w.version() != r.version(b) || w.state() != owned && w.state() != segment || r.cas(off, uint64(w), uint64(makeBlockWord(marked, 0, w.version()))) {
			r.done(begin)
			return
		}
	}
}

// announceSegment makes us responsible for a linked segment that we are about to unlink, unless somebody is, who then will go on or is dead and swept.
// It reports false if the segment is not linked any more.
func (r *region) announceSegment(ln *lane, b ref) bool {
	off := r.own(b)
	begin := r.here()
	for {
		w := blockWord(r.load(off))
		if !r.linkedSegment(b, w) {
			r.done(begin).butBool(false)
			return false
		}
		if w.state() == retiring || r.cas(off, uint64(w), uint64(makeBlockWord(retiring, ln.handle, w.version()))) {
			r.done(begin).butBool(true)
			return true
		}
	}
}

// rest ends the life of a segment that is linked nowhere any more, whoever announced that. Anyone may call it, any number of times.
func (r *region) rest(b ref) bool {
	off := r.own(b)
	w := blockWord(r.load(off))
	return w.state() == retiring && w.version() == r.version(b) && r.restWord(off, w)
}

func (r *region) restWord(off uint64, w blockWord) bool {
	next := makeBlockWord(resting, 0, w.version())
	if w.version() >= r.maxVersion {
		next = makeBlockWord(retired, 0, w.version())
	}
	return r.cas(off, uint64(w), uint64(next))
}

// lost is where the way along a queue was lost: the segment whose link names none any more. Whoever lost it there goes on from the key, which leads beyond; so to lose it there again
// means that the link never named one.
type lost struct{ last ref }

func (l *lost) at(q *queue, b ref) error {
	if l.last == b {
		return &CorruptError{q.at.link(q.r.own(b)), "link names no segment"}
	}
	l.last = b
	return nil
}
