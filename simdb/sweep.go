package simdb

import "github.com/zeebo/xxh3"

// SweepReport is what a sweep found and gave back.
type SweepReport struct {
	Handles uint64 // places of dead handles, clean now
	Freed   uint64 // entries and blocks given back
	Kept    uint64 // entries that a dead handle had linked, or was about to unlink, and that stay
}

// dead is a handle seen dead: its place, and the word that its place had then. While the place has that word, a block that names it as owner is the dead handle's.
type dead struct {
	slot uint64
	word handleWord
}

// dead lists the places in use whose lock nobody holds. self is the caller's place, 0 if it has none yet.
func (r *region) dead(self uint64) ([]dead, error) {
	var list []dead
	for slot := uint64(1); slot <= r.handles; slot++ {
		w := handleWord(r.load(r.handle(slot)))
		if slot == self || !w.used() {
			continue
		}
		held, err := r.locks.held(slot)
		if err != nil {
			return nil, err
		}
		if !held {
			list = append(list, dead{slot, w})
		}
	}
	return list, nil
}

// sweep gives back what dead handles left. It may run while everybody works, several times at once, and be killed: each step is a CAS of a block word as it was sampled.
// It changes slots of queues in a lane; the lane's handle is not among the dead, but for what it gives as adopted: a dead handle whose place the caller holds.
func (r *region) sweep(ln *lane, adopted ...dead) (SweepReport, error) {
	var report SweepReport
	list, err := r.dead(ln.handle)
	if err != nil {
		return report, err
	}
	list = append(list, adopted...)
	var deadWord [maxHandles + 1]handleWord
	for _, d := range list {
		deadWord[d.slot] = d.word
	}
	begin := r.here()
	for i := range r.blockCount {
		off, _ := r.block(i)
		r.again(begin).but(i)
		if w := blockWord(r.load(off)); looked>>w.state()&1 != 0 {
			if err := r.sweepWord(ln, i, off, w, &deadWord, &report); err != nil {
				return report, err
			}
		}
	}
	for _, d := range list {
		failpoint(atPassDone)
		// Whoever comes second fails: the place may already be in use again.
		if r.cas(r.handle(d.slot), uint64(d.word), uint64(d.word.clean())) {
			report.Handles++
		}
	}
	return report, nil
}

// looked has a bit for each state in which a block may be what a dead handle left.
const looked uint64 = 1<<owned | 1<<dying | 1<<retiring | 1<<claimed | 1<<queued | 1<<orphan

// sweepWord settles block i, whose word is w, if it is what a dead handle left.
func (r *region) sweepWord(ln *lane, i, off uint64, w blockWord, deadWord *[maxHandles + 1]handleWord, report *SweepReport) error {
	for {
		concerns, err := r.concernsSweep(off, w, deadWord)
		if !concerns || err != nil {
			return err
		}
		if err := r.sweepBlock(ln, r.makeRef(i, w.version()), off, w, report); err != nil {
			return err
		}
		failpoint(atBlockSwept)
		// A message that a dead handle had claimed is queued at first sight; it must not be left as claimed by the dead.
		now := blockWord(r.load(off))
		if now == w {
			return nil
		}
		w = now
	}
}

// concernsSweep says whether a block with word w at off may be what a dead handle left.
func (r *region) concernsSweep(off uint64, w blockWord, deadWord *[maxHandles + 1]handleWord) (bool, error) {
	switch w.state() {
	case queued, orphan: // nobody's
		return true, nil
	case owned, dying, retiring, claimed:
		p := w.owner()
		if p > r.handles {
			return false, &CorruptError{off, "owner beyond the attach table"}
		}
		return p == 0 || deadWord[p] != 0 && handleWord(r.load(r.handle(p))) == deadWord[p], nil
	}
	return false, nil
}

// sweepBlock settles a block whose word w names a dead owner, or nobody.
func (r *region) sweepBlock(ln *lane, b ref, off uint64, w blockWord, report *SweepReport) error {
	m := meta(r.load(off + 8))
	switch {
	case w.state() == claimed:
		r.giveUp(off, w)
		report.Kept++
		return nil
	case w.state() == orphan:
		return r.sweepOrphan(b, off, w, report)
	case w.state() == dying && m.kind() == kindMessage:
		r.unlinked(nil, b)
		report.Freed++
		return nil
	case w.state() == queued, w.state() == owned && m.kind() == kindMessage:
		r.sweepMessage(b, off, w, report)
		return nil
	case w.state() == retiring, w.state() == owned && m.kind() == kindQueue:
		return r.sweepSegment(ln, b, off, w, report)
	case w.state() == owned && m.kind() == kindIndex:
		ok, err := r.inChain(m.bucket(), b)
		if err != nil {
			return err
		}
		if ok {
			r.cas(off, uint64(w), uint64(makeBlockWord(index, 0, w.version())))
			report.Kept++
			return nil
		}
	}
	for {
		ok, err := r.reachable(off, b)
		if err != nil {
			return err
		}
		if !ok {
			r.freeFrom(nil, b, func(now blockWord) bool { return now == w }, false)
			report.Freed++
			return nil
		}
		if w.state() == owned {
			freed, err := r.settle(off, w)
			if err != nil {
				return err
			}
			if freed {
				report.Freed++
			}
			break
		}
		nobody := makeBlockWord(dying, 0, w.version())
		if w == nobody || !r.cas(off, uint64(w), uint64(nobody)) {
			break
		}
		// Who announced before the dead owner may have unlinked it since we looked, and have been killed: look again (racing case 9).
		w = nobody
	}
	report.Kept++
	return nil
}

// reachable says whether the index leads to b: decided on a bucket whose head did not change meanwhile. If b is not linked, its key may be anything, and so may the bucket that is looked through.
func (r *region) reachable(off uint64, b ref) (bool, error) {
	var e entry
	if !r.entry(&e, off) {
		return false, nil
	}
	hash, ok := r.hashOf(&e)
	if !ok {
		return false, nil
	}
	head := r.bucket(r.bucketOf(hash))
	for {
		h := headWord(r.load(head))
		if h.pending() && h.ref() == b {
			return true, nil
		}
		for c := r.chain(head); ; {
			for i := range c.slots {
				if w := slotWord(r.load(c.slot + 8*i)); w.used() && w.ref() == b {
					return true, nil
				}
			}
			if ok, err := r.next(&c); err != nil {
				return false, err
			} else if !ok {
				break
			}
		}
		if headWord(r.load(head)) == h {
			return false, nil
		}
	}
}

// inChain says whether b is an overflow block of that bucket.
func (r *region) inChain(bucket uint64, b ref) (bool, error) {
	if bucket >= r.buckets {
		return false, nil
	}
	for c := r.chain(r.bucket(bucket)); ; {
		if w := slotWord(r.load(c.link)); w.used() && w.ref() == b {
			return true, nil
		}
		if ok, err := r.next(&c); err != nil || !ok {
			return false, err
		}
	}
}

// hashOf is the hash of an entry's key, however long the entry says it is: a block that is not linked may say anything.
func (r *region) hashOf(e *entry) (uint64, bool) {
	var buf [1024]byte
	if e.keyLen <= uint64(len(buf)) {
		key, ok := r.appendBytes(buf[:0], e, 0, e.keyLen)
		return r.hash(key), ok
	}
	h := xxh3.NewSeed(r.seed)
	for at := uint64(0); at < e.keyLen; {
		n := min(e.keyLen-at, uint64(len(buf)))
		part, ok := r.appendBytes(buf[:0], e, at, n)
		if !ok {
			return 0, false
		}
		h.Write(part)
		at += n
	}
	return h.Sum64(), true
}
