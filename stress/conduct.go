package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"simdb.dev/linearize/history"
)

// How a round goes. The times are short against a round, so that each has many
// pauses and kills, and long against an operation, so that the others get far
// while one sleeps in the middle of one.
const (
	roundLimit  = 500 * time.Millisecond // then the clients are stopped
	pauseEvery  = 40 * time.Millisecond
	pauseFor    = 30 * time.Millisecond
	killEvery   = 30 * time.Millisecond
	mostCrashes = int(roundLimit / killEvery * 4)
	watchEvery  = 250 * time.Millisecond
	reportEvery = 5 * time.Second
)

// conductor runs one round: it disturbs the workers and waits for them.
type conductor struct {
	cfg     *config
	fleet   *fleet
	round   *round
	rng     *rand.Rand
	crashes *history.Recorder // who was killed when; nil without -kill

	bury   func(process int32) // what to do about a worker that was killed; nil: nothing
	report func()              // tells how far a round without a time limit is; nil for others

	paused *process
	files  []string // histories
	pauses int
	killed []int32 // processes
}

// conduct returns when every worker has done its part of the round, or with the
// finding that ends the run.
func (c *conductor) conduct(ctx context.Context) error {
	f := c.fleet
	f.round = c.round
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
	for len(f.running()) > 0 {
		var err error
		select {
		case <-ctx.Done():
			err = errInterrupted
		case e := <-f.events:
			err = c.event(e, ending)
		case <-report.C:
			if c.report != nil {
				c.report()
			}
		case <-end:
			ending = true
			kills = nil
			for _, p := range f.workers {
				p.order(order{Stop: true})
			}
		case <-pauses:
			pauses = c.pause(ending)
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
		if e.note.Recording {
			c.files = append(c.files, c.historiesOf(p)...)
		}
		p.hear(e.note)
		return nil
	case !p.killed:
		c.fleet.gone(p)
		return found(violation, "worker %d ended in the middle of the run: %v; it said: %s", p.number, e.err, tail(c.fleet.stderrPath(p.number)))
	}
	c.fleet.gone(p)
	if c.paused == p {
		c.paused = nil
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
	return paths
}

// pause stops a worker, or resumes the one that is stopped.
func (c *conductor) pause(ending bool) <-chan time.Time {
	if c.paused != nil {
		_ = c.wake()
		return c.timer(!ending, pauseEvery)
	}
	running := c.fleet.running()
	p := running[c.rng.IntN(len(running))]
	if !p.killed && pause(p.cmd.Process) == nil {
		c.paused = p
		c.pauses++
	}
	return c.timer(true, pauseFor)
}

// wake resumes the worker that is stopped.
func (c *conductor) wake() error {
	p := c.paused
	if p == nil {
		return nil
	}
	c.paused = nil
	p.touch()
	if err := resume(p.cmd.Process); err != nil && !p.killed {
		return fmt.Errorf("resuming worker %d: %w", p.number, err)
	}
	return nil
}

// kill kills a worker in the middle of whatever it does.
func (c *conductor) kill() error {
	running := c.fleet.running()
	p := running[c.rng.IntN(len(running))]
	if p.killed {
		return nil
	}
	if c.crashes != nil && !c.crashes.Crash(p.number) {
		return nil // enough for this round
	}
	p.killed = true
	c.killed = append(c.killed, p.number)
	return p.cmd.Process.Kill()
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
