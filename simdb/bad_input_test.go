package simdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zeebo/xxh3"
	"golang.org/x/sys/unix"
)

// expectOpenError opens path and wants that error, as an *OpenError with all its parts, and the directory as it was.
func expectOpenError(t *testing.T, path string, o Options, want error) {
	t.Helper()
	before := snapshot(t, filepath.Dir(path))
	db, err := OpenPath(path, o)
	if err == nil {
		db.Close()
		t.Fatalf("opened, instead of %v", want)
	}
	expectKind(t, err, want)
	if diff := cmp.Diff(before, snapshot(t, filepath.Dir(path))); diff != "" {
		t.Errorf("%v changed the directory:\n%s", err, diff)
	}
}

func expectKind(t *testing.T, err, want error) {
	t.Helper()
	var oe *OpenError
	if !errors.Is(err, want) || !errors.As(err, &oe) || oe.Path == "" || oe.Found+oe.Advice == "" {
		t.Errorf("%#v, instead of %v", err, want)
	}
}

// snapshot is what is in a directory: names, modes, sizes, and a hash of small files.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // no directory
	}
	s := map[string]string{}
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		s[e.Name()] = fmt.Sprintln(info.Mode(), info.Size())
		if info.Mode().IsRegular() && info.Size() < 1<<20 {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			must(t, err)
			s[e.Name()] += string(binary.LittleEndian.AppendUint64(nil, xxh3.Hash(b)))
		}
	}
	return s
}

// regionFile is the bytes of a good region, changed by change.
func regionFile(t *testing.T, change func(b []byte)) string {
	t.Helper()
	path := shmPath(t)
	db, err := OpenPath(path, Options{BlockSize: 64, BlockCount: 10})
	must(t, err)
	must(t, db.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	change(b)
	must(t, os.WriteFile(path, b, 0o600))
	return path
}

func setWord(b []byte, i int, v uint64) { binary.NativeEndian.PutUint64(b[8*i:], v) }

// seal makes the checksum of a changed header right.
func seal(b []byte) { setWord(b, hdrChecksum, xxh3.Hash(b[:8*hdrChecksum])) }

func TestForeignHeader(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(b []byte)
		want   error
	}{
		{"text", func(b []byte) { copy(b, strings.Repeat("some text ", 20)) }, ErrMagic},
		{"zeros", func(b []byte) { clear(b) }, ErrMagic},
		{"other magic", func(b []byte) { setWord(b, hdrMagic, magic+1); seal(b) }, ErrMagic},
		{"newer layout", func(b []byte) { setWord(b, hdrLayout, layoutVersion+1); seal(b) }, ErrLayout},
		{"older layout", func(b []byte) { setWord(b, hdrLayout, 0); seal(b) }, ErrLayout},
		{"newer layout of another length", func(b []byte) { setWord(b, hdrLayout, 9); setWord(b, hdrChecksum, 0) }, ErrLayout},
		{"other byte order", func(b []byte) {
			for i := range hdrWords {
				binary.BigEndian.PutUint64(b[8*i:], binary.LittleEndian.Uint64(b[8*i:]))
			}
		}, ErrByteOrder},
		{"no byte order", func(b []byte) { setWord(b, hdrByteOrder, 1); seal(b) }, ErrByteOrder},
		{"one bit of the geometry", func(b []byte) { b[8*hdrBlockCount] ^= 1 }, ErrChecksum},
		{"checksum", func(b []byte) { b[8*hdrChecksum] ^= 1 }, ErrChecksum},
		{"forged: no blocks", func(b []byte) { setWord(b, hdrBlockCount, 0); seal(b) }, ErrChecksum},
		{"forged: more blocks", func(b []byte) { setWord(b, hdrBlockCount, 1<<20); seal(b) }, ErrChecksum},
		{"forged: blocks beyond counting", func(b []byte) { setWord(b, hdrBlockCount, 1<<63); seal(b) }, ErrChecksum},
		{"forged: tiny blocks", func(b []byte) { setWord(b, hdrBlockSize, 8); seal(b) }, ErrChecksum},
		{"forged: odd blocks", func(b []byte) { setWord(b, hdrBlockSize, 65); seal(b) }, ErrChecksum},
		{"forged: no buckets", func(b []byte) { setWord(b, hdrBuckets, 0); seal(b) }, ErrChecksum},
		{"forged: no slots", func(b []byte) { setWord(b, hdrSlots, 0); seal(b) }, ErrChecksum},
		{"forged: no handles", func(b []byte) { setWord(b, hdrHandles, 0); seal(b) }, ErrChecksum},
		{"forged: more handles than words can name", func(b []byte) { setWord(b, hdrHandles, maxHandles+1); seal(b) }, ErrChecksum},
		{"forged: versions beyond their bits", func(b []byte) { setWord(b, hdrMaxVersion, 1<<60); seal(b) }, ErrChecksum},
		{"forged: size", func(b []byte) { setWord(b, hdrSize, 1<<40); seal(b) }, ErrChecksum},
	} {
		t.Run(tt.name, func(t *testing.T) { expectOpenError(t, regionFile(t, tt.change), Options{}, tt.want) })
	}
}

func TestWrongSize(t *testing.T) {
	for name, change := range map[string]func(int64) int64{
		"empty":              func(int64) int64 { return 0 },
		"half a header":      func(int64) int64 { return 50 },
		"header only":        func(int64) int64 { return hdrWords * 8 },
		"last byte missing":  func(size int64) int64 { return size - 1 },
		"one page more":      func(size int64) int64 { return size + 4096 },
		"half of the blocks": func(size int64) int64 { return size / 2 },
	} {
		t.Run(name, func(t *testing.T) {
			path := regionFile(t, func([]byte) {})
			st, err := os.Stat(path)
			must(t, err)
			must(t, os.Truncate(path, change(st.Size())))
			expectOpenError(t, path, Options{}, ErrSize)
		})
	}
}

func TestNotAFile(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"directory":        func(path string) error { return os.Mkdir(path, 0o700) },
		"dangling symlink": func(path string) error { return os.Symlink(path+"-target", path) },
		"fifo":             func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"symlink to a region": func(path string) error {
			return os.Symlink(regionFile(t, func([]byte) {}), path)
		},
		"socket": func(path string) error {
			l, err := net.Listen("unix", path)
			if err == nil {
				t.Cleanup(func() { l.Close() })
			}
			return err
		},
		"device": func(path string) error { return os.Symlink("/dev/null", path) },
	} {
		t.Run(name, func(t *testing.T) {
			path := shmPath(t)
			must(t, make(path))
			expectOpenError(t, path, Options{}, ErrFileType)
			expectKind(t, RemovePath(path), ErrFileType)
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("removed: %v", err)
			}
		})
	}
	if _, err := OpenPath("/dev/null", Options{}); !errors.Is(err, ErrFileType) {
		t.Errorf("/dev/null: %v", err)
	}
}

// TestRemoveRefuses: Remove removes no file that is not a region.
func TestRemoveRefuses(t *testing.T) {
	path := shmPath(t)
	must(t, os.WriteFile(path, []byte(strings.Repeat("somebody's text ", 300)), 0o600))
	expectKind(t, RemovePath(path), ErrMagic)
	if _, err := os.Stat(path); err != nil {
		t.Errorf("removed: %v", err)
	}
	expectKind(t, RemovePath(path+"-missing"), os.ErrNotExist)
}

func TestMissing(t *testing.T) {
	path := shmPath(t)
	expectOpenError(t, path, Options{MustExist: true}, os.ErrNotExist)
	expectOpenError(t, filepath.Join(path, "in", "no", "directory"), Options{}, os.ErrNotExist)
	must(t, os.WriteFile(path, nil, 0o600))
	if _, err := OpenPath(filepath.Join(path, "below a file"), Options{}); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("below a file: %v", err)
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{"", "/", "a/b", "../etc/passwd", "nul\x00", strings.Repeat("x", 201)} {
		_, openErr := Open(name, Options{})
		for what, err := range map[string]error{"Open": openErr, "Remove": Remove(name)} {
			if !errors.Is(err, ErrName) {
				t.Errorf("%s(%q): %v", what, name, err)
			}
		}
	}
}

func TestAbsurdGeometry(t *testing.T) {
	for name, o := range map[string]Options{
		"tiny blocks":             {BlockSize: 8},
		"blocks below the least":  {BlockSize: minBlockSize - 8},
		"odd blocks":              {BlockSize: 100},
		"large blocks":            {BlockSize: maxBlockSize + 8},
		"more blocks than words":  {BlockCount: maxBlockCount + 1},
		"all the blocks":          {BlockCount: 1<<64 - 1},
		"product beyond 64 bits":  {BlockSize: 1 << 63, BlockCount: 1 << 63},
		"size beyond 64 bits":     {BlockSize: 1<<64 - 8},
		"negative number of both": {BlockSize: ^uint64(63), BlockCount: ^uint64(0)},
	} {
		t.Run(name, func(t *testing.T) {
			expectOpenError(t, shmPath(t), o, ErrOptions)
			_, err := OpenHeap(o)
			if !errors.Is(err, ErrOptions) {
				t.Errorf("on the heap: %v", err)
			}
		})
	}
	// More than there is, but not absurd for some machine: 256 TiB.
	most := Options{BlockSize: maxBlockSize, BlockCount: maxBlockCount}
	t.Run("too large for shared memory", func(t *testing.T) { expectOpenError(t, shmPath(t), most, ErrNoSpace) })
	t.Run("too large for the disk", func(t *testing.T) { expectOpenError(t, filepath.Join(t.TempDir(), "region"), most, ErrNoSpace) })
}

// TestFullFileSystem creates a region on a file system that is too small for it.
func TestFullFileSystem(t *testing.T) {
	mount := t.TempDir()
	if err := unix.Mount("tmpfs", mount, "tmpfs", 0, "size=1m,nr_inodes=10"); err != nil {
		t.Skipf("can not mount a small file system: %v", err)
	}
	root, err := os.Open(mount)
	must(t, unix.Unmount(mount, unix.MNT_DETACH)) // it goes with its last user, however the test ends
	must(t, err)
	defer root.Close()
	dir := fmt.Sprintf("/proc/self/fd/%d", root.Fd())
	path := filepath.Join(dir, "region")
	free := func() uint64 {
		var st unix.Statfs_t
		must(t, unix.Statfs(dir, &st))
		return st.Bfree
	}
	before := free()
	expectOpenError(t, path, Options{BlockSize: 256, BlockCount: 5000}, ErrNoSpace)
	if now := free(); now != before {
		t.Errorf("%d blocks of the file system are free, %d before", now, before)
	}

	t.Run("OpenFile", func(t *testing.T) {
		f, err := os.Create(filepath.Join(dir, "file"))
		must(t, err)
		defer f.Close()
		_, err = OpenFile(f, Options{BlockSize: 256, BlockCount: 5000})
		expectKind(t, err, ErrNoSpace)
		if st, err := f.Stat(); err != nil || st.Size() != 0 {
			t.Errorf("the empty file has %d bytes now", st.Size())
		}
		must(t, os.Remove(f.Name()))
	})
	t.Run("fits", func(t *testing.T) {
		db, err := OpenPath(path, Options{BlockSize: 256, BlockCount: 2000})
		must(t, err)
		value := make([]byte, 200)
		for n := byte(0); err == nil; n++ { // all of it can be written without a fault
			err = db.Put([]byte{1 + n, n}, bytes.Repeat(value, 20))
		}
		if !errors.Is(err, ErrFull) {
			t.Errorf("%v", err)
		}
		must(t, db.Close())
		must(t, os.Remove(path))
	})
	t.Run("no inodes", func(t *testing.T) {
		for i := range 20 {
			f, err := os.Create(filepath.Join(dir, string(rune('a'+i))))
			if err != nil {
				break
			}
			f.Close()
		}
		expectOpenError(t, path, Options{BlockSize: 64, BlockCount: 10}, ErrNoSpace)
	})
}

// TestOpenFileRefuses: a file that is not empty, and no region, stays as it is, also if it begins with zeros.
func TestOpenFileRefuses(t *testing.T) {
	for name, content := range map[string][]byte{
		"text":              []byte(strings.Repeat("somebody's text ", 300)),
		"a few bytes":       []byte("text"),
		"zeros and text":    append(make([]byte, 32<<10), "a disk image begins like this"...),
		"header and a half": append([]byte{1}, make([]byte, 200)...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			must(t, os.WriteFile(path, content, 0o600))
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			must(t, err)
			defer f.Close()
			db, err := OpenFile(f, Options{BlockSize: 64, BlockCount: 10})
			if err == nil {
				db.Close()
				t.Error("became a region")
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, content) {
				t.Errorf("the file was overwritten: it has %d bytes instead of %d", len(now), len(content))
			}
		})
	}
}

const nobody = 65534

// TestOwners: a file of another user is refused unless it is to be trusted; root's is trusted.
func TestOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := regionFile(t, func([]byte) {})
	must(t, os.Chown(path, nobody, nobody))
	expectOpenError(t, path, Options{}, ErrOwner)
	db, err := OpenPath(path, Options{AnyOwner: true})
	must(t, err)
	must(t, db.Close())
}

// TestPermissions opens regions as a user who may not, in a child that becomes that user.
func TestPermissions(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	path := regionFile(t, func([]byte) {})
	dir := filepath.Dir(path)
	must(t, os.Chmod(dir, 0o755))
	open := filepath.Join(dir, "open to all")
	db, err := OpenPath(open, Options{BlockSize: 64, BlockCount: 10, Mode: 0o666})
	must(t, err)
	must(t, db.Close())
	c := startChild(t, "nobody", path, open, filepath.Join(dir, "new"))
	c.finish(t.Context())
	if left := snapshot(t, dir); len(left) != 2 {
		t.Errorf("there are %q now", left)
	}
}

func init() {
	roles["nobody"] = func(args []string) {
		fatalIf(syscall.Setgid(nobody))
		fatalIf(syscall.Setuid(nobody))
		for _, path := range []string{args[0], args[2]} { // the file of another, a file in the directory of another
			_, err := OpenPath(path, Options{})
			var oe *OpenError
			if !errors.Is(err, os.ErrPermission) || !errors.As(err, &oe) || oe.Advice == "" {
				fatal("open %s: %v", path, err)
			}
		}
		if err := RemovePath(args[0]); !errors.Is(err, os.ErrPermission) {
			fatal("remove: %v", err)
		}
		db, err := OpenPath(args[1], Options{MustExist: true}) // root's, and writable
		fatalIf(err)
		fatalIf(db.Close())
		if err := RemovePath(args[1]); !errors.Is(err, os.ErrPermission) {
			fatal("remove: %v", err)
		}
	}
}

// TestDirectories: a region in a directory that anybody may write is trusted only if the directory keeps others from replacing the file.
func TestDirectories(t *testing.T) {
	path := regionFile(t, func([]byte) {})
	dir := filepath.Dir(path)
	for mode, want := range map[os.FileMode]error{0o700: nil, 0o777: ErrDirectory, 0o757: ErrDirectory, 0o773: ErrDirectory, 0o777 | os.ModeSticky: nil, 0o770: nil} {
		must(t, os.Chmod(dir, mode))
		for name, o := range map[string]Options{"region": {}, "missing": {BlockCount: 10}} {
			db, err := OpenPath(filepath.Join(dir, name), o)
			if err == nil {
				db.Close()
			}
			if !errors.Is(err, want) {
				t.Errorf("%s in a directory of mode %v: %v", name, mode, err)
			}
			if want != nil {
				expectKind(t, err, want)
			}
		}
	}
}

func TestKeysAndValues(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 100})
	second := func(_ any, err error) error { return err }
	for what, err := range map[string]error{
		"Get": second(db.Get(nil, nil)), "Len": second(db.Len(nil)), "Put": db.Put(nil, nil), "PutVersion": second(db.PutVersion([]byte{}, nil)),
		"Delete": db.Delete(nil), "CompareAndSwap": second(db.CompareAndSwap(nil, Version{}, nil)), "Add": second(db.Add(nil, 1)),
		"Update": db.Update(nil, func([]byte) ([]byte, error) { return nil, nil }), "PutString": db.PutString("", ""), "GetString": second(db.GetString("")),
	} {
		if err != ErrEmptyKey {
			t.Errorf("%s of an empty key: %v", what, err)
		}
	}
	// An empty value is a value; keys are any bytes.
	for _, key := range [][]byte{{0}, {0, 0}, {255}, []byte("é\n"), bytes.Repeat([]byte{0}, 100)} {
		must(t, db.Put(key, nil))
		if n, err := db.Len(key); n != 0 || err != nil {
			t.Errorf("key %q: %d, %v", key, n, err)
		}
		must(t, db.Delete(key))
	}
	huge := make([]byte, 64*100)
	for what, err := range map[string]error{"huge key": db.Put(huge, nil), "huge value": db.Put([]byte("key"), huge), "both": db.Put(huge, huge)} {
		var large *TooLargeError
		if !errors.Is(err, ErrTooLarge) || !errors.As(err, &large) || large.Bytes < uint64(len(huge)) {
			t.Errorf("%s: %v", what, err)
		}
		if large != nil && (large.Max == 0 || large.Max >= 64*100) {
			t.Errorf("%s: at most %d", what, large.Max)
		}
	}
	// As many bytes as the error says do fit, as a value and as a key.
	most := int(db.r.largest())
	must(t, db.Put([]byte("key"), make([]byte, most-8)))
	must(t, db.Delete([]byte("key")))
	must(t, db.Put(make([]byte, most), nil))
	if err := db.Put([]byte("other"), nil); !errors.Is(err, ErrFull) {
		t.Errorf("full, but %v", err)
	}
	if _, err := db.Get(huge[:most+1], nil); err != ErrNotFound {
		t.Errorf("%v", err)
	}
	must(t, db.Delete(make([]byte, most)))
}

// TestFullSaysWhatIsMissing: the error of a full region tells of more blocks needed than there are free, also where it is the bucket that needs one.
func TestFullSaysWhatIsMissing(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 64, BlockCount: 2, slots: 1, buckets: 1})
	must(t, db.PutString("first", ""))
	err := db.PutString("second", "") // one block for the entry, one for more slots
	var full *FullError
	if !errors.As(err, &full) || full.Needed <= full.Free {
		t.Errorf("%v", err)
	}
}
