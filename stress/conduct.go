package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/simdb"
)

// How a round goes. The times are short against a round, so that each has many
// pauses and kills, and long against an operation, so that the others get far
// while one sleeps in the middle of one.
const (
	roundLimit  = 500 * time.Millisecond // then the clients are stopped
	pauseEvery  = 40 * time.Millisecond
	pauseFor    = 30 * time.Millisecond
	killEvery   = 4 * time.Millisecond
	killLimit   = 40                    // kills in a round, then the clients are stopped: what is pending makes histories long to check
	avertAfter  = 25 * time.Millisecond // a worker that has not met its fate by then is killed as the others are
	watchEvery  = 250 * time.Millisecond
	reportEvery = 5 * time.Second
)

// mostCrashes is how many workers die in a round at most: those that run may still meet their fates when the limit is reached.
func mostCrashes(cfg *config) int { return killLimit + cfg.Processes }

// conductor runs one round: it disturbs the workers and waits for them.
type conductor struct {
	cfg     *config
	db      *simdb.DB
	storm   *storm
	fleet   *fleet
	round   *round
	rng     *rand.Rand
	crashes *history.Recorder // who was killed when; nil without -kill

	bury   func(process int32) // what to do about a worker that was killed; nil: nothing
	report func()              // tells how far a round without a time limit is; nil for others

	began  time.Time
	paused *process
	files  []string // histories
	pauses int
	killed []int32 // processes
	random []int32 // of these, by the driver, at a random moment
}

// conduct returns when every worker has done its part of the round, or with the
// finding that ends the run.
func (c *conductor) conduct(ctx context.Context) error {
	f := c.fleet
	f.round, c.began = c.round, time.Now()
	defer func() { f.round = nil }()
	for _, p := range f.workers {
		p.begin(c.round)
	}
	var end <-chan time.Time
	if c.report == nil {
		end = time.After(roundLimit)
	}
	report := time.NewTicker(reportEvery)
	defer report.Stop()
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	pauses, kills := c.timer(c.cfg.Pause, pauseEvery), c.timer(c.cfg.Kill, killEvery)
	ending := false
	stop := func() {
		ending, end, kills = true, nil, nil
		for _, p := range f.workers {
			p.order(order{Stop: true})
		}
	}
	for len(f.running()) > 0 {
		var err error
		select {
		case <-ctx.Done():
			err = errInterrupted
		case e := <-f.events:
			err = c.event(e, ending)
			if !ending && c.report == nil && len(c.killed) >= killLimit {
				stop()
			}
		case <-report.C:
			if c.report != nil {
				c.report()
			}
		case <-end:
			stop()
		case <-pauses:
			pauses, err = c.pause(ending)
		case <-kills:
			err = c.kill()
			kills = c.timer(true, killEvery)
		case <-watch.C:
			err = c.watch()
		}
		if err != nil {
			return err
		}
	}
	return c.wake()
}

// timer fires once, at random, on average after the given time.
func (c *conductor) timer(on bool, mean time.Duration) <-chan time.Time {
	if !on {
		return nil
	}
	return time.After(time.Duration(2 * c.rng.Float64() * float64(mean)))
}

// event takes in what a worker says, or its end.
func (c *conductor) event(e event, ending bool) error {
	p := e.from
	switch {
	case e.note != nil && e.note.Failed != "":
		return found(violation, "worker %d: %s", p.number, e.note.Failed)
	case e.note != nil:
		if e.note.Working {
			c.files = append(c.files, c.historiesOf(p)...)
		}
		p.hear(e.note)
		return nil
	case !c.fleet.fell(p):
		c.fleet.gone(p)
		return found(violation, "worker %d ended in the middle of the run: %v; it said: %s", p.number, e.err, tail(c.fleet.stderrPath(p.number)))
	}
	c.fleet.gone(p)
	if c.paused == p {
		c.paused = nil
	}
	if err := c.fallen(p); err != nil {
		return err
	}
	if c.bury != nil {
		c.bury(p.number)
	}
	if ending {
		return nil // replaced before the next round
	}
	return c.fleet.spawn()
}

func (c *conductor) historiesOf(p *process) []string {
	var paths []string
	for g := range c.cfg.Goroutines {
		paths = append(paths, c.round.path(history.Client{Process: p.number, ID: int32(g)}))
	}
	if p.fate.Point != 0 && !p.fate.closing() {
		paths = append(paths, c.round.path(crashClient(p.number, c.cfg.Goroutines)))
	}
	return paths
}

// pause stops a worker, or resumes the one that is stopped.
func (c *conductor) pause(ending bool) (<-chan time.Time, error) {
	if c.paused != nil {
		return c.timer(!ending, pauseEvery), c.wake()
	}
	running := c.fleet.running()
	p := running[c.rng.IntN(len(running))]
	if !p.killed && pause(p.cmd.Process) == nil {
		c.paused = p
		c.pauses++
	}
	return c.timer(true, pauseFor), nil
}

// wake resumes the worker that is stopped.
func (c *conductor) wake() error {
	p := c.paused
	if p == nil {
		return nil
	}
	c.paused = nil
	if _, err := c.db.Sweep(); err != nil {
		return found(violation, "region: sweep: %v", err)
	}
	c.storm.Overslept++
	p.touch()
	if err := resume(p.cmd.Process); err != nil && !p.killed && !errors.Is(err, os.ErrProcessDone) { // its end is an event of its own
		return fmt.Errorf("resuming worker %d: %w", p.number, err)
	}
	return nil
}

// kill kills a worker in the middle of whatever it does: most at work, some while they start, but of these none while nobody works, or a run whose workers are slow to start would never
// get anywhere. Those that have a fate are left to it for a while; one whose fate is to die while it closes is made to close.
func (c *conductor) kill() error {
	some := c.fleet.running()
	if working := slices.DeleteFunc(slices.Clone(some), func(p *process) bool { return p.killed || !p.working }); len(working) == 0 || c.rng.IntN(8) > 0 {
		some = working
	}
	if len(some) == 0 {
		return nil
	}
	p := some[c.rng.IntN(len(some))]
	switch long := p.working && time.Since(p.since) > avertAfter; {
	case p.killed || p.averting && p.fate.Point != 0:
		return nil
	case p.fate.closing():
		if p.working && (c.crashes == nil || c.crashes.Crash(p.number)) {
			p.averting = true
			p.input.Close()
		}
		return nil
	case p.fate.Point != 0 && c.report == nil:
		if long {
			p.averting = true
			p.order(order{Avert: true})
		}
		return nil
	case c.crashes != nil && !c.crashes.Crash(p.number):
		return nil // enough for this round
	}
	p.killed, p.died = true, time.Now()
	return p.cmd.Process.Kill()
}

// fallen counts a worker that was killed. After every second one the driver sweeps, and takes the time; what the others left is swept by whoever comes.
func (c *conductor) fallen(p *process) error {
	c.killed = append(c.killed, p.number)
	c.storm.Kills++
	if point, _, did := c.fleet.deaths.of(p.number); did {
		c.storm.At[failpoints[point].name]++
		c.storm.Inside++
	} else {
		c.storm.Random++
		c.random = append(c.random, p.number)
	}
	if c.rng.IntN(2) == 0 {
		return nil
	}
	began := time.Now()
	report, err := c.db.Sweep()
	if err != nil {
		return found(violation, "region: sweep after a kill: %v", err)
	}
	if p.died.After(c.began) { // else nobody was there to sweep
		c.storm.recovered(time.Since(p.died), time.Since(began), report.Freed+report.Kept > 0)
	}
	return nil
}

// inside counts those who were killed at a random moment, and that was inside an operation.
func (c *conductor) inside(h *history.History) (n int) {
	pending := map[int32]bool{}
	for i := range h.Ops {
		if op := &h.Ops[i]; op.Pending() {
			pending[op.Client.Process] = true
		}
	}
	for _, process := range c.random {
		if pending[process] {
			n++
		}
	}
	return n
}

// watch looks for clients that do not get on.
func (c *conductor) watch() error {
	for _, p := range c.fleet.workers {
		if p == c.paused {
			continue
		}
		if client, is := p.stuck(c.cfg.Hang); is {
			return found(hang, "client p%d.%d has not finished an operation for %v (%d in this round)", p.number, client, c.cfg.Hang, p.progress[client])
		}
	}
	return nil
}

// tail is the end of a text file.
func tail(path string) string {
	const most = 2000
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}
