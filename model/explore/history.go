package explore

import (
	"encoding/binary"
	"math/bits"
)

// An execution is one order of the steps of a trace; other orders of concurrent steps give other histories, in which other operations precede each other
// in real time. A checker therefore judges all histories of a trace at once: those of every order of its first and last steps of operations that the
// happens-before relation allows. (An operation is taken to be called just before its first step and to return just after its last: the histories
// in which it is called earlier or returns later demand less.)

// history is what linearizability depends on.
type history struct {
	ops   []span
	order []ordering // per operation
}

// span is one operation of a history.
type span struct {
	p       *Proc
	op      int
	c       *call
	input   any
	output  any // Unknown if it did not return
	pending bool
}

// ordering says which calls and returns come before the call and the return of an operation, as sets of operations.
type ordering struct {
	callAfterCalls, callAfterReturns     uint64
	returnAfterCalls, returnAfterReturns uint64
}

// occurrence is the call or the return of an operation.
type occurrence struct {
	op       int
	isReturn bool
}

// checker decides linearizability and remembers the histories that it has seen.
type checker struct {
	model    *Model
	concrete bool // judge the one history in the order of execution
	h        history
	key      []byte
	results  map[any]uint32
	memo     map[string][]occurrence // nil: linearizable

	states  []any // interned
	all     uint64
	returns uint64 // operations that return
	path    []occurrence
	visited map[string]bool
}

func newChecker(m *Model) *checker {
	return &checker{model: m, results: map[any]uint32{}, memo: map[string][]occurrence{}}
}

// gather collects the history of the current execution.
//
// An operation that was killed before it changed a word has had no effect, and is left out.
func (c *checker) gather(s *Scheduler) *history {
	h := &c.h
	h.ops, h.order = h.ops[:0], h.order[:0]
	for _, p := range s.procs {
		for i := range p.calls {
			call := &p.calls[i]
			input := p.ops[i].Input
			switch {
			case input == nil || p.role == kernel:
			case call.returned:
				h.ops = append(h.ops, span{p: p, op: i, c: call, input: input, output: call.result})
			case call.effective:
				h.ops = append(h.ops, span{p: p, op: i, c: call, input: input, output: Unknown, pending: true})
			}
		}
	}
	if len(h.ops) > 64 {
		panic("explore: more than 64 operations in a history")
	}
	for i := range h.ops {
		h.order = append(h.order, c.ordering(s.trace, i))
	}
	return h
}

// ordering relates operation i to all others.
func (c *checker) ordering(t *trace, i int) ordering {
	var o ordering
	x := &c.h.ops[i]
	for j := range c.h.ops {
		y := &c.h.ops[j]
		b := uint64(1) << j
		switch {
		case i == j:
			o.returnAfterCalls |= b
		case x.p == y.p:
			if j < i {
				o.callAfterCalls |= b
				o.callAfterReturns |= b
				o.returnAfterCalls |= b
				o.returnAfterReturns |= b
			}
		case c.concrete:
			if !y.pending && y.end() < x.begin() {
				o.callAfterReturns |= b
			}
			if x.pending || y.begin() <= x.end() {
				o.returnAfterCalls |= b
			}
		default:
			first, last := x.clocks(t)
			yFirst, yLast := y.nums(t)
			if first != nil && first[y.p.id] >= yFirst {
				o.callAfterCalls |= b
			}
			if first != nil && !y.pending && first[y.p.id] >= yLast {
				o.callAfterReturns |= b
			}
			if last != nil && last[y.p.id] >= yFirst {
				o.returnAfterCalls |= b
			}
			if last != nil && !y.pending && last[y.p.id] >= yLast {
				o.returnAfterReturns |= b
			}
		}
	}
	return o
}

// begin and end are when the operation was called and returned, in half steps. One without steps took place after the step before it.
func (x *span) begin() int32 {
	if x.c.first < 0 {
		return 2*x.c.base + 1
	}
	return 2 * x.c.first
}

func (x *span) end() int32 {
	if x.c.first < 0 {
		return 2*x.c.base + 1
	}
	return 2 * x.c.last
}

// clocks are the vector clocks of the call and the return; nil stands for zero.
func (x *span) clocks(t *trace) (first, last []int32) {
	if x.c.first >= 0 {
		if x.pending {
			return t.clock(x.c.first), nil
		}
		return t.clock(x.c.first), t.clock(x.c.last)
	}
	base := x.c.base
	if base < 0 {
		base = x.p.origin
	}
	if base < 0 {
		return nil, nil
	}
	return t.clock(base), t.clock(base)
}

// nums are the numbers of the events from which on another process knows of the call and the return.
func (x *span) nums(t *trace) (first, last int32) {
	if x.c.first < 0 {
		return x.c.num + 1, x.c.num + 1
	}
	if x.pending {
		return t.events[x.c.first].num, 0
	}
	return t.events[x.c.first].num, t.events[x.c.last].num
}

// check returns nil if every history that h allows is linearizable, or else the calls and returns of one that is not, up to the return that no
// linearization explains.
func (c *checker) check(h *history) []occurrence {
	c.key = c.key[:0]
	for i := range h.ops {
		x := &h.ops[i]
		var id uint32
		if !x.pending {
			id = c.intern(x.output)
		}
		c.key = append(c.key, x.p.id, byte(x.op))
		c.key = binary.AppendUvarint(c.key, uint64(id))
		o := &h.order[i]
		c.key = binary.AppendUvarint(c.key, o.callAfterCalls)
		c.key = binary.AppendUvarint(c.key, o.callAfterReturns)
		c.key = binary.AppendUvarint(c.key, o.returnAfterCalls)
		c.key = binary.AppendUvarint(c.key, o.returnAfterReturns)
	}
	if bad, ok := c.memo[string(c.key)]; ok {
		return bad
	}
	bad := c.search()
	c.memo[string(c.key)] = bad
	return bad
}

// intern numbers results from 1.
func (c *checker) intern(result any) uint32 {
	id, ok := c.results[result]
	if !ok {
		id = uint32(len(c.results)) + 1
		c.results[result] = id
	}
	return id
}

// config is one way to explain what has returned so far: the operations that have taken effect, and the state that they lead to.
type config struct {
	effective uint64
	state     int32
}

func (c *checker) search() []occurrence {
	c.states = c.states[:0]
	c.all, c.returns = 0, 0
	for i := range c.h.ops {
		c.all |= 1 << i
		if !c.h.ops[i].pending {
			c.returns |= 1 << i
		}
	}
	c.path = c.path[:0]
	c.visited = map[string]bool{}
	if c.extend(0, 0, []config{{0, c.state(c.model.Init())}}) {
		return nil
	}
	return append([]occurrence{}, c.path...)
}

// extend goes through the orders of calls that may follow. Returns come as early as they can: to return earlier only precedes more.
// It is false as soon as one order has a return that no configuration explains.
func (c *checker) extend(called, returned uint64, configs []config) bool {
	mark := len(c.path)
	for again := true; again; {
		again = false
		for w := called & c.returns &^ returned; w != 0; w &= w - 1 {
			i := bits.TrailingZeros64(w)
			o := &c.h.order[i]
			if o.returnAfterCalls&^called != 0 || o.returnAfterReturns&c.returns&^returned != 0 {
				continue
			}
			c.path = append(c.path, occurrence{i, true})
			returned |= 1 << i
			again = true
			if configs = c.explain(configs, called, i); len(configs) == 0 {
				return false
			}
		}
	}
	if called != c.all {
		key := signature(called, configs)
		if !c.visited[key] {
			c.visited[key] = true
			for w := c.all &^ called; w != 0; w &= w - 1 {
				i := bits.TrailingZeros64(w)
				o := &c.h.order[i]
				if o.callAfterCalls&^called != 0 || o.callAfterReturns&c.returns&^returned != 0 {
					continue
				}
				c.path = append(c.path, occurrence{i, false})
				if !c.extend(called|1<<i, returned, configs) {
					return false
				}
				c.path = c.path[:len(c.path)-1]
			}
		}
	}
	c.path = c.path[:mark]
	return true
}

func signature(called uint64, configs []config) string {
	b := binary.AppendUvarint(nil, called)
	for _, k := range configs {
		b = binary.AppendUvarint(b, k.effective)
		b = binary.AppendUvarint(b, uint64(k.state))
	}
	return string(b)
}

// explain lets operation i, and any called operations before it, take effect.
func (c *checker) explain(configs []config, called uint64, i int) []config {
	var done, seen []config
	todo := append([]config{}, configs...)
	for len(todo) > 0 {
		k := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if k.effective&(1<<i) != 0 {
			done = appendNew(done, k)
			continue
		}
		for w := called &^ k.effective; w != 0; w &= w - 1 {
			j := bits.TrailingZeros64(w)
			ok, state := c.model.Step(c.states[k.state], c.h.ops[j].input, c.h.ops[j].output)
			if !ok {
				continue
			}
			next := config{k.effective | 1<<j, c.state(state)}
			if n := len(seen); len(appendNew(seen, next)) != n {
				seen = append(seen, next)
				todo = append(todo, next)
			}
		}
	}
	return done
}

func appendNew(list []config, k config) []config {
	for _, l := range list {
		if l == k {
			return list
		}
	}
	return append(list, k)
}

// state interns a state of the model.
func (c *checker) state(state any) int32 {
	for i, s := range c.states {
		if c.model.Equal == nil && s == state || c.model.Equal != nil && c.model.Equal(s, state) {
			return int32(i)
		}
	}
	c.states = append(c.states, state)
	return int32(len(c.states) - 1)
}

// events are the steps that occurrences stand next to.
func (h *history) events(list []occurrence) []int32 {
	var events []int32
	for _, o := range list {
		c := h.ops[o.op].c
		switch {
		case c.first < 0 && c.base >= 0:
			events = append(events, c.base)
		case c.first < 0:
		case o.isReturn:
			events = append(events, c.last)
		default:
			events = append(events, c.first)
		}
	}
	return events
}
