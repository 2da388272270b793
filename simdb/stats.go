package simdb

import (
	"runtime"
	"strings"
	"time"
)

// Stats is what a pass over the region saw. While others write, its numbers are of slightly different moments.
type Stats struct {
	BlockSize, BlockCount uint64 // bytes, blocks
	Size                  uint64 // of the region, bytes

	// Blocks by state. Their sum is BlockCount.
	Free    uint64
	Owned   uint64 // being filled, on their way to be freed, or kept by a handle for its next Put or Push
	Live    uint64 // of entries
	Queues  uint64 // segments of queues
	Queued  uint64 // first blocks of messages that wait
	Claimed uint64 // first blocks of messages that somebody holds, or gave up
	Index   uint64 // overflow blocks of crowded buckets; they stay
	Retired uint64 // worn out: their versions are used up

	Spares  uint64 // how many of those owned the handles attached now may keep for their next Put or Push; less than 3 % of the blocks
	Entries uint64 // keys
	Handles uint64 // places in the attach table: in use
	Places  uint64 // places in the attach table: all
}

// Stats counts. It costs a pass over all blocks and buckets.
func (db *DB) Stats() (Stats, error) {
	if db.isClosed() {
		return Stats{}, ErrClosed
	}
	s, err := db.r.stats()
	err = db.r.sound(err)
	runtime.KeepAlive(db)
	return s, err
}

func (r *region) stats() (Stats, error) {
	s := Stats{BlockSize: r.blockSize, BlockCount: r.blockCount, Size: r.size, Places: r.handles}
	for i := range r.blockCount {
		off, _ := r.block(i)
		switch w := blockWord(r.load(off)); w.state() {
		case free, resting:
			s.Free++
		case owned, dying, retiring:
			s.Owned++
		case segment, marked:
			s.Queues++
		case queued:
			s.Queued++
		case claimed, orphan:
			s.Claimed++
		case live, cont:
			s.Live++
		case index:
			s.Index++
		case retired:
			s.Retired++
		default:
			return s, &CorruptError{off, "block in no state"}
		}
	}
	for slot := uint64(1); slot <= r.handles; slot++ {
		if handleWord(r.load(r.handle(slot))).used() {
			s.Handles++
			s.Spares += r.spares(slot)
		}
	}
	for n := range r.buckets {
		h := headWord(r.load(r.bucket(n)))
		if h.pending() {
			s.Entries++ // decided; its slot may be filled in a moment
		}
		for c := r.chain(r.bucket(n)); ; {
			for i := range c.slots {
				if w := slotWord(r.load(c.slot + 8*i)); w.used() && (!h.pending() || w.ref() != h.ref()) {
					s.Entries++
				}
			}
			if ok, err := r.next(&c); err != nil {
				return s, err
			} else if !ok {
				break
			}
		}
	}
	return s, nil
}

// HandleInfo is one place in the attach table that is in use. All but Alive is what the handle said of itself, for people.
type HandleInfo struct {
	Place   uint64
	Self    bool // the handle that was asked
	Alive   bool
	PID     int
	Start   time.Time
	Command string
}

// Handles lists who is attached, and who died without closing.
func (db *DB) Handles() ([]HandleInfo, error) {
	ln, err := db.enterReading() // the locks are needed until the end
	if err != nil {
		return nil, err
	}
	defer ln.leave(&db.r.mem)
	var list []HandleInfo
	for slot := uint64(1); slot <= db.r.handles; slot++ {
		off := db.r.handle(slot)
		if !handleWord(db.r.load(off)).used() {
			continue
		}
		h := HandleInfo{Place: slot, Self: slot == db.h.slot, Alive: true, PID: int(db.r.loadData(off + handlePID))}
		h.Start = time.Unix(0, int64(db.r.loadData(off+handleStart)))
		var command [commandSize]byte
		db.r.copyOut(command[:], off+handleCommand)
		h.Command = strings.TrimRight(string(command[:]), "\x00")
		if !h.Self {
			var err error
			if h.Alive, err = db.r.locks.held(slot); err != nil {
				return nil, err
			}
		}
		list = append(list, h)
	}
	err = db.r.sound(nil)
	runtime.KeepAlive(db)
	return list, err
}

// Sweep gives back what dead handles left. It may be called at any time; Put calls it when the region is full, and attaching when every place in the attach table is in use.
func (db *DB) Sweep() (SweepReport, error) {
	ln, err := db.enterProtecting() // the locks are needed until the end
	if err != nil {
		return SweepReport{}, err
	}
	defer ln.leave(&db.r.mem)
	defer runtime.KeepAlive(db)
	report, err := db.r.sweep(ln)
	return report, db.r.sound(err)
}
