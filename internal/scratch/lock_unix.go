//go:build unix

package scratch

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock locks a directory until it is closed or the process dies. It reports false if another process has it.
func lock(f *os.File) bool { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil }
