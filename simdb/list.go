package simdb

// A block list holds the bytes of an entry that does not fit into one block: the key, padded to words, then the value. Its first block (the head) has
//
//	key length, value length | references of blocks | the first bytes
//
// and the references name either the blocks with the rest of the bytes (depth 1) or tables of such references (depth 2 and more), as in the inodes of
// a file system. So any byte is reached in depth steps, and how a list looks follows from its number of bytes alone.
type list struct {
	bytes  uint64
	depth  int
	refs   uint64 // in the head
	prefix uint64 // bytes in the head
	leaves uint64
	blocks uint64 // head, tables and leaves
}

const listHeader = 16 // key length, value length

// fanout is how many references a table block holds.
func (g *geometry) fanout() uint64 { return g.payload() / 8 }

// maxBytes is more than any entry of the region can have.
func (g *geometry) maxBytes() uint64 { return g.blockCount * g.payload() }

// list is the shape of a list of so many bytes. It reports false if the region has not enough blocks for it.
func (g *geometry) list(bytes uint64) (list, bool) {
	if bytes > g.maxBytes() {
		return list{}, false
	}
	room := g.payload() - listHeader
	for depth, reach := 1, g.payload(); ; depth, reach = depth+1, reach*g.fanout() {
		refs := (bytes - min(bytes, room)) / reach
		for refs*8 <= room && room-refs*8+refs*reach < bytes {
			refs++
		}
		if refs*8 > room {
			continue
		}
		l := list{bytes: bytes, depth: depth, refs: refs, prefix: min(bytes, room-refs*8)}
		l.leaves = (bytes - l.prefix + g.payload() - 1) / g.payload()
		l.blocks = 1
		for n, d := l.leaves, depth; d > 0; n, d = (n+g.fanout()-1)/g.fanout(), d-1 {
			l.blocks += n
		}
		return l, l.blocks <= g.blockCount
	}
}

// blocksFor is how many blocks an entry of so many bytes takes.
func (g *geometry) blocksFor(bytes uint64) uint64 {
	if bytes <= g.payload() {
		return 1
	}
	l, _ := g.list(bytes)
	return l.blocks
}

// span is how many leaves one reference leads to, at a distance of depth from the leaves.
func (g *geometry) span(depth int) uint64 {
	n := uint64(1)
	for ; depth > 1; depth-- {
		n *= g.fanout()
	}
	return n
}

// table and data are where the references and the first bytes are in the head at off.
func (l *list) table(off uint64) uint64 { return off + blockHeader + listHeader }
func (l *list) data(off uint64) uint64  { return l.table(off) + 8*l.refs }

// buildList takes the blocks of a list whose head we own, and records them in it.
func (r *region) buildList(ln *lane, head ref, l *list) bool {
	return r.buildTable(ln, head, l.table(r.own(head)), l.leaves, l.depth)
}

func (r *region) buildTable(ln *lane, head ref, table, leaves uint64, depth int) bool {
	for span := r.span(depth); leaves > 0; table += 8 {
		b, ok := r.take(ln)
		if !ok {
			return false
		}
		off, n := r.own(b), min(span, leaves)
		r.storeData(table, uint64(b))
		r.storeData(off+8, home(head))
		if depth > 1 && !r.buildTable(ln, head, off+blockHeader, n, depth-1) {
			return false
		}
		leaves -= n
	}
	return true
}

// order is when walkList visits a table: before or after the blocks that it names.
type order bool

const (
	tablesFirst order = true
	tablesLast  order = false
)

// walkList calls visit for every continuation block of the list at head: that a table names in its present life, and that names head as its home. The block's
// word is sampled before. While head lives on, these are its blocks; if it was freed meanwhile, the CAS of the sampled word fails, or there are none.
func (r *region) walkList(head ref, l *list, o order, visit func(off uint64, w blockWord)) {
	r.walkTable(head, l.table(r.own(head)), l.leaves, l.depth, o, visit)
}

func (r *region) walkTable(head ref, table, leaves uint64, depth int, o order, visit func(uint64, blockWord)) {
	for span := r.span(depth); leaves > 0; table += 8 {
		b := ref(r.loadData(table))
		n := min(span, leaves)
		leaves -= n
		off, ok := r.block(r.index(b))
		if !ok {
			continue
		}
		w := blockWord(r.load(off))
		if w.version() != r.version(b) || r.load(off+8) != home(head) {
			continue
		}
		if o == tablesFirst {
			visit(off, w)
			failpoint(atHandedOver)
		}
		if depth > 1 {
			r.walkTable(head, off+blockHeader, n, depth-1, o, visit)
		}
		if o == tablesLast {
			visit(off, w)
		}
	}
}

// publishList hands the blocks of a list from their owner to their head: owned(me) → cont. Tables go first, so that every cont is reached from its head
// by conts alone; what a killed builder leaves owned is below, and is swept block by block.
func (r *region) publishList(ln *lane, head ref, l *list) {
	r.walkList(head, l, tablesFirst, func(off uint64, w blockWord) {
		if w.state() == owned && w.owner() == ln.handle {
			r.cas(off, uint64(w), uint64(makeBlockWord(cont, 0, w.version())))
		}
	})
}

// pieces goes through the runs of contiguous bytes of a list.
type pieces struct {
	r          *region
	l          list
	head       uint64 // offset
	at, end    uint64 // bytes
	table      uint64 // the table over the leaf reached last
	tableFirst uint64 // its first leaf
	tableEnd   uint64
	after      uint64 // where the run after the last is likely to be
}

// next gives the next run, or n = 0 at the end. It fails if a reference leads out of the region.
func (p *pieces) next() (off, n uint64, ok bool) {
	if p.at >= p.end {
		return 0, 0, true
	}
	if p.at < p.l.prefix {
		off, n = p.l.data(p.head)+p.at, min(p.l.prefix, p.end)-p.at
		p.at, p.after = p.at+n, p.head
		return off, n, true
	}
	size := p.r.payload()
	leaf, within := (p.at-p.l.prefix)/size, (p.at-p.l.prefix)%size
	if leaf < p.tableFirst || leaf >= p.tableEnd {
		if !p.seek(leaf) {
			return 0, 0, false
		}
	}
	at := p.table + 8*(leaf-p.tableFirst)
	block, ok := p.r.block(p.r.index(ref(p.r.loadData(at))))
	if !ok {
		return 0, 0, false
	}
	n = min(size-within, p.end-p.at)
	p.at += n
	p.after = block
	if p.at < p.end && leaf+1 < p.tableEnd {
		if next, ok := p.r.block(p.r.index(ref(p.r.guess(at + 8)))); ok {
			p.after = next
		}
	}
	return block + blockHeader + within, n, true
}

// seek finds the table over a leaf.
func (p *pieces) seek(leaf uint64) bool {
	p.table, p.tableFirst, p.tableEnd = p.l.table(p.head), 0, p.l.leaves
	for depth := p.l.depth; depth > 1; depth-- {
		span := p.r.span(depth)
		i := (leaf - p.tableFirst) / span
		off, ok := p.r.block(p.r.index(ref(p.r.loadData(p.table + 8*i))))
		if !ok {
			p.tableEnd = 0
			return false
		}
		p.table = off + blockHeader
		p.tableFirst += i * span
		p.tableEnd = min(p.tableEnd, p.tableFirst+span)
	}
	return true
}
