package simdb

// point is a place inside an operation at which a process that is killed leaves something half done. With the build tag failpoints, whoever drives the process is told of each point that
// it passes, and may kill it there (failpoint_on.go); in ordinary builds a point is no instruction.
type point uint8

const (
	atBlockTaken       point = iota // free → owned
	atInsertionDecided              // the bucket's head names it, its slot does not
	atSlotFilled                    // the bucket's head still says pending
	atSwapped                       // the slot names the new entry, the old one is live
	atVictimFreed                   // the new entry is not live yet
	atAnnounced                     // about to be unlinked
	atUnlinked                      // and not freed yet
	atListBuilt                     // its blocks are all taken, and owned
	atHandedOver                    // some blocks of a list are its head's, others still owned
	atPartlyFreed                   // a list but for its head
	atPushLinked                    // the slot names the message, which is owned
	atPushPublished                 // and nobody was woken
	atSegmentLinked                 // and still owned
	atPopTaken                      // the slot is used up, the message not freed
	atClaimDecided                  // the slot says claimed, the message does not
	atClaimPublished                // the message says claimed, the slot has not gone on
	atAcknowledged                  // and not freed yet
	atRetireAnnounced               // used-up segments, which the index still names
	atQueueClosed                   // a deletion has begun
	atPackHalfBuilt                 // blocks with records that no list leads to
	atPackBuilt                     // complete, linked nowhere
	atBlockSwept                    // in the middle of a sweep
	atPassDone                      // all blocks are swept, the dead still have their places
	atPlaceTaken                    // while attaching
	atLanesClosed                   // while closing: the place, and what was claimed, are still the handle's
	points
)

var pointNames = [points]string{
	"take: taken", "insert: decided", "insert: slot filled", "replace: swapped", "replace: victim freed", "delete: announced", "delete: unlinked",
	"list: taken", "list: half handed over", "list: freed but for its head", "push: linked", "push: published", "push: segment linked", "pop: taken",
	"claim: decided", "claim: half handed over", "ack: decided", "retire: announced", "queue deletion: closed", "pack: half built", "pack: built",
	"sweep: one swept", "sweep: all swept", "attach: place taken", "close: lanes closed",
}

func (p point) String() string { return pointNames[p] }
