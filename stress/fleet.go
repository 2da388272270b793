package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// fleet is the worker processes of a phase. It belongs to the driver's
// goroutine; only events comes from elsewhere.
type fleet struct {
	start   start // what all have in common
	dir     string
	workers []*process // those that have not ended
	next    int32      // number of the next process: none is used twice in a run
	events  chan event
	round   *round // the one that runs
	deaths  deaths
	fate    func() fate // of the next worker
}

// process is one worker as the driver sees it.
type process struct {
	number int32
	cmd    *exec.Cmd
	orders *json.Encoder
	input  io.Closer

	done     bool // with the round, or not in one
	working  bool // at the round; its files are there
	killed   bool
	died     time.Time // when it was killed
	fate     fate
	averting bool
	since    time.Time   // it first recorded
	progress []uint64    // of each client
	moved    []time.Time // when that changed
}

// event is a note, or, with note nil, the end of a worker.
type event struct {
	from *process
	note *note
	err  error // how it ended
}

func newFleet(s start, dir string, next int32) (f *fleet, err error) {
	f = &fleet{start: s, dir: dir, next: next, events: make(chan event), fate: func() fate { return fate{} }}
	if f.start.Config.Kill {
		f.start.Deaths = filepath.Join(dir, fmt.Sprintf("deaths-%d", next))
		f.deaths, err = mapDeaths(f.start.Deaths, true)
	}
	return f, err
}

// stderrPath is where the worker's standard error goes.
func (f *fleet) stderrPath(number int32) string {
	return filepath.Join(f.dir, fmt.Sprintf("worker-%d.stderr", number))
}

// spawn starts one more worker.
func (f *fleet) spawn() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if f.next == mostProcesses {
		return fmt.Errorf("%d processes: no run has more", f.next)
	}
	p := &process{number: f.next, done: true, cmd: exec.Command(self), fate: f.fate()}
	f.next++
	p.cmd.Env = append(os.Environ(), workerEnv+"=1")
	stderr, err := os.Create(f.stderrPath(p.number))
	if err != nil {
		return err
	}
	defer stderr.Close()
	p.cmd.Stderr = stderr
	input, err := p.cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.input, p.orders = input, json.NewEncoder(input)
	p.progress = make([]uint64, f.start.Config.Goroutines)
	p.moved = make([]time.Time, f.start.Config.Goroutines)
	f.workers = append(f.workers, p)
	go f.listen(p, output)
	s := f.start
	s.Process, s.Fate = p.number, p.fate
	p.order(order{Start: &s})
	if f.round != nil {
		p.begin(f.round)
	}
	return nil
}

// listen turns what a worker says, and its end, into events.
func (f *fleet) listen(p *process, output io.Reader) {
	for dec := json.NewDecoder(output); ; {
		var n note
		if dec.Decode(&n) != nil {
			break
		}
		f.events <- event{from: p, note: &n}
	}
	f.events <- event{from: p, err: p.cmd.Wait()}
}

// order sends an order. A worker that is gone does not get it; its end is an event.
func (p *process) order(o order) { _ = p.orders.Encode(o) }

// begin gives a worker its round.
func (p *process) begin(r *round) {
	p.done, p.working = false, false
	p.touch()
	p.order(order{Round: r})
}

// touch starts the watchdog's time anew.
func (p *process) touch() {
	for i := range p.moved {
		p.moved[i] = time.Now()
	}
}

// hear takes in what a worker says.
func (p *process) hear(n *note) {
	if n.Working {
		p.working = true
		if p.since.IsZero() {
			p.since = time.Now()
		}
	}
	if n.Averted {
		p.fate = fate{}
	}
	p.done = p.done || n.Done
	for i, ops := range n.Progress {
		if ops != p.progress[i] || ops == finished {
			p.progress[i], p.moved[i] = ops, time.Now()
		}
	}
}

// stuck returns a client that has not moved for that long.
func (p *process) stuck(limit time.Duration) (client int, is bool) {
	for i, t := range p.moved {
		if !p.done && time.Since(t) > limit {
			return i, true
		}
	}
	return 0, false
}

// fell says whether a worker that has ended was killed, and sets when.
func (f *fleet) fell(p *process) bool {
	if f.deaths == nil {
		return p.killed
	}
	if _, when, did := f.deaths.of(p.number); did {
		p.killed, p.died = true, when
	}
	return p.killed
}

// gone takes a worker that has ended out of the fleet.
func (f *fleet) gone(p *process) {
	p.input.Close()
	if path := f.stderrPath(p.number); p.killed && empty(path) {
		os.Remove(path) // there would be thousands
	}
	f.workers = slices.DeleteFunc(f.workers, func(w *process) bool { return w == p })
}

// running returns the workers that are in the round, or are dying.
func (f *fleet) running() []*process {
	var list []*process
	for _, p := range f.workers {
		if !p.done || p.killed {
			list = append(list, p)
		}
	}
	return list
}

// dismiss ends the orders, upon which the workers close their handles, and
// waits for all.
func (f *fleet) dismiss(limit time.Duration) error {
	for _, p := range f.workers {
		p.input.Close()
	}
	late := time.After(limit)
	for len(f.workers) > 0 {
		select {
		case e := <-f.events:
			if e.note != nil {
				continue
			}
			f.gone(e.from)
			if e.err != nil && !f.fell(e.from) {
				return found(violation, "worker %d ended badly after its last round: %v", e.from.number, e.err)
			}
		case <-late:
			return found(hang, "worker %d has not closed its handle for %v", f.workers[0].number, limit)
		}
	}
	return nil
}

// kill ends all workers at once.
func (f *fleet) kill() {
	for _, p := range f.workers {
		_ = p.cmd.Process.Kill() // it may have ended
	}
	f.drain()
}

// dump has all workers print their stacks.
func (f *fleet) dump() {
	for _, p := range f.workers {
		_ = dump(p.cmd.Process) // it may have ended
	}
	all := slices.Clone(f.workers)
	limit := time.AfterFunc(5*time.Second, func() {
		for _, p := range all {
			_ = p.cmd.Process.Kill()
		}
	})
	defer limit.Stop()
	f.drain()
}

// drain waits for the end of all workers.
func (f *fleet) drain() {
	for len(f.workers) > 0 {
		if e := <-f.events; e.note == nil {
			f.gone(e.from)
		}
	}
}

// empty says whether there is nothing in a file.
func empty(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Size() == 0
}
