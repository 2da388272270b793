package simdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// DB is a handle on a region. Its methods may be called by any number of goroutines. Handles are independent of each other, whether in one process or in several:
// each has its own place in the region's attach table, and its own death.
type DB struct {
	r      *region
	h      handle
	lanes  lanes // of writes; a handle that only reads has none
	closed local // 1 once Close has begun
	opts   Options
	heap   *heapRegion // if it lives there

	builders lanes  // of writes that run code of the caller
	readers  *lanes // of reads that Close has to wait for: the same ones, if there are any
	sleepers sleepers
	patience patience // of Wait
	claims   local    // 1 once messages have been claimed
}

const filePrefix = "simdb_"

// Open attaches to the region of that name in the shared-memory file system, file simdb_<name>, or creates it. If it exists, its geometry is taken from it.
func Open(name string, o Options) (*DB, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	return OpenPath(filepath.Join(DefaultDir, filePrefix+name), o)
}

func checkName(name string) error {
	if name == "" || strings.ContainsAny(name, "/\x00") || len(name) > 200 {
		return &OpenError{Path: name, Err: ErrName, Found: fmt.Sprintf("%q", name), Advice: "use 1 to 200 bytes without slash, or OpenPath"}
	}
	return nil
}

// OpenPath is Open for a region at any path. The region lives as long as the file system keeps the file.
func OpenPath(path string, o Options) (*DB, error) {
	r, h, err := openFile(path, &o)
	if err != nil {
		return nil, err
	}
	return newDB(r, h, o), nil
}

// OpenFile attaches to the region in an open file, such as a memfd handed over by another process. An empty file becomes a region. The handle does not need f afterwards.
func OpenFile(f *os.File, o Options) (*DB, error) {
	r, h, err := openDescriptor(f, &o)
	if err != nil {
		return nil, err
	}
	return newDB(r, h, o), nil
}

// OpenHeap creates a region in private memory, with one handle. Attach gives more. It is for tests: under the race detector, which sees nothing in mapped memory.
func OpenHeap(o Options) (*DB, error) {
	g, err := o.geometry()
	if err == nil && o.ReadOnly {
		err = fmt.Errorf("%w: ReadOnly is for regions that exist", ErrOptions)
	}
	if err != nil {
		return nil, &OpenError{Path: "heap", Err: err}
	}
	heap := newHeapRegion(g)
	heap.hook = o.hook
	return attachHeap(heap, o)
}

func attachHeap(heap *heapRegion, o Options) (*DB, error) {
	r := heap.region()
	r.hashFunc = o.hash
	h, err := r.attach()
	if err != nil {
		return nil, err
	}
	db := newDB(r, h, o)
	db.heap = heap
	return db, nil
}

// Attach opens one more handle on the same region.
func (db *DB) Attach() (*DB, error) {
	ln, err := db.enterReading() // the descriptor is needed until the end
	if err != nil {
		return nil, err
	}
	defer ln.leave(&db.r.mem)
	if db.heap != nil {
		return attachHeap(db.heap, db.opts)
	}
	r, h, err := reopen(db.r, &db.opts)
	if err != nil {
		return nil, err
	}
	return newDB(r, h, db.opts), nil
}

func newDB(r *region, h handle, o Options) *DB {
	db := &DB{r: r, h: h, opts: o}
	r.hashFunc = o.hash
	r.victims, r.spareBlocks = orDefault(o.victims, r.victims), orDefault(o.spareBlocks, r.spareBlocks)
	n := orDefault(o.lanes, 4*runtime.GOMAXPROCS(0))
	db.readers = &db.lanes
	if r.readOnly {
		db.lanes.refuse()
		db.builders.refuse()
		db.readers = &lanes{}
	} else {
		db.builders.initBuilding(h.slot, &r.geometry, o.lanes)
	}
	db.readers.init(h.slot, &r.geometry, n)
	return db
}

// Close gives the handle's place back, after the writes of other goroutines that are running. Readers and iterators that are running go on; the mapping stays until
// they are done. With RemoveOnLastClose the region is removed if no other handle is open, which is decided by who is alive. A second Close returns ErrClosed.
func (db *DB) Close() error {
	if !db.closed.cas(&db.r.mem, 0, 1) {
		return ErrClosed
	}
	db.builders.close(db.r) // first, as these may need one of the others
	db.readers.close(db.r)
	failpoint(atLanesClosed)
	if db.claims.load(&db.r.mem) != 0 {
		db.r.giveUpAll(db.h.slot)
	}
	if db.r.readOnly {
		db.r.locks.unlock(readers)
	} else {
		db.r.detach(db.h)
	}
	var err error
	if db.opts.RemoveOnLastClose && !db.r.readOnly && db.r.path != "" {
		if err = removeFile(db.r.path, db.r); errors.Is(err, ErrInUse) || errors.Is(err, os.ErrNotExist) {
			err = nil // somebody is still there, or was as quick
		}
	}
	if e := db.r.locks.close(); err == nil {
		err = e
	}
	return err
}

// Remove removes the region of that name if no handle is open on it, else it says ErrInUse.
func Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return removeFile(filepath.Join(DefaultDir, filePrefix+name), nil)
}

// RemovePath is Remove for a region at any path.
func RemovePath(path string) error { return removeFile(path, nil) }

// List gives the names of the regions in the shared-memory file system, in order.
func List() ([]string, error) {
	paths, err := listFiles(DefaultDir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = strings.TrimPrefix(filepath.Base(p), filePrefix)
	}
	return names, nil
}

// Path is where the region's file is, "" if it has no name.
func (db *DB) Path() string { return db.r.path }

// Raw is the region's memory as it is now. It is for copying a region away, not for reading entries.
func (db *DB) Raw() []byte {
	b := make([]byte, db.r.size)
	for off := uint64(0); off < db.r.size; off += 8 {
		binary.NativeEndian.PutUint64(b[off:], db.r.load(off))
	}
	runtime.KeepAlive(db)
	return b
}

func (db *DB) isClosed() bool { return db.closed.load(&db.r.mem) != 0 }

// enter begins a write: it gives a lane, to be left again.
func (db *DB) enter() (*lane, error) { return db.enterOne(&db.lanes) }

// enterBuilding is enter for a write that runs code of the caller: in a lane that nobody waits for, but Close.
func (db *DB) enterBuilding() (*lane, error) { return db.enterOne(&db.builders) }

func (db *DB) enterOne(of *lanes) (*lane, error) {
	if db.isClosed() {
		return nil, ErrClosed
	}
	if ln := of.enter(&db.r.mem); ln != nil {
		return ln, nil
	}
	return nil, db.refusal()
}

// enterProtecting is enter for what reads segments of queues: in a lane that has hazards.
func (db *DB) enterProtecting() (*lane, error) {
	if db.isClosed() {
		return nil, ErrClosed
	}
	if ln := db.lanes.enterFirst(&db.r.mem, int(db.r.hazardLanes)); ln != nil {
		return ln, nil
	}
	return nil, db.refusal()
}

// refusal is why there is no lane.
func (db *DB) refusal() error {
	if db.r.readOnly && !db.isClosed() {
		return ErrReadOnly
	}
	return ErrClosed
}

// enterReading begins a read that Close has to wait for.
func (db *DB) enterReading() (*lane, error) {
	if ln := db.readers.enter(&db.r.mem); ln != nil {
		return ln, nil
	}
	return nil, ErrClosed
}

// check is what every operation on a key begins with.
func (db *DB) check(key []byte) error {
	if db.isClosed() {
		return ErrClosed
	}
	if len(key) == 0 {
		return ErrEmptyKey
	}
	return nil
}
