// Package corpus is a track record for the explorer: small classical mistakes, each beside the corrected twin.
//
// A change of package explore has to find every mistake again, with the verdict that is expected, and to pass every twin.
// The programs use explore/atomic, so they are explored with the build tag explore only:
//
//	go test -tags explore -v ./model/explore/corpus
package corpus

import "simdb.dev/model/explore"

// Pair is a mistake and its correction.
type Pair struct {
	Name    string
	Mistake string
	Verdict explore.FailureKind // of the mistake
	// Scenario makes one of the two. They share nothing.
	Scenario func(corrected bool) *explore.Scenario
}

// Pairs is all of them.
var Pairs = []Pair{
	{"lost update", "a counter is read and written back in two steps", explore.NotLinearizable, lostUpdate},
	{"stack, index reused", "the top of a stack has no tag, so a CAS succeeds on a node that came back", explore.Violation, stackReuse},
	{"queue, tail not checked again", "Michael and Scott's enqueue links to a node that is no longer in the queue", explore.NotLinearizable, queueTail},
	{"list, deletion without mark", "an insert behind a node that is just being unlinked is lost", explore.NotLinearizable, listMark},
	{"seqlock, no second check", "the reader takes halves of two writes for one", explore.NotLinearizable, seqlock},
	{"mutual exclusion, check then set", "both see the other's flag down and enter", explore.Violation, checkThenSet},
	{"mutual exclusion, Peterson reversed", "the turn is given away before the flag is raised", explore.Violation, peterson},
	{"mutual exclusion, after you", "both give way as long as the other wants to enter, and try again for ever", explore.Livelock, afterYou},
	{"publication before initialisation", "the reference is stored before what it refers to", explore.Violation, publication},
	{"first deleted slot", "insert takes a deleted slot without looking whether the key stands further on", explore.NotLinearizable, deletedSlot},
	{"tentative insert, author killed", "others wait for a mark that only its author clears", explore.Deadlock, tentative},
	{"ticket taken, owner killed", "consumers wait for the slot of a dead producer", explore.Deadlock, ticket},
	{"reader count leaked", "a killed reader's count keeps a block for ever", explore.Violation, readerCount},
	{"double free", "two deleters both find the block live and free it", explore.Violation, doubleFree},
	{"two sweepers", "both put a dead consumer's message back", explore.Violation, twoSweepers},
	{"version cleared before the key moves", "killed between the two, the key names a block that nobody may read", explore.Violation, clearedVersion},
	{"owner written too late", "killed after unlinking, a block is neither reachable nor owned", explore.Violation, lateOwner},
	{"lost wake-up", "the waiter looks at the condition before it looks at the event", explore.Deadlock, lostWakeup},
	{"announcement not checked", "the block is freed between reading and announcing the reference", explore.Violation, announcement},
	{"initialised twice", "two find that nothing has been initialised", explore.Violation, twice},
	{"deque, last item", "the owner takes the last item without a CAS while it is stolen", explore.Violation, deque},
	{"ring for one producer", "two producers fill the same slot", explore.NotLinearizable, ring},
	{"count raised from zero", "a reference is taken to an object that has been freed since the count was looked at", explore.Violation, resurrected},
	{"lock, holder killed", "a spin lock does not know that its holder is dead", explore.Deadlock, robustLock},
}
