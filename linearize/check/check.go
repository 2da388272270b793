package check

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/linearize/monitor"
	"simdb.dev/model"
)

// Options of [Check]. The zero value checks without a time limit on all cores.
type Options struct {
	Rules   model.Rules
	Budget  time.Duration // for the whole check; 0: none
	Workers int           // keys checked at once; 0: as many as cores
}

// Finding is what was found on one key.
type Finding struct {
	Key     string
	Verdict Verdict // Violation or Unknown
	Reason  Reason  // of a violation
	Text    string  // one sentence: what happened, or why the verdict is unknown
	Ops     []history.Op
	Crashes []history.Crash // those the operations need
}

// Report is the outcome of a check.
type Report struct {
	Verdict  Verdict // the worst of all keys: violation, then unknown
	Text     string  // why it was not run
	Ops      int
	Keys     int
	Pending  int // operations that never returned
	Checked  map[Method]int
	Findings []Finding // violations first, then by key
	Elapsed  time.Duration
}

// Method is a way to decide about a key.
type Method string

// The methods, as the package comment describes them.
const (
	ByPorcupine Method = "porcupine"
	BySweep     Method = "just-in-time sweep"
	ByMonitor   Method = "queue monitor"
)

// Check decides whether the history is linearizable, key by key.
func Check(h *history.History, opt Options) Report {
	start := time.Now()
	rep := Report{Ops: len(h.Ops), Checked: map[Method]int{}}
	if len(h.Ops) == 0 {
		rep.Text = "the history is empty"
		return rep
	}
	if err := h.Validate(); err != nil {
		rep.Text = "an assumption does not hold: " + err.Error()
		return rep
	}
	c := &checker{h: h, rules: opt.Rules}
	if opt.Budget > 0 {
		c.deadline = start.Add(opt.Budget)
	}
	parts := byKey(h)
	for i := range h.Ops {
		if h.Ops[i].Pending() {
			rep.Pending++
		}
	}
	results := c.all(parts, cmp.Or(opt.Workers, runtime.GOMAXPROCS(0)))
	rep.Verdict = Linearizable
	for _, r := range results {
		rep.Keys++
		rep.Checked[r.method]++
		if r.Verdict != Linearizable {
			rep.Findings = append(rep.Findings, r.Finding)
			rep.Verdict = max(rep.Verdict, r.Verdict)
		}
	}
	slices.SortFunc(rep.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Verdict, a.Verdict), cmp.Compare(a.Key, b.Key))
	})
	rep.Elapsed = time.Since(start)
	return rep
}

// byKey splits the operations by key, the longest list first.
func byKey(h *history.History) [][]history.Op {
	count := make([]int, len(h.Keys))
	for i := range h.Ops {
		count[h.Ops[i].Key]++
	}
	sorted := make([]history.Op, len(h.Ops))
	parts := make([][]history.Op, len(h.Keys))
	at := 0
	for k, n := range count {
		parts[k] = sorted[at : at : at+n]
		at += n
	}
	for i := range h.Ops {
		k := h.Ops[i].Key
		parts[k] = append(parts[k], h.Ops[i])
	}
	parts = slices.DeleteFunc(parts, func(p []history.Op) bool { return len(p) == 0 })
	slices.SortStableFunc(parts, func(a, b []history.Op) int { return cmp.Compare(len(b), len(a)) })
	return parts
}

type checker struct {
	h        *history.History
	rules    model.Rules
	deadline time.Time
}

type result struct {
	Finding
	method Method
}

func (c *checker) all(parts [][]history.Op, workers int) []result {
	results := make([]result, len(parts))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, len(parts)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(parts); i = int(next.Add(1)) - 1 {
				results[i] = c.key(parts[i])
			}
		})
	}
	wg.Wait()
	return results
}

// porcupineMost is the longest history of one key that porcupine gets: it keeps
// a set of n bits for every step, and takes its time in proportion to n².
const porcupineMost = 2000

// key decides about one key.
func (c *checker) key(ops []history.Op) result {
	name := c.h.Keys[ops[0].Key]
	r := result{Finding: Finding{Key: name, Verdict: Linearizable}, method: BySweep}
	if f := plain(ops, c.rules); f != nil {
		r.Finding = *f
		r.Key = name
		return r
	}
	if queueAlone(ops) {
		r.method = ByMonitor
		if v := monitor.Check(ops, c.h.Crashes); v != nil {
			r.Finding = ofMonitor(name, ops, c.h.Crashes, v)
		}
		return r
	}
	list := steps(ops, c.h.Crashes)
	if len(list) <= porcupineMost && !ordered(list) {
		r.method = ByPorcupine
		r.Verdict = askPorcupine(c.rules, name, list, ops, c.deadline)
		switch r.Verdict {
		case Linearizable:
			return r
		case Unknown:
			r.Text = "time ran out"
			return r
		}
	}
	s := sweep(c.rules, list, c.deadline)
	switch {
	case s.verdict == Violation:
		r.Finding = c.explain(name, ops, list, s.refused)
	case r.Verdict == Violation: // porcupine refuses and the sweep does not
		r.Verdict, r.Text = Unknown, fmt.Sprintf("porcupine refuses the history, the sweep says %v", s.verdict)
	default:
		r.Verdict, r.Text = s.verdict, s.why
	}
	return r
}

// ordered reports whether steps of one operation follow each other, which
// porcupine cannot be told.
func ordered(list []step) bool {
	return slices.ContainsFunc(list, func(s step) bool { return s.after != none })
}

// queueAlone reports whether the monitor's rules say all about the key.
func queueAlone(ops []history.Op) bool {
	for i := range ops {
		if !monitor.Covers(&ops[i]) {
			return false
		}
	}
	return true
}
