package simdb

import (
	"encoding/binary"
	"runtime"
)

func (db *DB) version(s *seen, hash uint64) Version {
	return Version{db.r.id[0], db.r.bucketOf(hash), s.slot, makeSlot(fingerprint(hash), s.ref())}
}

// Get appends the value of key to dst and returns it: with room in dst it does not allocate. The value is that of one moment during the call; readers write nothing shared.
// Errors: ErrNotFound, ErrEmptyKey, ErrClosed, ErrCorrupt.
func (db *DB) Get(key, dst []byte) ([]byte, error) {
	if err := db.check(key); err != nil {
		return dst, err
	}
	var hash uint64
	if db.r.short(key) {
		hash = hashShort(key, db.r.seed)
	} else {
		hash = db.r.hash(key)
	}
	out, err := db.r.getFast(key, dst, hash)
	if err == errSlow {
		out, _, err = db.get(key, dst, hash)
	}
	if db.r.gone() {
		out, err = dst, errGone
	}
	runtime.KeepAlive(db)
	return out, err
}

// GetVersion is Get with the version of the value.
func (db *DB) GetVersion(key, dst []byte) ([]byte, Version, error) {
	if err := db.check(key); err != nil {
		return dst, Version{}, err
	}
	hash := db.r.hash(key)
	out, s, err := db.get(key, dst, hash)
	if db.r.gone() {
		out, err = dst, errGone
	}
	if err != nil {
		return out, Version{}, err
	}
	return out, db.version(&s, hash), nil
}

// get is Get without a common case.
func (db *DB) get(key, dst []byte, hash uint64) (_ []byte, s seen, _ error) {
	begin := db.r.here()
	for at := len(dst); ; dst = dst[:at] {
		db.r.again(begin).but(uint64(cap(dst)))
		if err := db.r.lookup(&s, key, hash); err != nil {
			runtime.KeepAlive(db)
			return dst, s, err
		}
		out, ok := db.r.appendValue(dst, &s.entry, &s)
		if db.r.still(&s) {
			runtime.KeepAlive(db)
			if !s.entry.meta.holdsValue() {
				return dst, s, ErrKind
			}
			if !ok {
				return dst, s, &CorruptError{s.entry.off, "list leads out of the region"}
			}
			return out, s, nil
		}
		dst = out
	}
}

// Len is the length of the value of key in bytes. Errors as Get.
func (db *DB) Len(key []byte) (int, error) {
	if err := db.check(key); err != nil {
		return 0, err
	}
	var s seen
	for hash := db.r.hash(key); ; {
		if err := db.r.lookup(&s, key, hash); err != nil {
			err = db.r.sound(err)
			runtime.KeepAlive(db)
			return 0, err
		}
		n, isValue := s.entry.valueLen, s.entry.meta.holdsValue()
		if db.r.still(&s) {
			err := db.r.sound(nil)
			runtime.KeepAlive(db)
			switch {
			case err != nil:
				return 0, err
			case !isValue:
				return 0, ErrKind
			}
			return int(n), nil
		}
	}
}

// GetAt appends the value that v names to dst and returns it, without looking up its key. ErrStale says that the entry was replaced or deleted, or that it was one
// of another region.
func (db *DB) GetAt(v Version, dst []byte) ([]byte, error) {
	if db.isClosed() {
		return dst, ErrClosed
	}
	if v.region != db.r.id[0] || !v.word.used() || !db.r.hasSlot(v.slot) || v.bucket >= db.r.buckets {
		return dst, ErrStale
	}
	at := len(dst)
	s := seen{word: uint64(v.word), slot: v.slot}
	defer runtime.KeepAlive(db)
	// A pending insertion goes from the head to its slot, so slot, head, slot can not miss it.
	head := db.r.bucket(v.bucket)
	for _, s.witness = range [...]uint64{v.slot, head, v.slot} {
		s.word = uint64(v.word)
		if s.witness == head {
			s.word = uint64(headPending) | uint64(v.word.ref())
		}
		if !db.r.still(&s) {
			continue
		}
		off, err := db.r.deref(s.ref())
		if err != nil {
			return dst, err
		}
		whole := db.r.entry(&s.entry, off) && s.entry.meta.holdsValue()
		if whole {
			dst, whole = db.r.appendValue(dst[:at], &s.entry, &s)
		}
		if db.r.still(&s) {
			if db.r.gone() {
				break
			}
			if !whole {
				return dst[:at], &CorruptError{off, "linked block is no entry"}
			}
			return dst, nil
		}
	}
	return dst[:at], db.r.sound(ErrStale)
}

// condition is what must be so of the entry at the moment of a write.
type condition struct {
	kind conditionKind
	ref  ref
}

type conditionKind int

const (
	always conditionKind = iota
	ifAbsent
	ifVersion
)

func (c condition) check(p *spot) error {
	switch {
	case p.found && !p.entry.meta.holdsValue():
		return ErrKind
	case c.kind == ifAbsent && p.found, c.kind == ifVersion && (!p.found || p.ref() != c.ref):
		return ErrMismatch
	}
	return nil
}

// Put sets the value of key. When it returns nil, every Get that begins afterwards sees it, or what replaced it.
// Errors: ErrFull, ErrTooLarge, ErrEmptyKey, ErrClosed, ErrCorrupt; each leaves the entry as it was.
func (db *DB) Put(key, value []byte) error {
	_, err := db.put(key, value, condition{}, false)
	return err
}

// PutVersion is Put with the version of what it wrote.
func (db *DB) PutVersion(key, value []byte) (Version, error) {
	return db.put(key, value, condition{}, true)
}

// CompareAndSwap sets the value of key if its entry is still the one that old names, or, if old is zero, if there is none. Else it returns ErrMismatch.
// It returns the version of what it wrote. Other errors as Put.
func (db *DB) CompareAndSwap(key []byte, old Version, value []byte) (Version, error) {
	if old.IsZero() {
		return db.put(key, value, condition{kind: ifAbsent}, true)
	}
	if old.region != db.r.id[0] {
		return Version{}, ErrMismatch
	}
	return db.put(key, value, condition{ifVersion, old.word.ref()}, true)
}

func (db *DB) put(key, value []byte, c condition, versioned bool) (Version, error) {
	if err := db.check(key); err != nil {
		return Version{}, err
	}
	var hash uint64
	if db.r.short(key) {
		hash = hashShort(key, db.r.seed)
	} else {
		hash = db.r.hash(key)
	}
	return db.putHashed(key, value, hash, c, versioned)
}

// putHashed is put for a key that was checked.
func (db *DB) putHashed(key, value []byte, hash uint64, c condition, versioned bool) (v Version, err error) {
	ln := db.lanes.enter(&db.r.mem)
	if ln == nil {
		return v, db.refusal()
	}
	slot, b, done := db.r.putFast(ln, key, value, hash, c)
	if !done {
		slot, b, err = db.putSlow(ln, key, value, hash, c, b)
	}
	ln.leave(&db.r.mem)
	err = db.r.sound(err)
	if err == nil {
		db.r.wake(db.r.waitLine(db.r.bucketOf(hash)))
	}
	if err == nil && versioned {
		v = Version{db.r.id[0], db.r.bucketOf(hash), slot, makeSlot(fingerprint(hash), b)}
	}
	runtime.KeepAlive(db)
	return v, err
}

// putSlow is put without a common case. b is 0, or the entry as it was built there.
func (db *DB) putSlow(ln *lane, key, value []byte, hash uint64, c condition, b ref) (uint64, ref, error) {
	slot, linked, err := db.r.put(ln, key, value, hash, c, b)
	if err != nil && b != 0 {
		db.r.discard(ln, b)
	}
	if full, ok := err.(*FullError); ok && db.space(ln, full) {
		slot, linked, err = db.r.put(ln, key, value, hash, c, 0)
		if again, ok := err.(*FullError); ok { // others were faster
			again.Free = db.r.countFree()
		}
	}
	return slot, linked, err
}

// put links an entry with that value, or the entry that the caller has built, if c allows it. It gives the slot and the reference of the entry. If it fails, what was built
// is still the caller's.
func (r *region) put(ln *lane, key, value []byte, hash uint64, c condition, built ref) (uint64, ref, error) {
	var (
		p    spot
		b    = built
		done bool
	)
	begin := r.here()
	for !done {
		r.again(begin).but(uint64(b))
		err := r.locate(&p, key, hash)
		if err == nil {
			err = c.check(&p)
		}
		if err == nil && b == 0 {
			b, err = r.build(ln, kindValue, key, value, fingerprint(hash))
		}
		if err == nil {
			switch {
			case p.found:
				done, err = r.replace(ln, &p, b)
			case p.empty != 0:
				done, err = r.insert(ln, &p, b)
			default:
				err = r.overflow(ln, &p, r.bucketOf(hash))
			}
		}
		if err != nil && !done {
			if b != built {
				r.discard(ln, b)
			}
			if full, ok := err.(*FullError); ok && b != built { // it is the bucket that needs one block more
				full.Needed += r.blocksFor(pad8(uint64(len(key))) + pad8(uint64(len(value))))
			}
			return 0, 0, err
		}
	}
	if p.found {
		return p.slot, b, nil
	}
	return p.empty, b, nil
}

// Delete deletes the entry of key. Errors: ErrNotFound, ErrEmptyKey, ErrClosed, ErrCorrupt.
func (db *DB) Delete(key []byte) error { return db.remove(key, condition{}) }

// CompareAndDelete deletes the entry of key if it is still the one that old names, else it returns ErrMismatch.
func (db *DB) CompareAndDelete(key []byte, old Version) error {
	if old.region != db.r.id[0] || old.IsZero() {
		return ErrMismatch
	}
	return db.remove(key, condition{ifVersion, old.word.ref()})
}

func (db *DB) remove(key []byte, c condition) error {
	if err := db.check(key); err != nil {
		return err
	}
	ln, err := db.enter()
	if err != nil {
		return err
	}
	defer ln.leave(&db.r.mem)
	defer runtime.KeepAlive(db)
	var p spot
	begin := db.r.here()
	for hash := db.r.hash(key); ; {
		db.r.again(begin)
		if err := db.r.locate(&p, key, hash); err != nil {
			return db.r.sound(err)
		}
		if err := c.check(&p); err != nil {
			return db.r.sound(err)
		}
		if !p.found {
			return db.r.sound(ErrNotFound)
		}
		if done, err := db.r.remove(ln, &p); done || err != nil {
			db.r.wake(db.r.waitLine(db.r.bucketOf(hash)))
			return db.r.sound(err)
		}
	}
}

// GetOrPut gives the value of key, appended to dst, or sets it to value if there is none. loaded says which of the two.
func (db *DB) GetOrPut(key, value, dst []byte) (_ []byte, loaded bool, _ error) {
	for at := len(dst); ; {
		dst, err := db.Get(key, dst)
		if err != ErrNotFound {
			return dst, err == nil, err
		}
		_, err = db.CompareAndSwap(key, Version{}, value)
		if err == nil {
			return append(dst[:at], value...), false, nil
		}
		if err != ErrMismatch {
			return dst[:at], false, err
		}
	}
}

// Update sets the value of key to what f makes of it. f gets nil if there is no entry, and may be called several times: whenever somebody else was faster. It must not keep old.
// An error of f ends Update, which returns it and changes nothing.
func (db *DB) Update(key []byte, f func(old []byte) ([]byte, error)) error {
	var buf []byte
	for {
		old, v, err := db.GetVersion(key, buf[:0])
		if err != nil && err != ErrNotFound {
			return err
		}
		buf = old
		if err == ErrNotFound {
			old = nil
		} else if old == nil {
			old = []byte{}
		}
		value, err := f(old)
		if err != nil {
			return err
		}
		if _, err = db.CompareAndSwap(key, v, value); err != ErrMismatch {
			return err
		}
	}
}

// Add adds delta to the counter at key and returns the sum. A counter is a value of 8 bytes, little-endian; it begins at 0. Other values give ErrCounter.
func (db *DB) Add(key []byte, delta int64) (int64, error) {
	var buf [8]byte
	for {
		old, v, err := db.GetVersion(key, buf[:0])
		if err != nil && err != ErrNotFound {
			return 0, err
		}
		sum := delta
		if err == nil {
			if len(old) != 8 {
				return 0, ErrCounter
			}
			sum += int64(binary.LittleEndian.Uint64(old))
		}
		binary.LittleEndian.PutUint64(buf[:], uint64(sum))
		if _, err = db.CompareAndSwap(key, v, buf[:]); err != ErrMismatch {
			return sum, err
		}
	}
}

// GetString, PutString and DeleteString are Get, Put and Delete for strings.
func (db *DB) GetString(key string) (string, error) {
	var room [128]byte // a short value is copied once
	b, err := db.Get([]byte(key), room[:0])
	return string(b), err
}

// PutString sets the value of key, as Put.
func (db *DB) PutString(key, value string) error { return db.Put([]byte(key), []byte(value)) }

// DeleteString deletes the entry of key, as Delete.
func (db *DB) DeleteString(key string) error { return db.Delete([]byte(key)) }

// sweepFrom sweeps for who is in a lane that may have no hazards. Who waits here for another lane has one of those that nobody here waits for.
func (db *DB) sweepFrom(ln *lane) {
	if ln.number >= db.r.hazardLanes {
		if ln = db.lanes.enterFirst(&db.r.mem, int(db.r.hazardLanes)); ln == nil {
			return // the handle is being closed
		}
		defer ln.leave(&db.r.mem)
	}
	db.r.sweep(ln) // what it can not read, the next operation that needs it reports
}

// space gives back what the dead left and what this handle keeps, counts what is free now, and says whether it is enough for what failed in a lane.
func (db *DB) space(ln *lane, full *FullError) bool {
	db.sweepFrom(ln)
	db.lanes.giveBack(db.r, ln)
	db.lanes.unprotect(db.r, ln)
	full.Free = db.r.countFree()
	return full.Free >= full.Needed
}
