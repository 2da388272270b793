package explore

// state is what decides the future of an execution, and the verdict on it, as a hash that is kept up to date step by step.
type state struct {
	s      *Scheduler
	key    hash
	next   uint64 // hash of the steps that the processes have announced
	locals []local
	guards map[uint64]int // number in locals of each guard
	log    []change
}

// local is the part of a state that belongs to one process: all but what it shares with others.
type local struct {
	seen hash   // what it has read and found out since it began, or since it had nothing on its mind
	done hash   // its operations that have returned: results, and what came before them
	call hash   // what came before its running operation
	next uint64 // the step that it has announced
}

// change is what a local was.
type change struct {
	n   int
	old local
}

// savedState is what restore needs.
type savedState struct {
	key  hash
	next uint64
	log  int
}

// What begins a hash, so that those of different things are different.
const (
	tagSeen = iota
	tagGuard
	tagDone
	tagCall
	tagPending
	tagBetween
	tagEnded
	tagDead
)

func tagged(tag, of uint64) hash { return hash{}.with(tag, of) }

func (st *state) init(s *Scheduler) {
	st.s = s
	st.key = hash{mix0, mix1}
	st.guards = map[uint64]int{}
	for _, p := range s.procs {
		l := local{seen: tagged(tagSeen, uint64(p.id))}
		st.locals = append(st.locals, l)
		st.key = st.key.xor(l.seen)
	}
}

func (st *state) save() savedState { return savedState{st.key, st.next, len(st.log)} }

func (st *state) restore(to savedState) {
	for len(st.log) > to.log {
		c := &st.log[len(st.log)-1]
		st.locals[c.n] = c.old
		st.log = st.log[:len(st.log)-1]
	}
	st.key, st.next = to.key, to.next
}

// set changes a local.
func (st *state) set(n int, l local) {
	old := &st.locals[n]
	st.log = append(st.log, change{n, *old})
	st.key = st.key.xor(old.seen).xor(old.done).xor(old.call).xor(l.seen).xor(l.done).xor(l.call)
	st.next ^= old.next ^ l.next
	*old = l
}

// step brings the state up to date after an event. The process that did it has gone on to its next step.
func (st *state) step(e *event) {
	s, p := st.s, st.s.procs[e.pid]
	l := st.locals[p.id]
	switch e.kind {
	case kill:
		st.die(p.group)
	default:
		if e.wrote {
			st.key = st.key.xor(cell(e.addr, e.old)).xor(cell(e.addr, e.new))
		}
	}
	l.seen = l.seen.with(e.addr^uint64(e.kind)<<56, e.old)
	if s.sc.Guards != nil && e.kind < kill && s.sc.Guards(e.addr) {
		l.seen = st.pass(e, l.seen)
	}
	if e.code&codeCall != 0 && p.calls[e.op].first == int32(s.depth-1) && s.inHistory(p, int(e.op)) {
		l.call = st.before(p)
	}
	if e.code&codeReturn != 0 {
		st.returned(p, int(e.op), &l)
	}
	if p.ended && s.forgets(p) {
		l.seen = tagged(tagEnded, uint64(p.id))
	}
	l.next = 0
	if p.begun && !p.ended {
		l.next = fold(p.addr^mix0, uint64(p.kind)+mix1*uint64(p.id+1))
	}
	st.set(int(p.id), l)
}

// pass lets a process that looks at a guard know what the one knew who changed it last, and if it changes it, hands over what it knows itself.
func (st *state) pass(e *event, seen hash) hash {
	n, ok := st.guards[e.addr]
	if !ok {
		n = len(st.locals)
		st.guards[e.addr] = n
		st.locals = append(st.locals, local{})
	}
	seen = seen.join(st.locals[n].seen)
	if e.wrote {
		st.set(n, local{seen: tagged(tagGuard, e.addr).join(seen)})
	}
	return seen
}

// before is what precedes an operation of p that is called now: so many operations of each other process.
func (st *state) before(p *Proc) hash {
	h := tagged(tagCall, uint64(p.id))
	for _, q := range st.s.procs {
		if q == p {
			continue
		}
		n := uint64(0)
		for i := range q.calls {
			if q.calls[i].returned && st.s.inHistory(q, i) {
				n++
			}
		}
		if n > 0 {
			h = h.with(uint64(q.id), n)
		}
	}
	return h
}

// returned notes that operation op of p has returned, and those without a step that follow it.
func (st *state) returned(p *Proc, op int, l *local) {
	s := st.s
	for ; op < len(p.calls) && p.calls[op].returned; op++ {
		if s.inHistory(p, op) || s.sc.Invariant != nil && p.role == worker {
			l.done = l.done.join(tagged(tagDone, uint64(p.id)<<32|uint64(op))).join(l.call).with(uint64(s.resultID(p.calls[op].result)), 0)
		}
		l.call = hash{}
		if op+1 < len(p.calls) && p.calls[op+1].first < 0 && p.calls[op+1].returned && s.inHistory(p, op+1) {
			l.call = st.before(p)
		}
	}
	if s.forgets(p) {
		l.seen = tagged(tagBetween, uint64(p.id)).with(uint64(op), p.kept)
	}
}

// die turns the members of a group into dead ones: what they saw no longer matters.
func (st *state) die(g *group) {
	for _, p := range g.members {
		if !p.dead {
			continue
		}
		l := st.locals[p.id]
		op := len(p.calls) - 1
		if op >= 0 && !p.calls[op].returned && p.calls[op].effective && st.s.inHistory(p, op) {
			l.done = l.done.join(tagged(tagPending, uint64(p.id)<<32|uint64(op))).join(l.call)
		}
		l.call, l.next = hash{}, 0
		if st.s.forgets(p) {
			l.seen = tagged(tagDead, uint64(p.id))
		} else {
			l.seen = l.seen.with(tagDead, 0)
		}
		st.set(int(p.id), l)
	}
}

// inHistory says whether an operation is judged by the model.
func (s *Scheduler) inHistory(p *Proc, op int) bool {
	return s.checker != nil && p.role != kernel && p.ops[op].Input != nil
}

// forgets says whether it is known what p keeps between operations, so that what it saw in them does not matter afterwards.
func (s *Scheduler) forgets(p *Proc) bool {
	return s.sc.Keeps != nil && s.sc.StoreBuffer == nil && len(p.objects) == 0
}

// resultID numbers results.
func (s *Scheduler) resultID(result any) uint32 {
	id, ok := s.numbers[result]
	if !ok {
		id = uint32(len(s.numbers)) + 1
		s.numbers[result] = id
	}
	return id
}
