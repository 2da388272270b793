package simdb

import (
	"encoding/binary"
	"os"
	"path/filepath"
)

// A handle's place in the attach table, 512 bytes: its word, who it is (for people, never for decisions), on a line of its own what it counts, and its hazards.
const (
	handleInfo    = 8 // pid, start time in ns since 1970, command
	handlePID     = 8
	handleStart   = 16
	handleCommand = 24
	commandSize   = 40
)

// handle is one attached place of the table.
type handle struct {
	slot uint64
	word handleWord // while attached
}

// attach takes a clean place. Places left by the dead are dirty; they are swept only if there is no clean one.
func (r *region) attach() (handle, error) {
	h, err := r.attachClean()
	if err == ErrHandles {
		if err := r.sweepAdopted(); err != nil {
			return handle{}, err
		}
		h, err = r.attachClean()
	}
	return h, err
}

// sweepAdopted sweeps for somebody without a handle, who takes over the place of a dead one for that time: what it does is what that one could have done before it died, in
// another generation, so that nobody else takes it for dead meanwhile.
func (r *region) sweepAdopted() error {
	list, err := r.dead(0)
	if err != nil {
		return err
	}
	for _, d := range list {
		ok, err := r.locks.tryLock(d.slot)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		next := d.word.next()
		adopted := r.cas(r.handle(d.slot), uint64(d.word), uint64(next))
		if adopted {
			r.clearHazards(d.slot)
			_, err = r.sweep(&lane{handle: d.slot}, dead{d.slot, next})
		}
		r.locks.unlock(d.slot)
		if adopted || err != nil {
			return err
		}
	}
	return nil
}

func (r *region) attachClean() (handle, error) {
	for slot := uint64(1); slot <= r.handles; slot++ {
		off := r.handle(slot)
		if handleWord(r.load(off)).used() {
			continue
		}
		ok, err := r.locks.tryLock(slot)
		if err != nil {
			return handle{}, err
		}
		if !ok {
			continue
		}
		// Under the lock: a place that is clean now is nobody's, and stays so until we use it.
		w := handleWord(r.load(off))
		r.raisePlaces(slot)
		if !w.used() && r.cas(off, uint64(w), uint64(w.next())) {
			failpoint(atPlaceTaken)
			r.clearHazards(slot)
			r.writeInfo(off)
			return handle{slot, w.next()}, nil
		}
		r.locks.unlock(slot)
	}
	return handle{}, ErrHandles
}

// raisePlaces says that places up to slot may be in use.
func (r *region) raisePlaces(slot uint64) {
	for n := r.load(sharedOff); n < slot && !r.cas(sharedOff, n, slot); n = r.load(sharedOff) {
	}
}

// detach gives the place back. The handle owns no block any more.
func (r *region) detach(h handle) {
	r.cas(r.handle(h.slot), uint64(h.word), uint64(h.word.clean()))
	r.locks.unlock(h.slot)
}

func (r *region) writeInfo(off uint64) {
	r.storeData(off+handlePID, uint64(os.Getpid()))
	r.storeData(off+handleStart, startTime())
	var command [commandSize]byte
	copy(command[:], filepath.Base(os.Args[0]))
	for i := uint64(0); i < commandSize; i += 8 {
		r.storeData(off+handleCommand+i, binary.NativeEndian.Uint64(command[i:]))
	}
}
