// Package monitor decides whether the history of one FIFO queue is
// linearizable, in O(n log n), by rules instead of a search.
//
// With a<b for "a returned before b was called", and the dequeue of a message
// that was never dequeued at ∞, a complete history of enqueues and dequeues of
// distinct values is linearizable exactly if none of these holds:
//
//	fresh   v was dequeued and never enqueued, or dequeue(v) < enqueue(v)
//	repeat  v was enqueued or dequeued twice
//	order   enqueue(a) < enqueue(b), b was dequeued, and dequeue(b) < dequeue(a)
//	empty   a dequeue found nothing, and at every moment of it some message was
//	        certainly in the queue: the open intervals (return of enqueue(v),
//	        call of dequeue(v)) together cover [call, return]
//
// These are the violations named by Henzinger, Sezgin and Vafeiadis
// (Aspect-Oriented Linearizability Proofs, CONCUR 2013), their fourth in the
// form of a cover of intervals.
//
// # Operations that never returned
//
// An enqueue that never returned returns at ∞: it has happened if its value was
// dequeued, and else constrains nothing. A dequeue may have taken any value that is left
// over. Of two left-over values the one whose enqueue returned first constrains
// the rest more, and so does the later of two dequeues; hence matching both in
// ascending order constrains least, and decides.
//
// # Batches
//
// A PushBatch enqueues its values next to each other at one point: in order and
// with nothing in between. In rule order, a batch counts as dequeued from the
// first return to the last call of its dequeues, and two batches whose dequeues
// each begin before the other's end are interleaved, a violation as well. A
// Take is as many dequeues, one after the other, in the time of the call.
//
// # Claims
//
// The first claim of a message is its dequeue. A later one is allowed if whoever
// made the one before has released the message since, or has crashed, and did
// not acknowledge it; anything else is the violation
//
//	redelivery  a message delivered again without cause
//
// A message that was let go of is there again for claims, not for pops, from the
// return of the release, or of a sweep after the crash, to the call of the next
// claim. In rule empty these intervals count for claims.
//
// Not covered: that a claim prefers an orphan to the head, and acknowledgements
// and releases refused as stale. Where claims never returned, each left-over,
// released or redelivered message may have been taken by any of them: that
// never raises a false alarm and can miss a violation. Everything else is exact.
//
// Lengths, deletion and keys of mixed kinds are not queue histories in this
// sense: [Covers] says so.
package monitor
