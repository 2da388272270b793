package simdb

// Hazards (M. M. Michael, "Hazard pointers: safe memory reclamation for lock-free objects", IEEE TPDS 15(6), 2004) keep the segments in which a lane may be about
// to change a slot from being taken for something else. A lane has one for each role. It is left in place after an operation, so that the next one in the same segment
// pays nothing for it.
//
// A handle's hazards are in its place in the attach table, block numbers plus 1. Only the handle itself writes them. Operations on queues only run in as many lanes as have hazards.
const (
	hazardFirst    = 128 // offset in the place
	maxHazardLanes = (handleSize - hazardFirst) / 8 / hazardRoles
)

type hazardRole int

const (
	pushing hazardRole = iota
	popping
	hazardRoles = 2
)

// hazard is what one role of a lane protects: the segment that was validated, while it is protected.
type hazard struct{ segment ref }

// hazardWord is the offset of a lane's hazard word. Only the first hazardLanes lanes have one.
func (g *geometry) hazardWord(handle, lane uint64, role hazardRole) uint64 {
	return g.handle(handle) + hazardFirst + 8*(hazardRoles*lane+uint64(role))
}

// protect keeps segment b from being reused while the role of the lane does not turn to another. It reports false if b is not linked any more; what is in it
// then must not be believed, nor changed.
func (r *region) protect(ln *lane, role hazardRole, b ref) bool {
	h := &ln.hazards[role]
	if b != 0 && h.segment == b { // 0 names no segment, whoever wrote it there
		return true
	}
	off, ok := r.block(r.index(b))
	if !ok {
		return false
	}
	if r.readOnly {
		return r.linkedSegment(b, blockWord(r.load(off))) // for now: what is read of it is judged afterwards
	}
	begin := r.here()
	h.segment = 0
	r.store(r.hazardWord(ln.handle, ln.number, role), r.index(b)+1)
	// Whoever takes a resting block looks at the hazards after it rests: either it sees ours, or we see that it rests.
	if !r.linkedSegment(b, blockWord(r.load(off))) {
		r.done(begin).butBool(false)
		return false
	}
	h.segment = b
	r.done(begin).butBool(true)
	return true
}

// hazarded says whether somebody may be about to change a word of the resting block i. The hazards of the dead count until their places are clean.
func (r *region) hazarded(i uint64) bool {
	// A place that is taken after this load protects no block that rests already.
	for slot := min(r.handles, r.load(sharedOff)); slot > 0; slot-- {
		off := r.handle(slot)
		if !handleWord(r.load(off)).used() {
			continue
		}
		for w := off + hazardFirst; w < off+hazardFirst+8*hazardRoles*r.hazardLanes; w += 8 {
			if r.load(w) == i+1 {
				return true
			}
		}
	}
	return false
}

// clearHazards forgets what whoever had the place before us left. Hazards in a place that is not in use do not count.
func (r *region) clearHazards(handle uint64) {
	for w := r.handle(handle) + hazardFirst; w < r.handle(handle)+handleSize; w += 8 {
		if r.load(w) != 0 {
			r.store(w, 0)
		}
	}
}

// unprotect lets go of the segments of a lane that we are in.
func (r *region) unprotect(ln *lane) {
	for role := range ln.hazards {
		if ln.hazards[role].segment != 0 {
			ln.hazards[role].segment = 0
			r.store(r.hazardWord(ln.handle, ln.number, hazardRole(role)), 0)
		}
	}
}
