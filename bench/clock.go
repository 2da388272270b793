package main

import (
	"runtime"
	"time"
	_ "unsafe" // for go:linkname
)

// now reads the clock that all processes of the machine share, in ns: the runtime's monotonic clock, CLOCK_MONOTONIC on Linux. Package time hands out only
// differences to a start that each process chooses for itself.
//
//go:linkname now runtime.nanotime
func now() int64

// waitUntil returns at that moment. It sleeps while there is time, and then spins.
func waitUntil(start int64) {
	const inexact = time.Millisecond // of a sleep
	if left := time.Duration(start-now()) - inexact; left > 0 {
		time.Sleep(left)
	}
	for now() < start {
		runtime.Gosched()
	}
}
