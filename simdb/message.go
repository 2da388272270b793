package simdb

import "slices"

// A message of a queue is an entry without key. Its value:
//
//	where | next | queue | bucket, count | before | table | bytes
//
//	where   position of the slot that leads to it
//	next    what the slot becomes when this is used up: a queueSlot, 0 if the slot is used up then
//	queue   the queue's first segment: the name of this life of the queue
//	bucket  of the queue's key (low 48 bits), and how many messages there are (high 16 bits)
//	before  how many messages were pushed before this since the queue was last seen empty, in a queue with a limit; else 0
//	table   if there are several: for each, where its bytes begin after the table (in words, high 32 bits) and its length (low 32 bits)
//
// Messages that were pushed together share one list of blocks as far as a slot can count them. All is written before the message is linked, and not changed afterwards.
const (
	messageWhere = 8 * iota
	messageNext
	messageQueue
	messageCount
	messageBefore
	messageHeader
)

const countShift = 48

// message is a list of messages that we build: owned by us and linked nowhere.
type message struct {
	b     ref
	e     entry
	count uint64
}

// batchBytes is how long the value of a list of messages is.
func batchBytes(messages [][]byte) uint64 {
	if len(messages) == 1 {
		return messageHeader + uint64(len(messages[0]))
	}
	n := messageHeader + 8*uint64(len(messages))
	for _, m := range messages {
		n += pad8(uint64(len(m)))
	}
	return n
}

// buildMessage makes a list of 1 to mostInPart messages. Where it goes is not known yet.
func (r *region) buildMessage(ln *lane, bucket uint64, messages [][]byte) (message, error) {
	b, e, err := r.reserve(ln, kindMessage, 0, batchBytes(messages))
	if err != nil {
		return message{}, err
	}
	m := message{b, e, uint64(len(messages))}
	r.storeWord(&e, messageNext, 0)
	r.storeWord(&e, messageBefore, 0)
	r.storeWord(&e, messageCount, bucket|m.count<<countShift)
	r.fillMessage(&e, messages)
	if e.meta.multiple() {
		l, _ := r.list(e.bytes())
		r.publishList(ln, b, &l)
	}
	return m, nil
}

func (r *region) fillMessage(e *entry, messages [][]byte) {
	if len(messages) == 1 {
		r.copyValue(e, messageHeader, messages[0])
		return
	}
	s := r.stream(e, messageHeader, e.valueLen-messageHeader)
	start := uint64(0)
	for _, m := range messages {
		s.putWord(start/8<<32 | uint64(len(m)))
		start += pad8(uint64(len(m)))
	}
	for _, m := range messages {
		s.put(m)
	}
}

// goesTo writes where a message that we own is about to be linked, and in which queue.
func (r *region) goesTo(m *message, p position, queue ref) {
	r.storeWord(&m.e, messageWhere, uint64(p))
	r.storeWord(&m.e, messageQueue, uint64(queue))
}

// messageEntry reads the entry of block b if it is a message.
func (r *region) messageEntry(e *entry, b ref) bool {
	off, ok := r.block(r.index(b))
	return ok && r.entry(e, off) && e.meta.kind() == kindMessage && e.keyLen == 0 && e.valueLen >= messageHeader
}

// messages is what a reader knows of a list of messages: worth something only while the slot that led to it stays what it is.
type messages struct {
	entry
	next  queueSlot
	count uint64
}

// readMessages reads the header of what a slot leads to. It reports false if it makes no sense.
func (r *region) readMessages(m *messages, w queueSlot) bool {
	if !r.messageEntry(&m.entry, w.ref()) {
		return false
	}
	next, ok := r.wordAt(&m.entry, messageNext)
	count, ok2 := r.wordAt(&m.entry, messageCount)
	m.next, m.count = queueSlot(next), count>>countShift
	return ok && ok2 && m.count >= max(1, w.count()) && m.count <= maxCount && (m.count == 1 || messageHeader+8*m.count <= m.valueLen) &&
		(m.next == 0 || m.next.filled() && r.index(m.next.ref()) < r.blockCount)
}

// extent is where in the value message i of a list is, and how long.
func (r *region) extent(m *messages, i uint64) (from, n uint64, ok bool) {
	if m.count == 1 {
		return messageHeader, m.valueLen - messageHeader, true
	}
	w, ok := r.wordAt(&m.entry, messageHeader+8*i)
	from, n = messageHeader+8*m.count+w>>32*8, w&(1<<32-1)
	return from, n, ok && from <= m.valueLen && n <= m.valueLen-from
}

// appendMessage appends message i of a list to dst, growing it only once the slot confirmed the length by being w still.
func (r *region) appendMessage(dst []byte, m *messages, i, slot uint64, w queueSlot) ([]byte, bool) {
	from, n, ok := r.extent(m, i)
	if !ok {
		return dst, false
	}
	if uint64(cap(dst)-len(dst)) < n {
		if queueSlot(r.load(slot)) != w {
			return dst, false
		}
		dst = slices.Grow(dst, int(n))
	}
	return r.appendBytes(dst, &m.entry, from, n)
}

// freeMessage frees a message that its slot does not lead to any more, and that nobody holds. Anyone may call it, any number of times.
func (r *region) freeMessage(ln *lane, b ref) {
	r.freeFrom(ln, b, func(w blockWord) bool { return w.state() == queued || w.state() == owned }, false)
}
