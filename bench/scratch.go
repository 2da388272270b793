package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// scratch is the directory of a run on the shared-memory file system. A run that is killed leaves its directory, which the next run removes: nobody
// holds its lock any more.
type scratch struct {
	dir  string
	lock *os.File
	next int
}

const (
	scratchPattern = "simdb-bench-*"
	lockFile       = "lock"
)

func newScratch(parent string) (*scratch, error) {
	left, err := filepath.Glob(filepath.Join(parent, scratchPattern))
	if err != nil {
		return nil, err
	}
	for _, dir := range left {
		removeIfLeft(dir)
	}
	dir, err := os.MkdirTemp(parent, scratchPattern)
	if err != nil {
		return nil, err
	}
	lock, err := os.Create(filepath.Join(dir, lockFile))
	if err == nil && !lockDir(lock.Fd()) {
		err = fmt.Errorf("%s: somebody else locked it", lock.Name())
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return &scratch{dir: dir, lock: lock}, nil
}

// removeIfLeft removes the directory of a run that is no more. A directory without a lock file is left alone: it may be about to get one.
func removeIfLeft(dir string) {
	f, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return
	}
	defer f.Close()
	if lockDir(f.Fd()) {
		os.RemoveAll(dir)
	}
}

// subdir makes a directory for one contestant.
func (s *scratch) subdir() (string, error) {
	s.next++
	dir := filepath.Join(s.dir, fmt.Sprint(s.next))
	return dir, os.Mkdir(dir, 0o700)
}

func (s *scratch) remove() {
	os.RemoveAll(s.dir)
	s.lock.Close()
}
