package simdb

import "runtime"

// Holding is what a handle is responsible for.
type Holding struct {
	Blocks uint64 // being filled, kept for the next put, or on their way to be freed; without continuation blocks
	Claims uint64 // messages of queues
}

// Holdings says by place in the attach table what the handles hold; those that hold nothing are left out. While others work, it is of slightly different moments. It costs a pass
// over all blocks. Errors: ErrClosed.
func (db *DB) Holdings() (map[uint64]Holding, error) {
	if db.isClosed() {
		return nil, ErrClosed
	}
	held := map[uint64]Holding{}
	for i := range db.r.blockCount {
		off, _ := db.r.block(i)
		w := blockWord(db.r.load(off))
		h := held[w.owner()]
		switch w.state() {
		case owned, dying, retiring:
			h.Blocks++
		case claimed:
			h.Claims++
		default:
			continue
		}
		held[w.owner()] = h
	}
	delete(held, 0) // nobody's: an entry that whoever was about to unlink it left linked
	err := db.r.sound(nil)
	runtime.KeepAlive(db)
	return held, err
}
