package main

import (
	"fmt"
	"slices"
	"time"

	"simdb.dev/bench/report"
)

// trial is contestants that do the same work in turn.
type trial struct {
	name        string // for -only, and for people
	contestants []*contestant
	tasks       []task
	rounds      int           // 0: as the command line says
	slice       time.Duration // 0: as the command line says
}

// task is one kind of work, for which each contestant has one slice in each round.
type task struct {
	order  string   // what the workers are told, a task of their job
	work   string   // what it is called in the raw lines
	params []string // and its parameters, keys with values
	rate   int
}

// contestant is a peer with its worker processes.
type contestant struct {
	peer   string // as it is called in the raw lines
	params []string
	specs  []spec // one for each process; the directory and the number are filled in
	cpus   []int  // the processor of each, -1 for any; nil: the first, the second, …
	// works are the tasks that it takes part in, by order, and what they are called there; nil: all, as they are called.
	works map[string]string
}

// work is what a task is called here, and whether it is made here.
func (c *contestant) work(t *task) (string, bool) {
	if c.works == nil {
		return t.work, true
	}
	work, ok := c.works[t.order]
	return work, ok
}

func (c *contestant) nameOf(t *task) report.Name {
	work, _ := c.work(t)
	return report.NameOf(work, slices.Concat([]string{"peer", c.peer}, c.params, t.params)...)
}

// String is for people.
func (c *contestant) String() string {
	return report.NameOf(c.peer, c.params...).String()
}

// tableContestant is a peer that keeps a table.
func tableContestant(name string, processes int, s spec, params ...string) *contestant {
	s.Job, s.Peer = "table", name
	c := &contestant{peer: name, params: params}
	for range processes {
		c.specs = append(c.specs, s)
	}
	return c
}

// usable drops what can not be measured here, and keeps of the peers those asked for.
func usable(trials []*trial, cfg *config) []*trial {
	var list []*trial
	for _, t := range trials {
		if cfg.only != nil && !cfg.only.MatchString(t.name) {
			continue
		}
		t.contestants = slices.DeleteFunc(t.contestants, func(c *contestant) bool {
			p, err := peerNamed(c.peer)
			isPeer := err == nil
			return len(cfg.peers) > 0 && !slices.Contains(cfg.peers, c.peer) || isPeer && p.missing() != ""
		})
		if len(t.contestants) > 0 {
			list = append(list, t)
		}
	}
	return list
}

// short writes a number as names have it: 10k, 1M.
func short(n int) string {
	switch {
	case n >= 1e6 && n%1e6 == 0:
		return fmt.Sprintf("%dM", n/1e6)
	case n >= 1e3 && n%1e3 == 0:
		return fmt.Sprintf("%dk", n/1e3)
	}
	return fmt.Sprint(n)
}

// shortBytes writes a size as names have it: 100, 64Ki, 1Mi.
func shortBytes(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dMi", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dKi", n>>10)
	}
	return fmt.Sprint(n)
}
