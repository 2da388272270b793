package simdb

// The common cases of push and pop, each in one function: one message of one block, at the place that the hint says, nobody in the way. They take the same steps as the
// general code, in the same order; where something is not as usual they leave it to that, having shared nothing.

// pushFast appends a message. It reports false if it did not.
func (q *queue) pushFast(ln *lane, bytes []byte) bool {
	r := q.r
	p := position(q.tail.load(&r.mem))
	segment := ln.hazards[pushing].segment
	if p == 0 || p.segment() != segment || p.slot() >= q.at.slots || messageHeader+uint64(len(bytes)) > r.payload() {
		return false
	}
	at := r.own(segment)
	slot := q.at.slot(at, p.slot())
	if r.load(slot) != 0 || r.loadData(q.at.info(at, segmentLimit)) != 0 {
		return false
	}
	b, ok := r.takeFirst(ln)
	if !ok {
		return false
	}
	off := r.own(b)
	r.storeData(off+8, uint64(makeMeta(kindMessage, 0, messageHeader+uint64(len(bytes)), 0, 0)))
	off += blockHeader
	r.storeData(off+messageWhere, uint64(p))
	r.storeData(off+messageNext, 0)
	r.storeData(off+messageQueue, r.loadData(q.at.info(at, segmentQueue)))
	r.storeData(off+messageCount, q.bucket|1<<countShift)
	r.storeData(off+messageBefore, 0)
	r.copyIn(off+messageHeader, bytes)
	if !r.cas(slot, 0, uint64(makeQueueSlot(b, 1))) {
		r.discard(ln, b)
		return false
	}
	failpoint(atPushLinked)
	r.publish(ln, b, queued)
	failpoint(atPushPublished)
	q.tail.storeRelease(&r.mem, uint64(p+1))
	r.wake(q.line)
	return true
}

// popFast takes the first message, appended to dst, which must have room. It reports false if it did not.
func (q *queue) popFast(ln *lane, dst []byte) ([]byte, bool) {
	r := q.r
	p := position(q.head.load(&r.mem))
	segment := ln.hazards[popping].segment
	if p == 0 || p.segment() != segment || p.slot() >= q.at.slots-1 {
		return dst, false
	}
	slot := q.at.slot(r.own(segment), p.slot())
	w := queueSlot(r.load(slot))
	off, ok := r.block(r.index(w.ref()))
	if !w.filled() || w.count() != 1 || !ok {
		return dst, false
	}
	// Both will be ours: not first to read, then to write.
	r.askToWrite(slot, slot)
	r.askToWrite(off, off+min(r.blockSize-8, 64))
	word := blockWord(r.load(off))
	m := meta(r.load(off + 8))
	n := m.valueLen() - messageHeader
	if m.kind() != kindMessage || m.multiple() || m.valueLen() < messageHeader || m.valueLen() > r.payload() || uint64(cap(dst)-len(dst)) < n ||
		r.loadData(off+blockHeader+messageNext) != 0 || r.loadData(off+blockHeader+messageCount)>>countShift != 1 {
		return dst, false
	}
	out := r.appendOut(dst, off+blockHeader+messageHeader, n)
	if !r.cas(slot, uint64(w), uint64(makeUsedSlot(w.ref()))) {
		return dst, false
	}
	failpoint(atPopTaken)
	if word != makeBlockWord(queued, 0, r.version(w.ref())) || !r.recycle(ln, w.ref(), word) {
		r.freeMessage(ln, w.ref())
	}
	q.head.storeRelease(&r.mem, uint64(p+1))
	r.wake(q.line)
	return out, true
}
