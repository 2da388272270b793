//go:build !linux

package history

import (
	"errors"
	"fmt"
	"runtime"
)

// mapping is not available: recording needs a clock shared by all processes
// and a mapping that survives a kill, which are made sure of on Linux alone.
type mapping struct{ words []uint64 }

func createMapping(string, int) (*mapping, error) {
	return nil, fmt.Errorf("recording on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func (m *mapping) close(int) error { return errors.ErrUnsupported }

func bootID() ([2]uint64, error) { return [2]uint64{}, nil }
