package main

import (
	"errors"
	"fmt"
	"iter"

	"simdb.dev/simdb"
)

// ballast is entries that fill the region but for a few blocks, and that nobody
// touches while the round runs.
type ballast struct {
	db      *simdb.DB
	entries int
}

// ballastName starts every key of the ballast, and no other.
const ballastName = "ballast-"

func (b *ballast) keys() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for i := range uint64(b.entries) {
			if !yield(i, ballastKey(i)) {
				return
			}
		}
	}
}

func ballastKey(i uint64) []byte { return fmt.Appendf(nil, "%s%d", ballastName, i) }

// ballastSize is the bytes of a value of the ballast: few, so that entries and
// blocks are about the same number.
const ballastSize = stampSize

// load fills the region until about free blocks are left.
func (b *ballast) load(free uint64) error {
	for {
		s, err := b.db.Stats()
		if err != nil {
			return err
		}
		if s.Free <= free {
			return nil
		}
		// An entry takes several blocks if they are small: come near in steps.
		for range (s.Free-free)/2 + 1 {
			i := uint64(b.entries)
			if err := b.db.Put(ballastKey(i), appendStamped(nil, i, i+1, ballastSize)); errors.Is(err, simdb.ErrFull) {
				return nil
			} else if err != nil {
				return err
			}
			b.entries++
		}
	}
}

// unload checks every entry and takes it out.
func (b *ballast) unload() error {
	var buf []byte
	for i, key := range b.keys() {
		var err error
		if buf, err = b.db.Get(key, buf[:0]); err != nil {
			return found(violation, "region: ballast %q: %v", key, err)
		}
		if id, whole := readStamped(buf, i); !whole || id != i+1 {
			return found(violation, "region: ballast %q is damaged", key)
		}
		if err := b.db.Delete(key); err != nil {
			return found(violation, "region: ballast %q: deleting: %v", key, err)
		}
	}
	b.entries = 0
	return nil
}

// auditFull checks a quiet region with entries in it.
func auditFull(db *simdb.DB) (simdb.Stats, error) {
	if _, err := db.Sweep(); err != nil {
		return simdb.Stats{}, found(violation, "region: sweep: %v", err)
	}
	s, err := db.Stats()
	if err != nil {
		return s, found(violation, "region: %v", err)
	}
	if sum := s.Free + s.Owned + s.Live + s.Queues + s.Queued + s.Claimed + s.Index + s.Retired; sum != s.BlockCount {
		return s, found(violation, "region: %d blocks, of which %d are accounted for: %+v", s.BlockCount, sum, s)
	}
	return s, nil
}

// auditEmpty checks a quiet region whose every key has been deleted: whatever
// is not free, index or worn out, or one of so many kept by handles, has leaked.
func auditEmpty(db *simdb.DB, kept func(simdb.Stats) uint64) error {
	s, err := auditFull(db)
	if err != nil {
		return err
	}
	for key := range db.Keys() {
		return found(violation, "region: key %q is there after every key was deleted", key)
	}
	switch {
	case s.Live > 0 || s.Owned > kept(s):
		return found(violation, "region: leaked blocks after every key was deleted: %d live, %d owned of %d", s.Live, s.Owned, s.BlockCount)
	case s.Queues+s.Queued+s.Claimed > 0:
		return found(violation, "region: leaked blocks after every key was deleted: %d of queues, %d of messages, %d of messages that were claimed", s.Queues, s.Queued, s.Claimed)
	case s.Entries > 0:
		return found(violation, "region: %d entries counted after every key was deleted", s.Entries)
	}
	return nil
}

// The blocks that may be kept: by handles that write, as many as the rules
// allow; by the driver's own, which never replaces an entry, none.
func byWriters(s simdb.Stats) uint64 { return s.Spares }
func byNobody(simdb.Stats) uint64    { return 0 }

// apart lets f use a handle of its own, which gives back what it keeps for a
// next write before blocks are counted.
func apart(db *simdb.DB, f func(own *simdb.DB) error) error {
	own, err := db.Attach()
	if err != nil {
		return found(violation, "region: attaching: %v", err)
	}
	err = f(own)
	if e := own.Close(); err == nil {
		err = e
	}
	return err
}

// auditAlone checks that everybody else has left the region.
func auditAlone(db *simdb.DB) error {
	s, err := db.Stats()
	if err != nil {
		return found(violation, "region: %v", err)
	}
	if s.Handles != 1 {
		return found(violation, "region: %d handles in use after all workers have closed theirs", s.Handles-1)
	}
	return nil
}
