// Package model is the sequential specification of simdb: what one key may
// hold, and which result each operation may give in which state.
//
// It is written once and used by everything that judges the store: rapid
// properties step it beside the real store, the explorer and linearize search
// for an order in which every step is allowed. It depends on the standard
// library alone and knows nothing of regions, blocks or clocks.
//
// A [State] is an immutable value of one key: comparable with ==, usable as a
// map key, without allocation for plain values. [Rules.Step] is the
// specification: given a state, an operation and the result a client saw, it
// says whether the result is allowed, and what the key holds afterwards.
//
// # What is observed
//
// Values are named, not stored: a value is its id (unique among all values
// written to its key, never 0) and its length. A counter's id is its number.
// Versions are opaque tokens: every write reports the token that names it, and
// a token never names two writes. Token 0 means "not observed". A write whose
// token nobody saw (its author was killed) leaves the token open in the state,
// and the first client that reports one settles it.
//
// # Unknown outcomes
//
// The operation of a killed process may or may not have taken effect. With the
// outcome [Unknown], Step gives the state in which it has; whether it has at
// all is the caller's choice. Two operations leave more open than that:
//
//   - a [Take] may have taken fewer than its maximum: callers that need every
//     case replace it by that many unknown pops;
//   - a [Claim] in a state with several orphans may have taken any of them:
//     Input.Value names the one to assume, and Step refuses to guess.
//
// # Packs
//
// A pack is a value: its id names all its records, and its length is that of
// its bytes. To open it is a read of value and version ([GetVersion]). To read
// records of what was opened, one or all, is a read by reference ([GetRef]):
// what one write left, or [Stale]. A typed value is a value.
//
// # Queues
//
// A queue is a FIFO of messages, the messages claimed and not acknowledged
// (each with the process that holds it), and a set of orphans. The first push
// makes the queue; it stays, even empty, until it is deleted. [Pop] and [Take]
// take from the FIFO alone: what has been claimed once is never popped, and
// [QueueLen] does not count it. Deleting the queue takes FIFO and orphans away;
// what is claimed can still be acknowledged, and vanishes when it is released.
//
// A claim takes an orphan if there is one. It may overlook one that became so
// while it ran, so it may take the head all the same.
//
// A message is released by who holds it, or when that handle closes or dies. In
// that case it happens inside the store at an unknown moment, so callers offer
// [Release] as an operation of unknown outcome that starts at the death;
// [Sweep] returned means that the named process holds nothing any more.
package model
