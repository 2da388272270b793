package explore

// killable is the set of kernel processes that can kill their group now.
//
// A lone process is killed only when it is settled. To kill it later, before its next settled state, differs in nothing: it has only read since then, nobody
// sees that, and no operation of it has returned since.
func (s *Scheduler) killable() uint64 {
	var m uint64
	if s.kills == 0 {
		return 0
	}
	for _, g := range s.groups {
		if g.dead || g.mask&s.live == 0 || len(g.members) == 1 && !g.members[0].settled && !s.everyCrash {
			continue
		}
		m |= g.kernel.bit()
	}
	return m
}

// kill ends a group. Its processes stay where they are and are unwound after the execution.
func (s *Scheduler) kill(k *Proc) {
	g := k.group
	d := int32(s.depth)
	s.depth++
	s.kills--
	k.num++
	switch t := s.trace; {
	case int(d) < len(t.events):
	case t.flat:
		t.events = append(t.events, event{pid: k.id, kind: kill, num: k.num})
		s.killed(g)
	default:
		t.append(event{pid: k.id, kind: kill, num: k.num}, -1)
		for _, p := range g.members {
			if at := p.newest(); at >= 0 {
				t.join(at)
			}
		}
		t.seal()
		if len(g.members) == 1 { // its own choice, not a race: see the package comment
			t.races = t.races[:0]
		}
		s.killed(g)
	}
	k.last = d
	g.dead = true
	for _, p := range g.members {
		p.dead = !p.ended
	}
	if s.state != nil && s.fresh {
		s.state.observe(k, &s.trace.events[d], false)
	}
	s.live &^= g.mask
	s.admit(k)
}

// killed notes a new kill.
func (s *Scheduler) killed(g *group) {
	s.recorded(g.kernel)
	s.points[s.point(g)] = struct{}{}
}

// point names where g dies: how many steps each of its processes has done.
func (s *Scheduler) point(g *group) uint64 {
	h := uint64(g.kernel.id)
	for _, p := range g.members {
		h = mix(h, uint64(p.id), uint64(p.num))
	}
	return h
}

// stepless says whether no process of the group does a step, so that there is nothing to kill.
func (g *group) stepless() bool {
	for _, p := range g.members {
		if !p.stepless {
			return false
		}
	}
	return true
}
