package history

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapping is a shared mapping of a file, as words.
type mapping struct {
	file  *os.File
	bytes []byte
	words []uint64
}

func createMapping(path string, n int) (*mapping, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	b, err := reserve(f, n*8)
	if err != nil {
		f.Close()
		os.Remove(path)
		return nil, err
	}
	return &mapping{file: f, bytes: b, words: unsafe.Slice((*uint64)(unsafe.Pointer(&b[0])), n)}, nil
}

func reserve(f *os.File, size int) ([]byte, error) {
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size)); err != nil {
		return nil, os.NewSyscallError("fallocate", err)
	}
	b, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return b, nil
}

func (m *mapping) close(used int) error {
	m.words = nil
	err := os.NewSyscallError("munmap", unix.Munmap(m.bytes))
	if terr := m.file.Truncate(int64(used) * 8); err == nil {
		err = terr
	}
	if cerr := m.file.Close(); err == nil {
		err = cerr
	}
	return err
}

// bootID names the run of the kernel, which is what CLOCK_MONOTONIC belongs to.
func bootID() (id [2]uint64, err error) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id, err
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err != nil {
		return id, err
	}
	return [2]uint64{binary.BigEndian.Uint64(raw), binary.BigEndian.Uint64(raw[8:])}, nil
}
