package simdb

import (
	"bytes"
	"math"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestBeyond4GiB writes and reads entries in the last blocks of a region of more than 4 GiB, where the offsets of the earlier store overflowed.
func TestBeyond4GiB(t *testing.T) {
	const blockCount = 1<<32/maxBlockSize + 2000
	t.Run("arithmetic", func(t *testing.T) {
		g := geometry{blockSize: maxBlockSize, blockCount: maxBlockCount, buckets: maxBlockCount, slots: defaultSlots, handles: defaultHandles, maxVersion: 1}
		if !g.derive() {
			t.Fatal("the largest geometry is refused")
		}
		last, ok := g.block(maxBlockCount - 1)
		if !ok || last+maxBlockSize > g.size || g.bucket(maxBlockCount-1)+g.bucketSize > g.blockOff || g.size < maxBlockCount*maxBlockSize {
			t.Fatalf("last block at %d of %d bytes", last, g.size)
		}
		if b := g.makeRef(maxBlockCount-1, 1<<(refBits-32)-1); b != refMask || g.index(b) != maxBlockCount-1 || g.version(b) != 1<<22-1 {
			t.Fatalf("reference %#x", b)
		}
	})
	t.Run("region", func(t *testing.T) {
		if testing.Short() {
			t.Skip("takes 4.2 GiB of shared memory for a moment")
		}
		var fs unix.Statfs_t
		must(t, unix.Statfs(DefaultDir, &fs))
		var info unix.Sysinfo_t
		must(t, unix.Sysinfo(&info))
		if room := min(fs.Bavail*uint64(fs.Bsize), (info.Freeram+info.Bufferram)*uint64(info.Unit)); room < 6<<30 {
			t.Skipf("%s and memory have room for %d MiB", DefaultDir, room>>20)
		}
		path := shmPath(t)
		db, err := OpenPath(path, Options{BlockSize: maxBlockSize, BlockCount: blockCount})
		must(t, err)
		defer db.Close()
		for _, ln := range *db.lanes.list.Load() {
			ln.cursor = blockCount - 20
		}
		small, large := []byte("small"), content(1, 15*maxBlockSize)
		must(t, db.Put(small, small))
		v, err := db.PutVersion([]byte("large"), large)
		must(t, err)
		off, _ := db.r.block(db.r.index(v.word.ref()))
		if off < math.MaxUint32 {
			t.Fatalf("the entry is at %d", off)
		}
		again, err := OpenPath(path, Options{MustExist: true})
		must(t, err)
		defer again.Close()
		for _, read := range []func() ([]byte, error){
			func() ([]byte, error) { return again.Get([]byte("large"), nil) },
			func() ([]byte, error) { return again.GetAt(v, nil) },
		} {
			if got, err := read(); err != nil || !bytes.Equal(got, large) {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
		}
		if got, err := again.GetString("small"); got != "small" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		if c := checkRegion(t, db); len(c.entries) != 2 {
			t.Fatalf("%d entries", len(c.entries))
		}
		must(t, again.Delete([]byte("large")))
		must(t, again.Delete(small))
		if c := checkRegion(t, db); c.free != blockCount {
			t.Fatalf("%d blocks free", c.free)
		}
	})
}

// TestFileMode: the earlier store made files that anybody could write, whatever the umask is.
func TestFileMode(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want os.FileMode
	}{{Options{}, 0o600}, {Options{Mode: 0o660}, 0o660}, {Options{Mode: 0o640, Group: os.Getgid()}, 0o640}} {
		for _, umask := range []int{0, 0o077} {
			path := shmPath(t)
			tt.o.BlockCount = 10
			old := syscall.Umask(umask)
			db, err := OpenPath(path, tt.o)
			syscall.Umask(old)
			must(t, err)
			defer db.Close()
			if st, err := os.Stat(path); err != nil || st.Mode() != tt.want {
				t.Errorf("umask %#o: mode %v instead of %v, %v", umask, st.Mode(), tt.want, err)
			}
		}
	}
}

// TestSpaceIsReserved: the file of the earlier store was sparse, and a full file system a fault at some later write.
func TestSpaceIsReserved(t *testing.T) {
	path := shmPath(t)
	db, err := OpenPath(path, Options{BlockSize: 256, BlockCount: 50000})
	must(t, err)
	defer db.Close()
	var st unix.Stat_t
	must(t, unix.Stat(path, &st))
	if uint64(st.Size) != db.r.size || st.Blocks*512 < st.Size {
		t.Fatalf("%d bytes, of which the file system has reserved %d", st.Size, st.Blocks*512)
	}
}
