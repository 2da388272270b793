package simdb

import (
	"math/bits"
	"runtime"
)

// Many keys at once, in groups: while the keys of one are looked up as if each were alone, the lines of the next one's entries are on their way, and those of the buckets of the
// one behind that. So a processor waits for as many lines at a time as it can. What is read ahead is not used, so each key's racing cases are those of one.

// manyGroup is how many keys are a group: three lines for each, for a group in two stages, are about what a processor can wait for.
const manyGroup = 8

// GetMany appends the values of keys to dst, one behind the other, and the slices of them to values, in the order of keys: nil for a key without an entry. It returns both: with room in
// them it does not allocate. Where the region is larger than the caches it takes a fraction of the time of as many Gets. Each value is that of its own moment during the call; together
// they are no snapshot. On an error the values are those of the keys before the one that has it. Errors: as Get, but for ErrNotFound.
func (db *DB) GetMany(keys [][]byte, dst []byte, values [][]byte) ([]byte, [][]byte, error) {
	defer runtime.KeepAlive(db)
	w := db.approach(keys)
	for len(keys) > 0 {
		hashes, err := w.next()
		for i, hash := range hashes {
			at := len(dst)
			out, err := db.r.getFast(keys[i], dst, hash)
			if err == errSlow {
				out, _, err = db.get(keys[i], dst, hash)
			}
			switch err {
			case nil:
				values = append(values, out[at:len(out):len(out)])
			case ErrNotFound:
				values = append(values, nil)
			default:
				return dst, values, err
			}
			dst = out
		}
		if db.r.gone() {
			return dst, values, errGone
		}
		if err != nil {
			return dst, values, err
		}
		keys = keys[len(hashes):]
	}
	return dst, values, nil
}

// PutMany sets the values of keys, each by itself, in their order. It returns how many it has set: all, or those before the one that has the error. If a process is
// killed in between, some are set. Errors: as Put, and ErrMismatch if there are not as many values as keys.
func (db *DB) PutMany(keys, values [][]byte) (int, error) {
	if len(keys) != len(values) {
		return 0, ErrMismatch
	}
	defer runtime.KeepAlive(db)
	w := db.approach(keys)
	done := 0
	for done < len(keys) {
		hashes, err := w.next()
		for _, hash := range hashes {
			if _, err := db.putHashed(keys[done], values[done], hash, condition{}, false); err != nil {
				return done, err
			}
			done++
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// approach is many keys of which the first ones are being asked for.
type approach struct {
	db     *DB
	keys   [][]byte // those whose buckets were not asked for yet
	groups [3]keyGroup
	at     int // the group that comes next
}

// keyGroup is a group of keys: their hashes, and the error of the key behind them.
type keyGroup struct {
	hashes [manyGroup]uint64
	n      int
	err    error
}

func (db *DB) approach(keys [][]byte) approach {
	w := approach{db: db, keys: keys}
	w.askForBuckets(&w.groups[0])
	w.askForBuckets(&w.groups[1])
	w.askForEntries(&w.groups[0])
	return w
}

// next gives the hashes of the next group: of the keys up to the first one that has an error, and that error.
func (w *approach) next() ([]uint64, error) {
	now, soon, later := &w.groups[w.at], &w.groups[(w.at+1)%3], &w.groups[(w.at+2)%3]
	w.at = (w.at + 1) % 3
	w.askForBuckets(later)
	w.askForEntries(soon)
	return now.hashes[:now.n], now.err
}

// askForBuckets makes a group of the next keys.
func (w *approach) askForBuckets(g *keyGroup) {
	r := w.db.r
	var lines [manyGroup]uint64
	g.n, g.err = 0, nil
	for _, key := range w.keys[:min(len(w.keys), manyGroup)] {
		if g.err = w.db.check(key); g.err != nil {
			break
		}
		hash := r.hash(key)
		g.hashes[g.n], lines[g.n] = hash, r.bucket(r.bucketOf(hash))
		g.n++
	}
	w.keys = w.keys[g.n:]
	r.askFor(lines[:g.n])
}

// askForEntries asks for the first two lines of the entries that the buckets seem to have for a group.
func (w *approach) askForEntries(g *keyGroup) {
	if canAsk {
		var lines [2 * manyGroup]uint64
		w.db.r.askFor(w.db.r.entryLines(lines[:0], g.hashes[:g.n]))
	}
}

// entryLines appends the offsets of the first two lines of the entries that the buckets seem to have for hashes. What it reads is not used otherwise.
func (r *region) entryLines(lines []uint64, hashes []uint64) []uint64 {
	for _, hash := range hashes {
		slots := r.line(r.bucket(r.bucketOf(hash)) + 8)
		found := match(slots, r.slots, slotTag(fingerprint(hash)))
		if found == 0 {
			continue
		}
		if off, ok := r.block(slots.load(uint64(bits.TrailingZeros64(found))) & r.indexMask); ok {
			lines = append(lines, off, off+min(r.blockSize-8, 64))
		}
	}
	return lines
}
