package history

import (
	"simdb.dev/model"
)

// The binary form: a header and then records, of eight words each. A file is
// read on the machine that wrote it (CLOCK_MONOTONIC means nothing elsewhere),
// so words have its byte order.
const (
	words      = 8
	recordSize = words * 8
	magic      = 0x31545349484d4953 // "SIMHIST1"
)

// Words of the header.
const (
	hMagic  = iota
	hClient // process in the upper half, client in the lower
	hClock0 // the boot, 16 bytes: times of two boots cannot be compared
	hClock1
)

// Words of a record. A record exists once wCall is stored, and has returned
// once wReturn is; both are stored last, atomically, so that a kill between
// any two instructions leaves a record that reads as never called, or as never
// returned.
const (
	wCall    = iota // time of the call; 0: no record here
	wReturn         // time of the return; 0: not returned
	wHead           // see pack
	wKey            // a number
	wValue          // Input.Value
	wVersion        // Input.Version
	wOutValue
	wOutVersion
)

// crashCode stands in place of an operation's code for a [Crash].
const crashCode = 0xff

// head is word wHead: op 8, outcome 8, again 8, spare 8, len 32. One len serves
// both ways, because no operation writes one length and reports another. For
// batches it counts the ids, which follow in records of their own.
func head(op uint8, out model.Outcome, again bool, length uint32) uint64 {
	h := uint64(op) | uint64(out)<<8 | uint64(length)<<32
	if again {
		h |= 1 << 16
	}
	return h
}

func unhead(h uint64) (op uint8, out model.Outcome, again bool, length uint32) {
	return uint8(h), model.Outcome(h >> 8), h&(1<<16) != 0, uint32(h >> 32)
}

// batchRecords is the number of records that n ids fill.
func batchRecords(n int) int { return (n + words - 1) / words }
