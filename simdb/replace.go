package simdb

// Entries that go: replaced by others, or deleted. See the package comment: nothing is unlinked while it is owned.

// replace links entry b, which we own, in place of the one found at p, and frees or recycles that. It reports false if somebody else was first; b is as private then as it was.
func (r *region) replace(ln *lane, p *spot, b ref) (bool, error) {
	victim := p.ref()
	if _, ok, err := r.settled(p); !ok {
		return false, err
	}
	off := r.own(b)
	m := meta(r.loadData(off + 8))
	named := r.index(victim) < r.victims
	if named {
		m = m.replacing(r.index(victim))
	} else {
		m = m.replacingNone()
		if ok, err := r.announce(ln, p); !ok {
			return false, err
		}
	}
	r.storeData(off+8, uint64(m))
	if !r.cas(p.slot, p.word, uint64(p.slotOf(b))) {
		if !named {
			r.unlinked(ln, victim)
		}
		return false, nil
	}
	failpoint(atSwapped)
	r.unlinkedRecycled(ln, victim)
	failpoint(atVictimFreed)
	r.linked(ln, b)
	return true, nil
}

// remove unlinks the entry found at p, and frees it. It reports false if somebody else was first.
func (r *region) remove(ln *lane, p *spot) (bool, error) {
	if ok, err := r.announce(ln, p); !ok {
		return false, err
	}
	failpoint(atAnnounced)
	done := r.cas(p.slot, p.word, uint64(slotWord(p.word).dead()))
	failpoint(atUnlinked)
	r.unlinked(ln, p.ref()) // it is, whoever did it
	return done, nil
}

// linked says of an entry that we linked that nothing is left to be done for it: owned(me) → live. Others may have settled it meanwhile.
func (r *region) linked(ln *lane, b ref) { r.publish(ln, b, live) }

// publish says the same of any block that we linked: owned(me) → as, unless somebody went on with it.
func (r *region) publish(ln *lane, b ref, as state) {
	r.cas(r.own(b), uint64(makeBlockWord(owned, ln.handle, r.version(b))), uint64(makeBlockWord(as, 0, r.version(b))))
}

// announce makes somebody responsible for an entry that we are about to unlink: us, unless it is somebody already, who will find it unlinked and free it, or is
// dead and swept. It reports false if the entry is unlinked and freed already.
func (r *region) announce(ln *lane, p *spot) (bool, error) {
	for {
		w, ok, err := r.settled(p)
		if !ok {
			return false, err
		}
		if w.state() == dying && w.owner() != 0 || r.cas(p.entry.off, uint64(w), uint64(makeBlockWord(dying, ln.handle, w.version()))) {
			return true, nil
		}
	}
}

// settled makes sure that the entry found at p is settled, and gives its block word, live or dying. It reports false if the entry is unlinked and freed already.
func (r *region) settled(p *spot) (blockWord, bool, error) {
	off := p.entry.off
	for {
		w := blockWord(r.load(off))
		switch {
		case w.version() == r.version(p.ref()) && settled(w):
			return w, true, nil
		case w.version() == r.version(p.ref()) && w.state() == owned:
			if _, err := r.settle(off, w); err != nil {
				return w, false, err
			}
		case r.still(&p.seen):
			return w, false, &CorruptError{off, "linked block is " + w.state().String()}
		default:
			return w, false, nil
		}
	}
}

// settled says of an entry's block word that the entry may be unlinked, or freed if it is.
func settled(w blockWord) bool { return w.state() == live || w.state() == dying }

// settle does for the linked entry at off, whose word w is owned, what its author has not done yet: what it replaced is freed, it becomes live. It says whether this call freed something.
func (r *region) settle(off uint64, w blockWord) (freed bool, err error) {
	if i, named := meta(r.load(off + 8)).victim(); named {
		if freed, err = r.collect(i); err != nil {
			return freed, err
		}
	}
	r.cas(off, uint64(w), uint64(makeBlockWord(live, 0, w.version())))
	return freed, nil
}

// collect frees what block i is the first of, if that is an entry that is unlinked for good, and says whether it did. Block i may be anything else by now.
func (r *region) collect(i uint64) (bool, error) {
	off, ok := r.block(i)
	if !ok {
		return false, nil
	}
	w := blockWord(r.load(off))
	if !settled(w) {
		return false, nil
	}
	b := r.makeRef(i, w.version())
	if linked, err := r.reachable(off, b); linked || err != nil {
		return false, err
	}
	return r.unlinked(nil, b), nil
}
