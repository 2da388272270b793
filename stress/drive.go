package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"simdb.dev/internal/scratch"
	"simdb.dev/linearize/check"
	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// driver runs the phases of a run and judges each round.
type driver struct {
	cfg   *config
	work  workload
	dir   string // for region and histories; removed at the end
	log   io.Writer
	sum   *summary
	procs int32 // numbers of processes used
	storm *storm
}

var errNoRoom = errors.New("no room to record")

// drive makes the run. An error is one of the set-up; what the run finds is in
// the summary.
func drive(ctx context.Context, cfg *config, log io.Writer) (*summary, error) {
	if err := os.MkdirAll(cfg.Out, 0o755); err != nil {
		return nil, err
	}
	dir, err := scratch.New(cfg.Dir, "simdb-stress-")
	if err != nil {
		return nil, err
	}
	defer dir.Remove()
	d := &driver{cfg: cfg, work: workloads[cfg.Workload], dir: dir.Path, log: log, sum: newSummary(cfg), procs: 1, storm: newStorm(cfg)}
	if cfg.Kill {
		d.sum.Storm = d.storm
	}
	if err := clean(cfg.Out); err != nil {
		return nil, err
	}
	if cfg.Messages > 0 {
		return d.sum, d.end(d.volume(ctx))
	}
	phases := d.work.phases(cfg)
	d.storm.phases = phases
	for i := range phases {
		d.storm.phase = i
		if err = d.phase(ctx, &phases[i], cfg.Duration/time.Duration(len(phases))); err != nil {
			break
		}
	}
	return d.sum, d.end(err)
}

// end writes the summary of a run that ended so.
func (d *driver) end(err error) error {
	var f *finding
	if errors.As(err, &f) {
		d.sum.Verdict, d.sum.Text = f.Verdict, d.sum.phase().Name+": "+f.Text
	} else if err != nil {
		return err
	}
	return d.sum.save()
}

// phase makes a region, and rounds on it until the time is over.
func (d *driver) phase(ctx context.Context, ph *phase, length time.Duration) (err error) {
	region := filepath.Join(d.dir, "region")
	db, err := simdb.OpenPath(region, simdb.Options{BlockSize: ph.blockSize(), BlockCount: ph.Blocks})
	if err != nil {
		return err
	}
	defer os.Remove(region)
	defer db.Close()
	d.sum.begin(ph, db)
	round := d.round
	if ph.Nodes {
		round = d.nodesRound
	}

	f, err := newFleet(start{Config: *d.cfg, Phase: *ph, Region: region}, d.dir, d.procs)
	if err != nil {
		return err
	}
	if d.cfg.Kill {
		f.fate = d.storm.fate
	}
	defer func() {
		if err != nil {
			d.evidence(f, err)
		}
		f.kill()
		d.procs = f.next
	}()
	const fewest = 2 // one with ballast, one without
	began := time.Now()
	more := func() (bool, error) { return time.Since(began) < length, nil }
	if d.cfg.Kills > 0 {
		more = func() (bool, error) {
			over, err := d.storm.over()
			return !over, err
		}
	}
	for n := 0; ; n++ {
		if goOn, err := more(); err != nil {
			return err
		} else if n >= fewest && !goOn {
			break
		}
		for len(f.workers) < d.cfg.Processes {
			if err := f.spawn(); err != nil {
				return err
			}
		}
		if err := round(ctx, ph, db, f, n); err != nil {
			return err
		}
	}
	if err := f.dismiss(d.cfg.Hang); err != nil {
		return err
	}
	if d.cfg.Kill { // some may have been killed while they closed
		if _, err := auditFull(db); err != nil {
			return err
		}
	}
	if err := auditAlone(db); err != nil {
		return err
	}
	return auditEmpty(db, byNobody)
}

// round makes one round, checks what it left, and clears it away.
func (d *driver) round(ctx context.Context, ph *phase, db *simdb.DB, f *fleet, n int) (err error) {
	d.sum.beginRound()
	r := &round{Number: n, Seed: d.cfg.Seed + uint64(d.sum.Rounds), Tight: n%2 == 1, Dir: filepath.Join(d.dir, "histories")}
	if err := os.Mkdir(r.Dir, 0o755); err != nil {
		return err
	}
	defer func() {
		if err == nil && !d.cfg.Keep {
			err = os.RemoveAll(r.Dir)
		} else if err == nil {
			err = moveDir(r.Dir, filepath.Join(d.cfg.Out, fmt.Sprintf("round-%d", d.sum.Rounds)))
		}
	}()
	load := ballast{db: db}
	if r.Tight {
		if err := load.load(ph.Tight); err != nil {
			return err
		}
	}
	c := &conductor{cfg: d.cfg, db: db, storm: d.storm, fleet: f, round: r, rng: rand.New(rand.NewPCG(r.Seed, 0))}
	if d.cfg.Kill {
		path := r.path(history.Client{ID: 1})
		if c.crashes, err = history.Create(path, history.Client{ID: 1}, mostCrashes(d.cfg)); err != nil {
			return err
		}
		c.files = append(c.files, path)
	}
	began := time.Now()
	err = c.conduct(ctx)
	ran := time.Since(began)
	d.sum.ran(c, ran)
	if c.crashes != nil {
		err = errors.Join(err, c.crashes.Close())
	}
	if err != nil {
		return err
	}
	stats, err := auditFull(db)
	if err != nil {
		return err
	}
	d.sum.quiet(stats)
	settled, err := d.settle(ph, db, c)
	if err != nil {
		return err
	}
	report, err := d.judge(ph, c, append(c.files, settled), model.Rules{Full: r.Tight || ph.Full, Creating: ph.Creating})
	if err != nil {
		return err
	}
	if err := load.unload(); err != nil {
		return err
	}
	if err := d.work.clear(db, ph); err != nil {
		return err
	}
	if err := auditEmpty(db, byWriters); err != nil {
		return err
	}
	fmt.Fprintf(d.log, "round %d, %s: %s\n", d.sum.Rounds, ph.Name, d.sum.progress(c, report, ran))
	return nil
}

// settle records what the round has left.
func (d *driver) settle(ph *phase, db *simdb.DB, c *conductor) (path string, err error) {
	r := c.round
	path = r.path(history.Client{})
	rec, err := history.Create(path, history.Client{}, ph.Settle)
	if err != nil {
		return "", err
	}
	other := func(key []byte) bool { return bytes.HasPrefix(key, []byte(ballastName)) }
	err = d.work.settle(db, rec, ph, c.killed, other)
	return path, errors.Join(err, rec.Close())
}

// judge checks the history of a round.
func (d *driver) judge(ph *phase, c *conductor, files []string, rules model.Rules) (check.Report, error) {
	h, err := history.ReadFile(files...)
	if err != nil {
		return check.Report{}, err
	}
	d.sum.recorded(h)
	d.storm.Inside += c.inside(h)
	rep := check.Check(h, check.Options{Rules: rules, Budget: d.cfg.Budget})
	d.sum.checked(rep)
	counted, err := d.work.account(h, ph)
	d.sum.accounted(counted)
	if rep.Verdict == check.Linearizable {
		return rep, err
	}
	if _, err := rep.Save(d.cfg.Out, rules); err != nil {
		return rep, err
	}
	var text bytes.Buffer
	if err := rep.WriteText(&text); err != nil {
		return rep, err
	}
	if rep.Verdict == check.Violation {
		return rep, found(violation, "%s", text.String())
	}
	return rep, found(unknown, "%s", text.String())
}

// evidence leaves what a failure has to show: the histories, the region, and
// what the workers said, with their stacks if one hangs.
func (d *driver) evidence(f *fleet, err error) {
	var why *finding
	if !errors.As(err, &why) || why == errInterrupted {
		return
	}
	for _, p := range f.workers {
		_ = pause(p.cmd.Process) // so that the copy is of one moment
	}
	save := func(err error) {
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			fmt.Fprintln(d.log, "stress: saving the evidence:", err)
		}
	}
	save(copyFile(filepath.Join(d.dir, "region"), filepath.Join(d.cfg.Out, "region")))
	if why.Verdict == hang {
		f.dump()
	}
	f.kill()
	save(moveDir(filepath.Join(d.dir, "histories"), filepath.Join(d.cfg.Out, "histories")))
	said, err := filepath.Glob(filepath.Join(d.dir, "worker-*.stderr"))
	save(err)
	for _, path := range said {
		if st, err := os.Stat(path); err == nil && st.Size() > 0 {
			save(copyFile(path, filepath.Join(d.cfg.Out, filepath.Base(path))))
		}
	}
}
