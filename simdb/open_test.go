package simdb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCreators lets processes open the same path at once, again and again: they meet in one region.
func TestCreators(t *testing.T) {
	const creators, rounds = 4, 30
	dir := filepath.Dir(shmPath(t))
	b := newBoard(t)
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	var children []*child
	for range creators {
		children = append(children, startChild(t, "create", dir, b.path, strconv.Itoa(rounds), strconv.Itoa(creators)))
	}
	b.begin(ctx, t, creators, children...)
	for _, c := range children {
		c.finish(ctx)
	}
	for i := range rounds {
		db, err := OpenPath(filepath.Join(dir, strconv.Itoa(i)), Options{MustExist: true})
		must(t, err)
		if n, err := db.Add([]byte("creators"), 0); n != creators || err != nil {
			t.Fatalf("round %d: %d creators met, %v", i, n, err)
		}
		checkRegion(t, db)
		must(t, db.Close())
	}
}

func init() {
	roles["create"] = roleCreate
	roles["create until killed"] = roleCreateLarge
	roles["hold"] = roleHold
}

// roleCreate opens one region after the other, each when all have opened the one before.
func roleCreate(args []string) {
	b, err := openBoard(args[1])
	fatalIf(err)
	rounds, err := strconv.Atoi(args[2])
	fatalIf(err)
	creators, err := strconv.ParseUint(args[3], 10, 64)
	fatalIf(err)
	b.ready()
	for i := range rounds {
		db, err := OpenPath(filepath.Join(args[0], strconv.Itoa(i)), Options{BlockSize: 64, BlockCount: 100})
		fatalIf(err)
		_, err = db.Add([]byte("creators"), 1)
		fatalIf(err)
		fatalIf(db.Close())
		b.add(boardRest, 1)
		for b.load(boardRest) < creators*uint64(i+1) {
			time.Sleep(10 * time.Microsecond)
		}
	}
}

// TestKilledCreator kills a process while it creates a region: there is a whole region, or nothing. Each kill comes a little later after one that came too early, and the other way
// round, so that most come in the middle.
func TestKilledCreator(t *testing.T) {
	path := shmPath(t)
	b := newBoard(t)
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	whole, delay := 0, 10*time.Millisecond
	for range 40 {
		b.store(boardReady, 0)
		b.store(boardGo, 0)
		c := startChild(t, "create until killed", path, b.path)
		b.begin(ctx, t, 1, c)
		for end := time.Now().Add(delay + rand.N(delay/4)); time.Now().Before(end); {
		}
		c.kill()
		left, err := os.ReadDir(filepath.Dir(path))
		must(t, err)
		if len(left) == 0 {
			delay = delay * 5 / 4
			continue
		}
		whole++
		delay = delay * 3 / 4
		db, err := OpenPath(path, Options{MustExist: true})
		must(t, err)
		if _, err := db.Sweep(); err != nil || len(left) != 1 {
			t.Fatalf("left %v, %v", left, err)
		}
		must(t, db.Close())
		must(t, RemovePath(path))
	}
	t.Logf("40 kills left %d regions", whole)
}

// roleCreateLarge creates a region that takes some 30 ms to reserve.
func roleCreateLarge(args []string) {
	b, err := openBoard(args[1])
	fatalIf(err)
	b.ready()
	_, err = OpenPath(args[0], Options{BlockCount: 1 << 17})
	fatalIf(err)
	select {}
}

// TestRemoveAgainstOpen removes a region over and over while two others open and close it. Whoever have it open at the same time have the same one: it is never removed under a handle.
func TestRemoveAgainstOpen(t *testing.T) {
	path := shmPath(t)
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	stop := make(chan struct{})
	var remover sync.WaitGroup
	var removed atomic.Int64
	remover.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			switch err := RemovePath(path); {
			case err == nil:
				removed.Add(1)
			case !errors.Is(err, ErrInUse) && !errors.Is(err, os.ErrNotExist):
				t.Errorf("remove: %v", err)
				return
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	for round := 0; (round < rounds || removed.Load() < int64(rounds/10)) && ctx.Err() == nil; round++ {
		var dbs [2]*DB
		together(len(dbs), func(i int) bool {
			db, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 10})
			if err != nil {
				t.Errorf("open: %v", err)
			}
			dbs[i] = db
			return true
		})
		if t.Failed() {
			break
		}
		if dbs[0].r.id != dbs[1].r.id {
			t.Errorf("two regions at once")
		}
		must(t, dbs[0].PutString("key", "value"))
		if got, err := dbs[1].GetString("key"); got != "value" || err != nil {
			t.Errorf("the other sees %q, %v", got, err)
		}
		together(len(dbs), func(i int) bool { return dbs[i].Close() == nil })
	}
	close(stop)
	remover.Wait()
	if removed.Load() < int64(rounds/10) {
		t.Errorf("removed %d times: little was tested", removed.Load())
	}
}

// TestRemoveOnLastClose: the last one out removes the region, and who was killed is not in.
func TestRemoveOnLastClose(t *testing.T) {
	path := shmPath(t)
	exists := func() bool { _, err := os.Stat(path); return err == nil }
	o := Options{BlockSize: 64, BlockCount: 10, RemoveOnLastClose: true}
	a, err := OpenPath(path, o)
	must(t, err)
	b, err := OpenPath(path, o)
	must(t, err)
	must(t, a.Close())
	if !exists() {
		t.Fatal("removed under a handle")
	}
	board := newBoard(t)
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	c := startChild(t, "hold", path, board.path)
	board.begin(ctx, t, 1, c)
	if err := RemovePath(path); !errors.Is(err, ErrInUse) {
		t.Fatalf("remove: %v", err)
	}
	c.kill()
	infos, err := b.Handles()
	must(t, err)
	if len(infos) != 2 || infos[0].Alive == infos[1].Alive {
		t.Fatalf("one is killed and one lives: %+v", infos)
	}
	must(t, b.Close())
	if exists() {
		t.Fatal("the killed handle keeps the region")
	}
}

// roleHold opens a region and keeps it.
func roleHold(args []string) {
	_, err := OpenPath(args[0], Options{})
	fatalIf(err)
	b, err := openBoard(args[1])
	fatalIf(err)
	b.ready()
	select {}
}

// TestRemoveOnLastCloseOfAnother: closing a handle of a region that is gone leaves alone the one that took its name.
func TestRemoveOnLastCloseOfAnother(t *testing.T) {
	path := shmPath(t)
	old, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 10, RemoveOnLastClose: true})
	must(t, err)
	must(t, os.Remove(path)) // by hand, as the advice of ErrInUse has it
	newer, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 10})
	must(t, err)
	must(t, newer.PutString("key", "value"))
	must(t, newer.Close())
	must(t, old.Close())
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the new region went with the old handle: %v", err)
	}
}

// TestVersionOfRemovedRegion: a version names nothing in the region that took the place of its own.
func TestVersionOfRemovedRegion(t *testing.T) {
	path := shmPath(t)
	o := Options{BlockSize: 64, BlockCount: 10}
	var versions [2]Version
	for i := range versions {
		db, err := OpenPath(path, o)
		must(t, err)
		versions[i], err = db.PutVersion([]byte("key"), []byte("value"))
		must(t, err)
		if i == 1 {
			_, getErr := db.GetAt(versions[0], nil)
			_, swapErr := db.CompareAndSwap([]byte("key"), versions[0], nil)
			if getErr != ErrStale || swapErr != ErrMismatch || db.CompareAndDelete([]byte("key"), versions[0]) != ErrMismatch {
				t.Errorf("GetAt: %v, CompareAndSwap: %v", getErr, swapErr)
			}
		}
		must(t, db.Close())
		must(t, RemovePath(path))
	}
}

// TestMemfd shares a region without a name by its descriptor.
func TestMemfd(t *testing.T) {
	fd, err := unix.MemfdCreate("plugin", unix.MFD_CLOEXEC)
	must(t, err)
	f := os.NewFile(uintptr(fd), "memfd:plugin")
	a, err := OpenFile(f, Options{BlockSize: 64, BlockCount: 100})
	must(t, err)
	checkAtEnd(t, a)
	b, err := OpenFile(f, Options{MustExist: true, BlockSize: 128})
	must(t, err)
	defer b.Close()
	must(t, f.Close())
	must(t, a.PutString("key", "value"))
	if got, err := b.GetString("key"); got != "value" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if s, err := b.Stats(); s.BlockSize != 64 || s.Handles != 2 || err != nil {
		t.Fatalf("%+v, %v", s, err)
	}
	c, err := b.Attach()
	must(t, err)
	if got, err := c.GetString("key"); got != "value" || err != nil || c.Path() != "" {
		t.Fatalf("%q, %v, path %q", got, err, c.Path())
	}
	must(t, c.Close())
}

// TestGeometryIsTaken: an existing region tells its geometry; Exact asks for one.
func TestGeometryIsTaken(t *testing.T) {
	path := shmPath(t)
	db, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 100})
	must(t, err)
	defer db.Close()
	other, err := OpenPath(path, Options{BlockSize: 128, BlockCount: 7})
	must(t, err)
	defer other.Close()
	if s, err := other.Stats(); s.BlockSize != 64 || s.BlockCount != 100 || s.Size != db.r.size || err != nil {
		t.Errorf("%+v, %v", s, err)
	}
	var ge *GeometryError
	_, err = OpenPath(path, Options{BlockSize: 128, BlockCount: 7, Exact: true})
	if !errors.Is(err, ErrGeometry) || !errors.As(err, &ge) || *ge != (GeometryError{128, 7, 64, 100}) {
		t.Errorf("%v", err)
	}
	exact, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 100, Exact: true})
	must(t, err)
	must(t, exact.Close())
}

func TestList(t *testing.T) {
	names := []string{fmt.Sprintf("test-%d-a", os.Getpid()), fmt.Sprintf("test-%d-b", os.Getpid())}
	for _, name := range names {
		db, err := Open(name, Options{BlockSize: 64, BlockCount: 10})
		must(t, err)
		t.Cleanup(func() { os.Remove(db.Path()) })
		must(t, db.Close())
	}
	list, err := List()
	must(t, err)
	if !slices.Contains(list, names[0]) || !slices.Contains(list, names[1]) || !slices.IsSorted(list) {
		t.Fatalf("%q", list)
	}
	must(t, Remove(names[0]))
	list, err = List()
	must(t, err)
	if slices.Contains(list, names[0]) || !slices.Contains(list, names[1]) {
		t.Fatalf("%q", list)
	}
	if err := Remove(names[0]); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("second remove: %v", err)
	}
}

// TestAfterClose: every method of a closed handle says so.
func TestAfterClose(t *testing.T) {
	for name, db := range map[string]*DB{"heap": mustOpen(OpenHeap(Options{BlockCount: 10})), "file": mustOpen(OpenPath(shmPath(t), Options{BlockCount: 10}))} {
		key := []byte("key")
		v, err := db.PutVersion(key, key)
		must(t, err)
		must(t, db.Close())
		second := func(_ any, err error) error { return err }
		_, _, getVersion := db.GetVersion(key, nil)
		_, _, getOrPut := db.GetOrPut(key, key, nil)
		for what, err := range map[string]error{
			"Close": db.Close(), "Get": second(db.Get(key, nil)), "GetAt": second(db.GetAt(v, nil)), "GetVersion": getVersion, "Len": second(db.Len(key)),
			"Put": db.Put(key, key), "PutVersion": second(db.PutVersion(key, key)), "CompareAndSwap": second(db.CompareAndSwap(key, v, key)), "GetOrPut": getOrPut,
			"Update": db.Update(key, func([]byte) ([]byte, error) { return nil, nil }), "Add": second(db.Add(key, 1)),
			"Delete": db.Delete(key), "CompareAndDelete": db.CompareAndDelete(key, v),
			"Stats": second(db.Stats()), "Handles": second(db.Handles()), "Sweep": second(db.Sweep()), "Attach": second(db.Attach()),
		} {
			if err != ErrClosed {
				t.Errorf("%s: %s after Close: %v", name, what, err)
			}
		}
		for range db.All() {
			t.Errorf("%s: an iteration begins after Close", name)
		}
	}
}

func mustOpen(db *DB, err error) *DB {
	if err != nil {
		panic(err)
	}
	return db
}

// TestCloseUnderUse closes handles while goroutines use them. They end with ErrClosed and never otherwise, and leave nothing owned.
func TestCloseUnderUse(t *testing.T) {
	for _, place := range []string{"heap", "file"} {
		t.Run(place, func(t *testing.T) {
			var keeper *DB
			if place == "heap" {
				keeper = openHeap(t, Options{BlockSize: 64, BlockCount: 2000})
			} else {
				keeper = openShm(t, Options{BlockSize: 64, BlockCount: 2000})
			}
			rounds := 20
			if testing.Short() {
				rounds = 5
			}
			for range rounds {
				closeUnderUse(t, keeper)
			}
			if s, err := keeper.Stats(); err != nil || s.Handles != 1 {
				t.Fatalf("%+v, %v", s, err)
			}
		})
	}
}

func closeUnderUse(t *testing.T, keeper *DB) {
	db, err := keeper.Attach()
	must(t, err)
	var users, busy sync.WaitGroup
	for i := range 4 {
		busy.Add(1)
		users.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 0))
			once := sync.OnceFunc(busy.Done)
			defer once()
			var dst, value []byte
			for {
				k := random.IntN(hotKeys)
				var err error
				switch random.IntN(5) {
				case 0, 1:
					value = appendSealed(value[:0], uint64(k), random)
					err = db.Put(hotKey(k), value)
				case 2:
					if dst, err = db.Get(hotKey(k), dst[:0]); err == nil {
						err = checkSealed(dst, uint64(k))
					}
				case 3:
					err = db.Delete(hotKey(k))
				case 4:
					for key, value := range db.All() {
						if err := checkSealed(value, uint64(key[len(key)-1]-'0')); err != nil {
							t.Errorf("%s: %v", key, err)
						}
					}
				}
				once()
				if err == ErrClosed {
					return
				}
				if err != nil && err != ErrNotFound {
					t.Errorf("%v", err)
					return
				}
			}
		})
	}
	busy.Wait()
	must(t, db.Close())
	for i := range db.r.blockCount { // what it owned would be swept under a write that goes on
		off, _ := db.r.block(i)
		if w := blockWord(db.r.load(off)); w.owner() == db.h.slot {
			t.Errorf("block %d is %v by the closed handle", i, w.state())
		}
	}
	users.Wait()
}

// TestHandlesRunOut: every place taken is an error, a place of the dead is taken again.
func TestHandlesRunOut(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 10, handles: 2})
	second, err := db.Attach()
	must(t, err)
	if _, err := db.Attach(); err != ErrHandles {
		t.Fatalf("third of two handles: %v", err)
	}
	second.r.locks.unlock(second.h.slot) // as its death would
	third, err := db.Attach()
	must(t, err)
	if third.h.slot != second.h.slot || third.h.word.generation() == second.h.word.generation() {
		t.Fatalf("%+v after %+v", third.h, second.h)
	}
	must(t, third.Close())
}
