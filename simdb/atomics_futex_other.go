//go:build !linux && !explore

package simdb

import "time"

// futexWait looks at the word from time to time, where there is nothing to sleep on.
func (m *mem) futexWait(off, w uint64, d time.Duration) { m.poll(off, w, d) }

func (m *mem) futexWake(uint64) {}
