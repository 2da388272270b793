package main

// queueManuals are mistakes in the protocol of queues.
var queueManuals = []manual{
	// Heads.
	{"notes: what was the head rests before the key's entry moves on", "retire.go", []string{
		"		list = append(list, b)\n		if !r.protect(ln, popping, next)", "		list = append(list, b)\n		r.rest(b)\n		if !r.protect(ln, popping, next)"}},
	{"head: the next one is not marked", "retire.go", []string{"		r.markHead(next)\n", ""}},
	{"head: the index goes back to an older one", "retire.go", []string{
		"r.cas(p.slot, p.word, uint64(makeSlot(fingerprint(q.hash), head)))", "func() bool { r.store(p.slot, uint64(makeSlot(fingerprint(q.hash), head))); return true }()"}},
	{"head: not announced", "retire.go", []string{"n > r.blockCount || !r.announceSegment(ln, b)", "n > r.blockCount"}},
	{"head: what was announced never rests", "retire.go", []string{"		r.rest(b)\n	}\n", "		_ = b\n	}\n"}},
	{"head: what was announced rests although another moved the index, which it leads to", "retire.go", []string{
		"		if !ok && head != 0 {", "		if !ok || head != p.ref() {\n			for _, b := range announced {\n				r.rest(b)\n			}\n		}\n		if !ok && head != 0 {"}},
	{"head: a segment with messages is passed over", "retire.go", []string{"if !ok || !r.usedUp(&q.at, off) {", "if !ok {"}},
	{"head: a pop that crosses does not retire", "pop.go", []string{"	if crossed {\n		if err2", "	if crossed && false {\n		if err2"}},
	{"head: a push behind what is used up does not retire", "push.go", []string{"	if r.usedUp(&q.at, e.off) { // its last", "	if false { // its last"}},
	{"head: a claim that uses up a segment does not retire", "claim.go", []string{"			crossed = crossed || f.at.slot()+1 == q.at.slots\n", ""}},
	{"segment: rests in another life", "segment.go", []string{"return w.state() == retiring && w.version() == r.version(b) && r.restWord(off, w)", "return w.state() == retiring && r.restWord(off, w)"}},
	{"segment: marked in another life", "segment.go", []string{"w.version() != r.version(b) || w.state() != owned && w.state() != segment || r.cas", "w.state() != owned && w.state() != segment || r.cas"}},
	{"segment: a worn-out one rests", "segment.go", []string{"	if w.version() >= r.maxVersion {\n		next =", "	if false {\n		next ="}},
	{"segment: its slots are not emptied", "segment.go", []string{"	for i := range s.slots {\n		r.storeData(s.slot(off, i), 0)\n	}\n", ""}},
	{"segment: does not name the one before", "segment.go", []string{"uint64(previous))\n", "0*uint64(previous))\n"}},
	{"segment: free instead of resting (§4.1)", "segment.go", []string{"makeBlockWord(resting, 0, w.version())", "makeBlockWord(free, 0, w.version())"}},

	// Hazards.
	{"hazards: nobody looks at them", "blocks.go", []string{"(w.state() != resting || r.hazarded(i))", "w.state() != resting"}},
	{"hazards: set without a look whether they came too late", "hazard.go", []string{"	if !r.linkedSegment(b, blockWord(r.load(off))) {\n", "	if r.load(off); false {\n"}},
	{"hazards: set after the look", "hazard.go", []string{
		"	r.store(r.hazardWord(ln.handle, ln.number, role), r.index(b)+1)\n", "",
		"	h.segment = b\n	r.done", "	r.store(r.hazardWord(ln.handle, ln.number, role), r.index(b)+1)\n	h.segment = b\n	r.done"}},
	{"hazards: one for both roles", "hazard.go", []string{"8*(hazardRoles*lane+uint64(role))", "8*(hazardRoles*lane+0*uint64(role))"}},
	{"hazards: a linked segment of any life will do", "segment.go", []string{"return w.version() == r.version(b) && (w.state() == segment", "return (w.state() == segment"}},
	{"hazards: let go of by nobody before full", "value.go", []string{"	db.lanes.unprotect(db.r, ln)\n", ""}},
	{"find: does not look again at the index after the hazard", "push.go", []string{"		if !r.still(&s) {\n			continue // a segment", "		if !r.still(&s) && false {\n			continue // a segment"}},
	{"hint: a position without a hazard", "push.go", []string{"if p != 0 && !astray && q.r.protect(ln, role, p.segment()) {", "if p != 0 && !astray {"}},

	// Pushing.
	{"push: beyond a seal (§4.8)", "push.go", []string{"w == 0 || w == slotSealed {\n				return end{makePosition(b, i), off, w == slotSealed}, true", "w == 0 {\n				return end{makePosition(b, i), off, false}, true"}},
	{"push: beyond a sealed link (§4.8)", "push.go", []string{"return end{makePosition(b, i), off, queueSlot(link) == slotSealed}, true", "return end{makePosition(b, i), off, false}, true", "if !r.cas(q.at.link(e.off), 0, uint64(b)) {", "if !r.cas(q.at.link(e.off), 0, uint64(b)) && !r.cas(q.at.link(e.off), uint64(slotSealed), uint64(b)) {"}},
	{"push: a store into the slot", "push.go", []string{
		"if !r.cas(q.at.slot(e.off, e.at.slot()), 0, uint64(makeQueueSlot(list.b, list.count))) {", "if r.store(q.at.slot(e.off, e.at.slot()), uint64(makeQueueSlot(list.b, list.count))); false {"}},
	{"push: where the message goes is not written anew", "push.go", []string{"		r.goesTo(&m.message, e.at, queue)\n", "		if w, _ := r.wordAt(&m.e, messageWhere); w == 0 {\n			r.goesTo(&m.message, e.at, queue)\n		}\n"}},
	{"push: where the message goes is written after it is linked", "push.go", []string{
		"		r.goesTo(&m.message, e.at, queue)\n", "",
		"	q.tail.store(&r.mem, uint64(e.at+1))\n	return true, nil", "	for m := list; m != nil; m = m.rest {\n		r.goesTo(&m.message, e.at, queue)\n	}\n	q.tail.store(&r.mem, uint64(e.at+1))\n	return true, nil"}},
	{"push: the message stays its author's", "push.go", []string{"		r.publish(ln, m.b, queued)\n", ""}},
	{"push: a message that is not needed is kept", "push.go", []string{"			q.discardParts(ln, list)\n			return err\n		}\n		if done", "			return err\n		}\n		if done"}},
	{"push: a segment that is not needed is kept", "push.go", []string{"		r.discard(ln, b)\n		return nil\n	}\n	failpoint(atSegmentLinked)\n	r.publish(ln, b, segment)", "		return nil\n	}\n	r.publish(ln, b, segment)"}},
	{"push: a segment is linked by a store", "push.go", []string{"if !r.cas(q.at.link(e.off), 0, uint64(b)) {", "if r.store(q.at.link(e.off), uint64(b)); false {"}},
	{"push, common case: behind a segment that the hazard does not name", "fast_queue.go", []string{"p.segment() != segment || p.slot() >= q.at.slots || messageHeader", "segment == ^segment || p.slot() >= q.at.slots || messageHeader", "at := r.own(segment)\n	slot := q.at.slot(at, p.slot())\n	if r.load(slot) != 0", "at := r.own(p.segment())\n	slot := q.at.slot(at, p.slot())\n	if r.load(slot) != 0"}},
	{"push, common case: a message that was not linked is kept", "fast_queue.go", []string{"		r.discard(ln, b)\n		return false", "		return false"}},
	{"push, common case: a store into the slot", "fast_queue.go", []string{"if !r.cas(slot, 0, uint64(makeQueueSlot(b, 1))) {", "if r.store(slot, uint64(makeQueueSlot(b, 1))); false {"}},

	// Popping.
	{"pop: copied after it was taken", "pop.go", []string{
		"			dst, ok = r.appendMessage(dst[:at], &m, m.count-f.word.count(), f.slot, f.word)\n", "",
		"		crossed = q.took(ln, &f, &m, 1) || crossed\n", "		crossed = q.took(ln, &f, &m, 1) || crossed\n		dst, _ = r.appendMessage(dst[:at], &m, m.count-f.word.count(), f.slot, f.word)\n"}},
	{"pop: taken by a store", "pop.go", []string{"if !r.cas(f.slot, uint64(f.word), uint64(f.word.left(1, m.next))) {", "if r.store(f.slot, uint64(f.word.left(1, m.next))); false {"}},
	{"pop: what was taken is not freed", "pop.go", []string{"	r.freeMessage(ln, f.word.ref())\n", ""}},
	{"pop: what was taken is freed before", "pop.go", []string{
		"		if !r.cas(f.slot, uint64(f.word), uint64(f.word.left(1, m.next))) {", "		if f.word.count() == 1 {\n			r.freeMessage(ln, f.word.ref())\n		}\n		if !r.cas(f.slot, uint64(f.word), uint64(f.word.left(1, m.next))) {"}},
	{"pop: the rest of a batch is lost", "words_queue.go", []string{"	case next != 0:\n		return next\n", ""}},
	{"pop: a claimed message is passed over, not handed over", "pop.go", []string{"for w.claimed() {", "for w.claimed() && false {", "case !w.used(): // sealed or deleted", "case !w.used() && !w.claimed(): // sealed or deleted"}},
	{"pop: the end of a deleted queue is empty, and the deletion left to others", "pop.go", []string{"					if err := q.ends(ln, makePosition(b, i), &ended); err != nil {\n						return f, err\n					}\n					continue again", "					return f, ErrEmpty"}},
	{"pop, common case: copied after it was taken", "fast_queue.go", []string{
		"	out := r.appendOut(dst, off+blockHeader+messageHeader, n)\n", "",
		"	if word != makeBlockWord(queued", "	out := r.appendOut(dst, off+blockHeader+messageHeader, n)\n	if word != makeBlockWord(queued",
		"	r.wake(q.line)\n	return out, true", "	r.wake(q.line)\n	return out, true"}},
	{"pop, common case: what was taken is not freed", "fast_queue.go", []string{"|| !r.recycle(ln, w.ref(), word) {\n		r.freeMessage(ln, w.ref())\n	}", "{\n		r.freeMessage(ln, w.ref())\n	}"}},
	{"pop, common case: of what its author has not said to be queued, nothing is freed", "fast_queue.go", []string{"		r.freeMessage(ln, w.ref())\n", ""}},
	{"pop, common case: taken by a store", "fast_queue.go", []string{"if !r.cas(slot, uint64(w), uint64(makeUsedSlot(w.ref()))) {", "if r.store(slot, uint64(makeUsedSlot(w.ref()))); false {"}},
	{"take: one step for each message of a batch", "take.go", []string{"r.copyMessages(b, &m, m.count-f.word.count())", "r.copyMessages(b, &m, m.count-f.word.count())\n		for len(b.ends) > ends+1 {\n			b.ends = b.ends[:len(b.ends)-1]\n			b.memory = b.memory[:b.ends[len(b.ends)-1]]\n		}"}},
	{"take: what was not taken stays in the batch", "take.go", []string{"		b.memory, b.ends, b.end = b.memory[:memory], b.ends[:ends], EndSource\n", "		_ = memory\n"}},

	// Claims.
	{"claim: not settled before (racing case 25)", "claim.go", []string{"		} else if !q.settleFirst(&f) {", "		} else if false {"}},
	{"§4.2: the slot goes on before the message's word says who holds it", "claim.go", []string{
		"	if ok && word.version() == r.version(w.ref()) && (word.state() == owned || word.state() == queued) {\n		r.cas(off, uint64(word), uint64(makeBlockWord(claimed, w.handle(), word.version()).withAttempt(1)))\n	}\n", "",
		"	r.cas(slot, uint64(w), uint64(next))\n", "	r.cas(slot, uint64(w), uint64(next))\n	if ok && word.version() == r.version(w.ref()) && (word.state() == owned || word.state() == queued) {\n		r.cas(off, uint64(word), uint64(makeBlockWord(claimed, w.handle(), word.version()).withAttempt(1)))\n	}\n"}},
	{"§4.2: the mark is the decision: pops, then owns", "claim.go", []string{"w := makeClaimedSlot(x, ln.handle)\n		if !r.cas(f.slot, uint64(f.word), uint64(w)) {", "w := makeUsedSlot(x)\n		if f.word.count() > 1 {\n			w = makeQueueSlot(f.word.ref(), f.word.count()-1)\n		}\n		if !r.cas(f.slot, uint64(f.word), uint64(w)) {",
		"		if err := r.handOver(f.slot, w); err != nil {\n			return dst, Claim{x, 1}, err\n		}\n		if queueSlot", "		for o := r.own(x); ; {\n			if w := blockWord(r.load(o)); r.cas(o, uint64(w), uint64(makeBlockWord(claimed, ln.handle, w.version()).withAttempt(1))) {\n				break\n			}\n		}\n		if queueSlot"}},
	{"hand over: whatever the message's word says (racing case 26)", "claim.go", []string{" && (word.state() == owned || word.state() == queued) {\n		r.cas(off, uint64(word), uint64(makeBlockWord(claimed, w.handle()", " {\n		r.cas(off, uint64(word), uint64(makeBlockWord(claimed, w.handle()"}},
	{"claim: a copy that is not needed is kept", "claim.go", []string{"			if x != f.word.ref() {\n				r.discard(ln, x)\n			}\n", ""}},
	{"claim: the copy does not name the rest", "claim.go", []string{"	r.storeWord(&m.e, messageNext, uint64(makeQueueSlot(f.word.ref(), f.word.count()-1)))\n", ""}},
	{"claim: the copy does not say where it is", "claim.go", []string{"	r.goesTo(&m, f.at, ref(r.loadData(q.at.info(r.own(f.at.segment()), segmentQueue))))\n", ""}},
	{"claim: what it copied is not looked at again", "claim.go", []string{"		if !now {\n			continue\n		}\n", ""}},
	{"claim: empty without a look whether something was given up meanwhile", "claim.go", []string{"if err != ErrEmpty || q.r.load(q.line+waitOrphans) == given {", "if err != ErrEmpty || true {"}},
	{"ack: freed before the word decides", "claim.go", []string{
		"	if !r.cas(r.own(b), uint64(w), uint64(makeBlockWord(dying, ln.handle, w.version()))) {\n		return false\n	}\n	failpoint(atAcknowledged)\n	r.unlinked(ln, b)\n	return true", "	r.freeFrom(ln, b, func(blockWord) bool { return true }, false)\n	return true"}},
	{"ack: by any claim of the message", "claim.go", []string{".withAttempt(c.attempt)\n}", ".withAttempt(w.attempt())\n}"}},
	{"ack: the message is not freed", "claim.go", []string{"	r.unlinked(ln, b)\n	return true", "	return true"}},
	{"release: the same attempt again", "claim.go", []string{"min(w.attempt()+1, maxAttempt)", "w.attempt()"}},
	{"release: a store", "claim.go", []string{"ok := r.cas(off, uint64(w), uint64(gone))", "ok := true\n	r.store(off, uint64(gone))"}},
	{"release: nobody is told", "claim.go", []string{"		r.raiseOrphans(r.orphanLine(", "		_ = (r.orphanLine("}},
	{"close: what the handle holds is not given up", "db.go", []string{"db.claims.load(&db.r.mem) != 0", "false"}},
	{"orphan: taken from any queue", "claim.go", []string{"; !ok || of != name {", "; !ok || of == 0 {"}},
	{"orphan: its queue is not looked at again", "claim.go", []string{"err == ErrNotFound || err == ErrKind || err == nil && now != name", "err != err && now != name"}},
	{"orphan: its slot is not looked at (racing case 27)", "claim.go", []string{"w.claimed() && w.ref() == b {", "false {"}},
	{"orphan: the first of a batch is given instead of the last", "claim.go", []string{"r.extent(&m, m.count-1) // of", "r.extent(&m, 0) // of"}},
	{"orphan: taken by two", "claim.go", []string{"		if !r.cas(off, uint64(w), uint64(mine)) {\n			continue // somebody", "		if r.store(off, uint64(mine)); false {\n			continue // somebody"}},
	{"orphan: none is remembered for a count of after the pass", "claim.go", []string{"	q.none.store(&r.mem, given)\n", "	q.none.store(&r.mem, r.load(q.line+waitOrphans))\n"}},

	// Deletion.
	{"§4.8: deletion without closing", "drop.go", []string{"if mine = r.cas(word, 0, uint64(slotSealed)); !mine {", "if mine = r != nil && word != 0; !mine {", "	if !ok || !e.sealed {\n", "	if _ = e; !ok {\n"}},
	{"deletion: does not decide where the queue ends", "drop.go", []string{"if w.filled() && !r.cas(slot, uint64(w), uint64(makeDeletedSlot(w.ref()))) {", "if false {"}},
	{"deletion: decides by a store", "drop.go", []string{"if w.filled() && !r.cas(slot, uint64(w), uint64(makeDeletedSlot(w.ref()))) {\n					continue\n				}", "if w.filled() {\n					r.store(slot, uint64(makeDeletedSlot(w.ref())))\n				}"}},
	{"deletion: a claim that stands in a slot is not handed over", "drop.go", []string{"				if w.claimed() {\n					if r.handOver(slot, w) != nil {\n						return false, false\n					}\n					continue\n				}\n", ""}},
	{"deletion: frees before it unlinks", "drop.go", []string{"		if ok && r.cas(p.slot, p.word, uint64(slotWord(p.word).dead())) {", "		for _, b := range announced {\n			q.freeSegment(ln, b)\n		}\n		if ok && r.cas(p.slot, p.word, uint64(slotWord(p.word).dead())) {"}},
	{"deletion: unlinks by a store", "drop.go", []string{"if ok && r.cas(p.slot, p.word, uint64(slotWord(p.word).dead())) {", "if r.store(p.slot, uint64(slotWord(p.word).dead())); ok {"}},
	{"deletion: segments are not announced", "drop.go", []string{"if !r.protect(ln, popping, b) || !r.announceSegment(ln, b) {", "if !r.protect(ln, popping, b) {"}},
	{"deletion: messages are not freed", "drop.go", []string{"		r.freeLeft(ln, &q.at, b)\n", ""}},
	{"deletion: the rest of a batch is not freed", "drop.go", []string{"			w = m.next\n", "			w = 0\n"}},
	{"deletion: the rest of a batch is believed whoever freed its beginning", "drop.go", []string{"			if word.version() != r.version(w.ref()) || word.state() != queued && word.state() != owned {\n				break\n			}\n", "			_ = word\n"}},
	{"deletion: that of who did not close", "drop.go", []string{"finishDrop(ln, true); mine || err != nil {", "finishDrop(ln, true); true {"}},

	// Sweep.
	{"sweep: frees what is queued without a look where it is", "sweep_queue.go", []string{"	found, handle := r.leads(b)\n	switch {", "	found, handle := r.leads(b)\n	found = leadsNowhere\n	switch {"}},
	{"sweep: leaves what a dead consumer took and did not free", "sweep_queue.go", []string{"	case found == leadsNowhere:\n", "	case found == leadsNowhere && w.state() == owned:\n"}},
	{"sweep: does not follow batches", "sweep_queue.go", []string{"		w = m.next\n	}\n	return leadsNowhere, 0", "		w = 0\n	}\n	return leadsNowhere, 0"}},
	{"sweep: does not look again at the slot of a message", "sweep_queue.go", []string{"if blockWord(r.load(off)).version() == before.version() && queueSlot(r.load(slot)) == w {", "if true {"}},
	{"sweep: does not see whether the segment of a message is that of its life", "sweep_queue.go", []string{"		if !r.linkedSegment(at.segment(), before) {\n			return leadsNowhere, 0\n		}\n", ""}},
	{"sweep: what stands claimed in a slot is left to whoever comes by", "sweep_queue.go", []string{"	case found == leadsToClaimed:\n		r.cas", "	case found == leadsToClaimed && false:\n		r.cas"}},
	{"sweep: a message claimed by the dead, seen as queued, is left for the next sweep", "sweep.go", []string{"		if now == w {\n			return nil\n		}\n		w = now\n", "		_ = now\n		return nil\n"}},
	{"sweep: what is queued is left if nobody is dead", "sweep.go", []string{"w := blockWord(r.load(off)); looked>>w.state()&1 != 0 {", "w := blockWord(r.load(off)); looked>>w.state()&1 != 0 && (w.state() != queued || len(list) > 0) {"}},
	{"sweep: what was given up is left if nobody is dead", "sweep.go", []string{"w := blockWord(r.load(off)); looked>>w.state()&1 != 0 {", "w := blockWord(r.load(off)); looked>>w.state()&1 != 0 && (w.state() != orphan || len(list) > 0) {"}},
	{"§4.3: what the dead held is put back as queued", "sweep.go", []string{"	case w.state() == claimed:\n		r.giveUp(off, w)\n", "	case w.state() == claimed:\n		r.cas(off, uint64(w), uint64(makeBlockWord(queued, 0, w.version())))\n"}},
	{"§4.3: what the dead held is given up by a store", "sweep.go", []string{"	case w.state() == claimed:\n		r.giveUp(off, w)\n", "	case w.state() == claimed:\n		r.store(off, uint64(makeBlockWord(orphan, 0, w.version()).withAttempt(w.attempt()+1)))\n		r.raiseOrphans(r.orphanLine(b))\n"}},
	{"sweep: what the dead held stays theirs", "sweep.go", []string{"	case w.state() == claimed:\n		r.giveUp(off, w)\n", "	case w.state() == claimed:\n"}},
	{"sweep: orphans are not told of again", "sweep_queue.go", []string{"		r.raiseOrphans(line)\n	} else", "		_ = line\n	} else"}},
	{"sweep: orphans of deleted queues stay", "sweep_queue.go", []string{"	} else if r.cas(off, uint64(w), uint64(makeBlockWord(dying", "	} else if false && r.cas(off, uint64(w), uint64(makeBlockWord(dying"}},
	{"sweep: a segment is linked by the index alone", "sweep_queue.go", []string{"	return ref(link) == b && r.linkedSegment(before, blockWord(r.load(at))), nil", "	return ref(link) == b && false, nil"}},
	{"sweep: the segment before is believed in any life", "sweep_queue.go", []string{"if before == 0 || !ok || !r.linkedSegment(before, blockWord(r.load(at))) {", "if before == 0 || !ok {", "ref(link) == b && r.linkedSegment(before, blockWord(r.load(at))), nil", "ref(link) == b, nil"}},
	{"sweep: a half-done retirement is left", "sweep_queue.go", []string{"	if err := q.retire(ln); err != nil {\n		return err\n	}\n", ""}},
	{"sweep: a half-done deletion is left", "sweep_queue.go", []string{"	if err := q.finishDrop(ln, false); err != nil {\n		return err\n	}\n", ""}},
	{"sweep: what an unlinker left is not freed", "sweep_queue.go", []string{"		q.freeSegment(ln, b)\n", ""}},
	{"sweep: what rested meanwhile is corrupt", "sweep_queue.go", []string{"		if blockWord(r.load(off)) != w {\n			return nil // it rested", "		if false {\n			return nil // it rested"}},

	// Limits.
	{"limit: not looked at", "push.go", []string{"		if err := q.checkLimit(ln, e, before, limit, n); err != nil {\n			return false, err\n		}\n", ""}},
	{"limit: messages do not say how many were before them", "push.go", []string{"			r.storeWord(&m.e, messageBefore, before)\n", ""}},
	{"limit: what is before a message is believed although its slot went on", "limit.go", []string{"	return n, same, nil", "	return n, true, nil"}},
	{"limit: full although somebody has pushed meanwhile", "limit.go", []string{" && q.r.load(q.at.slot(e.off, e.at.slot())) == 0 {", " {"}},
	{"limit: the head is believed although it went on", "limit.go", []string{"		if queueSlot(q.r.load(f.slot)) != f.word {\n			return q.checkLimit(ln, e, before, limit, n)\n		}\n", ""}},
	{"limit: the common case does not look", "fast_queue.go", []string{" || r.loadData(q.at.info(at, segmentLimit)) != 0 {", " {"}},
}
