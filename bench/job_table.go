package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"simdb.dev/bench/measure"
)

func init() { jobs["table"] = newTableJob }

// tableJob works on the table of a peer.
type tableJob struct {
	*spec
	table   table
	keys    keyspace
	sources map[string]source // by task
	batch   batch
	garbage uint64 // bytes allocated when it was last cleared
}

// The roles of processes that do not all do the same.
const (
	roleReader = "reader"
	roleWriter = "writer"
)

func newTableJob(s *spec) (job, error) {
	p, err := peerNamed(s.Peer)
	if err != nil {
		return nil, err
	}
	t, err := p.open(s)
	if err != nil {
		return nil, err
	}
	if s.Fill {
		if err := fillTable(t, s.Keys, s.Value); err != nil {
			return nil, err
		}
	}
	j := &tableJob{spec: s, table: t, sources: map[string]source{}}
	j.keys = keyspace{random: random{uint64(s.Proc) + 1}, n: uint64(s.Keys), procs: 1}
	j.batch.value = make([]byte, s.Value)
	return j, nil
}

func (j *tableJob) close() error { return j.table.close() }

// source is what makes the operations of a task: get, miss, update, churn; own:get and the like, on keys that no other process has; ycsb:mix:distribution.
func (j *tableJob) source(name string) (source, error) {
	if s := j.sources[name]; s != nil {
		return s, nil
	}
	s, err := j.newSource(name)
	j.sources[name] = s
	return s, err
}

func (j *tableJob) newSource(name string) (source, error) {
	keys := &j.keys
	if rest, own := strings.CutPrefix(name, "own:"); own {
		mine := j.keys
		mine.proc, mine.procs = uint64(j.Proc), uint64(j.Procs)
		keys, name = &mine, rest
	}
	if rest, is := strings.CutPrefix(name, "ycsb:"); is {
		mix, distribution, _ := strings.Cut(rest, ":")
		return newYCSB(keys, mix, distribution)
	}
	switch name {
	case "get":
		return gets{keys}, nil
	case "miss":
		return misses{keys}, nil
	case "update":
		return updates{keys}, nil
	case "churn":
		return &churn{keyspace: keys}, nil
	}
	return nil, fmt.Errorf("no task %q", name)
}

func (j *tableJob) run(s *slice) (result, error) {
	j.clear()
	if name, is := strings.CutPrefix(s.Task, "latency:"); is {
		return j.latency(s, name)
	}
	if s.Task != "readwhilewriting" {
		src, err := j.source(s.Task)
		if err != nil {
			return result{}, err
		}
		return j.throughput(s, src)
	}
	if j.Role == roleReader {
		return j.throughput(s, gets{&j.keys})
	}
	r, err := j.throughput(s, updates{&j.keys})
	return result{Values: map[string]float64{"writes/s": float64(r.Ops) / r.Busy.Seconds()}}, err
}

// clear clears what earlier slices left to be collected, which is not the next one's to do.
func (j *tableJob) clear() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.TotalAlloc-j.garbage > 1<<20 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		j.garbage = m.TotalAlloc
	}
}

// throughput works for the time of the slice. The time that it takes to prepare batches is not counted as busy; but where processes share processors it is, since one that
// waits for its processor while it prepares a batch would count as one that was never late.
func (j *tableJob) throughput(s *slice, src source) (r result, err error) {
	b := &j.batch
	start := now()
	for end := start + int64(s.For); ; {
		b.reset()
		units := src.fill(b)
		if len(b.value) > 0 {
			b.value[len(b.value)-1]++
		}
		begin := now()
		present, err := j.table.do(b)
		done := now()
		if err == nil && present != b.present {
			err = fmt.Errorf("%d keys were there of %d", present, b.present)
		}
		if err != nil {
			return r, err
		}
		r.Ops += uint64(units)
		r.Busy += time.Duration(done - begin)
		if done >= end {
			if j.Wall {
				r.Busy = time.Duration(done - start)
			}
			return r, nil
		}
	}
}

// latency measures each operation by itself: at a rate, from the moment at which it was due, else from the end of the one before.
func (j *tableJob) latency(s *slice, name string) (r result, err error) {
	src, err := j.source(name)
	if err != nil {
		return r, err
	}
	var prepared, b batch
	b.value = j.batch.value
	l := measure.NewLatencies()
	var pace *measure.Pace
	if s.Rate > 0 {
		pace = measure.NewPace(float64(s.Rate), now)
	}
	start := now()
	for end := start + int64(s.For); ; {
		prepared.reset()
		src.fill(&prepared)
		before := now()
		if before >= end {
			break
		}
		for i := range prepared.n {
			b.reset()
			b.add(prepared.kinds[i], prepared.keys[i], true)
			if pace != nil {
				before = pace.Wait()
			}
			present, err := j.table.do(&b)
			if err == nil && present != b.present {
				err = fmt.Errorf("a key is not there")
			}
			if err != nil {
				return r, err
			}
			after := now()
			l.Record(time.Duration(after - before))
			before = after
			if after >= end {
				break
			}
		}
	}
	return result{Ops: l.Count(), Busy: time.Duration(now() - start), Values: l.Values()}, nil
}
