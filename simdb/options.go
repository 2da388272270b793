package simdb

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
)

// Options of Open and its relatives. The zero value attaches to the region whatever its geometry, or creates one of 64 MiB.
type Options struct {
	// Geometry of a region that is created: BlockCount blocks of BlockSize bytes (a multiple of 8 from 40 to 65536), 0 for the default of
	// 262144 blocks of 256 bytes. An entry takes one block if 16 bytes, the key (rounded up to words) and the value fit into it.
	BlockSize, BlockCount uint64

	// Exact makes it an error (ErrGeometry) if the region exists with another geometry than asked for.
	Exact bool

	// MustExist makes it an error (os.ErrNotExist) if the region does not exist.
	MustExist bool

	// ReadOnly attaches without permission to write, also to a file of mode 0400 and on a file system that can not be written. The region must exist. What writes gives ErrReadOnly.
	// A reader takes no place in the attach table; while it is there, Remove says ErrInUse. What waits looks again from time to time, at least every 50 ms. Where another
	// handle would take the messages of a queue to give them (Queue.All, DB.Elements), this one only looks at them.
	ReadOnly bool

	// RemoveOnLastClose makes Close remove the region if no other handle is open then.
	RemoveOnLastClose bool

	// HugePages makes a region that is created one of huge pages, where the kernel can (Linux 6.1, tmpfs). Random access to a region far larger than the cache
	// gets faster by about a fifth; creation takes longer, some milliseconds per MiB on a busy machine.
	HugePages bool

	// Mode of a region file that is created, 0 for 0600, and its group, 0 for that of the process.
	Mode  os.FileMode
	Group int

	// AnyOwner trusts a region file of another user. Root is always trusted.
	AnyOwner bool

	// for tests
	slots       uint64
	buckets     uint64
	handles     uint64
	maxVersion  uint64
	victims     uint64
	spareBlocks uint64
	lanes       int
	hazards     uint64 // lanes of a handle that have hazards
	seed        func() uint64
	hook        hook
	hash        func(key []byte) uint64
}

// allSpares as Options.spareBlocks lets every lane keep a spare.
const allSpares = 1 << 40

const (
	defaultBlockSize  = 256
	defaultBlockCount = 1 << 18
)

func (o *Options) mode() os.FileMode {
	if o.Mode == 0 {
		return 0o600
	}
	return o.Mode.Perm()
}

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// geometry is that of a region to create.
func (o *Options) geometry() (*geometry, error) {
	g := &geometry{
		blockSize:  orDefault(o.BlockSize, defaultBlockSize),
		blockCount: orDefault(o.BlockCount, defaultBlockCount),
		slots:      orDefault(o.slots, defaultSlots),
		handles:    orDefault(o.handles, defaultHandles),

		hazardLanes: o.hazards,
	}
	g.buckets = orDefault(o.buckets, g.blockCount/blocksPerBucket+1)
	g.maxVersion = orDefault(o.maxVersion, 1)
	if !g.derive() {
		return nil, fmt.Errorf("%w: %d blocks of %d bytes (1 to %d blocks; %d to %d bytes, a multiple of 8)",
			ErrOptions, g.blockCount, g.blockSize, uint64(maxBlockCount), minBlockSize, maxBlockSize)
	}
	if o.maxVersion == 0 {
		g.maxVersion = 1<<(refBits-g.indexBits) - 1
	}
	if o.seed != nil {
		g.seed, g.id = o.seed(), [2]uint64{o.seed(), o.seed()}
		return g, nil
	}
	var random [24]byte
	rand.Read(random[:])
	g.seed = binary.NativeEndian.Uint64(random[:])
	g.id = [2]uint64{binary.NativeEndian.Uint64(random[8:]), binary.NativeEndian.Uint64(random[16:])}
	return g, nil
}

// check compares an existing region with what the options ask for.
func (o *Options) check(g *geometry) error {
	if !o.Exact {
		return nil
	}
	size, count := orDefault(o.BlockSize, defaultBlockSize), orDefault(o.BlockCount, defaultBlockCount)
	if g.blockSize != size || g.blockCount != count {
		return &GeometryError{WantBlockSize: size, WantBlockCount: count, BlockSize: g.blockSize, BlockCount: g.blockCount}
	}
	return nil
}
