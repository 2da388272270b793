//go:build explore

package store

import (
	"encoding/binary"
	"fmt"

	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// program is a scenario in terms of the store.
type program struct {
	name string
	// before is done before every execution, by the handle of nobody else.
	before []op
	// processes are what runs concurrently. Each is an operating system process with a handle, unless it shares that of an earlier one.
	processes []process
	kills     int
	// tight lets writes find the region full.
	tight bool
	// only: the history of this key alone is judged (numbered from 1), as an iteration promises nothing about several together. 0: all.
	only int
	// bounds of the region; 0: what newWorld says.
	blocks, blockSize, slots, buckets, maxVersion uint64
	keys                                          int
	hash                                          func(key []byte) uint64
	marks                                         []string
	// end is checked after every execution in addition to the usual.
	end func(w *world, x *explore.Execution) error
}

type process struct {
	name   string
	shares string // the process whose handle it uses
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
}

// world is what the processes of one exploration share.
type world struct {
	p       *program
	region  *simdb.Explored
	clients map[string]*client
	start   states
	refs    [maxKeys]simdb.Version // of what was there before
}

const maxKeys = 4

// The handles that every world has beside those of its processes.
const (
	recoverer = "recovery"
	finisher  = "after"
)

// scenario makes a program explorable.
func (p *program) scenario() *explore.Scenario {
	w := &world{p: p, clients: map[string]*client{}}
	sc := &explore.Scenario{
		Name: p.name, Kills: p.kills, InPlace: true, LockFree: true, Marks: p.marks,
		Setup:     w.setup,
		Reset:     w.reset,
		Invariant: w.check,
		Word:      func(addr, value uint64) (string, string) { return w.region.Word(addr, value) },
		Model:     w.model(),
	}
	for _, proc := range p.processes {
		c := w.client(proc.name)
		group := proc.name
		if proc.shares != "" {
			group = proc.shares
		}
		xp := explore.Process{Name: proc.name, Group: group}
		for _, o := range proc.ops {
			xp.Ops = append(xp.Ops, o(c))
		}
		sc.Processes = append(sc.Processes, xp)
	}
	after := w.client(finisher)
	if p.kills > 0 {
		sc.OnKill = func(_ *explore.Proc, group string) { w.die(group) }
		sc.Recover = []explore.Op{sweep()(w.client(recoverer))}
		sc.After = []explore.Op{sweep()(after)}
	}
	for k := range p.keyCount() {
		sc.After = append(sc.After, get(k)(after))
	}
	return sc
}

func (p *program) keyCount() int { return max(p.keys, 1) }

func (w *world) client(name string) *client {
	c := w.clients[name]
	if c == nil {
		c = &client{w: w, name: name, buf: make([]byte, 0, 256)}
		w.clients[name] = c
	}
	return c
}

// setup builds the region, and what is in it at the start of every execution.
func (w *world) setup(s *explore.Scheduler) {
	p := w.p
	shared := map[string]int{}
	for _, proc := range p.processes {
		shared[proc.shares]++
	}
	var err error
	w.region, err = simdb.NewExplored(simdb.ExploredOptions{
		BlockSize: orElse(p.blockSize, 40), BlockCount: orElse(p.blocks, uint64(len(p.processes)+len(p.before)+1)),
		Buckets: orElse(p.buckets, 1), Slots: orElse(p.slots, 2),
		Handles:    uint64(len(p.processes) + 3),
		MaxVersion: p.maxVersion, Hash: p.hash,
	}, s)
	must(err)
	for _, proc := range p.processes {
		if proc.shares == "" {
			w.attach(proc.name, 1+shared[proc.name])
		}
	}
	for _, proc := range p.processes {
		if proc.shares != "" {
			w.clients[proc.name].db = w.clients[proc.shares].db
		}
	}
	if p.kills > 0 {
		w.attach(recoverer, 1)
	}
	w.attach(finisher, 1)
	w.prepare()
	w.region.Save()
	attach, buckets, blocks, locks := w.region.Shared()
	explore.TrackSlice(s, "attach", attach)
	explore.TrackSlice(s, "buckets", buckets)
	explore.TrackSlice(s, "blocks", blocks)
	explore.TrackSlice(s, "locks", locks)
}

func (w *world) attach(name string, lanes int) {
	db, err := w.region.Attach(name, lanes)
	must(err)
	w.clients[name].db = db
}

// prepare does what is done before, and notes the state that it leaves.
func (w *world) prepare() {
	w.start = states{}
	c := w.clients[finisher]
	for _, o := range w.p.before {
		xo := o(c)
		in := xo.Input.(*input)
		out := xo.Do(nil).(output)
		ok, next := w.step(w.start, in, out)
		if !ok {
			panic(fmt.Sprintf("%s: %s gave %v", w.p.name, xo.Name, out))
		}
		w.start = next
		w.refs[in.key] = c.mine
	}
}

func (w *world) reset() {
	w.region.Restore()
	for _, c := range w.clients {
		c.mine = simdb.Version{}
	}
}

// die is what the kernel does for a killed process.
func (w *world) die(group string) {
	w.clients[group].db.Die()
	w.region.DieUnknown(w.clients[recoverer].db)
}

// check judges the region when all have ended.
func (w *world) check(x *explore.Execution) error {
	if err := w.region.Check(x.AnyKilled()); err != nil {
		return err
	}
	if w.p.end != nil {
		return w.p.end(w, x)
	}
	return nil
}

// value is n words whose bytes name id.
func value(id, words int) []byte {
	b := make([]byte, 0, 8*words)
	for i := range words {
		b = binary.NativeEndian.AppendUint64(b, word(id, words, i))
	}
	return b
}

func word(id, words, i int) uint64 { return uint64(id)<<16 | uint64(words)<<8 | uint64(i) }

// identify is the id of a value, or false if the bytes are not one value.
func identify(b []byte) (uint64, bool) {
	n := len(b) / 8
	if n == 0 || len(b)%8 != 0 {
		return 0, false
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
