package simdb

import "runtime"

// Flush writes the region to its file system, and returns when it is there: after a power failure or a reboot the file holds what this handle, and everybody else who had returned before, wrote before the call,
// provided that nobody writes after it. What is written later reaches the disk in any order, some of it or none: a region that was being written when the machine stopped may be of mixed moments (see Check). In the
// shared-memory file system there is nothing to write to. Errors: ErrClosed, ErrReadOnly, ErrCorrupt; those of the file system.
func (db *DB) Flush() error {
	ln, err := db.enter()
	if err != nil {
		return err
	}
	defer ln.leave(&db.r.mem)
	defer runtime.KeepAlive(db)
	if db.heap != nil {
		return nil
	}
	db.r.load(db.r.size - 8) // if the file was truncated, this is where it is noticed
	return db.r.sound(db.r.flush())
}
