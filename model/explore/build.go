package explore

import (
	"fmt"

	"simdb.dev/model/explore/atomic"
)

const (
	maxProcs        = 64 // sets of them are a uint64
	maxWorkers      = 25 // a to y
	maxGroups       = 26 // A to Z
	defaultMaxSteps = 1000
)

// newScheduler makes the processes of a scenario and runs its Setup.
func newScheduler(sc *Scenario) (*Scheduler, error) {
	s := &Scheduler{sc: sc, maxSteps: int32(sc.MaxSteps), points: map[uint64]struct{}{}, numbers: map[any]uint32{}}
	if s.maxSteps == 0 {
		s.maxSteps = defaultMaxSteps
	}
	s.exits = sc.OnKill != nil || len(sc.Recover) > 0
	s.addWorkers()
	s.addKernels()
	s.addBuffers()
	if len(sc.After) > 0 {
		s.finisher = s.add(&Proc{role: finisher, name: "after", label: "z", ops: sc.After})
	}
	switch {
	case len(s.procs) == 0:
		return nil, fmt.Errorf("explore: %s: no process", sc.Name)
	case len(s.procs) > maxProcs || len(sc.Processes) > maxWorkers || len(s.groups) > maxGroups:
		return nil, fmt.Errorf("explore: %s: too many processes", sc.Name)
	case len(sc.Marks) > 64:
		return nil, fmt.Errorf("explore: %s: more than 64 marks", sc.Name)
	}
	s.trace = newTrace(len(s.procs))
	if sc.Model != nil {
		s.checker = newChecker(sc.Model)
	}
	if sc.Setup != nil {
		sc.Setup(s)
	}
	for i := range s.tracked {
		s.tracked[i].save()
	}
	for _, p := range s.procs {
		p.start()
	}
	if !sc.InPlace {
		s.leave = atomic.Enter(s)
	}
	return s, nil
}

func (s *Scheduler) add(p *Proc) *Proc {
	p.s, p.id, p.objects = s, uint8(len(s.procs)), map[any]*objects{}
	s.procs = append(s.procs, p)
	return p
}

// addWorkers adds the scenario's processes, and the groups that may be killed.
func (s *Scheduler) addWorkers() {
	members := map[string]*Proc{}
	for i, w := range s.sc.Processes {
		p := s.add(&Proc{name: w.Name, label: string(rune('a' + i)), ops: w.Ops})
		if p.name == "" {
			p.name = fmt.Sprintf("p%d", i)
		}
		name := w.Group
		if name == "" {
			name = p.name
		}
		if other := members[name]; other != nil {
			p.together, other.together = true, true
		}
		members[name] = p
		if !w.Unkillable && s.sc.Kills > 0 {
			s.join(name, p)
		}
	}
}

// join makes p a member of the group with that name.
func (s *Scheduler) join(name string, p *Proc) {
	for _, g := range s.groups {
		if g.name == name {
			p.group = g
		}
	}
	if p.group == nil {
		p.group = &group{name: name}
		s.groups = append(s.groups, p.group)
	}
	g := p.group
	g.members = append(g.members, p)
	g.mask |= p.bit()
}

// addKernels adds who kills each group, and who recovers from that. Where a second kill is allowed, a recovery is a group of its own, which nobody recovers from.
func (s *Scheduler) addKernels() {
	for i := 0; i < len(s.groups); i++ {
		g := s.groups[i]
		letter := string(rune('A' + i))
		g.kernel = s.add(&Proc{role: kernel, group: g, afterDeathOf: g, name: "kernel of " + g.name, label: letter})
		if s.sc.OnKill != nil {
			g.kernel.ops = []Op{{Name: "release " + g.name, Do: func(p *Proc) any { s.sc.OnKill(p, g.name); return nil }}}
		}
		if len(g.members) > 1 {
			s.shared |= g.kernel.bit()
		}
		if len(s.sc.Recover) == 0 || g.members[0].role == recoverer {
			continue
		}
		g.rescuer = s.add(&Proc{role: recoverer, afterDeathOf: g, name: "recovery of " + g.name, label: "r" + letter, ops: s.sc.Recover})
		if s.sc.Kills > 1 {
			s.join(g.rescuer.name, g.rescuer)
		}
	}
}

// addBuffers adds the store buffers.
func (s *Scheduler) addBuffers() {
	if s.sc.StoreBuffer == nil {
		return
	}
	for _, p := range s.procs {
		if p.role == worker || p.role == recoverer {
			p.drain = s.add(&Proc{role: buffer, owner: p, name: "store buffer of " + p.name, label: "s" + p.label})
		}
	}
}
