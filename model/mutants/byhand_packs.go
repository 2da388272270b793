package main

// Mistakes by hand in packs.
func init() {
	manuals = append(manuals, []manual{
		{"packs: a record is given without a last look", "pack.go", []string{
			"	if !p.current() {\n		err = ErrStale\n	} else if !whole {", "	if !whole {"}},
		{"packs: records of an iteration are given without a last look", "pack_iterate.go", []string{"	err := p.judge(whole)\n", "	err := error(nil)\n	_ = whole\n"}},
		{"packs: the table is believed without another look", "pack.go", []string{
			"	return p.orStale(nil)\n", "	return nil\n"}},
		{"packs: offsets that make no sense are taken for damage", "pack.go", []string{
			"	if err := p.judge(whole && from <= end && end <= p.entry.valueLen-p.data); err != nil {\n		return 0, 0, err\n",
			"	if !(whole && from <= end && end <= p.entry.valueLen-p.data) {\n		return 0, 0, p.corrupt()\n"}},
		{"packs: the table of one and the records of another", "pack.go", []string{
			"	whole := p.copy(out[len(dst):], from)\n",
			"	now := *p\n	now.word = slotWord(p.db.r.load(p.slot))\n	if off, err := p.db.r.deref(now.word.ref()); err == nil && now.word.used() {\n		s := seen{slot: p.slot}\n		if p.db.r.entry(&s.entry, off) {\n			now = p.db.pack(&s, p.head, now.word)\n		}\n	}\n	p = &now\n	whole := p.copy(out[len(dst):], from)\n"}},
		{"packs: one whose insertion is pending is stale", "pack.go", []string{
			"		headWord(r.load(p.head)) == headPending|headWord(p.word.ref()) ||\n", ""}},
		{"packs: an insertion is completed between the looks at slot and head", "pack.go", []string{
			" ||\n		slotWord(r.load(p.slot)) == p.word\n", "\n"}},
		{"packs: a leaf is one of no list", "pack_build.go", []string{"	if err == nil {\n		b.db.r.storeData(b.db.r.own(block)+8, home(b.head))\n	}\n", ""}},
		{"packs: the list is not handed over", "pack_build.go", []string{"	r.publishList(b.ln, b.head, &s.list)\n", ""}},
		{"packs: what is built and not linked is kept", "pack_build.go", []string{"	if b.built != 0 {\n		r.discard(b.ln, b.built)\n	}\n", ""}},
		{"packs: what is taken and not built is kept", "pack_build.go", []string{"	for _, block := range b.blocks {\n", "	for _, block := range b.blocks[:0] {\n"}},
		{"packs: filled after they are linked", "pack_build.go", []string{
			"	if err == nil {\n		failpoint(atPackBuilt)\n		v, err = b.link(c)\n	}\n",
			"	records := make([]byte, min(b.size, db.r.payload()))\n	if len(b.leaves) > 0 {\n		off := db.r.own(b.leaves[0]) + blockHeader\n		db.r.copyOut(records, off)\n		db.r.copyIn(off, make([]byte, len(records)))\n		defer db.r.copyIn(off, records)\n	}\n	if err == nil {\n		v, err = b.link(c)\n	}\n"}},
		{"packs: elements begin again after some were given", "elements.go", []string{"if err == ErrStale && !given {", "if err == ErrStale && (!given || true) {"}},
	}...)
}
