package main

import (
	"sync/atomic"
	"time"
)

// deaths is where workers that kill themselves say so before they do, in memory that they share with the driver: two words for each process, the failpoint and the time.
type deaths []uint64

// mostProcesses is how many processes a run has at most.
const mostProcesses = 1 << 17

func mapDeaths(path string, create bool) (deaths, error) {
	return mapWords(path, 2*mostProcesses, create)
}

// say says that a process kills itself now.
func (d deaths) say(process int32, point int) {
	at := 2 * int(process)
	atomic.StoreUint64(&d[at+1], uint64(time.Now().UnixNano()))
	atomic.StoreUint64(&d[at], uint64(point+1))
}

// of says where and when a process killed itself, if it did.
func (d deaths) of(process int32) (point int, when time.Time, did bool) {
	at := 2 * int(process)
	w := atomic.LoadUint64(&d[at])
	return int(w) - 1, time.Unix(0, int64(atomic.LoadUint64(&d[at+1]))), w != 0
}
