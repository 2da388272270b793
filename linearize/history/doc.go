// Package history records, stores and merges histories: who called which
// operation when, and what came back.
//
// # Files
//
// A history file is JSON lines, one operation a line:
//
//	{"process":0,"client":1,"key":"a","op":"put","args":{"value":17,"len":64},"result":{"outcome":"ok","version":9},"call":1000,"return":1250}
//	{"process":1,"key":"a","op":"get","result":{"outcome":"ok","value":17,"len":64,"version":9},"call":1100,"return":1300}
//	{"process":1,"key":"a","op":"delete","call":1400}
//	{"process":2,"op":"crash","args":{"process":1},"call":1450}
//
//	process  number of the operating-system process (of the store's handle)
//	client   number of the sequential client within it, 0 if left out
//	key      any string
//	op       an operation of package model, by name, or "crash"
//	args     value, len, version, process, batch: the fields of model.Input
//	result   outcome, again, len, value, version, batch: the fields of
//	         model.Output; left out, or with outcome "unknown", if the operation
//	         never returned
//	call     time of the call, return: time of the return, in nanoseconds of one
//	         monotonic clock; no "return" if the operation never returned
//
// A value is a number that names it: unique among the values written to its
// key, never 0; the writer puts it, with a checksum, into the bytes that it
// stores. A value whose checksum fails is recorded as outcome "torn". A line
// {"clock":"…"} names the clock; files whose clocks differ are not merged.
// A crash line says that a process was killed, not before "call": what it had
// claimed may be delivered again.
//
// Empty lines are ignored; unknown fields are errors.
//
// # Recording
//
// A [Recorder] belongs to one client and is a mapped file of fixed-size binary
// records, an operation's call stored before it starts and its result after
// it: two clock readings and one or two cache lines, no allocation, no system
// call, nothing shared. Whatever the process has stored survives its kill, so
// that a call without a return is what a killed operation leaves. [ReadFile]
// reads both forms.
package history
