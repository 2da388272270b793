//go:build !linux || explore

package simdb

import "time"

// futexWait looks at the word from time to time, where there is nothing to sleep on.
func (m *mem) futexWait(off, w uint64, d time.Duration) {
	const step = time.Millisecond
	for ; d > 0 && m.load(off) == w; d -= step {
		time.Sleep(step)
	}
}

func (m *mem) futexWake(uint64) {}
