package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"simdb.dev/simdb"
)

func init() { jobs["region"] = newRegionJob }

// regionTrials is what is done with a region as a whole: its creation, attaching and closing, passes over all of it, the space that an entry takes.
func regionTrials(cfg *config) []*trial {
	t := &trial{name: "region", rounds: 5, tasks: []task{
		{order: "create", work: "Create"},
		{order: "open", work: "Open"},
		{order: "check", work: "Check"},
		{order: "sweep", work: "Sweep"},
		{order: "sweep-dead", work: "SweepDead"},
		{order: "space", work: "Space"},
	}}
	sizes := []int{1e4, 1e6}
	if cfg.quick {
		sizes = []int{1e4, 1e5}
	}
	for _, keys := range sizes {
		t.contestants = append(t.contestants, &contestant{
			peer: "simdb", params: []string{"keys", short(keys), "value", "64"},
			specs: []spec{{Job: "region", Peer: "simdb", Keys: keys, Value: usualValue}},
			cpus:  []int{-1}, // creation may use what there is
			works: spaceOnce(keys == sizes[len(sizes)-1]),
		})
	}
	return []*trial{t}
}

// spaceOnce leaves the task of space to one contestant: it does not depend on the number of keys.
func spaceOnce(here bool) map[string]string {
	works := map[string]string{"create": "Create", "open": "Open", "check": "Check", "sweep": "Sweep", "sweep-dead": "SweepDead"}
	if here {
		works["space"] = "Space"
	}
	return works
}

// regionJob has a region of keys, and makes others.
type regionJob struct {
	*spec
	db *simdb.DB
}

func newRegionJob(s *spec) (job, error) {
	t, err := openStore(s)
	if err != nil {
		return nil, err
	}
	if err := fillTable(t, s.Keys, s.Value); err != nil {
		return nil, err
	}
	return &regionJob{s, t.(*oneByOne).one.(store).db}, nil
}

func (j *regionJob) close() error { return j.db.Close() }

func (j *regionJob) run(s *slice) (result, error) {
	switch s.Task {
	case "create":
		return j.repeat(s, j.create)
	case "open":
		return j.repeat(s, j.open)
	case "check":
		return j.repeat(s, j.check)
	case "sweep":
		return j.repeat(s, j.sweep)
	case "sweep-dead":
		return j.sweepDead()
	case "space":
		return j.space()
	}
	return result{}, fmt.Errorf("no task %q", s.Task)
}

// repeat does f at least once.
func (j *regionJob) repeat(s *slice, f func() (time.Duration, error)) (r result, err error) {
	for end := now() + int64(s.For); r.Ops == 0 || now() < end; {
		d, err := f()
		if err != nil {
			return r, err
		}
		r.Ops++
		r.Busy += d
	}
	return r, nil
}

func timed(f func() error) (time.Duration, error) {
	begin := now()
	err := f()
	return time.Duration(now() - begin), err
}

// create makes a region as large as the one of the job, ready for the first put. Its removal is not counted.
func (j *regionJob) create() (time.Duration, error) {
	o := regionOptions(j.spec)
	o.HugePages = false
	var db *simdb.DB
	path := j.path("created")
	took, err := timed(func() (err error) {
		db, err = simdb.OpenPath(path, o)
		return err
	})
	if err != nil {
		return 0, err
	}
	return took, errors.Join(db.Close(), simdb.RemovePath(path))
}

// open attaches and closes again.
func (j *regionJob) open() (time.Duration, error) {
	return timed(func() error {
		db, err := simdb.OpenPath(j.path(regionFile), simdb.Options{MustExist: true})
		if err != nil {
			return err
		}
		return db.Close()
	})
}

func (j *regionJob) check() (time.Duration, error) {
	return timed(func() error {
		findings, err := j.db.Check()
		if err == nil && len(findings) > 0 {
			err = fmt.Errorf("check finds %v", findings[0])
		}
		return err
	})
}

// sweep is a sweep that finds nobody dead: a pass over all blocks.
func (j *regionJob) sweep() (time.Duration, error) {
	return timed(func() error {
		report, err := j.db.Sweep()
		if err == nil && report.Handles > 0 {
			err = fmt.Errorf("a sweep of a quiet region finds %d dead", report.Handles)
		}
		return err
	})
}

// sweepDead kills a process in the middle of its puts, and sweeps.
func (j *regionJob) sweepDead() (result, error) {
	if err := killVictim(j.path(regionFile)); err != nil {
		return result{}, err
	}
	took, err := timed(func() error {
		report, err := j.db.Sweep()
		if err == nil && report.Handles != 1 {
			err = fmt.Errorf("a sweep finds %d dead, want the one killed", report.Handles)
		}
		return err
	})
	return result{Ops: 1, Busy: took}, err
}

// space fills a region until it is full, and says how many of its bytes an entry has.
func (j *regionJob) space() (result, error) {
	path := j.path("filled")
	db, err := simdb.OpenPath(path, simdb.Options{BlockSize: uint64(blockSize(j.spec)), BlockCount: uint64(j.Keys)})
	if err != nil {
		return result{}, err
	}
	defer os.Remove(path)
	defer db.Close()
	value := make([]byte, j.Value)
	for i := uint64(0); err == nil; i++ {
		k := keyOf(i)
		err = db.Put(k[:], value)
	}
	if !errors.Is(err, simdb.ErrFull) {
		return result{}, err
	}
	stats, err := db.Stats()
	if err != nil {
		return result{}, err
	}
	return result{Values: map[string]float64{"B/entry": float64(stats.Size) / float64(stats.Entries)}}, nil
}

// victimEnv names the region in which a worker puts until it is killed.
const victimEnv = "SIMDB_BENCH_VICTIM"

// killVictim starts a process that puts without end, and kills it once it does.
func killVictim(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), victimEnv+"="+path)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, said := output.Read(make([]byte, 1))
	err = cmd.Process.Kill()
	_ = cmd.Wait() // killed
	return errors.Join(said, err)
}

// beVictim is the main function of that process.
func beVictim(path string) error {
	db, err := simdb.OpenPath(path, simdb.Options{MustExist: true})
	if err != nil {
		return err
	}
	value := make([]byte, usualValue)
	r := random{1}
	for n := 0; ; n++ {
		k := keyOf(r.below(1000))
		if err := db.Put(k[:], value); err != nil {
			return err
		}
		if n == 1000 {
			fmt.Println("putting")
		}
	}
}
