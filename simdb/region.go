package simdb

// region is the lowest layer: the memory that processes share, where everything is in it, and the locks that tell who lives.
type region struct {
	mem
	geometry
	locks locks
	path  string // "" if it has no name: heap, memfd

	readOnly bool // the mapping is: a store to it is a fault
}

// sound is err, unless the region is gone: what was read of it means nothing then.
func (r *region) sound(err error) error {
	if r.gone() {
		return errGone
	}
	return err
}

// readers is the place of the lock that all who only read share.
const readers = maxHandles + 1

// locks are the handles' signs of life: one lock for each place in the attach table. The holder's death releases it, nothing else does but unlock.
type locks interface {
	// tryLock takes the lock of slot if nobody holds it.
	tryLock(slot uint64) (bool, error)
	unlock(slot uint64)
	// held says whether another handle holds the lock of slot. It must not be asked for one's own slot.
	held(slot uint64) (bool, error)
	// close gives up what the locks need. No lock is held any more.
	close() error
}
