//go:build explore && linux

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// Opening, closing and removing regions of one path: the real code on a real directory, in any order of what it does to the name and to the locks of the files.

// filing are the programs about that.
func filing() []program {
	list := []*fileScenario{
		onFiles("open/open", nil, fileOps("p1", opening), fileOps("p2", opening)),
		onFiles("open/open/open", nil, fileOps("p1", opening), fileOps("p2", opening), fileOps("p3", opening)),
		onFiles("remove/open", there, fileOps("p1", removing), fileOps("p2", opening)).reaching("removed", "in use"),
		onFiles("remove/open/open", there, fileOps("p1", removing), fileOps("p2", opening), fileOps("p3", opening)).reaching("removed", "in use", "two of one file"),
		onFiles("remove/remove/open", there, fileOps("p1", removing), fileOps("p2", removing), fileOps("p3", opening)).reaching("removed", "in use", "not there"),
		onFiles("remove/open close", there, fileOps("p1", removing), fileOps("p2", opening, closingFile)).reaching("removed", "in use"),
		onFiles("close/close, the last removes", held("p1", "p2"), fileOps("p1", closingFile), fileOps("p2", closingFile)).ending(gone),
		onFiles("close/open, the last removes", held("p1"), fileOps("p1", closingFile), fileOps("p2", opening)).reaching("created"),
		onFiles("close/open/open, the last removes", held("p1"), fileOps("p1", closingFile), fileOps("p2", opening), fileOps("p3", opening)).reaching("created"),
		onFiles("close/remove open close, the last removes", held("p1"), fileOps("p1", closingFile), fileOps("p2", removing, opening, leaving)).reaching("created").ending(stays),
	}
	var programs []program
	for _, f := range list {
		programs = append(programs, program{name: f.name, custom: f.scenario})
	}
	return programs
}

// files is a directory, what the processes have open of it, and who orders their steps.
type files struct {
	*fileScenario
	s       *explore.Scheduler
	dir     string
	dbs     map[string]*simdb.DB
	inodes  []uint64 // in the order in which they got the name
	fds     []int    // that are open
	probes  map[uint64]int
	resets  int
	bare    bool // no steps
	created bool // by an open of an explored process
}

// fileScenario is what is done to them.
type fileScenario struct {
	name   string
	before func(w *files)
	procs  []fileProcess
	marks  []string
	end    func(w *files) error
}

type fileProcess struct {
	name string
	ops  []func(w *files, name string) explore.Op
}

func onFiles(name string, before func(w *files), procs ...fileProcess) *fileScenario {
	return &fileScenario{name: "§4.9 " + name, before: before, procs: procs}
}

func (p *fileScenario) reaching(marks ...string) *fileScenario {
	p.marks = marks
	return p
}

func (p *fileScenario) ending(end func(w *files) error) *fileScenario {
	p.end = end
	return p
}

func fileOps(name string, ops ...func(w *files, name string) explore.Op) fileProcess {
	return fileProcess{name, ops}
}

// there: the region exists, and nobody has it open.
func there(w *files) {
	db, err := w.open(false)
	must(err)
	must(db.Close())
}

// held: some have it open, and the last of them removes it.
func held(names ...string) func(w *files) {
	return func(w *files) {
		for _, name := range names {
			db, err := w.open(true)
			must(err)
			w.dbs[name] = db
		}
	}
}

// gone: there is no region in the end.
func gone(w *files) error {
	if w.named() != 0 {
		return errors.New("the last one out left the region")
	}
	return nil
}

// stays: what was created, by somebody who did not ask for its removal, is there.
func stays(w *files) error {
	if w.created && w.named() == 0 {
		return errors.New("a region was removed that another had created")
	}
	return nil
}

func (w *files) path() string { return filepath.Join(w.dir, "region") }

func (w *files) open(removes bool) (*simdb.DB, error) {
	return simdb.OpenPath(w.path(), simdb.Options{BlockSize: 64, BlockCount: 4, RemoveOnLastClose: removes})
}

func opening(w *files, name string) explore.Op {
	return explore.Op{Name: "open", Blocking: true, Do: func(*explore.Proc) any {
		was := len(w.inodes)
		db, err := w.open(false)
		if err != nil {
			return err.Error()
		}
		w.dbs[name] = db
		if len(w.inodes) > was {
			w.created = true
			w.mark("created")
		}
		for other, o := range w.dbs {
			if other != name && o != nil && simdb.FileOf(o) == simdb.FileOf(db) {
				w.mark("two of one file")
			}
		}
		return "ok"
	}}
}

func closingFile(w *files, name string) explore.Op {
	return explore.Op{Name: "close", Blocking: true, Do: func(*explore.Proc) any {
		db := w.dbs[name]
		w.dbs[name] = nil
		if err := db.Close(); err != nil {
			return err.Error()
		}
		return "ok"
	}}
}

// leaving is closing, by somebody who may not have it open.
func leaving(w *files, name string) explore.Op {
	op := closingFile(w, name)
	do := op.Do
	op.Do = func(p *explore.Proc) any {
		if w.dbs[name] == nil {
			return "not open"
		}
		return do(p)
	}
	return op
}

func removing(w *files, _ string) explore.Op {
	return explore.Op{Name: "remove", Blocking: true, Do: func(*explore.Proc) any {
		switch err := simdb.RemovePath(w.path()); {
		case err == nil:
			w.mark("removed")
			return "removed"
		case errors.Is(err, simdb.ErrInUse):
			w.mark("in use")
			return "in use"
		case errors.Is(err, os.ErrNotExist):
			w.mark("not there")
			return "not there"
		default:
			return err.Error()
		}
	}}
}

// mark notes what an execution came to, if the scenario wants to know.
func (w *files) mark(name string) {
	if slices.Contains(w.marks, name) {
		w.s.Mark(name)
	}
}

func (p *fileScenario) scenario() *explore.Scenario {
	w := &files{fileScenario: p, dbs: map[string]*simdb.DB{}, probes: map[uint64]int{}}
	sc := &explore.Scenario{Name: p.name, Setup: w.setup, Reset: w.reset, Invariant: w.check, Marks: p.marks, Word: w.word, InPlace: true}
	for _, proc := range p.procs {
		xp := explore.Process{Name: proc.name}
		for _, op := range proc.ops {
			xp.Ops = append(xp.Ops, op(w, proc.name))
		}
		sc.Processes = append(sc.Processes, xp)
	}
	return sc
}

func (w *files) setup(s *explore.Scheduler) {
	w.s = s
	if w.dir == "" {
		dir, err := os.MkdirTemp("", "explored")
		must(err)
		w.dir = dir
		leftovers = append(leftovers, dir)
	}
	simdb.ExploreFiles(w.dir, w)
}

// leftovers are directories that whoever explores removes in the end.
var leftovers []string

// reset ends what the last execution left open, and begins anew.
func (w *files) reset() {
	w.bare = true
	for _, db := range w.dbs {
		if db != nil {
			w.Closed(simdb.FileDescriptor(db))
		}
	}
	for _, fd := range w.fds { // of operations that were given up half-way, with their locks
		unix.Close(fd)
	}
	for name, db := range w.dbs {
		if db != nil {
			db.Close()
		}
		delete(w.dbs, name)
	}
	os.Remove(w.path())
	for _, fd := range w.probes {
		unix.Close(fd)
	}
	clear(w.probes)
	w.inodes, w.fds, w.created = w.inodes[:0], w.fds[:0], false
	if w.resets++; w.resets%200 == 0 {
		runtime.GC() // closed handles are unmapped when they are collected
	}
	if w.before != nil {
		w.before(w)
	}
	w.bare = false
}

// check says whether everybody who has a region open has the one that the path names.
func (w *files) check(*explore.Execution) error {
	named := w.named()
	for name, db := range w.dbs {
		if db == nil {
			continue
		}
		if n := w.number(simdb.FileOf(db)); n != named {
			return fmt.Errorf("%s has file %d open, and the path names %d", name, n, named)
		}
	}
	if w.end != nil {
		return w.end(w)
	}
	return nil
}

// named is the number of the file that the path names, 0 if there is none.
func (w *files) named() uint64 {
	var st unix.Stat_t
	if unix.Lstat(w.path(), &st) != nil {
		return 0
	}
	return w.number(st.Ino)
}

// number is which file it is, from 1, in the order in which they were seen first: the same in every execution, other than the file system's own.
func (w *files) number(ino uint64) uint64 {
	for i, n := range w.inodes {
		if n == ino {
			return uint64(i + 1)
		}
	}
	return 0
}

func (w *files) see(ino uint64) uint64 {
	if n := w.number(ino); n != 0 {
		return n
	}
	w.inodes = append(w.inodes, ino)
	return uint64(len(w.inodes))
}

// The words: what the path names, and of each file its gate and its signs of life.
const nameWord = 1

func gateWord(file uint64) uint64 { return 2 * file }
func lifeWord(file uint64) uint64 { return 2*file + 1 }

func (w *files) word(addr, value uint64) (name, text string) {
	file := addr / 2
	switch {
	case addr == nameWord:
		name = "name"
		text = fmt.Sprint("file ", value)
		if value == 0 {
			text = "none"
		}
	case addr == gateWord(file):
		name = fmt.Sprintf("file %d gate", file)
		text = [...]string{"open", "shared", "closed"}[value]
	default:
		name = fmt.Sprintf("file %d life", file)
		text = fmt.Sprintf("%b", value)
	}
	return name, text
}

func (w *files) step(changes bool, addr uint64, value func() uint64, do func()) {
	if w.bare {
		do()
		return
	}
	kind := explore.Load
	if changes {
		kind = explore.CAS
	}
	w.s.Before(kind, addr)
	old := value()
	do()
	w.s.After(old, value())
}

func (w *files) OnName(changes bool, do func()) {
	w.step(changes, nameWord, func() uint64 {
		var st unix.Stat_t
		if unix.Lstat(w.path(), &st) != nil {
			return 0
		}
		return w.see(st.Ino)
	}, do)
}

func (w *files) OnGate(ino uint64, changes bool, do func()) {
	w.step(changes, gateWord(w.see(ino)), func() uint64 { return w.lock(ino, simdb.GateLock) }, do)
}

func (w *files) OnLife(ino uint64, changes bool, do func()) {
	w.step(changes, lifeWord(w.see(ino)), func() uint64 {
		value := w.lock(ino, simdb.ReaderLock)
		for place := range int64(4) {
			value = value<<1 | w.lock(ino, 1+place)>>1
		}
		return value
	}, do)
}

// lock says how a byte of a file is locked: 0 not at all, 1 shared, 2 by one.
func (w *files) lock(ino uint64, start int64) uint64 {
	fd, ok := w.probes[ino]
	if !ok {
		return 0
	}
	l := unix.Flock_t{Type: unix.F_WRLCK, Start: start, Len: 1}
	must(unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &l))
	switch l.Type {
	case unix.F_RDLCK:
		return 1
	case unix.F_WRLCK:
		return 2
	}
	return 0
}

// Opened notes a file: its locks are looked at through a description of our own.
func (w *files) Opened(fd int) {
	var st unix.Stat_t
	must(unix.Fstat(fd, &st))
	w.see(st.Ino)
	w.fds = append(w.fds, fd)
	if _, ok := w.probes[st.Ino]; !ok {
		probe, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", fd), unix.O_RDWR|unix.O_CLOEXEC, 0)
		must(err)
		w.probes[st.Ino] = probe
	}
}

func (w *files) Closed(fd int) {
	w.fds = slices.DeleteFunc(w.fds, func(open int) bool { return open == fd })
}

func (w *files) Retry() {
	if w.bare {
		panic("a lock that nobody can hold is taken")
	}
	w.s.Retry()
}
