package simdb

import "testing"

// TestWalkList: a walk visits each continuation block once, tables first or last, and takes no bytes for references: here those of each leaf name all other blocks.
func TestWalkList(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 40, BlockCount: 64})
	key := []byte("k")
	must(t, db.Put(key, make([]byte, 190))) // three tables below another
	r := db.r
	var s seen
	must(t, r.lookup(&s, key, r.hash(key)))
	l, ok := r.list(s.entry.bytes())
	if !ok || l.depth != 3 {
		t.Fatalf("depth %d", l.depth)
	}
	var blocks []ref
	for i := range r.blockCount {
		off, _ := r.block(i)
		if w := blockWord(r.load(off)); w.state() == cont {
			blocks = append(blocks, r.makeRef(i, w.version()))
		}
	}
	if uint64(len(blocks)) != l.blocks-1 {
		t.Fatalf("%d blocks of %d", len(blocks), l.blocks-1)
	}
	table := map[uint64]bool{} // by offset, whether it is one
	for _, b := range blocks {
		table[r.own(b)] = true
	}
	for from := uint64(0); from < l.leaves; from++ {
		p := r.runs(&s.entry, l.prefix+from*r.payload(), min(r.payload(), l.bytes-l.prefix-from*r.payload()))
		off, n, ok := p.next()
		if !ok {
			t.Fatal("no leaf")
		}
		table[off-blockHeader] = false
		for at := uint64(0); from > 0 && at+8 <= n; at += 8 { // the first one has the key
			r.store(off+at, uint64(blocks[(from*r.payload()+at)/8%uint64(len(blocks))]))
		}
	}
	for _, o := range []order{tablesFirst, tablesLast} {
		var visits []uint64
		times := map[uint64]int{}
		r.walkList(s.ref(), &l, o, func(off uint64, w blockWord) {
			visits = append(visits, off)
			if times[off]++; w.state() != cont {
				t.Errorf("visits %v", w.state())
			}
		})
		if uint64(len(visits)) != l.blocks-1 || len(times) != len(visits) {
			t.Fatalf("%d visits of %d blocks, which are %d", len(visits), len(times), l.blocks-1)
		}
		if first, last := visits[0], visits[len(visits)-1]; table[first] != (o == tablesFirst) || table[last] != (o == tablesLast) {
			t.Errorf("tables first %v: begins with a table %v, ends with one %v", o, table[first], table[last])
		}
	}
}

// TestRunsAhead: no guess is made at where the next run is behind the last reference of a table, nor behind the end of what is read.
func TestRunsAhead(t *testing.T) {
	db := openHeap(t, Options{BlockSize: 40, BlockCount: 64})
	key := []byte("key of 8")
	must(t, db.Put([]byte("block 0"), nil))
	must(t, db.Put(key, make([]byte, 200)))
	r := db.r
	var s seen
	must(t, r.lookup(&s, key, r.hash(key)))
	l, _ := r.list(s.entry.bytes())
	for end := uint64(1); end <= l.bytes; end++ {
		p := r.runs(&s.entry, 0, end)
		for leaf := uint64(0); p.at < p.end; leaf++ {
			off, n, ok := p.next()
			if !ok {
				t.Fatal("no run")
			}
			block := off - (off-r.blockOff)%r.blockSize
			if last := leaf+1 == p.tableEnd || p.at == p.end; last && p.after != block && n > 0 {
				t.Errorf("after leaf %d of %d, at byte %d of %d: guesses %d, not %d", leaf, p.tableEnd, p.at, end, p.after, block)
			}
		}
	}
}
