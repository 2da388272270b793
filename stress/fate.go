package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sync/atomic"

	"simdb.dev/linearize/history"
)

// fate is where a worker kills itself: at so manieth a pass of a failpoint of the store. The zero fate is none.
type fate struct {
	Point int // in failpoints, from 1; 0: none
	Pass  int64
}

// failpoints are those that workers are killed at, and where they are passed.
var failpoints = []struct {
	name  string
	where func(*phase) bool
}{
	{"take: taken", always},
	{"insert: decided", inserting},
	{"insert: slot filled", inserting},
	{"replace: swapped", not("queue")},
	{"replace: victim freed", not("queue")},
	{"delete: announced", not("queue")},
	{"delete: unlinked", not("queue")},
	{"list: taken", always},
	{"list: half handed over", always},
	{"list: freed but for its head", always},
	{"push: linked", in("queue")},
	{"push: published", in("queue")},
	{"push: segment linked", in("queue")},
	{"pop: taken", in("queue")},
	{"claim: decided", claiming},
	{"claim: half handed over", claiming},
	{"ack: decided", claiming},
	{"retire: announced", in("queue")},
	{"queue deletion: closed", func(ph *phase) bool { return in("queue")(ph) && deleting(ph.Keys) }},
	{"pack: half built", in("packs")},
	{"pack: built", in("packs")},
	{"sweep: one swept", always},
	{"sweep: all swept", always},
	{whileAttaching, always},
	{whileClosing, always},
}

const (
	whileAttaching = "attach: place taken"
	whileClosing   = "close: lanes closed"
)

func always(*phase) bool { return true }

func in(workload string) func(*phase) bool {
	return func(ph *phase) bool { return ph.cfg.Workload == workload }
}

func not(workload string) func(*phase) bool {
	return func(ph *phase) bool { return ph.cfg.Workload != workload }
}

// inserting: few queues are created where none is deleted.
func inserting(ph *phase) bool { return not("queue")(ph) || deleting(ph.Keys) }

// claiming: a queue that is deleted now and then has no claims.
func claiming(ph *phase) bool { return in("queue")(ph) && !deleting(ph.Keys) }

// closing says whether the worker dies while it closes its handle: the driver makes it close.
func (f fate) closing() bool { return f.Point != 0 && f.name() == whileClosing }

func (f fate) name() string { return failpoints[f.Point-1].name }

// mostPasses is how many times a failpoint is passed at most before it kills. The logarithm of the number is uniform. Some are passed too rarely for that.
const mostPasses float64 = 200

var fewerPasses = map[string]float64{
	whileAttaching: 1, whileClosing: 1, "sweep: one swept": 4, "sweep: all swept": 2, "queue deletion: closed": 10, "retire: announced": 20, "push: segment linked": 20, "pack: built": 20,
}

// newFate is to die at a failpoint.
func newFate(point int, r *rand.Rand) fate {
	most := mostPasses
	if fewer, is := fewerPasses[failpoints[point].name]; is {
		most = fewer
	}
	return fate{Point: point + 1, Pass: int64(math.Exp(r.Float64() * math.Log(most)))}
}

// doom is a worker's fate, and what is left of it.
type doom struct {
	fate
	left    atomic.Int64 // passes
	deaths  deaths
	process int32
	crash   atomic.Pointer[history.Recorder] // of the round: who is about to be killed says so
}

// meet makes the process kill itself where its fate is.
func (d *doom) meet(s *start) (err error) {
	d.fate, d.process = s.Fate, s.Process
	if d.Point == 0 {
		return nil
	}
	if d.deaths, err = mapDeaths(s.Deaths, false); err != nil {
		return err
	}
	d.left.Store(d.Pass)
	name := d.name()
	return onFailpoint(func(passed string) {
		if passed == name && d.left.Add(-1) == 0 {
			d.die()
		}
	})
}

// avert lets the worker live, unless it is dying.
func (d *doom) avert() bool { return d.left.Swap(math.MinInt64/2) > 0 }

func (d *doom) die() {
	if rec := d.crash.Load(); rec != nil {
		rec.Crash(d.process)
	}
	d.deaths.say(d.process, d.Point-1)
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
	select {} // the signal is on its way
}

// begin makes ready to say in the round's histories that the process is about to be killed. Of one that dies while it closes, the driver says so.
func (d *doom) begin(r *round, goroutines int) error {
	if d.Point == 0 || d.closing() {
		return nil
	}
	id := crashClient(d.process, goroutines)
	rec, err := history.Create(r.path(id), id, 1)
	d.crash.Store(rec)
	return err
}

// end closes what begin opened.
func (d *doom) end() error {
	if rec := d.crash.Swap(nil); rec != nil {
		return rec.Close()
	}
	return nil
}

// crashClient stands for the process itself, after its clients.
func crashClient(process int32, goroutines int) history.Client {
	return history.Client{Process: process, ID: int32(goroutines)}
}
