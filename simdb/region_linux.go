package simdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// DefaultDir is where Open, List and Remove look: the shared-memory file system.
const DefaultDir = "/dev/shm"

// The region file carries byte-range locks of open file descriptions, which the kernel lets go of when the last descriptor of the description is closed, at the
// latest at death. Byte 0 is the gate: shared while somebody attaches, exclusive while somebody decides to remove. Byte h is the sign of life of place h.
// The byte behind the last place is shared by those who only read.
const gate = 0

// openFile attaches to the region at path, or creates it.
func openFile(path string, o *Options) (*region, handle, error) {
	if err := checkDirectory(path); err != nil {
		return nil, handle{}, err
	}
	for {
		fd, err := openExisting(path, o.ReadOnly)
		if errors.Is(err, unix.ENOENT) && !o.MustExist && !o.ReadOnly {
			if err := createFile(path, o); err != nil && !errors.Is(err, unix.EEXIST) {
				return nil, handle{}, err
			}
			continue // ours, or that of whoever was first
		}
		if err != nil {
			return nil, handle{}, explain(path, err)
		}
		r, h, err := attachFile(fd, path, o)
		if err == errReplaced {
			continue // removed, and perhaps created anew, between our open and our lock
		}
		return r, h, err
	}
}

// errReplaced says that the path does not name the file any more.
var errReplaced = errors.New("replaced")

func openExisting(path string, readOnly bool) (fd int, err error) {
	onName(path, looks, func() {
		fd, err = retryInt(func() (int, error) {
			return unix.Open(path, accessMode(readOnly)|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		})
	})
	if err == nil {
		pathOpened(fd, path)
	}
	return fd, err
}

// fileStep is what is done to a name or a lock.
type fileStep bool

const (
	looks   fileStep = false
	changes fileStep = true
)

func accessMode(readOnly bool) int {
	if readOnly {
		return unix.O_RDONLY
	}
	return unix.O_RDWR
}

// attachFile makes a handle of an open region file. It owns fd. path is "" for a file without a name.
func attachFile(fd int, path string, o *Options) (r *region, h handle, err error) {
	defer func() {
		if err != nil {
			closeFile(fd)
		}
	}()
	st, err := checkFile(fd, path, o)
	if err != nil {
		return nil, handle{}, err
	}
	if err := lockRange(fd, unix.F_RDLCK, gate, true); err != nil {
		return nil, handle{}, explain(path, err)
	}
	defer lockRange(fd, unix.F_UNLCK, gate, false)
	if path != "" && !names(path, st) {
		return nil, handle{}, errReplaced
	}
	g, err := readHeader(fd, path)
	if err != nil {
		return nil, handle{}, err
	}
	if err := o.check(g); err != nil {
		return nil, handle{}, &OpenError{Path: path, Err: err, Advice: "open it without Exact to take its geometry"}
	}
	b, err := mapFile(fd, g.size, o.ReadOnly)
	if err != nil {
		return nil, handle{}, explain(path, fmt.Errorf("map %d bytes: %w", g.size, err))
	}
	r = &region{mem: newMem(b), geometry: *g, path: path, locks: &fileLocks{fd: fd}, readOnly: o.ReadOnly}
	if r.readOnly {
		err = lockRange(fd, unix.F_RDLCK, readers, false)
	} else {
		h, err = r.attach()
	}
	if err == nil {
		err = r.sound(nil)
	}
	if err != nil {
		unmapFile(b)
		return nil, handle{}, err
	}
	// The mapping outlives Close: it goes when no reader, writer or iterator can reach the region any more.
	runtime.AddCleanup(r, unmapFile, b)
	return r, h, nil
}

// checkFile refuses what can not be a region, or is not to be trusted.
func checkFile(fd int, path string, o *Options) (*unix.Stat_t, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, explain(path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, &OpenError{path, ErrFileType, fileType(st.Mode), "choose another path"}
	}
	if !o.AnyOwner && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		return nil, &OpenError{path, ErrOwner, fmt.Sprintf("uid %d, this process has %d", st.Uid, os.Geteuid()), "set AnyOwner if that user is to be trusted"}
	}
	return &st, nil
}

// checkDirectory refuses a directory in which anybody may put another file in the place of this one.
func checkDirectory(path string) error {
	dir := filepath.Dir(path)
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return explain(path, err)
	}
	if st.Mode&unix.S_IWOTH != 0 && st.Mode&unix.S_ISVTX == 0 {
		return &OpenError{path, ErrDirectory, fmt.Sprintf("%s has mode %04o", dir, st.Mode&0o7777), "chmod +t " + dir + ", or choose another directory"}
	}
	return nil
}

func fileType(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFLNK:
		return "a symbolic link"
	case unix.S_IFIFO:
		return "a pipe"
	case unix.S_IFSOCK:
		return "a socket"
	default:
		return "a device"
	}
}

// names says whether path still names the file.
func names(path string, st *unix.Stat_t) bool {
	var now unix.Stat_t
	var err error
	onName(path, looks, func() { err = unix.Lstat(path, &now) })
	return err == nil && now.Dev == st.Dev && now.Ino == st.Ino
}

func readHeader(fd int, path string) (*geometry, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, explain(path, err)
	}
	b := make([]byte, hdrWords*8)
	n, err := retryInt(func() (int, error) { return unix.Pread(fd, b, 0) })
	if err != nil {
		return nil, explain(path, err)
	}
	g, bad := decodeHeader(b[:n], uint64(st.Size))
	if bad != nil {
		bad.Path = path
		return nil, bad
	}
	return g, nil
}

// createFile makes a region without a name, reserves all its space, and links it into place: nobody sees half of it, and a kill leaves nothing.
func createFile(path string, o *Options) error {
	g, err := o.geometry()
	if err != nil {
		return &OpenError{Path: path, Err: err, Advice: "see Options for what is possible"}
	}
	fd, err := retryInt(func() (int, error) {
		return unix.Open(filepath.Dir(path), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return explain(path, fmt.Errorf("create: %w", err))
	}
	defer unix.Close(fd)
	if err := format(fd, path, g, o.HugePages); err != nil {
		return err
	}
	if err := o.chmod(fd); err != nil {
		return explain(path, err)
	}
	onName(path, changes, func() {
		err = unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	})
	if err != nil {
		return explain(path, fmt.Errorf("link: %w", err))
	}
	return nil
}

// format makes an empty file a region. Its blocks and buckets are what reserved space is: zero.
func format(fd int, path string, g *geometry, huge bool) error {
	_, err := retryInt(func() (int, error) { return 0, unix.Fallocate(fd, 0, 0, int64(g.size)) })
	if err != nil {
		return explain(path, fmt.Errorf("reserve %d bytes: %w", g.size, err))
	}
	if huge {
		collapse(fd, g.size)
	}
	if _, err := unix.Pwrite(fd, encodeHeader(g), 0); err != nil {
		return explain(path, err)
	}
	return nil
}

// chmod gives a new region file the mode and group of the options.
func (o *Options) chmod(fd int) error {
	if o.Group != 0 {
		if err := unix.Fchown(fd, -1, o.Group); err != nil {
			return fmt.Errorf("set group %d: %w", o.Group, err)
		}
	}
	return unix.Fchmod(fd, uint32(o.mode()))
}

// reopen makes one more handle of the region of r, whatever its path names by now.
func reopen(r *region, o *Options) (*region, handle, error) {
	fd, err := reopenDescriptor(r.locks.(*fileLocks).fd, o.ReadOnly)
	if err != nil {
		return nil, handle{}, explain(r.path, err)
	}
	again := *o
	again.Exact = false
	n, h, err := attachFile(fd, "", &again)
	if err == nil {
		n.path = r.path
	}
	return n, h, err
}

// reopenDescriptor opens the file of a descriptor once more: a handle needs an open file description of its own, or its locks would be somebody else's.
func reopenDescriptor(fd int, readOnly bool) (int, error) {
	return retryInt(func() (int, error) {
		return unix.Open("/proc/self/fd/"+strconv.Itoa(fd), accessMode(readOnly)|unix.O_CLOEXEC, 0)
	})
}

// collapse makes huge pages of what was reserved, where the kernel can: also on a file system that was not mounted for them.
func collapse(fd int, size uint64) {
	if b, err := mapFile(fd, size, false); err == nil {
		unix.Madvise(b, unix.MADV_COLLAPSE)
		unmapFile(b)
	}
}

// openDescriptor attaches to the region in an open file, which may have no name (memfd). An empty file becomes a region.
func openDescriptor(f *os.File, o *Options) (*region, handle, error) {
	fd, err := reopenDescriptor(int(f.Fd()), o.ReadOnly)
	runtime.KeepAlive(f)
	if err != nil {
		return nil, handle{}, explain(f.Name(), err)
	}
	if !o.ReadOnly {
		if err := formatEmpty(fd, f.Name(), o); err != nil {
			unix.Close(fd)
			return nil, handle{}, err
		}
	}
	return attachFile(fd, "", o)
}

// formatEmpty makes an empty file a region, or leaves it empty.
func formatEmpty(fd int, name string, o *Options) error {
	if _, err := checkFile(fd, name, o); err != nil {
		return err
	}
	if err := lockRange(fd, unix.F_WRLCK, gate, true); err != nil {
		return explain(name, err)
	}
	defer lockRange(fd, unix.F_UNLCK, gate, false)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return explain(name, err)
	}
	if st.Size != 0 {
		return nil
	}
	if o.MustExist {
		return &OpenError{name, ErrMagic, "an empty file", "open it without MustExist to make it a region"}
	}
	g, err := o.geometry()
	if err != nil {
		return &OpenError{Path: name, Err: err, Advice: "see Options for what is possible"}
	}
	if err := format(fd, name, g, o.HugePages); err != nil {
		unix.Ftruncate(fd, 0)
		return err
	}
	return nil
}

// removeFile unlinks the region at path if nobody has it open, and, unless r is nil, if it is still r's.
// The gate keeps everybody out between the look and the unlink; who waits there finds that the path names another file, or none.
func removeFile(path string, r *region) error {
	fd, err := openExisting(path, false)
	if err != nil {
		return explain(path, err)
	}
	defer closeFile(fd)
	st, err := checkFile(fd, path, &Options{AnyOwner: true})
	if err != nil {
		return err
	}
	if err := lockRange(fd, unix.F_WRLCK, gate, true); err != nil {
		return explain(path, err)
	}
	defer lockRange(fd, unix.F_UNLCK, gate, false)
	if !names(path, st) || r != nil && !r.locks.(*fileLocks).of(st) {
		return &OpenError{Path: path, Err: os.ErrNotExist, Found: "somebody else removed it"}
	}
	if _, err := readHeader(fd, path); err != nil && !errors.Is(err, ErrSize) && !errors.Is(err, ErrChecksum) && !errors.Is(err, ErrLayout) {
		return err // not ours to remove
	}
	if holder, err := firstLock(fd, 1, readers); err != nil {
		return explain(path, err)
	} else if holder != 0 {
		found := fmt.Sprintf("handle %d is open", holder)
		if holder == readers {
			found = "a read-only handle is open"
		}
		return &OpenError{path, ErrInUse, found, "close it, or unlink the file by hand: who has it open keeps it"}
	}
	onName(path, changes, func() { err = unix.Unlink(path) })
	if err != nil {
		return explain(path, err)
	}
	return nil
}

// fileLocks are the signs of life as locks on the bytes of the region file, through this handle's own open file description.
type fileLocks struct{ fd int }

func (l *fileLocks) tryLock(slot uint64) (bool, error) {
	err := lockRange(l.fd, unix.F_WRLCK, int64(slot), false)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// unlock is explicit, because a forked child may hold the description open.
func (l *fileLocks) unlock(slot uint64) { lockRange(l.fd, unix.F_UNLCK, int64(slot), false) }

func (l *fileLocks) held(slot uint64) (bool, error) {
	holder, err := firstLock(l.fd, int64(slot), 1)
	return holder != 0, err
}

// of says whether the locks are on that file.
func (l *fileLocks) of(st *unix.Stat_t) bool {
	var mine unix.Stat_t
	return unix.Fstat(l.fd, &mine) == nil && mine.Dev == st.Dev && mine.Ino == st.Ino
}

func (l *fileLocks) close() error { return closeFile(l.fd) }

func closeFile(fd int) error {
	pathClosed(fd)
	return unix.Close(fd)
}

func lockRange(fd int, kind int16, start int64, wait bool) error {
	cmd := unix.F_OFD_SETLK
	if wait && mayBlock(fd) {
		cmd = unix.F_OFD_SETLKW
	}
	for {
		var err error
		onLocks(fd, start, changes, func() {
			_, err = retryInt(func() (int, error) {
				return 0, unix.FcntlFlock(uintptr(fd), cmd, &unix.Flock_t{Type: kind, Start: start, Len: 1})
			})
		})
		if !wait || mayBlock(fd) || !errors.Is(err, unix.EAGAIN) {
			return err
		}
		awaitLock(fd)
	}
}

// firstLock gives the first byte of [start, start+n) that another open file description holds a lock on, or 0.
func firstLock(fd int, start, n int64) (int64, error) {
	l := unix.Flock_t{Type: unix.F_WRLCK, Start: start, Len: n}
	var err error
	onLocks(fd, start, looks, func() {
		_, err = retryInt(func() (int, error) { return 0, unix.FcntlFlock(uintptr(fd), unix.F_OFD_GETLK, &l) })
	})
	if err != nil || l.Type == unix.F_UNLCK {
		return 0, err
	}
	return l.Start, nil
}

// retryInt calls f again when a signal interrupted it.
func retryInt(f func() (int, error)) (int, error) {
	for {
		if n, err := f(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// explain wraps an error of the operating system.
func explain(path string, err error) error {
	e := &OpenError{Path: path, Err: err}
	switch {
	case errors.Is(err, unix.ELOOP):
		e.Err, e.Found, e.Advice = ErrFileType, "a symbolic link", "name the file itself"
	case errors.Is(err, unix.EISDIR):
		e.Err, e.Found, e.Advice = ErrFileType, "a directory", "name a file"
	case errors.Is(err, unix.ENXIO):
		e.Err, e.Found, e.Advice = ErrFileType, "a pipe, socket or device", "choose another path"
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		e.Advice = "check the permissions of the file and its directory, or open it with ReadOnly"
	case errors.Is(err, unix.EROFS):
		e.Advice = "open it with ReadOnly"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EFBIG), errors.Is(err, unix.EDQUOT):
		e.Err, e.Found, e.Advice = ErrNoSpace, err.Error(), "use a smaller region, or a larger file system"
	case errors.Is(err, unix.ENOENT):
		e.Advice = "check the path, or open without MustExist to create it"
	case errors.Is(err, unix.EROFS):
		e.Advice = "who opens a region says so in it: mount the file system for writing"
	case errors.Is(err, unix.ENOMEM):
		e.Advice = "allow the process more address space, or use a smaller region"
	case errors.Is(err, unix.EOPNOTSUPP):
		e.Advice = "the file system has no unnamed files or no space reservation; use tmpfs, ext4, xfs or btrfs"
	}
	return e
}

// list gives the paths of what may be regions in dir.
func listFiles(dir string) ([]string, error) {
	return filepath.Glob(filepath.Join(dir, filePrefix+"*"))
}
