package explore

// event is one executed step.
type event struct {
	pid  uint8
	kind Kind
	// wrote: the word has another value after the step. A failed CAS and a store of the value that was there are reads.
	wrote bool
	// waited: the step was not enabled before a word that its process read had changed (Retry).
	waited bool
	// forced: an inferred wait that went on because nothing else could happen; it depends on everything before it.
	forced   bool
	num      int32 // within its process, from 1
	solo     int32 // steps of the operation up to here that its process could have done without others in between
	op       int32
	addr     uint64
	old, new uint64
	accesses int32 // index of the first access
	code     code
}

// access is one event in the list of accesses to a word, newest first.
type access struct {
	event int32
	word  int32
	prev  int32 // -1: none
	write bool
}

type word struct {
	addr  uint64
	head  int32  // newest access, -1: none
	value uint64 // after the newest event, of a trace without order
}

// watched is a virtual word that every write to a word read by Scenario.EachStep writes too, so that such writes never commute.
const watched = 0

// code is what a step depends on, in one comparable number: see conflict.
type code uint32

const (
	codeWrite   code   = 1 << iota // it changes the word
	codeWatched                    // it writes the virtual word watched
	codeWide                       // it reads many words
	codeCall                       // an operation is called just before it, or between it and the next step of its process
	codeReturn                     // an operation returns after it
	codeShift   = iota             // the rest: number of the word + 1, 0 for no word
)

// word is the number of the word.
func (c code) word() int32 { return int32(c>>codeShift) - 1 }

// conflict says whether two memory steps of different processes depend on each other.
func conflict(a, b code) bool {
	if a&b&codeWatched != 0 || (a|b)&codeWide != 0 && (a|b)&codeWrite != 0 {
		return true
	}
	return a>>codeShift == b>>codeShift && a>>codeShift != 0 && (a|b)&codeWrite != 0
}

// trace is an execution as a partial order: the events, and for each a vector clock that says which events happened before it.
// Two events of different processes are ordered directly if both access a word and at least one changes it.
type trace struct {
	flat     bool // without the order: no clocks, no accesses
	width    int  // processes
	events   []event
	clocks   []int32 // width per event: the number of the last event of each process that happened before (or is) it
	accesses []access
	words    []word
	index    map[uint64]int32
	races    []int32 // of the last event: events that it races with, newest first
	merge    []int32 // scratch
}

func newTrace(width int) *trace {
	return &trace{width: width, words: []word{{head: -1}}, index: map[uint64]int32{}}
}

func (t *trace) clock(e int32) []int32 {
	return t.clocks[int(e)*t.width : (int(e)+1)*t.width]
}

// before says whether event a happened before event b, or is b.
func (t *trace) before(a, b int32) bool {
	ea := &t.events[a]
	return t.clocks[int(b)*t.width+int(ea.pid)] >= ea.num
}

func (t *trace) word(addr uint64) int32 {
	w, ok := t.index[addr]
	if !ok {
		w = int32(len(t.words))
		t.words = append(t.words, word{addr: addr, head: -1})
		t.index[addr] = w
	}
	return w
}

// truncate forgets all events from depth on.
func (t *trace) truncate(depth int) {
	if depth >= len(t.events) {
		return
	}
	if t.flat {
		t.undo(depth)
		return
	}
	from := t.events[depth].accesses
	for i := int32(len(t.accesses)) - 1; i >= from; i-- {
		a := &t.accesses[i]
		t.words[a.word].head = a.prev
	}
	t.accesses = t.accesses[:from]
	t.events = t.events[:depth]
	t.clocks = t.clocks[:depth*t.width]
}

// undo is truncate without the order.
func (t *trace) undo(depth int) {
	for i := len(t.events) - 1; i >= depth; i-- {
		if e := &t.events[i]; e.wrote {
			t.words[e.code.word()].value = e.old
		}
	}
	t.events = t.events[:depth]
}

// note is append and seal without the order: event e reads or changes the word of its address.
func (t *trace) note(e event) {
	w := t.word(e.addr)
	e.code |= code(w+1) << codeShift
	if e.wrote {
		e.code |= codeWrite
	}
	t.words[w].value = e.new
	t.events = append(t.events, e)
}

// append starts a new event whose clock is that of the given earlier event of its process (-1: none). The caller then records accesses and joins,
// and seals it.
func (t *trace) append(e event, base int32) *event {
	e.accesses = int32(len(t.accesses))
	t.events = append(t.events, e)
	if base >= 0 {
		t.clocks = append(t.clocks, t.clock(base)...)
	} else {
		for range t.width {
			t.clocks = append(t.clocks, 0)
		}
	}
	t.races = t.races[:0]
	return &t.events[len(t.events)-1]
}

// access records that the newest event reads or changes w. The events that it conflicts with are gathered for seal.
func (t *trace) access(w int32, write bool) {
	head := t.words[w].head
	for a := head; a >= 0; {
		acc := &t.accesses[a]
		if write || acc.write {
			t.merge = append(t.merge, acc.event)
		}
		if acc.write {
			break
		}
		a = acc.prev
	}
	t.accesses = append(t.accesses, access{event: int32(len(t.events) - 1), word: w, prev: head, write: write})
	t.words[w].head = int32(len(t.accesses) - 1)
}

// join makes the newest event happen after e.
func (t *trace) join(e int32) { t.merge = append(t.merge, e) }

// seal completes the newest event: its clock becomes the join of its predecessors' clocks, and races the predecessors of other processes that
// no other event lies between: those that a scheduler could have let come after it.
func (t *trace) seal() (joined bool) {
	d := int32(len(t.events) - 1)
	row := t.clock(d)
	for i := 1; i < len(t.merge); i++ { // newest first; the lists are short and mostly sorted
		for j := i; j > 0 && t.merge[j] > t.merge[j-1]; j-- {
			t.merge[j], t.merge[j-1] = t.merge[j-1], t.merge[j]
		}
	}
	for _, c := range t.merge {
		e := &t.events[c]
		if c == d || e.num <= row[e.pid] {
			continue
		}
		t.races = append(t.races, c)
		for i, n := range t.clock(c) {
			row[i] = max(row[i], n)
		}
		joined = true
	}
	t.merge = t.merge[:0]
	e := &t.events[d]
	row[e.pid] = e.num
	return joined
}

// changed says whether a process other than pid has changed w later than event after: a change known to clock, if clock is not nil.
func (t *trace) changed(w, after int32, pid uint8, clock []int32) bool {
	for a := t.words[w].head; a >= 0 && t.accesses[a].event > after; a = t.accesses[a].prev {
		acc := &t.accesses[a]
		e := &t.events[acc.event]
		if acc.write && e.pid != pid && (clock == nil || e.num <= clock[e.pid]) {
			return true
		}
	}
	return false
}

// changedWithout says whether a process other than pid has changed w later than event after, by an event that is not c and did not need c.
func (t *trace) changedWithout(c, w, after int32, pid uint8) bool {
	for a := t.words[w].head; a >= 0 && t.accesses[a].event > after; a = t.accesses[a].prev {
		acc := &t.accesses[a]
		if acc.write && t.events[acc.event].pid != pid && !t.before(c, acc.event) {
			return true
		}
	}
	return false
}

// linearize orders the events so that each target comes as early as it can, one after the other, and the rest at the end. It returns the processes.
func (t *trace) linearize(targets []int32) []uint8 {
	done := make([]bool, len(t.events))
	var path []uint8
	take := func(upTo int32, wanted func(e int32) bool) {
		for e := int32(0); e <= upTo; e++ {
			if !done[e] && wanted(e) {
				done[e] = true
				path = append(path, t.events[e].pid)
			}
		}
	}
	for _, target := range targets {
		take(target, func(e int32) bool { return t.before(e, target) })
	}
	take(int32(len(t.events)-1), func(int32) bool { return true })
	return path
}

// past is the processes of the events that event e needs, and of e, in order.
func (t *trace) past(e int32) []uint8 {
	var path []uint8
	for c := int32(0); c <= e; c++ {
		if t.before(c, e) {
			path = append(path, t.events[c].pid)
		}
	}
	return path
}
