//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"simdb.dev/simdb"
)

// faultEnv names what is wrong with the store of the workers.
const faultEnv = "SIMDB_STRESS_FAULT"

// TestMain lets the test binary play the workers.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" {
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr, openFaulty))
	}
	os.Exit(m.Run())
}

// faults are stores with one thing wrong, now and then.
var faults = map[string]func(faulty) store{
	"":         func(f faulty) store { return f.handle },
	"torn":     func(f faulty) store { return tornStore{f} },
	"stale":    func(f faulty) store { return &staleStore{faulty: f, old: map[string][]byte{}} },
	"lost":     func(f faulty) store { return lostStore{f} },
	"dropped":  func(f faulty) store { return droppedStore{f} },
	"blind":    func(f faulty) store { return blindStore{f} },
	"full":     func(f faulty) store { return fullStore{f} },
	"leak":     func(f faulty) store { return leakStore{f} },
	"ballast":  func(f faulty) store { return ballastStore{f} },
	"foreign":  func(f faulty) store { return foreignStore{f} },
	"corrupt":  func(f faulty) store { return corruptStore{f} },
	"panic":    func(f faulty) store { return panicStore{f} },
	"hang":     func(f faulty) store { return hangStore{f} },
	"stop":     func(f faulty) store { return stopStore{f} },
	"unclosed": func(f faulty) store { return unclosedStore{f} },
	"closing":  func(f faulty) store { return closingStore{f} },
	"mixed":    func(f faulty) store { return &mixedStore{faulty: f} },
	"short":    func(f faulty) store { return shortStore{f} },
}

type faulty struct {
	handle
	path  string
	calls *atomic.Uint64
}

func openFaulty(path string) (store, error) {
	db, err := simdb.OpenPath(path, simdb.Options{MustExist: true})
	if err != nil {
		return nil, err
	}
	f, name := faulty{handle{db}, path, new(atomic.Uint64)}, os.Getenv(faultEnv)
	if fault := queueFaults[name]; fault != nil {
		return faultyQueues{f, fault}, nil
	}
	return faults[name](f), nil
}

func (f faulty) database() *simdb.DB { return f.DB }

// now is true at every n-th call.
func (f faulty) now(n uint64) bool { return f.calls.Add(1)%n == 0 }

// tornStore returns values with one byte of another.
type tornStore struct{ faulty }

func (f tornStore) Get(key, dst []byte) ([]byte, error) {
	at := len(dst)
	b, err := f.DB.Get(key, dst)
	if err == nil && len(b)-at > stampSize && f.now(20) {
		b[at+(len(b)-at)/2]++
	}
	return b, err
}

// staleStore returns what it returned before.
type staleStore struct {
	faulty
	busy atomic.Bool // guards old
	old  map[string][]byte
}

func (f *staleStore) Get(key, dst []byte) ([]byte, error) {
	b, err := f.DB.Get(key, dst)
	if err != nil || !f.busy.CompareAndSwap(false, true) {
		return b, err
	}
	defer f.busy.Store(false)
	if old, ok := f.old[string(key)]; ok && f.now(20) {
		return append(dst, old...), nil
	}
	f.old[string(key)] = append([]byte(nil), b[len(dst):]...)
	return b, nil
}

// lostStore does not find what is there.
type lostStore struct{ faulty }

func (f lostStore) Get(key, dst []byte) ([]byte, error) {
	if f.now(100) {
		return dst, simdb.ErrNotFound
	}
	return f.DB.Get(key, dst)
}

// droppedStore forgets a write that it reports as done.
type droppedStore struct{ faulty }

func (f droppedStore) Update(key []byte, update func([]byte) ([]byte, error)) error {
	if !f.now(20) {
		return f.DB.Update(key, update)
	}
	old, err := f.DB.Get(key, nil)
	if errors.Is(err, simdb.ErrNotFound) {
		old = nil
	}
	_, err = update(old)
	return err
}

// blindStore writes whatever the version is.
type blindStore struct{ faulty }

func (f blindStore) CompareAndSwap(key []byte, old simdb.Version, value []byte) (simdb.Version, error) {
	if !old.IsZero() && f.now(10) {
		return f.DB.PutVersion(key, value)
	}
	return f.DB.CompareAndSwap(key, old, value)
}

// fullStore is full without cause.
type fullStore struct{ faulty }

func (f fullStore) PutVersion(key, value []byte) (simdb.Version, error) {
	if f.now(100) {
		return simdb.Version{}, simdb.ErrFull
	}
	return f.DB.PutVersion(key, value)
}

// leakStore makes a free block one of an entry that does not exist.
type leakStore struct{ faulty }

func (f leakStore) Delete(key []byte) error {
	if f.now(500) {
		if err := leak(f.DB, f.path); err != nil {
			return err
		}
	}
	return f.DB.Delete(key)
}

// The layout of a region, as far as leak needs it; see package simdb.
const (
	blockBits  = 60 // of a block word, below its state
	stateFree  = 0
	stateChain = 4
)

func leak(db *simdb.DB, path string) error {
	s, err := db.Stats()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	blocks := s.Size - s.Size%4096 - s.BlockCount*s.BlockSize
	for i := s.BlockCount - 1; i > 0; i-- {
		var word [8]byte
		at := int64(blocks - blocks%4096 + i*s.BlockSize)
		if _, err := file.ReadAt(word[:], at); err != nil {
			return err
		}
		if w := binary.NativeEndian.Uint64(word[:]); w>>blockBits == stateFree {
			binary.NativeEndian.PutUint64(word[:], w|stateChain<<blockBits)
			_, err := file.WriteAt(word[:], at)
			return err
		}
	}
	return errors.New("no free block to leak")
}

// ballastStore writes to a key that is not the client's.
type ballastStore struct{ faulty }

func (f ballastStore) Delete(key []byte) error {
	if _, err := f.DB.Len(ballastKey(3)); err == nil && f.now(50) {
		if err := f.DB.Put(ballastKey(3), []byte("else")); err != nil && !errors.Is(err, simdb.ErrFull) {
			return err
		}
	}
	return f.DB.Delete(key)
}

// foreignStore leaves an entry under a key that nobody named.
type foreignStore struct{ faulty }

func (f foreignStore) Delete(key []byte) error {
	if f.now(50) {
		if err := f.DB.Put([]byte("stranger"), nil); err != nil && !errors.Is(err, simdb.ErrFull) {
			return err
		}
	}
	return f.DB.Delete(key)
}

// corruptStore finds the region corrupt.
type corruptStore struct{ faulty }

func (f corruptStore) Len(key []byte) (int, error) {
	if f.now(100) {
		return 0, &simdb.CorruptError{Offset: 42, What: "injected"}
	}
	return f.DB.Len(key)
}

// panicStore does not survive.
type panicStore struct{ faulty }

func (f panicStore) Len(key []byte) (int, error) {
	if f.now(100) {
		panic("injected panic")
	}
	return f.DB.Len(key)
}

// hangStore never returns.
type hangStore struct{ faulty }

func (f hangStore) Len(key []byte) (int, error) {
	if f.now(100) {
		sleepForEver()
	}
	return f.DB.Len(key)
}

func sleepForEver() {
	for {
		time.Sleep(time.Hour)
	}
}

// stopStore stops its whole process.
type stopStore struct{ faulty }

func (f stopStore) Len(key []byte) (int, error) {
	if f.now(100) {
		if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
			return 0, fmt.Errorf("stopping: %w", err)
		}
	}
	return f.DB.Len(key)
}

// unclosedStore ends without giving its place back.
type unclosedStore struct{ faulty }

func (unclosedStore) Close() error { return nil }

// closingStore never ends closing.
type closingStore struct{ faulty }

func (closingStore) Close() error {
	sleepForEver()
	return nil
}

// mixedStore puts packs with a record of the pack before.
type mixedStore struct {
	faulty
	busy atomic.Bool // guards last
	last map[string][]byte
}

func (f *mixedStore) PutPack(key []byte, records [][]byte) error {
	if !f.busy.CompareAndSwap(false, true) {
		return f.DB.PutPack(key, records)
	}
	defer f.busy.Store(false)
	if f.last == nil {
		f.last = map[string][]byte{}
	}
	old := f.last[string(key)]
	f.last[string(key)] = slices.Clone(records[0])
	if old != nil && len(records) > 1 && f.now(5) {
		records = slices.Clone(records)
		records[0] = old
	}
	return f.DB.PutPack(key, records)
}

// shortStore puts packs without their last record.
type shortStore struct{ faulty }

func (f shortStore) PutPackSeq(key []byte, records iter.Seq[[]byte]) error {
	list := slices.Collect(records)
	if len(list) > 1 && f.now(5) {
		list = list[:len(list)-1]
	}
	return f.DB.PutPackSeq(key, slices.Values(list))
}
