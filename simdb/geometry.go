package simdb

import "math/bits"

// geometry is where everything is in a region. It is read and checked once, at open, and kept in private memory.
//
//	header       4096 bytes, written at creation, never changed
//	shared words 64 bytes: the highest place in the attach table that was ever taken
//	wait lines   waitLines × 64 bytes
//	attach table handles × 512 bytes
//	buckets      buckets × bucketSize, one cache line each
//	blocks       blockCount × blockSize
type geometry struct {
	blockSize  uint64
	blockCount uint64
	buckets    uint64
	slots      uint64 // of a bucket
	handles    uint64 // places in the attach table, numbered from 1
	maxVersion uint64 // of a block; a block that has it is retired instead of freed
	seed       uint64 // of the hash
	id         [2]uint64
	hashFunc   func(key []byte) uint64 // instead of xxh3, for tests

	hazardLanes uint64 // of a handle that have hazards

	// derived
	indexBits                      uint
	indexMask                      uint64
	victims                        uint64 // blocks before that one can be named as victims; fewer in tests
	spareBlocks                    uint64 // the number of spares follows from that: blockCount, but in tests
	attachOff, bucketOff, blockOff uint64
	bucketSize, size               uint64
}

const (
	headerSize      = 4096
	sharedOff       = headerSize
	waitOff         = sharedOff + 64
	waitLines       = 64
	waitLineSize    = 64
	handleSize      = 512
	blockHeader     = 16 // block word, meta or home
	minBlockSize    = 40
	maxBlockSize    = 64 << 10
	maxBlockCount   = 1 << 32
	defaultSlots    = 6
	defaultHandles  = 255
	blocksPerBucket = 3 // a region full of one-block entries has 3 of 6 slots used
)

// derive computes the offsets. It reports whether the numbers make a region at all.
func (g *geometry) derive() bool {
	if g.blockSize < minBlockSize || g.blockSize > maxBlockSize || g.blockSize%8 != 0 ||
		g.blockCount < 1 || g.blockCount > maxBlockCount ||
		g.buckets < 1 || g.buckets > maxBlockCount ||
		g.slots < 1 || g.slots > 64 || g.handles < 1 || g.handles > maxHandles {
		return false
	}
	g.indexBits = uint(max(bits.Len64(g.blockCount-1), refBits-versionBits))
	g.indexMask = 1<<g.indexBits - 1
	g.victims, g.spareBlocks = 1<<metaVictimBits, g.blockCount
	if g.maxVersion < 1 || g.maxVersion > 1<<(refBits-g.indexBits)-1 {
		return false
	}
	g.hazardLanes = min(maxHazardLanes, orDefault(g.hazardLanes, maxHazardLanes))
	g.bucketSize = (g.slots + 2) * 8
	g.attachOff = waitOff + waitLines*waitLineSize
	g.bucketOff = g.attachOff + g.handles*handleSize
	g.blockOff = roundUp(g.bucketOff+g.buckets*g.bucketSize, 4096)
	g.size = roundUp(g.blockOff+g.blockCount*g.blockSize, 4096)
	return true
}

func roundUp(n, to uint64) uint64 { return (n + to - 1) / to * to }

// bucket is the offset of bucket n < buckets.
func (g *geometry) bucket(n uint64) uint64 { return g.bucketOff + n*g.bucketSize }

// block is the offset of block i, and whether there is such a block.
func (g *geometry) block(i uint64) (off uint64, ok bool) {
	return g.blockOff + i*g.blockSize, i < g.blockCount
}

// spares is how many lanes of the handle at a place may keep a spare: such that all handles together keep less than 3 % of the blocks.
func (g *geometry) spares(place uint64) uint64 { return g.spareBlocks / (256 * place) }

// payload is how many bytes of a block hold data.
func (g *geometry) payload() uint64 { return g.blockSize - blockHeader }

func (g *geometry) makeRef(i, version uint64) ref { return ref(version<<g.indexBits | i) }

func (g *geometry) index(r ref) uint64 { return uint64(r) & g.indexMask }

func (g *geometry) version(r ref) uint64 { return uint64(r) >> g.indexBits }

// handle is the offset of the handle word of slot h, 1 ≤ h ≤ handles.
func (g *geometry) handle(h uint64) uint64 { return g.attachOff + (h-1)*handleSize }
