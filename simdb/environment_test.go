package simdb

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What surrounds a region: file systems, limits, other files at its path. Small file systems are in bad_input_test.go.

// TestReadOnlyFileSystem: a region there can be neither opened nor created, and who has it open by another way goes on.
func TestReadOnlyFileSystem(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	must(t, db.PutString("key", "value"))
	dir, view := filepath.Dir(db.Path()), t.TempDir()
	if err := unix.Mount(dir, view, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("can not mount: %v", err)
	}
	t.Cleanup(func() { must(t, unix.Unmount(view, unix.MNT_DETACH)) })
	must(t, unix.Mount("", view, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	for _, name := range []string{"region", "another"} {
		_, err := OpenPath(filepath.Join(view, name), Options{BlockSize: 64, BlockCount: 10})
		var oe *OpenError
		if !errors.Is(err, unix.EROFS) || !errors.As(err, &oe) || oe.Advice == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, db.PutString("key", "another"))
	if left := snapshot(t, dir); len(left) != 1 {
		t.Errorf("there are %q now", left)
	}
}

// TestMemoryLimit: a process without the address space for a region gets an error that says so, keeps no place in it, and can open a smaller one.
func TestMemoryLimit(t *testing.T) {
	large := openShm(t, Options{BlockSize: 4096, BlockCount: 1 << 16})
	startChild(t, "little memory", large.Path(), shmPath(t)).finish(t.Context())
	if infos, err := large.Handles(); err != nil || len(infos) != 1 {
		t.Errorf("%+v, %v", infos, err)
	}
}

func init() {
	roles["little memory"] = func(args []string) {
		status, err := os.ReadFile("/proc/self/statm")
		fatalIf(err)
		pages, err := strconv.ParseUint(strings.Fields(string(status))[0], 10, 64)
		fatalIf(err)
		most := pages*uint64(os.Getpagesize()) + 96<<20
		fatalIf(unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: most, Max: most}))
		_, err = OpenPath(args[0], Options{})
		var oe *OpenError
		if !errors.Is(err, unix.ENOMEM) || !errors.As(err, &oe) || oe.Advice == "" {
			fatal("%v", err)
		}
		db, err := OpenPath(args[1], Options{BlockSize: 64, BlockCount: 10})
		fatalIf(err)
		fatalIf(db.Close())
	}
}

// TestAttachTableFull: when every place is taken by the living, one more is refused, and leaves nothing; a place that is given back can be taken.
func TestAttachTableFull(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	var others []*DB
	for range defaultHandles - 1 {
		other, err := db.Attach()
		must(t, err)
		defer other.Close()
		others = append(others, other)
	}
	before := openFiles(t)
	for range 3 {
		if _, err := OpenPath(db.Path(), Options{}); !errors.Is(err, ErrHandles) {
			t.Fatalf("%v", err)
		}
	}
	if now := openFiles(t); now != before {
		t.Errorf("%d files are open, %d before", now, before)
	}
	must(t, others[100].Close())
	again, err := OpenPath(db.Path(), Options{})
	must(t, err)
	must(t, again.Close())
}

func openFiles(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(entries)
}

// TestFileReplaced: the path names another region by now. Who has the old one open goes on with it, also by another handle; Open opens the new one.
func TestFileReplaced(t *testing.T) {
	path := shmPath(t)
	o := Options{BlockSize: 64, BlockCount: 10}
	old, err := OpenPath(path, o)
	must(t, err)
	checkAtEnd(t, old)
	must(t, old.PutString("key", "old"))
	next, err := OpenPath(path+" next", o)
	must(t, err)
	must(t, next.PutString("key", "new"))
	must(t, next.Close())
	must(t, os.Rename(path+" next", path))

	must(t, old.PutString("another", "value"))
	beside, err := old.Attach()
	must(t, err)
	opened, err := OpenPath(path, o)
	must(t, err)
	for db, want := range map[*DB]string{old: "old", beside: "old", opened: "new"} {
		if got, err := db.GetString("key"); got != want || err != nil {
			t.Errorf("%q, %v, instead of %q", got, err, want)
		}
	}
	if s, err := opened.Stats(); err != nil || s.Handles != 1 {
		t.Errorf("%d handles, %v", s.Handles, err)
	}
	must(t, beside.Close())
	must(t, opened.Close())
}

// TestFlush: on a file system of a disk, Flush leaves no page to be written.
func TestFlush(t *testing.T) {
	path := filepath.Join(t.TempDir(), "region")
	var fs unix.Statfs_t
	must(t, unix.Statfs(filepath.Dir(path), &fs))
	if fs.Type == unix.TMPFS_MAGIC {
		t.Skip("the directory for temporary files is in memory: set TMPDIR to one on a disk")
	}
	db, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 100_000})
	must(t, err)
	defer db.Close()
	must(t, db.PutString("key", "value"))
	if unwritten(t, path) == 0 {
		t.Fatal("no page is dirty after a put")
	}
	must(t, db.Flush())
	if kib := unwritten(t, path); kib != 0 {
		t.Errorf("%d KiB are dirty after Flush", kib)
	}
}

// unwritten is how many KiB of the mapping of a file are to be written.
func unwritten(t *testing.T, path string) (kib int) {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	must(t, err)
	defer f.Close()
	mine := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case !strings.HasSuffix(words[0], ":"):
			mine = words[len(words)-1] == path
		case mine && (words[0] == "Shared_Dirty:" || words[0] == "Private_Dirty:"):
			n, err := strconv.Atoi(words[1])
			must(t, err)
			kib += n
		}
	}
	return kib
}

// TestReboot: the file as it is after Flush, where nobody holds a lock any more. Everything is there, and what the handles of then left is swept.
func TestReboot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "region")
	db, err := OpenPath(path, Options{BlockSize: 128, BlockCount: 100})
	must(t, err)
	defer db.Close()
	must(t, db.PutString("key", "value"))
	q, err := db.Queue([]byte("queue"), QueueOptions{})
	must(t, err)
	must(t, q.Push([]byte("message")))
	if _, ok := db.r.take(&lane{handle: db.h.slot}); !ok {
		t.Fatal("no block")
	}
	must(t, db.Flush())
	file, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path+" after", file, 0o600))

	after, err := OpenPath(path+" after", Options{MustExist: true})
	must(t, err)
	checkAtEnd(t, after)
	if report, err := after.Sweep(); err != nil || report.Handles != 1 || report.Freed != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if got, err := after.GetString("key"); got != "value" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	q, err = after.Queue([]byte("queue"), QueueOptions{})
	must(t, err)
	if m, err := q.TryPop(nil); string(m) != "message" || err != nil {
		t.Errorf("%q, %v", m, err)
	}
}
