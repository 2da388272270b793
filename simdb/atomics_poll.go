//go:build !linux || explore

package simdb

import "time"

// poll looks at the word at off from time to time, while it is w, for d.
func (m *mem) poll(off, w uint64, d time.Duration) {
	const step = time.Millisecond
	for ; d > 0 && m.load(off) == w; d -= step {
		time.Sleep(step)
	}
}
