package explore

// state is what decides the future of an execution and the verdict on it, as a hash that is kept up to date step by step. Its parts are argued in the package comment.
type state struct {
	s      *Scheduler
	key    hash   // of all parts together
	next   uint64 // of the steps that the processes have announced
	locals []local
	now    local          // of the process that did the newest event, while that process runs on to its next step
	guards map[uint64]int // number in locals of what is handed over by a guard
	log    []change
	check  *forgetting // nil: what is forgotten is believed not to matter
	lacks  part        // what a test leaves out, to see that it is missed
}

// part is a part of the state, or a rule about it.
type part uint16

const (
	words part = 1 << iota
	knowledge
	results
	precedence
	mood
	guards
	pending    // operations that were killed and may have taken effect
	callsOrder // a return and a call that follows it do not commute
	awakening  // what slept at an earlier visit of a state and does not now is explored
)

// local is the part of a state that belongs to one process.
type local struct {
	knows hash   // what it knows: what it has read and found out
	done  hash   // its operations that have returned: their results, and what came before them
	call  hash   // what came before its running operation
	all   hash   // what it has ever known, if it is checked that what it forgets does not matter
	mood  hash   // whether a kill would make a difference
	next  uint64 // the step that it has announced
}

// hash is that of l as part of the state.
func (st *state) hash(l *local) hash {
	h := l.done.xor(l.all)
	if st.lacks&knowledge == 0 {
		h = h.xor(l.knows)
	}
	if st.lacks&mood == 0 {
		h = h.xor(l.mood)
	}
	return h.xor(l.call)
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
	tagKnows = iota
	tagGuard
	tagDone
	tagCall
	tagPending
	tagBetween
	tagEnded
	tagDead
	tagHere
	tagAgain
	tagPart
	tagMood
)

func tagged(tag, of uint64) hash { return hash{}.with(tag, of) }

func newState(s *Scheduler) *state {
	st := &state{s: s, key: hash{mix0, mix1}, guards: map[uint64]int{}}
	for _, p := range s.procs {
		l := local{knows: tagged(tagKnows, uint64(p.id))}
		st.locals = append(st.locals, l)
		st.key = st.key.xor(st.hash(&l))
	}
	return st
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
	st.key = st.key.xor(st.hash(old)).xor(st.hash(&l))
	st.next ^= old.next ^ l.next
	*old = l
}

// observe takes in a new event of p, the first of an operation or not. Its process runs on then, and settle ends that.
func (st *state) observe(p *Proc, e *event, first bool) {
	if e.wrote && st.lacks&words == 0 {
		st.key = st.key.xor(cell(e.addr, e.old)).xor(cell(e.addr, e.new))
	}
	st.now = st.locals[p.id]
	l := &st.now
	if e.num == 1 {
		l.knows = p.innate
	}
	if st.check != nil {
		st.check.did(l.knows, e)
		l.all = l.all.join(l.knows).with(e.addr^uint64(e.kind)<<56, e.learnt())
	}
	l.knows = l.knows.with(e.addr^uint64(e.kind)<<56, e.learnt())
	switch {
	case e.kind == kill:
		st.die(p.group)
	case e.kind > kill:
	case st.lacks&guards == 0 && st.s.sc.Guards != nil && st.s.sc.Guards(e.addr):
		st.pass(e)
	}
	if first && st.s.inHistory(p, int(e.op)) {
		l.call = st.before(p)
	}
}

// learnt is what an event tells its process. A store tells nothing, and a CAS that changes the word that it found what it expected.
func (e *event) learnt() uint64 {
	switch {
	case e.kind == Store || e.kind == CopyStore:
		return 0
	case e.kind == CAS && e.wrote:
		return 1
	}
	return mix2 ^ e.old
}

// pass lets a process that looks at a guard know what the one knew who changed it last, and if it changes it itself, hand over what it knows.
func (st *state) pass(e *event) {
	n, ok := st.guards[e.addr]
	if !ok {
		n = len(st.locals)
		st.guards[e.addr] = n
		st.locals = append(st.locals, local{})
	}
	st.now.knows = st.now.knows.join(st.locals[n].knows)
	if e.wrote {
		st.set(n, local{knows: tagged(tagGuard, e.addr).join(st.now.knows)})
	}
}

// before is what precedes an operation of p that is called now: so many operations of each other process.
func (st *state) before(p *Proc) hash {
	h := tagged(tagCall, uint64(p.id))
	if st.lacks&precedence != 0 {
		return h
	}
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

// returns notes that the newest operation of p has returned, after the newest event.
func (st *state) returns(p *Proc) {
	s, l := st.s, &st.now
	op := len(p.calls) - 1
	c := &p.calls[op]
	if s.resultShows(p, op) {
		if c.first < 0 {
			l.call = st.before(p)
		}
		id := s.resultID(c.result)
		if st.lacks&results != 0 {
			id = 0
		}
		if st.check != nil {
			st.check.returned(l.knows, id)
		}
		l.done = l.done.join(tagged(tagDone, uint64(p.id)<<32|uint64(op))).join(l.call).with(uint64(id), 0)
	}
	l.call = hash{}
	if s.forgets(p) {
		l.knows = tagged(tagBetween, uint64(p.id)).with(uint64(op), 0)
		s.sc.Keeps(p)
	}
}

// settle ends what observe began: p has come to its next step, or to its end.
func (st *state) settle(p *Proc) {
	l := &st.now
	if p.ended && st.s.forgets(p) {
		l.knows = tagged(tagEnded, uint64(p.id))
	}
	l.next = 0
	if p.begun && !p.ended {
		l.next = fold(p.addr^mix0, uint64(p.kind)+mix1*uint64(p.id+1))
	}
	l.mood = p.mood()
	if st.check != nil {
		st.check.announced(l.knows, l.next)
	}
	st.set(int(p.id), *l)
}

// mood is what p has done that decides what its death comes to: something in this operation, and something since a kill was offered. What it knows does not tell that
// if it has forgotten it.
func (p *Proc) mood() hash {
	n := uint64(b2i(p.settled))
	if k := len(p.calls); k > 0 && !p.calls[k-1].returned && p.calls[k-1].effective {
		n |= 2
	}
	return tagged(tagMood, uint64(p.id)<<2|n)
}

// die turns the members of a group into dead ones. What they knew no longer matters, but what they did in the operation that they were in may.
func (st *state) die(g *group) {
	for _, p := range g.members {
		if !p.dead {
			continue
		}
		l := st.locals[p.id]
		op := len(p.calls) - 1
		if op >= 0 && !p.calls[op].returned && p.calls[op].effective && st.s.inHistory(p, op) && st.lacks&pending == 0 {
			l.done = l.done.join(tagged(tagPending, uint64(p.id)<<32|uint64(op))).join(l.call)
		}
		l.call, l.mood, l.next = hash{}, hash{}, 0
		if st.s.forgets(p) {
			l.knows = tagged(tagDead, uint64(p.id))
		} else {
			l.knows = l.knows.with(tagDead, 0)
		}
		st.set(int(p.id), l)
	}
}

// inHistory says whether an operation is judged by the model.
func (s *Scheduler) inHistory(p *Proc, op int) bool {
	return s.checker != nil && p.role != kernel && p.ops[op].Input != nil
}

// resultShows says whether somebody can see what an operation returns.
func (s *Scheduler) resultShows(p *Proc, op int) bool {
	return s.inHistory(p, op) || s.sc.Invariant != nil && p.role == worker
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
