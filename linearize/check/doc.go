// Package check decides whether a history is linearizable: whether one order of
// the operations, each at a point between its call and its return, explains
// every result by the sequential specification in package model.
//
// Keys are independent and are checked one by one, several at once. All start
// absent: a history must begin with the store, or with keys nobody has used.
//
//   - What no order can mend is looked for first: torn values, values that
//     nobody had written, versions that name two writes.
//   - A key with nothing but queue operations goes to package monitor, whose
//     rules decide in O(n log n).
//   - Any other key goes to porcupine if it has at most 2,000 operations, and
//     else to a just-in-time sweep, which needs no more memory for a long
//     history than for a short one. Whatever porcupine refuses the sweep
//     explains; should they disagree the verdict is unknown.
//
// A violation is reported with its reason, the operation that nothing explains,
// what the key could have held at that moment, and the few operations that show
// it, which [Finding.Picture] draws.
//
// # What the verdicts mean
//
// Linearizable speaks of this history alone: what did not happen in it is not
// checked. Violation is never a matter of luck, provided the assumptions hold
// that [history.History.Validate] checks and those that nobody can: the times
// are of one clock, and everything that touched the keys was recorded. Unknown
// is not a pass. Not run means that there was nothing to check, or that an
// assumption does not hold.
//
// The messages of one Take are checked as dequeues one after the other, not as
// one step. What the monitor does not cover of claims is said there.
package check
