// Package scratch has directories for what a process needs while it runs, such as regions of tests. One that its process could not remove, because it was killed or panicked, goes
// when another process makes the next of that name: the lock that it had is gone.
package scratch

import (
	"os"
	"path/filepath"
)

// Dir is a directory that goes with its process.
type Dir struct {
	Path string
	held *os.File // the directory, locked
}

// New makes a directory in parent whose name begins with name, and removes those of processes that are no more.
func New(parent, name string) (*Dir, error) {
	left, err := filepath.Glob(filepath.Join(parent, name+"*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range left {
		removeIfLeft(dir)
	}
	d := &Dir{}
	if d.Path, err = os.MkdirTemp(parent, "."+name); err != nil {
		return nil, err
	}
	if err := d.hold(); err != nil {
		os.RemoveAll(d.Path)
		return nil, err
	}
	return d, nil
}

// InTest makes a directory in parent for the time of a test, and gives its path.
func InTest(t interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}, parent string) string {
	t.Helper()
	d, err := New(parent, "simdbtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Remove() })
	return d.Path
}

// hold locks the directory. It has its name only then, so that nobody takes it for one that is left.
func (d *Dir) hold() (err error) {
	if d.held, err = os.Open(d.Path); err != nil {
		return err
	}
	lock(d.held)
	parent, name := filepath.Split(d.Path)
	held := filepath.Join(parent, name[1:])
	if err := os.Rename(d.Path, held); err != nil {
		return err
	}
	d.Path = held
	return nil
}

// removeIfLeft removes a directory that nobody holds.
func removeIfLeft(dir string) {
	f, err := os.Open(dir)
	if err != nil {
		return
	}
	defer f.Close()
	if lock(f) {
		os.RemoveAll(dir)
	}
}

// Remove removes the directory and what is in it.
func (d *Dir) Remove() error {
	defer d.held.Close()
	return os.RemoveAll(d.Path)
}
