package simdb

import (
	"math/bits"
	"runtime"
)

// Many keys at once: first the lines of all their buckets are asked for, then those of their entries, then each is looked up as if it were alone. A processor waits for
// several lines at a time in the time of one. What is read ahead is not used, so each key's racing cases are those of one.

// manyKeys is how many keys are looked ahead: a few more than a processor can wait for.
const manyKeys = 32

// GetMany appends the values of keys to dst, one behind the other, and the slices of them to values, in the order of keys: nil for a key without an entry. It returns both: with room in
// them it does not allocate. Where the region is larger than the caches it takes a fraction of the time of as many Gets. Each value is that of its own moment during the call; together
// they are no snapshot. On an error the values are those of the keys before the one that has it. Errors: as Get, but for ErrNotFound.
func (db *DB) GetMany(keys [][]byte, dst []byte, values [][]byte) ([]byte, [][]byte, error) {
	defer runtime.KeepAlive(db)
	var hashes [manyKeys]uint64
	for len(keys) > 0 {
		n, err := db.approach(keys, &hashes)
		for i, key := range keys[:n] {
			at := len(dst)
			out, err := db.r.getFast(key, dst, hashes[i])
			if err == errSlow {
				out, _, err = db.get(key, dst, hashes[i])
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
		keys = keys[n:]
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
	var hashes [manyKeys]uint64
	done := 0
	for done < len(keys) {
		n, err := db.approach(keys[done:], &hashes)
		for _, hash := range hashes[:n] {
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

// approach hashes the first keys and asks for the lines that they will need. It gives how many keys these are: up to the first one that has an error.
func (db *DB) approach(keys [][]byte, hashes *[manyKeys]uint64) (n int, err error) {
	r := db.r
	var lines [2 * manyKeys]uint64
	for _, key := range keys[:min(len(keys), manyKeys)] {
		if err = db.check(key); err != nil {
			break
		}
		hashes[n] = r.hash(key)
		lines[n] = r.bucket(r.bucketOf(hashes[n]))
		n++
	}
	if canAsk {
		r.askFor(lines[:n])
		r.askFor(r.entryLines(lines[:0], hashes[:n]))
	}
	return n, err
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
