package simdb

import "math/bits"

// The index maps a key to the first block of its entry. See the package comment for the protocol and its racing cases.
//
// A bucket is head, slots, link. A crowded bucket goes on in overflow blocks, whose payload is link, slots.

// seen is an entry as a reader found it: it is the entry of its key for as long as the witness word stays what it is.
type seen struct {
	witness uint64 // offset of the slot, or of a head with a pending insertion
	word    uint64
	entry   entry
	slot    uint64 // offset of the entry's slot, also while the insertion is pending
}

func (s *seen) ref() ref { return ref(s.word & refMask) }

// still says whether what was read of s up to now is of one life of its entry.
func (r *region) still(s *seen) bool { return r.load(s.witness) == s.word }

// chain goes through the groups of slots of a bucket: the bucket itself, then its overflow blocks.
type chain struct {
	slot, slots uint64 // offset of the first slot of this group, their number
	place       uint64 // of the first slot
	link        uint64 // offset of the link to the next group
}

func (r *region) chain(head uint64) chain {
	return chain{slot: head + 8, slots: r.slots, link: head + 8 + 8*r.slots}
}

// next goes on to the next group. It reports false if there is none. Overflow blocks are never unlinked, so a chain only grows.
func (r *region) next(c *chain) (bool, error) {
	w := slotWord(r.load(c.link))
	if w == 0 {
		return false, nil
	}
	off, err := r.deref(w.ref())
	if err == nil && w != slotUsed|slotWord(w.ref()) {
		err = &CorruptError{c.link, "link names no block"}
	}
	if err != nil {
		return false, err
	}
	c.place += c.slots
	if c.place >= 1<<metaPlaceBits || c.place > r.slots+r.blockCount*r.overflowSlots() {
		return false, &CorruptError{c.link, "bucket chain without end"}
	}
	c.link, c.slot, c.slots = off+blockHeader, off+blockHeader+8, r.overflowSlots()
	return true, nil
}

// match is a bit for each slot of a group that is used and has the tag. It has no branch that depends on where the tag is, which no processor could predict. The usual number of slots
// is compiled to one comparison and one addition with carry each.
func match(l line, slots, tag uint64) (m uint64) {
	tag <<= refBits
	if slots == defaultSlots {
		w0, w1, w2, w3, w4, w5 := l.load(0), l.load(1), l.load(2), l.load(3), l.load(4), l.load(5)
		m = same(w5, tag)
		m, _ = bits.Add64(m, m, same(w4, tag))
		m, _ = bits.Add64(m, m, same(w3, tag))
		m, _ = bits.Add64(m, m, same(w2, tag))
		m, _ = bits.Add64(m, m, same(w1, tag))
		m, _ = bits.Add64(m, m, same(w0, tag))
		return m
	}
	for i := range slots {
		m |= same(l.load(i), tag) << i
	}
	return m
}

// same is 1 if slot word w has the tag, which is in its high bits, else 0: the borrow of a subtraction.
func same(w, tag uint64) uint64 {
	_, b := bits.Sub64(w^tag, 1<<refBits, 0)
	return b
}

// overflowSlots is how many slots an overflow block has: what fits, and into a bit mask.
func (g *geometry) overflowSlots() uint64 { return min(64, g.payload()/8-1) }

// slotAt is the offset of the slot with that place.
func (r *region) slotAt(head, place uint64) (uint64, error) {
	for c := r.chain(head); ; {
		if place < c.place+c.slots {
			return c.slot + 8*(place-c.place), nil
		}
		if ok, err := r.next(&c); err != nil || !ok {
			return 0, orCorrupt(err, c.link, "place beyond the end of the bucket")
		}
	}
}

// hasSlot says whether off may be the offset of a slot: it comes from a Version, whose bytes may have come from anywhere.
func (g *geometry) hasSlot(off uint64) bool {
	return off%8 == 0 && off >= g.bucketOff && off < g.blockOff+g.blockCount*g.blockSize
}

func orCorrupt(err error, off uint64, what string) error {
	if err != nil {
		return err
	}
	return &CorruptError{off, what}
}

// lookup finds the entry of a key. It writes nothing. ErrNotFound means that there was none at one moment during the call.
func (r *region) lookup(s *seen, key []byte, hash uint64) error {
	head := r.bucket(r.bucketOf(hash))
	tag := slotTag(fingerprint(hash))
	begin := r.here()
again:
	for {
		r.again(begin)
		h := headWord(r.load(head))
		for c := r.chain(head); ; {
			for m := match(r.line(c.slot), c.slots, tag); m != 0; m &= m - 1 {
				off := c.slot + 8*uint64(bits.TrailingZeros64(m))
				s.witness, s.word, s.slot = off, r.load(off), off
				if s.word>>refBits != tag {
					continue again
				}
				ok, err := r.holds(s, key)
				if ok || err != nil {
					if err == nil {
						r.done(begin).butSeen(s)
					}
					return err
				}
				if !r.still(s) {
					continue again
				}
			}
			if ok, err := r.next(&c); err != nil {
				return err
			} else if !ok {
				break
			}
		}
		if h.pending() {
			s.witness, s.word = head, uint64(h)
			ok, err := r.holds(s, key)
			if err != nil {
				return err
			}
			place := s.entry.meta.place()
			if !r.still(s) {
				continue
			}
			if ok {
				s.slot, err = r.slotAt(head, place)
				return err
			}
		}
		return ErrNotFound
	}
}

// holds reads the entry that s names, and says whether it is that of key, as far as the bytes tell that were read: true is worth something only while s still holds.
func (r *region) holds(s *seen, key []byte) (bool, error) {
	off, err := r.deref(s.ref())
	if err != nil {
		return false, err
	}
	if !r.entry(&s.entry, off) {
		if r.still(s) {
			return false, &CorruptError{off, "linked block is no entry"}
		}
		return false, nil
	}
	return r.keyIs(&s.entry, key), nil
}

// butSeen and butSpot are what lookup and locate found.
func (k known) butSeen(s *seen) known {
	return k.but(s.witness).but(s.word).but(s.slot).but(uint64(s.entry.meta)).but(s.entry.keyLen).but(s.entry.valueLen)
}

func (k known) butSpot(p *spot) {
	if k.butBool(p.found); p.found {
		k.butSeen(&p.seen)
	} else {
		k.but(uint64(p.h)).but(p.empty).but(p.place).but(p.link).but(p.end)
	}
}

// spot is where a writer found a key, or where it may be inserted.
type spot struct {
	seen
	found bool
	tag   uint64 // of the key's slot
	head  uint64 // offset of the bucket
	h     headWord
	empty uint64 // offset of the first empty slot, or 0
	place uint64 // of the empty slot
	link  uint64 // the last link, if there is no empty slot
	end   uint64 // the place after the last, likewise
}

// slotOf is the slot word of entry b of the key.
func (p *spot) slotOf(b ref) slotWord { return slotWord(p.tag<<refBits | uint64(b)) }

// locate finds the spot of a key in its bucket, having completed the insertion that was pending there.
// If the key is not found, it was absent, and the empty slot empty, for as long as the head stays h.
func (r *region) locate(p *spot, key []byte, hash uint64) error {
	tag := slotTag(fingerprint(hash))
	p.head, p.tag = r.bucket(r.bucketOf(hash)), tag
	begin := r.here()
again:
	for {
		r.again(begin)
		p.found, p.empty = false, 0
		p.h = headWord(r.load(p.head))
		if p.h.pending() {
			if err := r.help(p.head, p.h); err != nil {
				return err
			}
			continue
		}
	scan:
		for c := r.chain(p.head); ; {
			for m := match(r.line(c.slot), c.slots, tag); m != 0; m &= m - 1 {
				off := c.slot + 8*uint64(bits.TrailingZeros64(m))
				p.witness, p.word, p.slot = off, r.load(off), off
				if p.word>>refBits != tag {
					continue again
				}
				ok, err := r.holds(&p.seen, key)
				if err != nil {
					return err
				}
				if !r.still(&p.seen) {
					continue again
				}
				if ok {
					p.found = true
					break scan
				}
			}
			for i := uint64(0); i < c.slots && p.empty == 0; i++ {
				if w := slotWord(r.load(c.slot + 8*i)); !w.used() {
					p.empty, p.place = c.slot+8*i, c.place+i
				}
			}
			p.link, p.end = c.link, c.place+c.slots
			if ok, err := r.next(&c); err != nil {
				return err
			} else if !ok {
				break
			}
		}
		// Found: an insertion that is pending may be that of what we found; it must be done before the slot may change (racing case 2).
		// Not found: the same head means that nothing was inserted since the scan began.
		h := headWord(r.load(p.head))
		if h.pending() {
			if err := r.help(p.head, h); err != nil {
				return err
			}
		}
		if h == p.h || p.found && !h.pending() {
			r.done(begin).butSpot(p)
			return nil
		}
	}
}

// help completes the insertion pending in a bucket.
func (r *region) help(head uint64, h headWord) error {
	begin := r.here()
	off, err := r.deref(h.ref())
	if err != nil {
		return err
	}
	m := meta(r.load(off + 8))
	if headWord(r.load(head)) != h {
		r.done(begin)
		return nil
	}
	slot, err := r.slotAt(head, m.place())
	if err != nil {
		return err
	}
	w := slotWord(r.load(slot))
	if headWord(r.load(head)) != h {
		r.done(begin)
		return nil // w may be of any time
	}
	if !w.used() {
		r.cas(slot, uint64(w), uint64(makeSlot(m.fingerprint(), h.ref())))
	} else if w.ref() != h.ref() {
		return &CorruptError{slot, "slot of a pending insertion taken"}
	}
	failpoint(atSlotFilled)
	r.cas(head, uint64(h), uint64(h.done()))
	r.done(begin)
	return nil
}

// insert links an entry that we own at the empty slot of p. It reports false if the bucket's head went on.
func (r *region) insert(ln *lane, p *spot, b ref) (bool, error) {
	off := r.own(b)
	m := meta(r.loadData(off + 8))
	r.storeData(off+8, uint64(m.inserting(p.place, p.tag&0xff)))
	h := headPending | headWord(b)
	if !r.cas(p.head, uint64(p.h), uint64(h)) {
		return false, nil
	}
	failpoint(atInsertionDecided)
	err := r.help(p.head, h)
	if m.kind() == kindQueue {
		r.publish(ln, b, segment)
	} else {
		r.linked(ln, b)
	}
	return true, err
}

// overflow gives a bucket without an empty slot a fresh block of slots. It may find that somebody else did so.
func (r *region) overflow(ln *lane, p *spot, bucket uint64) error {
	if p.end+r.overflowSlots() > 1<<metaPlaceBits {
		return &FullError{Needed: 1}
	}
	b, ok := r.take(ln)
	if !ok {
		return &FullError{Needed: 1}
	}
	off := r.own(b)
	r.storeData(off+8, uint64(makeIndexMeta(bucket)))
	for i := range r.payload() / 8 {
		r.storeData(off+blockHeader+8*i, 0)
	}
	w := makeBlockWord(owned, ln.handle, r.version(b))
	if !r.cas(p.link, 0, uint64(slotUsed)|uint64(b)) {
		r.release(ln, off, w)
		return nil
	}
	r.cas(off, uint64(w), uint64(makeBlockWord(index, 0, r.version(b))))
	return nil
}
