//go:build explore

package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"simdb.dev/model"
	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// program is a scenario in terms of the store.
type program struct {
	name string
	// custom makes the scenario of a program that is not about keys; the rest is empty then. Not all of its state is known, so that it is explored by its traces.
	custom func() *explore.Scenario
	// before is done before every execution, by the handle of nobody else.
	before []op
	// processes are what runs concurrently. Each is an operating system process with a handle, unless it shares that of an earlier one.
	processes []process
	kills     int
	// quiet: the dead are swept only when all others have ended, not while these go on.
	quiet bool
	// linked: after every step, what the buckets lead to is looked at.
	linked bool
	// tight lets writes find the region full.
	tight bool
	// only: the history of this key alone is judged (numbered from 1), as an iteration promises nothing about several together. 0: all.
	only int
	// bounds of the region; 0: what newWorld says.
	blocks, blockSize, slots, buckets, maxVersion uint64
	victims                                       uint64 // blocks that can be named as victims; 0: all
	spares                                        bool   // lanes keep them, as they do in large regions
	hazards                                       uint64 // lanes of a handle that have some; 0: all
	keys                                          int
	// queues: the first so many keys are queues, of at most limit messages each. kinds: they may be values too. creates: somebody may see the empty queue that a
	// push makes before it appends its message.
	queues, limit  int
	kinds, creates bool
	// parted: message 3 is the last in its part of a batch, and a take that was killed may end with it.
	parted bool
	hash   func(key []byte) uint64
	// share is how many blocks each process finds free before it meets those of others; 0: 1.
	share uint64
	// spare places in the attach table, for processes that attach while they are explored.
	spare uint64
	// joins is the process that attaches and may be killed.
	joins string
	// reach is what some execution must come to, so that what it shows is known to be checked.
	reach []condition
	// end is checked after every execution in addition to the usual.
	end func(w *world, x *explore.Execution) error
}

type process struct {
	name   string
	shares string // the process whose handle it uses
	safe   bool   // it is not killed
	ops    []op
}

// op makes an operation of a client.
type op func(c *client) explore.Op

// client is a process at work.
type client struct {
	w    *world
	name string
	db   *simdb.ExploredDB
	buf  []byte
	mine simdb.Version // the version that it saw or wrote last
	pack simdb.Pack    // that it opened last

	process int32 // number of its handle
	queues  []*simdb.Queue
	held    []heldMessage // claimed and not let go
	first   heldMessage   // what it claimed first
	before  []heldMessage // held after before
}

// world is what the processes of one exploration share.
type world struct {
	p       *program
	region  *simdb.Explored
	clients map[string]*client
	start   states
	refs    [maxKeys]simdb.Version // of what was there before

	sets      *sets
	processes []int32           // numbers of all handles
	leaves    map[int32]bool    // whether it may die or close
	lengths   map[uint64]uint64 // of the messages that are pushed one by one, by id
}

const maxKeys = 4

// finisher is the name of the handle that reads, and sweeps, when all others have ended.
const finisher = "after"

// recovery is the name of the process that sweeps after a death, as the explorer has it.
func recovery(group string) string { return "recovery of " + group }

// scenario makes a program explorable.
func (p *program) scenario() *explore.Scenario {
	if p.custom != nil {
		return p.custom()
	}
	w := &world{p: p, clients: map[string]*client{}, leaves: map[int32]bool{}, lengths: map[uint64]uint64{}}
	sc := &explore.Scenario{
		Name: p.name, Kills: p.kills, InPlace: true, LockFree: true,
		Setup:     w.setup,
		Reset:     w.reset,
		Invariant: w.check,
		Word:      func(addr, value uint64) (string, string) { return w.region.Word(addr, value) },
		Model:     w.model(),
		Keeps:     w.keeps,
		Guards:    simdb.Private,
	}
	if p.linked {
		sc.EachStep = func() error { return w.region.Linked() }
		sc.Watch = func(word uint64) bool { return w.region.Links(word) }
	}
	for _, r := range p.reach {
		sc.Marks = append(sc.Marks, r.name)
	}
	for _, proc := range p.processes {
		c := w.client(proc.name)
		group := proc.name
		if proc.shares != "" {
			group = proc.shares
			c.process = w.clients[group].process
		} else {
			w.processes = append(w.processes, c.process)
		}
		xp := explore.Process{Name: proc.name, Group: group, Unkillable: proc.safe}
		for _, o := range proc.ops {
			xo := o(c)
			xp.Ops = append(xp.Ops, xo)
			if xo.Name == closing {
				w.leaves[c.process] = true
			}
		}
		if p.kills > 0 && !proc.safe {
			w.leaves[c.process] = true
		}
		sc.Processes = append(sc.Processes, xp)
	}
	after := w.client(finisher)
	if p.kills > 0 {
		sc.OnKill = func(_ *explore.Proc, group string) { w.die(group) }
		if !p.quiet {
			sc.Recover = []explore.Op{{Name: "sweep", Do: func(xp *explore.Proc) any { return w.clients[xp.Name()].sweep(xp) }}}
		}
		sc.After = []explore.Op{sweep()(after)}
	}
	if p.queues > 0 {
		sc.After = append(sc.After, look("before the queues are drained")(after))
		sc.MaxSteps = 4000
	}
	for k := range p.keyCount() {
		if k < p.queues {
			sc.After = append(sc.After, drained(k)(after))
		}
		if k >= p.queues || p.kinds {
			sc.After = append(sc.After, get(k)(after))
		}
	}
	if p.queues > 0 && p.kills > 0 {
		// What a deletion left that the first sweep completed is given back by the second.
		sc.After = append(sc.After, look("after the queues were drained")(after), sweep()(after))
	}
	return sc
}

func (p *program) keyCount() int { return max(p.keys, 1) }

func (w *world) client(name string) *client {
	c := w.clients[name]
	if c == nil {
		c = &client{w: w, name: name, buf: make([]byte, 0, 256), process: int32(len(w.clients) + 1)}
		w.clients[name] = c
	}
	return c
}

// setup builds the region, and what is in it at the start of every execution.
func (w *world) setup(s *explore.Scheduler) {
	p := w.p
	lanes, maxLanes := map[string]int{}, 1
	places := 1 + p.spare
	for _, proc := range p.processes {
		if proc.shares != "" {
			lanes[proc.shares]++
			maxLanes = max(maxLanes, lanes[proc.shares])
			continue
		}
		lanes[proc.name]++
		places++
		if p.kills > 0 && !p.quiet && !proc.safe {
			places++
		}
	}
	var err error
	w.region, err = simdb.NewExplored(simdb.ExploredOptions{
		BlockSize: orElse(p.blockSize, 40), BlockCount: orElse(p.blocks, uint64(len(p.processes)+len(p.before)+1)),
		Buckets: orElse(p.buckets, 1), Slots: orElse(p.slots, 2),
		Handles: places, MaxVersion: p.maxVersion, Hash: p.hash, Hazards: orElse(p.hazards, uint64(maxLanes)),
		Victims: p.victims, Spares: p.spares,
	}, s)
	must(err)
	// Each process has blocks of its own to begin with, if there are enough, and those of before are at the end.
	share := orElse(p.share, 1)
	for i, proc := range p.processes {
		if proc.shares == "" {
			w.attach(proc.name, lanes[proc.name], uint64(i)*share)
		}
	}
	for _, proc := range p.processes {
		if proc.shares != "" {
			c, other := w.clients[proc.name], w.clients[proc.shares]
			c.db, c.queues = other.db, other.queues
		}
	}
	for _, proc := range p.processes {
		if p.kills > 0 && !p.quiet && !proc.safe && proc.shares == "" {
			w.client(recovery(proc.name))
			w.attach(recovery(proc.name), 1, 0)
		}
	}
	w.attach(finisher, 1, uint64(len(p.processes))*share)
	w.prepare()
	w.region.Save()
	lines, attach, buckets, blocks, locks := w.region.Shared()
	explore.TrackSlice(s, "lines", lines)
	explore.TrackSlice(s, "attach", attach)
	explore.TrackSlice(s, "buckets", buckets)
	explore.TrackSlice(s, "blocks", blocks)
	explore.TrackSlice(s, "locks", locks)
}

func (w *world) attach(name string, lanes int, at uint64) {
	db, err := w.region.Attach(name, lanes, at)
	must(err)
	c := w.clients[name]
	c.db, c.queues = db, nil
	for k := range w.p.queues {
		q, err := db.Queue(key(k), w.p.limit)
		must(err)
		c.queues = append(c.queues, q)
	}
}

// prepare does what is done before, and notes the state that it leaves.
func (w *world) prepare() {
	w.start = states{}
	c := w.clients[finisher]
	for _, c := range w.clients {
		c.held, c.first = nil, heldMessage{}
	}
	for _, o := range w.p.before {
		xo := o(c)
		in := xo.Input.(*input)
		out := xo.Do(nil).(output)
		var ok bool
		if w.p.queues > 0 {
			var next *possible
			ok, next = w.stepAll(w.sets.of([]states{w.start}), in, out)
			w.start = next.list[0]
		} else {
			ok, w.start = w.step(w.start, in, out)
		}
		if !ok || out.outcome != model.OK {
			panic(fmt.Sprintf("%s: %s gave %v", w.p.name, xo.Name, out))
		}
		w.refs[in.key] = c.mine
	}
	for _, c := range w.clients {
		c.before = slices.Clone(c.held)
	}
	c.db.Unprotect()
}

func (w *world) reset() {
	w.region.Restore()
	for _, c := range w.clients {
		c.mine, c.pack = simdb.Version{}, simdb.Pack{}
		c.held, c.first = append(c.held[:0], c.before...), heldMessage{}
		if len(c.before) > 0 {
			c.first = c.before[0]
		}
	}
}

// gone is the set of processes whose handles have died or were closed.
func (w *world) gone() uint64 {
	var m uint64
	for _, c := range w.clients {
		if c.db.Gone() {
			m |= 1 << c.process
		}
	}
	return m
}

// keeps tells what a process has in private memory: what its handle keeps, and the version that it saw last.
func (w *world) keeps(xp *explore.Proc) {
	if c := w.clients[xp.Name()]; c != nil {
		c.db.Keeps(xp.Knows)
		xp.Knows(c.mine.Token())
		xp.Knows(c.pack.Token())
		for _, m := range c.held {
			xp.Knows(m.id)
			xp.Knows(m.claim.Token())
		}
		xp.Knows(c.first.claim.Token())
	}
}

// die is what the kernel does for a killed process.
func (w *world) die(group string) {
	w.clients[group].db.Die()
	if w.p.joins != "" && group == w.p.joins {
		w.clients[group].db.DieJoined(w.region)
	}
}

// checkCleaned says whether no place of a dead handle was counted by two sweeps.
func (w *world) checkCleaned(x *explore.Execution) error {
	died, sum := cleaned(0), cleaned(0)
	for i, proc := range w.p.processes {
		if proc.shares == "" && x.Killed(i) {
			died++
			if proc.name == w.p.joins {
				died++
			}
		}
		for n := range proc.ops {
			if r, ok := x.Result(i, n); ok {
				by, _ := r.(cleaned)
				sum += by
			}
		}
	}
	if sum > died {
		return fmt.Errorf("%d handles died, and sweeps cleaned the places of %d", died, sum)
	}
	return nil
}

// check judges the region when all have ended.
func (w *world) check(x *explore.Execution) error {
	if err := w.region.Check(x.AnyKilled(), w.p.kills > 0); err != nil {
		return err
	}
	if err := w.checkHeld(); err != nil {
		return err
	}
	if err := w.checkCleaned(x); err != nil {
		return err
	}
	for _, r := range w.p.reach {
		if r.is(w, x) {
			x.Mark(r.name)
		}
	}
	if w.p.end != nil {
		return w.p.end(w, x)
	}
	return nil
}

// condition is something that an execution may come to.
type condition struct {
	name string
	is   func(w *world, x *explore.Execution) bool
}

// ends: operation n of process p (numbers) has that outcome.
func ends(p, n int, o model.Outcome) condition {
	return result(p, n, o.String(), func(out output) bool { return out.outcome == o })
}

// sees: operation n of process p reads that value.
func sees(p, n int, id uint64) condition {
	return result(p, n, fmt.Sprintf("sees %d", id), func(out output) bool { return out.outcome == model.OK && out.value == id })
}

func result(p, n int, what string, is func(output) bool) condition {
	return condition{fmt.Sprintf("operation %d of process %d: %s", n, p, what), func(_ *world, x *explore.Execution) bool {
		r, ok := x.Result(p, n)
		if !ok {
			return false
		}
		out, ok := r.(output)
		return ok && is(out)
	}}
}

// Ids of values whose words are all the same: those of a slot never used, and those of one in use; and of what has no bytes.
const (
	zeros     = 99
	lookalike = 98
	nothing   = 97
)

// value is n words whose bytes name id.
func value(id, words int) []byte {
	if id == nothing {
		return nil
	}
	b := make([]byte, 0, 8*words)
	for i := range words {
		b = binary.NativeEndian.AppendUint64(b, word(id, words, i))
	}
	return b
}

func word(id, words, i int) uint64 {
	switch id {
	case zeros:
		return 0
	case lookalike:
		return 1<<62 | 1<<4
	}
	return uint64(id)<<16 | uint64(words)<<8 | uint64(i)
}

// identify is the id of a value, or false if the bytes are not one value.
func identify(b []byte) (uint64, bool) {
	if records, ok := recordsOf(b); ok {
		b = records
	}
	n := len(b) / 8
	if len(b) == 0 {
		return nothing, true
	}
	if len(b)%8 != 0 {
		return 0, false
	}
	for _, id := range []int{zeros, lookalike} {
		if string(b) == string(value(id, n)) {
			return uint64(id), true
		}
	}
	id := int(binary.NativeEndian.Uint64(b) >> 16)
	for i := range n {
		if binary.NativeEndian.Uint64(b[8*i:]) != word(id, n, i) {
			return 0, false
		}
	}
	return uint64(id), true
}

func orElse(v, d uint64) uint64 {
	if v == 0 {
		return d
	}
	return v
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
