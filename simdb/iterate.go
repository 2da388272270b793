package simdb

import (
	"iter"
	"runtime"
)

// Keys gives the keys of all entries, whatever their kind. See All for what it may and may not see.
func (db *DB) Keys() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		db.crowds(keysOnly, func(c *crowd, m member) bool { return yield(c.key(m)) })
	}
}

// EntryInfo is what can be said of an entry without reading it.
type EntryInfo struct {
	Key  []byte // valid until the next step
	Kind Kind
	Size int // bytes of a value; of a queue 0
}

// Entries gives what there is, as Keys does; but where the region is corrupt, or the handle is closed, the last it gives is that error.
func (db *DB) Entries() iter.Seq2[EntryInfo, error] {
	return func(yield func(EntryInfo, error) bool) {
		err := db.crowds(keysOnly, func(c *crowd, m member) bool {
			return yield(EntryInfo{c.key(m), m.kind.public(), int(m.size)}, nil)
		})
		if err != nil {
			yield(EntryInfo{}, err)
		}
	}
}

// All gives keys and values, in no order. It is no snapshot of the region, but of each bucket: a key that is there all the time is given exactly once, a key that is not
// there at any time is not given, a key that comes, goes or is replaced meanwhile is given at most once, with a value that it had during the iteration. The
// slices are valid until the next step. An iteration ends early if the handle is closed, and where the region is corrupt.
func (db *DB) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		db.crowds(withValues, func(c *crowd, m member) bool {
			return yield(c.key(m), c.bytes[m.value:m.end:m.end])
		})
	}
}

// copied is what of the entries of a bucket is copied.
type copied int

const (
	keysOnly   copied = iota
	withValues        // keys and values, of entries that have one
	everything        // keys, and values where there are any
)

// crowds gives the entries bucket by bucket, until give wants no more.
func (db *DB) crowds(what copied, give func(c *crowd, m member) bool) error {
	defer runtime.KeepAlive(db)
	var c crowd
	for n := uint64(0); n < db.r.buckets; n++ {
		if db.isClosed() {
			return ErrClosed
		}
		if err := db.r.sound(db.r.copyBucket(&c, n, what)); err != nil {
			return err
		}
		for _, m := range c.members {
			if !give(&c, m) {
				return nil
			}
		}
	}
	return nil
}

// crowd is a private copy of the entries of one bucket.
type crowd struct {
	bytes   []byte
	members []member
}

type member struct {
	start, value, end int
	kind              kind
	size              uint64
}

func (c *crowd) key(m member) []byte { return c.bytes[m.start:m.value:m.value] }

// copyBucket copies the entries of bucket n as they were under one head, so that no key is among them twice.
func (r *region) copyBucket(c *crowd, n uint64, what copied) error {
	head := r.bucket(n)
	for {
		c.bytes, c.members = c.bytes[:0], c.members[:0]
		h := headWord(r.load(head))
		if h.pending() {
			if _, err := r.copyMember(c, &seen{witness: head, word: uint64(h)}, what); err != nil {
				return err
			}
		}
		for ch := r.chain(head); ; {
			for i := range ch.slots {
				off := ch.slot + 8*i
				for {
					w := slotWord(r.load(off))
					if !w.used() || h.pending() && w.ref() == h.ref() {
						break
					}
					s := seen{witness: off, word: uint64(w)}
					if copied, err := r.copyMember(c, &s, what); err != nil {
						return err
					} else if copied {
						break
					}
				}
			}
			if ok, err := r.next(&ch); err != nil {
				return err
			} else if !ok {
				break
			}
		}
		if headWord(r.load(head)) == h {
			return nil
		}
	}
}

// copyMember copies the entry that s names. It reports false, and has copied nothing, if the entry was gone before it was copied whole.
func (r *region) copyMember(c *crowd, s *seen, what copied) (bool, error) {
	off, err := r.deref(s.ref())
	if err != nil {
		return false, err
	}
	m := member{start: len(c.bytes)}
	ok := r.entry(&s.entry, off)
	if ok {
		if r.still(s) { // the lengths are the entry's: make room for them
			c.bytes, ok = r.appendKey(c.bytes, &s.entry)
			m.value = len(c.bytes)
			if ok && what != keysOnly && s.entry.meta.holdsValue() {
				c.bytes, ok = r.appendValue(c.bytes, &s.entry, s)
			}
			m.end = len(c.bytes)
		}
	}
	if !r.still(s) {
		c.bytes = c.bytes[:m.start]
		return false, nil
	}
	if !ok {
		return false, &CorruptError{off, "linked block is no entry"}
	}
	if what == withValues && !s.entry.meta.holdsValue() {
		c.bytes = c.bytes[:m.start]
		return true, nil
	}
	m.kind, m.size = s.entry.meta.kind(), s.entry.valueLen
	c.members = append(c.members, m)
	return true, nil
}
