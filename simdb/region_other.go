//go:build !linux

package simdb

import (
	"os"
)

// DefaultDir is where Open, List and Remove look.
const DefaultDir = "/tmp"

// Regions in files need locks that die with their holder, also within one process: open-file-description locks. Elsewhere only regions on the heap work.

func openFile(path string, _ *Options) (*region, handle, error) {
	return nil, handle{}, unsupported(path)
}

func openDescriptor(f *os.File, _ *Options) (*region, handle, error) {
	return nil, handle{}, unsupported(f.Name())
}

func reopen(r *region, _ *Options) (*region, handle, error) {
	return nil, handle{}, unsupported(r.path)
}

func removeFile(path string, _ *region) error { return unsupported(path) }

func (r *region) flush() error { return unsupported(r.path) }

func listFiles(dir string) ([]string, error) { return nil, unsupported(dir) }

func unsupported(path string) error {
	return &OpenError{Path: path, Err: ErrUnsupported, Advice: "use OpenHeap"}
}
