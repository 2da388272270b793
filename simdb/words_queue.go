package simdb

// The words of a queue's segments, as bits. See the package comment for who may change which.

// queueSlot is an entry of a segment: sign(1) count(9) reference(54).
//
//	0               empty
//	slotSealed      empty for good: the queue is being deleted, and no push goes beyond
//	+count M        the last count ≥ 1 messages of M are left
//	-0 M            used up
//	-h X            claimed: handle h holds X; the slot goes on once X's word says so
//	-slotDeletedBy  the queue is deleted from here on
type queueSlot uint64

const (
	slotNegative queueSlot = 1 << 63
	slotSealed   queueSlot = 1 << refBits // a count without a reference

	slotCountBits = 9
	maxCount      = 1<<slotCountBits - 1 // messages in one list of blocks, at most
	slotDeletedBy = maxCount             // in place of a handle
)

func makeQueueSlot(b ref, count uint64) queueSlot    { return queueSlot(count<<refBits | uint64(b)) }
func makeClaimedSlot(b ref, handle uint64) queueSlot { return slotNegative | makeQueueSlot(b, handle) }
func makeUsedSlot(b ref) queueSlot                   { return slotNegative | queueSlot(b) }
func makeDeletedSlot(b ref) queueSlot                { return makeClaimedSlot(b, slotDeletedBy) }

func (w queueSlot) ref() ref       { return ref(w & refMask) }
func (w queueSlot) count() uint64  { return uint64(w) >> refBits & maxCount }
func (w queueSlot) filled() bool   { return w&slotNegative == 0 && w.count() > 0 && w.ref() != 0 }
func (w queueSlot) used() bool     { return w&slotNegative != 0 && w.count() == 0 }
func (w queueSlot) deleted() bool  { return w&slotNegative != 0 && w.count() == slotDeletedBy }
func (w queueSlot) claimed() bool  { return w&slotNegative != 0 && !w.used() && !w.deleted() }
func (w queueSlot) handle() uint64 { return w.count() }

// left is what a slot is when so many of the count messages of w are gone, and next is what follows its list of blocks.
func (w queueSlot) left(gone uint64, next queueSlot) queueSlot {
	switch {
	case gone < w.count():
		return makeQueueSlot(w.ref(), w.count()-gone)
	case next != 0:
		return next
	}
	return makeUsedSlot(w.ref())
}

// position is a slot of a segment: reference(54) number(10). The number may be that of the slot after the last one.
type position uint64

const (
	positionBits = 64 - refBits
	maxSlots     = 1<<positionBits - 1 // of a segment
)

func makePosition(segment ref, slot uint64) position {
	return position(uint64(segment)<<positionBits | slot)
}

func (p position) segment() ref { return ref(p >> positionBits) }
func (p position) slot() uint64 { return uint64(p) & maxSlots }
