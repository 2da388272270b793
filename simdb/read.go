package simdb

import "runtime"

// Reads that ask for a value and nothing else: a pack is another kind of entry.

// readValue appends the value of key to dst. It fails with ErrKind if the entry is of another kind.
func (db *DB) readValue(key, dst []byte) ([]byte, Version, error) {
	if err := db.check(key); err != nil {
		return dst, Version{}, err
	}
	defer runtime.KeepAlive(db)
	var s seen
	at := len(dst)
	for hash := db.r.hash(key); ; dst = dst[:at] {
		if err := db.r.lookup(&s, key, hash); err != nil {
			return dst, Version{}, db.r.sound(err)
		}
		value := s.entry.meta.kind() == kindValue
		whole := true
		if value {
			dst, whole = db.r.appendValue(dst, &s.entry, &s)
		}
		if !db.r.still(&s) {
			continue
		}
		switch {
		case db.r.gone():
			return dst[:at], Version{}, errGone
		case !value:
			return dst, Version{}, ErrKind
		case !whole:
			return dst[:at], Version{}, &CorruptError{s.entry.off, "list leads out of the region"}
		}
		return dst, db.version(&s, hash), nil
	}
}

// readExact reads the value of key into dst if it has as many bytes as dst, and says how many it has. It fails with ErrKind if the entry is of another kind.
func (db *DB) readExact(key, dst []byte, versioned bool) (v Version, n uint64, _ error) {
	if err := db.check(key); err != nil {
		return v, 0, err
	}
	defer runtime.KeepAlive(db)
	hash := db.r.hash(key)
	if !versioned {
		out, err := db.r.getFast(key, dst[:0], hash)
		if err != errSlow {
			return v, uint64(len(out)), db.r.sound(err)
		}
	}
	for s := (seen{}); ; {
		if err := db.r.lookup(&s, key, hash); err != nil {
			return v, 0, db.r.sound(err)
		}
		e := s.entry
		value := e.meta.kind() == kindValue
		whole := true
		if value && e.valueLen == uint64(len(dst)) {
			_, whole = db.r.appendBytes(dst[:0], &e, pad8(e.keyLen), e.valueLen)
		}
		if !db.r.still(&s) {
			continue
		}
		switch {
		case db.r.gone():
			return v, 0, errGone
		case !value:
			return v, 0, ErrKind
		case !whole:
			return v, 0, &CorruptError{e.off, "list leads out of the region"}
		}
		return db.version(&s, hash), e.valueLen, nil
	}
}
