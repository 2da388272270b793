package simdb

// The words of the region that processes share, as bits. See the package comment for who may change which.

// refBits is the width of a reference: (index, version) of one life of one block.
const refBits = 54

const refMask = 1<<refBits - 1

// ref names one life of one block: index in the low indexBits, version above.
type ref uint64

// state is what a block is, and which transitions its word allows.
type state uint64

const (
	free    state = iota // may be taken by anyone
	owned                // filled, kept for the next put, or linked and not settled yet, by the owner
	live                 // first block of a linked entry, or of one that an owned entry replaced
	dying                // announced to be unlinked, or unlinked and to be freed, by the owner
	cont                 // continuation block of the entry that its home word names
	index                // overflow block of a bucket
	retired              // its version is used up

	segment  // of a queue's list
	marked   // segment that everything before is used up of: a head
	retiring // segment that its owner is about to unlink, or has unlinked
	resting  // was a segment: may be taken by anyone, unless a hazard names it
	queued   // first block of a message that a slot of a segment leads to, or led to before it was used up
	claimed  // first block of a message that its owner holds
	orphan   // first block of a message that whoever held it gave up
)

func (s state) String() string {
	if s > orphan {
		return "invalid"
	}
	return [...]string{"free", "owned", "live", "dying", "cont", "index", "retired",
		"segment", "marked", "retiring", "resting", "queued", "claimed", "orphan"}[s]
}

// blockWord is the first word of a block: state(4) owner(10) attempt(10) version(40).
type blockWord uint64

const (
	ownerBits   = 10
	attemptBits = 10
	versionBits = 40
	stateShift  = versionBits + attemptBits + ownerBits
	ownerShift  = versionBits + attemptBits
	versionMask = 1<<versionBits - 1
	ownerMask   = 1<<ownerBits - 1
	maxAttempt  = 1<<attemptBits - 1
	maxHandles  = slotDeletedBy - 1 // place 0 is nobody
)

func makeBlockWord(s state, owner, version uint64) blockWord {
	return blockWord(uint64(s)<<stateShift | owner<<ownerShift | version)
}

func (w blockWord) state() state    { return state(w >> stateShift) }
func (w blockWord) owner() uint64   { return uint64(w) >> ownerShift & ownerMask }
func (w blockWord) version() uint64 { return uint64(w) & versionMask }

// attempt is how often a message has been claimed, of one that has been.
func (w blockWord) attempt() uint64 { return uint64(w) >> versionBits & maxAttempt }

func (w blockWord) withAttempt(n uint64) blockWord {
	return w&^(maxAttempt<<versionBits) | blockWord(n<<versionBits)
}

// slotWord is an entry of a bucket: used or dead, the fingerprint of the key, the reference of the entry's first block. 0 was never used.
type slotWord uint64

const (
	slotUsed slotWord = 1 << 62
	slotDead slotWord = 1 << 63
)

func makeSlot(fingerprint uint64, r ref) slotWord {
	return slotUsed | slotWord(fingerprint<<refBits) | slotWord(r)
}

func (w slotWord) ref() ref       { return ref(w & refMask) }
func (w slotWord) used() bool     { return w&slotUsed != 0 }
func (w slotWord) dead() slotWord { return w&^slotUsed | slotDead }

// slotTag is what the high bits of a used slot with that fingerprint are: slot>>refBits.
func slotTag(fingerprint uint64) uint64 { return uint64(slotUsed)>>refBits | fingerprint }

// headWord is the last insertion decided in a bucket: its reference, and pending while its slot may not be filled yet.
type headWord uint64

const headPending headWord = 1 << 63

func (h headWord) pending() bool  { return h&headPending != 0 }
func (h headWord) ref() ref       { return ref(h & refMask) }
func (h headWord) done() headWord { return h &^ headPending }

// meta is the second word of an entry's first block: lengths of key and value (inline entries only), what its linking needs, whether it has more blocks, and its kind.
// It is written before the block is linked and not changed afterwards. What linking needs is, of an insertion, the place of its slot in the bucket and the fingerprint; of
// a replacement, the index of the block that it replaces.
type meta uint64

const (
	metaPlaceBits  = 19
	metaVictimBits = metaPlaceBits + 8 // over place and fingerprint
	metaVictim     = meta(1) << 59     // it names one
	metaMultiple   = meta(1) << 60

	metaLinking = meta(1<<(metaVictimBits+1)-1) << 32
)

// metaShape masks what must be so of an entry in one block, of a value: its key length is left.
const (
	metaKind  = 7 << 61
	metaShape = metaKind | metaMultiple | 0xffff
)

// kind is what an entry is.
type kind uint64

const (
	kindValue kind = iota
	kindIndex      // overflow block; its meta holds the number of its bucket
	kindPack       // a value that is a table and records

	kindQueue   = 5 // segment of a queue: key, then what segment.go says
	kindMessage = 6 // message of a queue: no key, the value begins with what message.go says
	kindHome    = 7 // not an entry: the second word of a continuation block is its home
)

func makeMeta(k kind, keyLen, valueLen, place, fingerprint uint64) meta {
	return meta(keyLen|valueLen<<16|uint64(k)<<61).inserting(place, fingerprint)
}

func makeIndexMeta(bucket uint64) meta { return meta(uint64(kindIndex)<<61 | bucket) }

func (m meta) keyLen() uint64      { return uint64(m) & 0xffff }
func (m meta) valueLen() uint64    { return uint64(m) >> 16 & 0xffff }
func (m meta) place() uint64       { return uint64(m) >> 32 & (1<<metaPlaceBits - 1) }
func (m meta) fingerprint() uint64 { return uint64(m) >> (32 + metaPlaceBits) & 0xff }
func (m meta) multiple() bool      { return m&metaMultiple != 0 }
func (m meta) kind() kind          { return kind(m >> 61) }
func (m meta) isEntry() bool {
	return m.holdsValue() || m.kind() == kindQueue || m.kind() == kindMessage
}
func (m meta) holdsValue() bool { return m.kind() == kindValue || m.kind() == kindPack }
func (m meta) bucket() uint64   { return uint64(m) & (1<<52 - 1) }

// inserting is m for an insertion, replacing for a replacement of what block victim begins, or of what needs no name.
func (m meta) inserting(place, fingerprint uint64) meta {
	return m&^metaLinking | meta(place<<32|fingerprint<<(32+metaPlaceBits))
}

func (m meta) replacing(victim uint64) meta { return m&^metaLinking | metaVictim | meta(victim<<32) }
func (m meta) replacingNone() meta          { return m &^ metaLinking }

// victim is the index of the block that m names, if it names one.
func (m meta) victim() (uint64, bool) {
	return uint64(m) >> 32 & (1<<metaVictimBits - 1), m&metaVictim != 0
}

// home is the second word of a continuation block: the first block of its entry, marked so that it is never taken for a meta.
func home(head ref) uint64 { return kindHome<<61 | uint64(head) }

// homeOf is the head that a second word names, if it is a home.
func homeOf(w uint64) (head ref, ok bool) { return ref(w & refMask), w == home(ref(w&refMask)) }

// handleWord is a handle's place in the attach table: generation, and whether it is in use.
type handleWord uint64

const handleUsed handleWord = 1 << 63

func (w handleWord) used() bool         { return w&handleUsed != 0 }
func (w handleWord) clean() handleWord  { return w &^ handleUsed }
func (w handleWord) next() handleWord   { return (w&^handleUsed + 1) | handleUsed }
func (w handleWord) generation() uint64 { return uint64(w &^ handleUsed) }
