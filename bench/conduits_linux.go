package main

import (
	"errors"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The conduits that the machine has. Descriptors block: the runtime's poller would add a good part of a round trip.

// fds are the descriptors of one end.
type fds struct {
	in, out  int
	listener int // if the other end is to be accepted first
}

// connect accepts the other end. The end that connects has long done so.
func (f *fds) connect() error {
	if f.listener == 0 {
		return nil
	}
	fd, _, err := unix.Accept(f.listener)
	if err != nil {
		return os.NewSyscallError("accept", err)
	}
	unix.Close(f.listener)
	*f = fds{in: fd, out: fd}
	return nil
}

func (f *fds) close() error {
	err := unix.Close(f.in)
	if f.out != f.in {
		err = errors.Join(err, unix.Close(f.out))
	}
	return err
}

// openPipe opens a pair of named pipes, each for reading and writing, so that opening waits for nobody.
func openPipe(s *spec) (f fds, err error) {
	names := []string{s.path("there"), s.path("back")}
	ends := []*int{&f.out, &f.in}
	if s.Proc == 1 {
		ends = []*int{&f.in, &f.out}
	}
	for i, name := range names {
		if s.Fill {
			if err := unix.Mkfifo(name, 0o600); err != nil {
				return f, os.NewSyscallError("mkfifo", err)
			}
		}
		if *ends[i], err = unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
			return f, os.NewSyscallError("open", err)
		}
	}
	return f, nil
}

func openSocket(s *spec) (fds, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fds{}, os.NewSyscallError("socket", err)
	}
	address := &unix.SockaddrUnix{Name: s.path("socket")}
	if s.Proc == 1 {
		return fds{in: fd, out: fd}, os.NewSyscallError("connect", unix.Connect(fd, address))
	}
	if err := unix.Bind(fd, address); err != nil {
		return fds{}, os.NewSyscallError("bind", err)
	}
	return fds{in: fd, out: fd, listener: fd}, os.NewSyscallError("listen", unix.Listen(fd, 1))
}

func writeAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("write", err)
		}
		b = b[n:]
	}
	return nil
}

func readAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Read(fd, b)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = unix.EPIPE
		}
		if err != nil {
			return os.NewSyscallError("read", err)
		}
		b = b[n:]
	}
	return nil
}

// bytesConduit sends a message as its bytes.
type bytesConduit struct {
	fds
	buffer [4]byte
}

func newPipe(s *spec) (conduit, error) {
	f, err := openPipe(s)
	return &bytesConduit{fds: f}, err
}

func newSocket(s *spec) (conduit, error) {
	f, err := openSocket(s)
	return &bytesConduit{fds: f}, err
}

func (c *bytesConduit) send(m uint32) error {
	if err := c.connect(); err != nil {
		return err
	}
	c.buffer = [4]byte{byte(m), byte(m >> 8), byte(m >> 16), byte(m >> 24)}
	return writeAll(c.out, c.buffer[:])
}

func (c *bytesConduit) receive() (uint32, error) {
	err := readAll(c.in, c.buffer[:])
	b := c.buffer
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24, err
}

// words are two words in shared memory, on cache lines of their own: each end writes one and waits for a change of the other.
type words struct {
	memory  []byte
	in, out *atomic.Uint32
	seen    uint32 // in in
}

func openWords(s *spec) (w words, err error) {
	const size, apart = 4096, 256
	f, err := os.OpenFile(s.path("words"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return w, err
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		return w, err
	}
	w.memory, err = unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return w, os.NewSyscallError("mmap", err)
	}
	w.out, w.in = (*atomic.Uint32)(unsafe.Pointer(&w.memory[0])), (*atomic.Uint32)(unsafe.Pointer(&w.memory[apart]))
	if s.Proc == 1 {
		w.in, w.out = w.out, w.in
	}
	return w, nil
}

func (w *words) close() error { return unix.Munmap(w.memory) }

// spin waits by looking.
type spin struct{ words }

func newSpin(s *spec) (conduit, error) {
	w, err := openWords(s)
	return &spin{w}, err
}

func (c *spin) send(m uint32) error {
	c.out.Store(m)
	return nil
}

func (c *spin) receive() (uint32, error) {
	for {
		if m := c.in.Load(); m != c.seen {
			c.seen = m
			return m, nil
		}
	}
}

// futex waits in the kernel, at once, and wakes always.
type futex struct{ words }

func newFutex(s *spec) (conduit, error) {
	w, err := openWords(s)
	return &futex{w}, err
}

const (
	futexWait = 0 // FUTEX_WAIT, shared between processes
	futexWake = 1
)

func (c *futex) send(m uint32) error {
	c.out.Store(m)
	_, _, e := unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(c.out)), futexWake, 1, 0, 0, 0)
	return errno("futex wake", e)
}

func (c *futex) receive() (uint32, error) {
	for {
		if m := c.in.Load(); m != c.seen {
			c.seen = m
			return m, nil
		}
		_, _, e := unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(c.in)), futexWait, uintptr(c.seen), 0, 0, 0)
		if e != unix.EAGAIN && e != unix.EINTR {
			if err := errno("futex wait", e); err != nil {
				return 0, err
			}
		}
	}
}

// errno is the error of a system call, nil if it has none.
func errno(call string, e unix.Errno) error {
	if e == 0 {
		return nil
	}
	return os.NewSyscallError(call, e)
}
