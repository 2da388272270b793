package history

import (
	_ "unsafe" // for go:linkname
)

// now reads the clock that all processes of the machine share: the runtime's
// monotonic clock, CLOCK_MONOTONIC on Linux. Package time hands out only
// differences to a start that each process chooses for itself; the system
// call costs several times the reading of the vDSO.
//
//go:linkname now runtime.nanotime
func now() int64
