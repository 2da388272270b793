//go:build linux && !explore

package simdb

// What opening, closing and removing do to the name of a region and to the locks on its file goes through these, so that the explorer can put it into any order.

// onName does what looks at the file that a path names, or changes it.
func onName(_ string, _ fileStep, do func()) { do() }

// onLocks does what looks at the locks on a file, or changes them.
func onLocks(_ int, _ int64, _ fileStep, do func()) { do() }

// mayBlock says whether who wants a lock that is taken may be put to sleep in the kernel.
func mayBlock(int) bool { return true }

// awaitLock waits for a change of the locks, where mayBlock says no.
func awaitLock(int) {}

// pathOpened says which file a path led to, pathClosed that it is about to be closed.
func pathOpened(int, string) {}
func pathClosed(int)         {}
