//go:build linux && explore

package simdb

import (
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// FileStepper makes steps of what is done to the files of a directory: of each do, on a word of its own for what the path names, for the gate of a file, and for the signs of life on it.
type FileStepper interface {
	OnName(changes bool, do func())
	OnGate(ino uint64, changes bool, do func())
	OnLife(ino uint64, changes bool, do func())
	Opened(fd int)
	Closed(fd int)
	Retry()
}

var fileSteppers struct {
	mu    sync.Mutex
	byDir map[string]FileStepper
	byFD  map[int]FileStepper
}

// ExploreFiles lets s order the steps on the files of dir. Nil: nobody does.
func ExploreFiles(dir string, s FileStepper) {
	f := &fileSteppers
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byDir == nil {
		f.byDir, f.byFD = map[string]FileStepper{}, map[int]FileStepper{}
	}
	f.byDir[dir] = s
}

func stepperOf(path string) FileStepper {
	f := &fileSteppers
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byDir[filepath.Dir(path)]
}

func stepperOn(fd int) FileStepper {
	f := &fileSteppers
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byFD[fd]
}

func pathOpened(fd int, path string) {
	s := stepperOf(path)
	f := &fileSteppers
	f.mu.Lock()
	if s != nil {
		f.byFD[fd] = s
	}
	f.mu.Unlock()
	if s != nil {
		s.Opened(fd)
	}
}

func pathClosed(fd int) {
	if s := stepperOn(fd); s != nil {
		s.Closed(fd)
	}
	f := &fileSteppers
	f.mu.Lock()
	delete(f.byFD, fd)
	f.mu.Unlock()
}

func onName(path string, step fileStep, do func()) {
	if s := stepperOf(path); s != nil {
		s.OnName(step == changes, do)
	} else {
		do()
	}
}

func onLocks(fd int, start int64, step fileStep, do func()) {
	s := stepperOn(fd)
	var st unix.Stat_t
	switch {
	case s == nil || unix.Fstat(fd, &st) != nil:
		do()
	case start == gate:
		s.OnGate(st.Ino, step == changes, do)
	default:
		s.OnLife(st.Ino, step == changes, do)
	}
}

func mayBlock(fd int) bool { return stepperOn(fd) == nil }

func awaitLock(fd int) { stepperOn(fd).Retry() }

// FileOf is the number of the file that a handle is of.
func FileOf(db *DB) uint64 {
	var st unix.Stat_t
	if unix.Fstat(db.r.locks.(*fileLocks).fd, &st) != nil {
		return 0
	}
	return st.Ino
}

// FileDescriptor is that of a handle.
func FileDescriptor(db *DB) int { return db.r.locks.(*fileLocks).fd }

// ReaderLock is the byte that those who only read lock, GateLock that of the gate. Those between are places of the attach table.
const (
	GateLock   = gate
	ReaderLock = readers
)
