package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"simdb.dev/bench/report"
	"simdb.dev/internal/scratch"
)

// allTrials is everything that is measured, in order. Trials of queues and packs are to be added here, with jobs of their own: a queue as one more conduit of
// work_messages.go.
func allTrials(cfg *config) []*trial {
	return slices.Concat(
		pointTrials(cfg),
		sizeTrials(cfg),
		fullTrials(cfg),
		processTrials(cfg),
		ycsbTrials(cfg),
		latencyTrials(cfg),
		messageTrials(cfg),
		regionTrials(cfg),
	)
}

// measureAll is the command without a name: it measures, and then reports.
func measureAll(ctx context.Context, cfg *config, stdout, stderr io.Writer) error {
	trials := usable(allTrials(cfg), cfg)
	if len(trials) == 0 {
		return fmt.Errorf("%w: nothing matches -only and -peers; bench list shows the names", errUsage)
	}
	work, err := scratch.New(cfg.dir, "simdb-bench-")
	if err != nil {
		return err
	}
	defer work.Remove()
	raw, err := createRaw(cfg.report.Raw)
	if err != nil {
		return err
	}
	defer raw.Close()
	skipped := skippedPeers()
	for _, s := range skipped {
		fmt.Fprintf(stderr, "%s: %s\n", strings.Replace(s.Key, "-", " ", 1), s.Value)
	}
	before := readUsage()
	r := &runner{cfg: cfg, ctx: ctx, stderr: stderr, work: work, begin: time.Now(), of: len(trials)}
	r.out = report.NewWriter(raw, append(settings(cfg), skipped...))
	for i, t := range trials {
		r.number = i + 1
		if err := r.trial(t); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", t.name, err), r.out.Err())
		}
	}
	for _, s := range afterwards(before) {
		r.out.Setting(s)
	}
	if err := errors.Join(r.out.Err(), raw.Close()); err != nil {
		return err
	}
	r.progress("measured; reporting")
	return report.Make(cfg.report, stdout)
}

// list is the command of that name.
func list(_ context.Context, cfg *config, stdout, _ io.Writer) error {
	for _, t := range usable(allTrials(cfg), cfg) {
		fmt.Fprintln(stdout, t.name)
		for _, c := range t.contestants {
			fmt.Fprintf(stdout, "    %v\n", c)
		}
	}
	for _, s := range skippedPeers() {
		fmt.Fprintf(stdout, "%s: %s\n", strings.Replace(s.Key, "-", " ", 1), s.Value)
	}
	return nil
}

func skippedPeers() []report.Setting {
	var list []report.Setting
	for _, p := range peers {
		if why := p.missing(); why != "" {
			list = append(list, report.Skipped(p.name, why))
		}
	}
	return list
}

// runner measures one trial after the other.
type runner struct {
	cfg        *config
	ctx        context.Context
	stderr     io.Writer
	out        *report.Writer
	work       *scratch.Dir
	begin      time.Time
	number, of int // of the trial
}

func (r *runner) progress(format string, args ...any) {
	fmt.Fprintf(r.stderr, "%5.0fs  %2d/%d  %s\n", time.Since(r.begin).Seconds(), r.number, r.of, fmt.Sprintf(format, args...))
}

// trial sets everybody up, measures round after round, and leaves nothing behind.
func (r *runner) trial(t *trial) (err error) {
	rounds := max(t.rounds, r.cfg.rounds)
	r.progress("%s: setting up %d contestants", t.name, len(t.contestants))
	var crews []*crew
	defer func() {
		for _, c := range crews {
			if e := c.end(err != nil); err == nil && e != nil {
				err = fmt.Errorf("%v: %w", c.contestant, e)
			}
		}
	}()
	for _, c := range t.contestants {
		crew, err := r.hire(c)
		if crew != nil {
			crews = append(crews, crew)
		}
		if err != nil {
			return fmt.Errorf("%v: %w", c, err)
		}
	}
	r.progress("%s: %d rounds", t.name, rounds)
	for round := 1; round <= rounds; round++ {
		for i := range t.tasks {
			for _, k := range turns(round, len(crews)) {
				if err := r.measure(t, crews[k], &t.tasks[i], round); err != nil {
					return fmt.Errorf("%v, %s: %w", crews[k].contestant, t.tasks[i].work, err)
				}
			}
		}
	}
	return nil
}

// turns is the order of a round: that of the round before, begun one further, so that nobody is always the first.
func turns(round, contestants int) []int {
	list := make([]int, contestants)
	for i := range list {
		list[i] = (i + round - 1) % contestants
	}
	return list
}

// headStart is the time from the order to the beginning of a slice: every worker has read it by then.
const headStart = 2 * time.Millisecond

// slowest is what a slice may take beyond its length: some clear a large heap first, or make an operation that takes long.
const slowest = 2 * time.Minute

// measure gives one contestant its slice.
func (r *runner) measure(t *trial, c *crew, m *task, round int) error {
	if _, takesPart := c.work(m); !takesPart {
		return nil
	}
	length := t.slice
	if length == 0 {
		length = r.cfg.slice
	}
	s := &slice{Task: m.order, For: length, Rate: m.rate, Start: now() + int64(headStart)}
	for _, w := range c.workers {
		_ = w.orders.Encode(order{Run: s}) // a worker that is gone is noticed by hear
	}
	var results []result
	for _, w := range c.workers {
		n, err := w.hear(r.ctx.Done(), length+slowest)
		if err != nil {
			return err
		}
		if n.Result == nil {
			return fmt.Errorf("worker gave no result")
		}
		results = append(results, *n.Result)
	}
	ops, values := combine(results)
	r.out.Result(report.Result{Round: round, Name: c.nameOf(m), N: ops, Values: values})
	return r.out.Err()
}

// combine adds up what the workers of one contestant did at the same time: their rates. The time per operation is that of all together.
func combine(results []result) (ops uint64, values map[string]float64) {
	values = map[string]float64{}
	var rate float64
	for _, r := range results {
		if r.Ops > 0 && r.Busy > 0 {
			ops += r.Ops
			rate += float64(r.Ops) / float64(r.Busy)
		}
		for unit, v := range r.Values {
			values[unit] += v
		}
	}
	if rate > 0 {
		values["ns/op"] = 1 / rate
	}
	return max(ops, 1), values
}

// crew is the processes of a contestant.
type crew struct {
	*contestant
	workers []*child
	server  *server
	dir     string
}

// hire starts them, one after the other: the first makes what the others attach to. What has been started is returned also if it fails.
func (r *runner) hire(c *contestant) (*crew, error) {
	dir, err := os.MkdirTemp(r.work.Path, "")
	if err != nil {
		return nil, err
	}
	crew := &crew{contestant: c, dir: dir}
	cpus := processors()
	if p, err := peerNamed(c.peer); err == nil && p.server != nil {
		cmd, socket := p.server(dir)
		if crew.server, err = startServer(r.ctx, cmd, socket, cpus[1%len(cpus)]); err != nil {
			return crew, err
		}
	}
	for i, s := range c.specs {
		s.Dir, s.Proc, s.Procs, s.Fill = dir, i, len(c.specs), i == 0
		cpu := cpus[i%len(cpus)]
		if c.cpus != nil {
			cpu = c.cpus[i]
		}
		w, err := startWorker(&s, cpu)
		if err != nil {
			return crew, err
		}
		crew.workers = append(crew.workers, w)
		if _, err := w.hear(r.ctx.Done(), 10*time.Minute); err != nil {
			return crew, err
		}
	}
	return crew, nil
}

// end ends the processes, at once if something failed, and removes what they kept.
func (c *crew) end(failed bool) (err error) {
	for _, w := range slices.Backward(c.workers) {
		if failed {
			w.kill()
		} else if e := w.dismiss(time.Minute); err == nil {
			err = e
		}
	}
	if c.server != nil {
		c.server.end()
	}
	if e := os.RemoveAll(c.dir); err == nil {
		err = e
	}
	return err
}
