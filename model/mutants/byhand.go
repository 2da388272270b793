package main

import (
	"bytes"
	"fmt"
	"slices"
)

// manual is a mistake by hand: every pair of texts is replaced, each old text being there exactly once.
type manual struct {
	what, file string
	change     []string // old, new, old, new, …
}

// manuals are mistakes that one may make in thinking; the first words say which interleaving of the design, or which racing case of the package comment, it brings back.
var manuals = []manual{
	{"two keys: insert without the decision on the head", "index.go", []string{
		"if !r.cas(p.head, uint64(p.h), uint64(h)) {", "if r.store(p.head, uint64(h)); false {"}},
	{"two keys: an insert does not look whether the head went on", "index.go", []string{
		"if h == p.h || p.found && !h.pending() {", "if !h.pending() {"}},
	{"false miss: a pending insertion is not looked at", "index.go", []string{"		if h.pending() {\n			s.witness, s.word = head", "		if h.pending() && false {\n			s.witness, s.word = head"}},
	{"torn: a get does not look again after it copied", "value.go", []string{"		if db.r.still(&s) {\n			runtime.KeepAlive(db)\n			if !s.entry", "		if db.r.still(&s) || true {\n			runtime.KeepAlive(db)\n			if !s.entry"}},
	{"torn: the common get does not look again after it copied", "fast.go", []string{"		if slots.load(slot) != w {\n			return dst, errSlow\n		}\n		return out, nil", "		return out, nil"}},
	{"racing case 2: replace and delete do not wait for the insertion", "index.go", []string{
		"		h := headWord(r.load(p.head))\n		if h.pending() {\n			if err := r.help(p.head, h); err != nil {\n				return err\n			}\n		}\n		if h == p.h || p.found && !h.pending() {",
		"		h := headWord(r.load(p.head))\n		if h == p.h || p.found {"}},
	{"racing case 2: a helper does not look at the head after it sampled the slot", "index.go", []string{
		"	if headWord(r.load(head)) != h {\n		r.done(begin)\n		return nil // w may be of any time\n	}\n", ""}},
	{"racing case 2: the head is done before the slot is filled", "index.go", []string{
		"	if !w.used() {\n		r.cas(slot", "	r.cas(head, uint64(h), uint64(h.done()))\n	if !w.used() {\n		r.cas(slot",
		"	r.cas(head, uint64(h), uint64(h.done()))\n	r.done(begin)\n	return nil\n", "	return nil\n"}},
	{"§4.5: a deletion without announcing", "replace.go", []string{
		"	if ok, err := r.announce(ln, p); !ok {\n		return false, err\n	}\n	failpoint(atAnnounced)\n	done := r.cas(p.slot, p.word, uint64(slotWord(p.word).dead()))\n",
		"	done := r.cas(p.slot, p.word, uint64(slotWord(p.word).dead()))\n	if ok, err := r.announce(ln, p); !ok {\n		return done, err\n	}\n"}},
	{"§4.4 a deletion frees before it unlinks", "replace.go", []string{
		"	done := r.cas(p.slot, p.word, uint64(slotWord(p.word).dead()))\n	failpoint(atUnlinked)\n	r.unlinked(ln, p.ref()) // it is, whoever did it\n",
		"	r.unlinked(ln, p.ref())\n	done := r.cas(p.slot, p.word, uint64(slotWord(p.word).dead()))\n"}},
	{"§4.4 a replacement frees before it unlinks", "replace.go", []string{
		"	r.storeData(off+8, uint64(m))\n", "	r.storeData(off+8, uint64(m))\n	r.unlinked(ln, victim)\n"}},
	{"replace: settled before the victim is freed", "replace.go", []string{
		"	r.unlinkedRecycled(ln, victim)\n	failpoint(atVictimFreed)\n	r.linked(ln, b)\n", "	r.linked(ln, b)\n	r.unlinkedRecycled(ln, victim)\n"}},
	{"replace: settled before the victim is freed, in the common case", "fast.go", []string{
		"	r.recycle(ln, w.ref()", "	r.linked(ln, b)\n	r.recycle(ln, w.ref()"}},
	{"replace: the new entry is never settled", "replace.go", []string{"	r.unlinkedRecycled(ln, victim)\n	failpoint(atVictimFreed)\n	r.linked(ln, b)\n", "	r.unlinkedRecycled(ln, victim)\n"}},
	{"replace: the new entry is never settled, in the common case", "fast.go", []string{"	r.linked(ln, b)\n	return slot, b, true", "	return slot, b, true"}},
	{"replace: the victim is not named", "replace.go", []string{"		m = m.replacing(r.index(victim))\n", "		m = m.replacingNone()\n"}},
	{"replace: the victim is not named, in the common case", "fast.go", []string{".replacing(i)))", ".replacingNone()))"}},
	{"replace: a victim that can not be named is not announced", "replace.go", []string{
		"		if ok, err := r.announce(ln, p); !ok {\n			return false, err\n		}\n	}\n	r.storeData", "	}\n	r.storeData"}},
	{"replace: who loses leaves what it announced", "replace.go", []string{"		if !named {\n			r.unlinked(ln, victim)\n		}\n", ""}},
	{"replace: the common case does not wait for the insertion (racing case 2)", "fast.go", []string{"		headWord(r.load(head)).pending() || ", "		"}},
	{"replace: the common case takes what is owned for settled", "fast.go", []string{
		"blockWord(r.load(victim)) != makeBlockWord(live, 0, v) {", "blockWord(r.load(victim)).version() != v {"}},
	{"settle: an entry is replaced that is not settled", "replace.go", []string{
		"	if _, ok, err := r.settled(p); !ok {\n		return false, err\n	}\n", ""}},
	{"settle: an entry is deleted that is not settled", "replace.go", []string{
		"			if _, err := r.settle(off, w); err != nil {\n				return w, false, err\n			}\n", "			return w, true, nil\n"}},
	{"settle: live, and its victim not freed", "replace.go", []string{"		if freed, err = r.collect(i); err != nil {\n			return freed, err\n		}\n", "		_ = i\n"}},
	{"settle: live before its victim is freed", "replace.go", []string{
		"	if i, named := meta(r.load(off + 8)).victim(); named {", "	i, named := meta(r.load(off + 8)).victim()\n	r.cas(off, uint64(w), uint64(makeBlockWord(live, 0, w.version())))\n	if named {"}},
	{"settle: a store", "replace.go", []string{
		"	r.cas(off, uint64(w), uint64(makeBlockWord(live, 0, w.version())))\n	return freed, nil", "	r.store(off, uint64(makeBlockWord(live, 0, w.version())))\n	return freed, nil"}},
	{"settle: the victim is freed whether it is linked or not", "replace.go", []string{"linked || err != nil {\n		return false, err", "err != nil {\n		_ = linked\n		return false, err"}},
	{"settle: the victim is not freed if it was announced", "replace.go", []string{
		"	if !settled(w) {\n		return false, nil\n	}\n	b := r.makeRef", "	if w.state() != live {\n		return false, nil\n	}\n	b := r.makeRef"}},
	{"sweep: what is unsettled becomes live, and its victim stays", "sweep.go", []string{
		"			freed, err := r.settle(off, w)\n			if err != nil {\n				return err\n			}\n			if freed {\n				report.Freed++\n			}\n",
		"			r.cas(off, uint64(w), uint64(makeBlockWord(live, 0, w.version())))\n"}},
	{"sweep: what was never linked is settled", "sweep.go", []string{"		if !ok {\n			r.freeFrom(nil, b", "		if !ok && w.state() == dying {\n			r.freeFrom(nil, b"}},
	{"spare: no new version", "blocks.go", []string{"	v := w.version() + 1\n	if !ln.keeps ||", "	v := w.version()\n	if !ln.keeps ||"}},
	{"spare: not freed by Close", "lane.go", []string{"			r.pause(spin)\n		}\n		r.giveBack(ln)\n", "			r.pause(spin)\n		}\n"}},
	{"spare: not given back before full", "lane.go", []string{"	r.giveBack(mine)\n	for", "	for", "			r.giveBack(ln)\n			ln.leave", "			ln.leave"}},
	{"spare: taken twice", "blocks.go", []string{"		ln.spare = 0\n		return b, true\n", "		return b, true\n"}},
	{"spare: worn out", "blocks.go", []string{" || v > r.maxVersion {", " {"}},
	{"spare: recycling is a store", "blocks.go", []string{
		"	if !r.cas(r.own(b), uint64(w), uint64(makeBlockWord(owned, ln.handle, v))) {", "	if r.store(r.own(b), uint64(makeBlockWord(owned, ln.handle, v))); false {"}},
	{"versions: a block taken again keeps its version", "blocks.go", []string{"	v := w.version() + 1\n	if w.state() != free", "	v := max(w.version(), 1)\n	if w.state() != free"}},
	// Files (§4.9).
	{"§4.9 remove: without the gate", "region_linux.go", []string{
		"	if err := lockRange(fd, unix.F_WRLCK, gate, true); err != nil {\n		return explain(path, err)\n	}\n	defer lockRange(fd, unix.F_UNLCK, gate, false)\n	if !names(path, st) ||", "	if !names(path, st) ||"}},
	{"§4.9 remove: shares the gate", "region_linux.go", []string{
		"	if err := lockRange(fd, unix.F_WRLCK, gate, true); err != nil {\n		return explain(path, err)\n	}\n	defer lockRange(fd, unix.F_UNLCK, gate, false)\n	if !names(path, st) ||",
		"	if err := lockRange(fd, unix.F_RDLCK, gate, true); err != nil {\n		return explain(path, err)\n	}\n	defer lockRange(fd, unix.F_UNLCK, gate, false)\n	if !names(path, st) ||"}},
	{"§4.9 remove: the name is not looked at behind the gate", "region_linux.go", []string{"	if !names(path, st) || r != nil", "	if r != nil"}},
	{"§4.9 remove: signs of life are not looked at", "region_linux.go", []string{"} else if holder != 0 {", "} else if false {"}},
	{"§4.9 remove: the gate is opened before the name goes", "region_linux.go", []string{"	onName(path, changes, func() { err = unix.Unlink(path) })", "	lockRange(fd, unix.F_UNLCK, gate, false)\n	onName(path, changes, func() { err = unix.Unlink(path) })"}},
	{"§4.9 open: without the gate", "region_linux.go", []string{
		"	if err := lockRange(fd, unix.F_RDLCK, gate, true); err != nil {\n		return nil, handle{}, explain(path, err)\n	}\n	defer lockRange(fd, unix.F_UNLCK, gate, false)\n	if path != \"\"", "	if path != \"\""}},
	{"§4.9 open: the name is not looked at behind the gate", "region_linux.go", []string{"	if path != \"\" && !names(path, st) {\n		return nil, handle{}, errReplaced", "	if path != \"\" && st == nil {\n		return nil, handle{}, errReplaced"}},
	{"§4.9 close: removes whatever has the name", "region_linux.go", []string{" || r != nil && !r.locks.(*fileLocks).of(st) {", " {"}},
	{"§4.9 create: replaces what has the name", "region_linux.go", []string{"	onName(path, changes, func() {\n		err = unix.Linkat(", "	onName(path, changes, func() {\n		unix.Unlink(path)\n		err = unix.Linkat("}},

	{"versions: a worn-out block goes on with its last version", "blocks.go", []string{
		"v > r.maxVersion || !r.cas", "!r.cas", "	v := w.version() + 1\n	if w.state() != free", "	v := min(w.version()+1, r.maxVersion)\n	if w.state() != free", "if w.version() >= r.maxVersion {", "if false {"}},
	{"versions: retired one life too late", "blocks.go", []string{"if w.version() >= r.maxVersion {", "if w.version() > r.maxVersion {"}},
	{"ownership: taking a block is a store", "blocks.go", []string{
		"!r.cas(off, uint64(w), uint64(makeBlockWord(owned, handle, v))) {", "func() bool { r.store(off, uint64(makeBlockWord(owned, handle, v))); return false }() {"}},
	{"ownership: the owner is written after taking", "blocks.go", []string{
		"!r.cas(off, uint64(w), uint64(makeBlockWord(owned, handle, v))) {", "!r.cas(off, uint64(w), uint64(makeBlockWord(owned, 0, v))) || !r.cas(off, uint64(makeBlockWord(owned, 0, v)), uint64(makeBlockWord(owned, handle, v))) {"}},
	{"freeing: not idempotent", "blocks.go", []string{
		"if !r.cas(off, uint64(w), uint64(r.freed(w))) {", "if r.store(off, uint64(r.freed(blockWord(r.load(off))))); false {"}},
	{"freeing: the head before its continuation", "entry.go", []string{
		"	var e entry\n	if r.entry(&e, off) && e.meta.multiple() {", "	r.release(ln, off, w)\n	var e entry\n	if r.entry(&e, off) && e.meta.multiple() {"}},
	{"freeing: a table is believed though its block went on", "list.go", []string{"w.version() != r.version(b) || r.load(off+8) != home(head)", "r.load(off+8) != home(head)"}},
	{"freeing: a block is believed to belong to the list that names it", "list.go", []string{"w.version() != r.version(b) || r.load(off+8) != home(head)", "w.state() != cont && w.state() != owned"}},
	{"lists: leaves are handed over before their table, from the last on", "list.go", []string{"r.walkList(head, l, tablesFirst, func", "r.walkList(head, l, tablesLast, func"}},
	{"lists: published before they are filled", "entry.go", []string{
		"	r.copyRuns(&e, 0, key)\n", "	r.publishList(ln, b, &l)\n	r.copyRuns(&e, 0, key)\n",
		"	r.publishList(ln, b, &l)\n	return b, nil\n", "	return b, nil\n"}},
	{"lists: a block is filled in its table after it is named home", "list.go", []string{
		"		r.storeData(table, uint64(b))\n		r.storeData(off+8, home(head))\n", "		r.storeData(off+8, home(head))\n		r.storeData(table, uint64(b))\n"}},
	{"lists: no home", "list.go", []string{"		r.storeData(off+8, home(head))\n", ""}},
	{"publication before initialisation: the value after the decision", "value.go", []string{
		"done, err = r.insert(ln, &p, b)",
		"at := r.own(b) + blockHeader + pad8(uint64(len(key)))\n				r.copyIn(at, make([]byte, len(value)))\n				done, err = r.insert(ln, &p, b)\n				r.copyIn(at, value)"}},
	{"insertion: the place is written after the decision", "index.go", []string{
		"	r.storeData(off+8, uint64(m.inserting(p.place, p.tag&0xff)))\n	h := headPending | headWord(b)\n	if !r.cas(p.head, uint64(p.h), uint64(h)) {\n		return false, nil\n	}\n",
		"	h := headPending | headWord(b)\n	if !r.cas(p.head, uint64(p.h), uint64(h)) {\n		return false, nil\n	}\n	r.storeData(off+8, uint64(m.inserting(p.place, p.tag&0xff)))\n"}},
	{"overflow: linked before its slots are empty", "index.go", []string{
		"	for i := range r.payload() / 8 {\n		r.storeData(off+blockHeader+8*i, 0)\n	}\n", "",
		"	r.cas(off, uint64(w), uint64(makeBlockWord(index, 0, r.version(b))))\n	return nil\n",
		"	for i := range r.payload() / 8 {\n		r.storeData(off+blockHeader+8*i, 0)\n	}\n	r.cas(off, uint64(w), uint64(makeBlockWord(index, 0, r.version(b))))\n	return nil\n"}},
	{"overflow: slots are not emptied", "index.go", []string{"	for i := range r.payload() / 8 {\n		r.storeData(off+blockHeader+8*i, 0)\n	}\n", ""}},
	{"§4.1 overflow: freed by who lost the race after all had seen it", "index.go", []string{"		r.release(ln, off, w)\n		return nil\n", "		return nil\n"}},
	{"§4.12: a sweep takes whoever is named for dead", "sweep.go", []string{"		if !held {\n", "		if !held || true {\n"}},
	{"§4.6: a sweep does not look again at the place of the owner", "sweep.go", []string{
		"deadWord[p] != 0 && handleWord(r.load(r.handle(p))) == deadWord[p]", "deadWord[p] != 0"}},
	{"§4.6: a place is clean again before the pass", "sweep.go", []string{
		"	for _, d := range list {\n		deadWord[d.slot] = d.word\n	}\n",
		"	for _, d := range list {\n		deadWord[d.slot] = d.word\n	}\n	for _, d := range list {\n		r.cas(r.handle(d.slot), uint64(d.word), uint64(d.word.clean()))\n	}\n",
		" && handleWord(r.load(r.handle(p))) == deadWord[p]", ""}},
	{"§4.6: a place is cleaned by a store", "sweep.go", []string{
		"if r.cas(r.handle(d.slot), uint64(d.word), uint64(d.word.clean())) {", "if r.store(r.handle(d.slot), uint64(d.word.clean())); true {"}},
	{"§4.6: the lock is tested before the word of the place is sampled", "sweep.go", []string{
		"		w := handleWord(r.load(r.handle(slot)))\n		if slot == self || !w.used() {\n			continue\n		}\n		held, err := r.locks.held(slot)\n",
		"		if slot == self {\n			continue\n		}\n		held, err := r.locks.held(slot)\n		w := handleWord(r.load(r.handle(slot)))\n		if !w.used() {\n			continue\n		}\n"}},
	{"§4.6: a sweep tests its own lock", "sweep.go", []string{"slot == self || !w.used()", "!w.used()", "		if !held {\n", "		if !held || slot == self {\n"}},
	{"sweep: frees what is linked", "sweep.go", []string{"		if !ok {\n			r.freeFrom(nil", "		if ok = false; !ok {\n			r.freeFrom(nil"}},
	{"sweep: what was announced and is linked becomes live again (racing case 4)", "sweep.go", []string{
		"nobody := makeBlockWord(dying, 0, w.version())", "nobody := makeBlockWord(live, 0, w.version())"}},
	{"racing case 9: a sweep does not look again after it wrote nobody", "sweep.go", []string{
		"		w = nobody\n", "		break\n"}},
	{"racing case 9: a sweep skips what nobody announced", "sweep.go", []string{"p == 0 || deadWord[p] != 0", "deadWord[p] != 0"}},
	{"sweep: a bucket is looked through once", "sweep.go", []string{"		if headWord(r.load(head)) == h {\n			return false, nil\n		}\n", "		return false, nil\n"}},
	{"sweep: a pending insertion is not reachable", "sweep.go", []string{"		if h.pending() && h.ref() == b {\n			return true, nil\n		}\n", ""}},
	{"sweep: a linked overflow block is freed", "sweep.go", []string{"w.state() == owned && m.kind() == kindIndex", "false && m.kind() == kindIndex"}},
	{"get at: the head is not looked at", "value.go", []string{"[...]uint64{v.slot, head, v.slot}", "[...]uint64{v.slot, v.slot}"}},
	{"get at: the slot is looked at once", "value.go", []string{"[...]uint64{v.slot, head, v.slot}", "[...]uint64{v.slot, head}"}},
	{"conditional: the version is checked once, and the slot swapped whatever it is", "value.go", []string{
		"			err = c.check(&p)\n", "			err = c.check(&p)\n			c = condition{}\n"}},
	{"iteration: looks at the slot again after the copy counts", "iterate.go", []string{
		"else if copied {", "else if copied && r.still(&s) {"}},
	{"iteration: a bucket is copied under any head", "iterate.go", []string{"		if headWord(r.load(head)) == h {\n			return nil\n		}\n", "		return nil\n"}},
	{"iteration: what is pending is given twice", "iterate.go", []string{" || h.pending() && w.ref() == h.ref() {", " {"}},
	{"§4.7: close does not wait", "lane.go", []string{"for spin := 0; !ln.word.cas(&r.mem, laneIdle, laneClosed); spin++ {", "for spin := 0; spin < 0 && ln != nil; spin++ {"}},
	{"§4.11: a lane is entered by two", "lane.go", []string{"if ln := list[i]; ln.word.cas(m, laneIdle, laneBusy) {", "if ln := list[i]; ln.word.load(m) == laneIdle {\n			ln.word.store(m, laneBusy)"}},
	{"attach: a place is taken without its lock", "handle.go", []string{"		if !ok {\n			continue\n		}\n		// Under", "		_ = ok\n		// Under"}},
	{"attach: the generation stays", "words.go", []string{"return (w&^handleUsed + 1) | handleUsed", "return w | handleUsed"}},
	{"full: what a failed build took is kept", "entry.go", []string{"		r.discard(ln, b)\n		return 0, &FullError{Needed: l.blocks}\n", "		return 0, &FullError{Needed: l.blocks}\n"}},
	{"full: the last block is never taken", "blocks.go", []string{"for range r.blockCount {\n		if i >= r.blockCount {", "for range r.blockCount - 1 {\n		if i >= r.blockCount {"}},
	{"conditional: a build that was not needed is kept", "value.go", []string{"			if b != built {\n				r.discard(ln, b)\n			}\n", ""}},
}

// byHand makes mutants of manuals.
func byHand(root string) ([]*mutant, error) {
	var list []*mutant
	for _, h := range slices.Concat(manuals, queueManuals) {
		src, err := source(root, h.file)
		if err != nil {
			return nil, err
		}
		m := &mutant{file: h.file, what: h.what, hand: true}
		for i := 0; i < len(h.change); i += 2 {
			old := []byte(h.change[i])
			if bytes.Count(src, old) != 1 {
				return nil, fmt.Errorf("%s: %q: the text is there %d times:\n%s", h.file, h.what, bytes.Count(src, old), old)
			}
			at := bytes.Index(src, old)
			m.edits = append(m.edits, edit{at, at + len(old), h.change[i+1]})
			if m.line == 0 {
				m.line = lineOf(src, at)
			}
		}
		list = append(list, m)
	}
	return list, nil
}
