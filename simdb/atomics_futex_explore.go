//go:build explore

package simdb

import "time"

// futexWait waits for a change of the word, however long that takes, if a scheduler orders the steps: so a wake-up that is lost is found.
func (m *mem) futexWait(off, w uint64, d time.Duration) {
	if m.hook.s == nil {
		m.poll(off, w, d)
		return
	}
	for m.load(off) == w {
		m.hook.s.Retry()
	}
}

func (m *mem) futexWake(uint64) {}
