package simdb

// stream goes through the bytes of an entry's value in order, in its block or its list of blocks.
type stream struct {
	pieces
	off, n uint64 // what is left of the run reached
	ok     bool   // no reference led out of the region yet
}

// stream begins at offset from of the value, for n bytes.
func (r *region) stream(e *entry, from, n uint64) stream {
	from += pad8(e.keyLen)
	if !e.meta.multiple() {
		return stream{pieces: pieces{r: r}, off: e.off + blockHeader + from, n: n, ok: from+n <= r.payload()}
	}
	return stream{pieces: r.runs(e, from, n), ok: true}
}

// run makes sure that there is something left of a run, and gives how much of n.
func (s *stream) run(n uint64) uint64 {
	if s.n == 0 && s.ok {
		s.off, s.n, s.ok = s.next()
		s.ok = s.ok && s.n > 0
	}
	return min(n, s.n)
}

func (s *stream) advance(n uint64) { s.off, s.n = s.off+n, s.n-n }

// put writes src, and leaves out what is missing to a whole word. The entry is ours.
func (s *stream) put(src []byte) {
	if n := pad8(uint64(len(src))); n <= s.n {
		s.r.copyIn(s.off, src)
		s.advance(n)
		return
	}
	s.putPieces(src)
}

func (s *stream) putPieces(src []byte) {
	pad := pad8(uint64(len(src))) - uint64(len(src))
	for len(src) > 0 && s.ok {
		n := s.run(uint64(len(src)))
		s.r.copyIn(s.off, src[:n])
		s.advance(n)
		src = src[n:]
	}
	s.advance(min(pad, s.n))
}

func (s *stream) putWord(w uint64) {
	if s.n == 0 {
		s.run(8)
	}
	if s.n >= 8 {
		s.r.storeData(s.off, w)
		s.advance(8)
	}
}

// get reads into dst, and passes over what is missing to a whole word.
func (s *stream) get(dst []byte) {
	if n := pad8(uint64(len(dst))); n <= s.n {
		s.r.copyOut(dst, s.off)
		s.advance(n)
		return
	}
	s.getPieces(dst)
}

func (s *stream) getPieces(dst []byte) {
	pad := pad8(uint64(len(dst))) - uint64(len(dst))
	for len(dst) > 0 && s.ok {
		n := s.run(uint64(len(dst)))
		s.r.copyOut(dst[:n], s.off)
		s.advance(n)
		dst = dst[n:]
	}
	s.advance(min(pad, s.n))
}

func (s *stream) getWord() (w uint64) {
	if s.n == 0 {
		s.run(8)
	}
	if s.ok = s.ok && s.n >= 8; s.ok {
		w = s.r.loadData(s.off)
		s.advance(8)
	}
	return w
}
