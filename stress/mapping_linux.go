package main

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapWords maps a file of n words that processes share, new or not. The mapping
// stays until the process ends.
func mapWords(path string, n int, create bool) ([]uint64, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE | os.O_EXCL
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if create {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(n)*8); err != nil {
			return nil, os.NewSyscallError("fallocate", err)
		}
	}
	b, err := unix.Mmap(int(f.Fd()), 0, n*8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return unsafe.Slice((*uint64)(unsafe.Pointer(&b[0])), n), nil
}
