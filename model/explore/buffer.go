package explore

// Store buffers: x86-TSO as P. Sewell, S. Sarkar, S. Owens, F. Zappa Nardelli, M. Myreen describe it ("x86-TSO: a rigorous and usable programmer's model for
// x86 multiprocessors", CACM 53(7), 2010). A plain store goes to the end of a buffer of its process; the oldest one reaches memory as a step of its own, at any later
// time; a load sees the newest store to its word in the buffer of its own process, or else memory; a locked operation comes when the buffer is empty.
// What sync/atomic does is locked on amd64, but for loads.

// buffered is a store that has not reached memory.
type buffered struct {
	addr, value uint64
	event       int32 // that put it into the buffer
}

// delays says whether a step of p goes to its buffer.
func (s *Scheduler) delays(p *Proc, kind Kind) bool {
	return p.drain != nil && kind == CopyStore
}

// locked says whether a step waits for the buffer to be empty.
func locked(kind Kind) bool {
	switch kind {
	case Store, CAS, Add, And, Or, Swap:
		return true
	}
	return false
}

// forward lets memory hold, for the one load that follows, what p has in its buffer for the word.
func (s *Scheduler) forward(p *Proc) {
	if p.kind != Load && p.kind != CopyLoad {
		return
	}
	if b := p.newestStore(p.addr); b != nil {
		p.hidden = s.sc.StoreBuffer(b.addr, b.value)
		p.forwarded = true
	}
}

// newestStore is the newest store to a word that p has in its buffer, nil if there is none.
func (p *Proc) newestStore(addr uint64) *buffered {
	for i := len(p.buffer) - 1; i >= 0; i-- {
		if b := &p.buffer[i]; b.addr == addr {
			return b
		}
	}
	return nil
}

// conceal undoes what a load or a delayed store of p has done to memory.
func (s *Scheduler) conceal(p *Proc, old, new uint64) {
	switch {
	case p.forwarded:
		s.sc.StoreBuffer(p.addr, p.hidden)
		p.forwarded = false
	case s.delays(p, p.kind):
		s.sc.StoreBuffer(p.addr, old)
		p.buffer = append(p.buffer, buffered{p.addr, new, int32(s.depth)})
		s.live |= p.drain.bit()
	}
}

// held says whether p cannot go on before a buffer is empty: its own for a locked step, those of the dead for what comes after a death.
func (s *Scheduler) held(p *Proc) bool {
	switch {
	case p.drain != nil && len(p.buffer) > 0 && locked(p.kind):
		return true
	case p.afterDeathOf != nil:
		for _, m := range p.afterDeathOf.members {
			if len(m.buffer) > 0 {
				return true
			}
		}
	}
	return false
}

// joinDrained makes the newest event, a step of p, happen after the stores that it had to wait for. That order cannot be reversed: see dropDrained.
func (s *Scheduler) joinDrained(p *Proc) {
	if p.drain != nil && locked(p.kind) && p.drain.last >= 0 {
		s.trace.join(p.drain.last)
	}
	if p.afterDeathOf != nil {
		for _, m := range p.afterDeathOf.members {
			if m.drain != nil && m.drain.last >= 0 {
				s.trace.join(m.drain.last)
			}
		}
	}
}

// dropDrained drops the races that joinDrained made.
func (s *Scheduler) dropDrained(p *Proc) {
	t := s.trace
	kept := t.races[:0]
	for _, c := range t.races {
		b := s.procs[t.events[c].pid]
		own := b.role == buffer && b.owner == p && locked(p.kind)
		dead := b.role == buffer && p.afterDeathOf != nil && b.owner.group == p.afterDeathOf
		if !own && !dead {
			kept = append(kept, c)
		}
	}
	t.races = kept
}

// flush lets the oldest store in a buffer reach memory.
func (s *Scheduler) flush(b *Proc) {
	p := b.owner
	d := int32(s.depth)
	s.depth++
	b.num++
	st := p.buffer[0]
	p.buffer = p.buffer[:copy(p.buffer, p.buffer[1:])]
	if len(p.buffer) == 0 {
		s.live &^= b.bit()
	}
	old := s.sc.StoreBuffer(st.addr, st.value)
	switch t := s.trace; {
	case int(d) < len(t.events):
	case t.flat:
		t.note(event{pid: b.id, kind: flush, wrote: old != st.value, num: b.num, addr: st.addr, old: old, new: st.value})
		s.recorded(b)
		s.checkState(st.addr)
		s.state.observe(b, &t.events[d], false)
	default:
		e := t.append(event{pid: b.id, kind: flush, wrote: old != st.value, num: b.num, addr: st.addr, old: old, new: st.value}, b.last)
		s.recordAccess(e)
		t.join(st.event)
		t.seal()
		for i, c := range t.races {
			if c == st.event {
				t.races = append(t.races[:i], t.races[i+1:]...)
				break
			}
		}
		s.recorded(b)
		if e.wrote {
			s.checkState(e.addr)
		}
	}
	b.last = d
}
