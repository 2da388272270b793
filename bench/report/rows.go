package report

import (
	"fmt"

	"simdb.dev/bench/measure"
)

// A row is one ratio of two things that were measured in one run, and what it is to be.
type row struct {
	name         string
	above, below selector
	size         float64 // what is below, if it is not measured
	target       float64 // 0: none is set
	atLeast      bool    // else at most
}

// The rows of the table, in its order. What is measured under which name is in the files work_*.go of the command.
var rows = []row{
	{name: "get, hit, 10 k keys / xsync.Map", above: "Get peer=simdb set=point keys=10k", below: "Get peer=xsync set=point keys=10k", target: 0.7},
	{name: "get, hit, 1 M keys / xsync.Map", above: "Get peer=simdb set=point keys=1M", below: "Get peer=xsync set=point keys=1M", target: 0.65},
	{name: "get, hit, 1 M keys / dependent load from DRAM", above: "Get peer=simdb set=point keys=1M", below: "Chase", target: 2.5},
	{name: "get, miss, 10 k keys / its own hit", above: "Miss peer=simdb set=point keys=10k", below: "Get peer=simdb set=point keys=10k", target: 0.8},
	{name: "get, miss, 1 M keys / its own hit", above: "Miss peer=simdb set=point keys=1M", below: "Get peer=simdb set=point keys=1M", target: 0.8},
	{name: "64 gets in one call, 10 k keys, each / xsync.Map", above: "Get peer=simdb-64 set=point keys=10k", below: "Get peer=xsync set=point keys=10k"},
	{name: "64 gets in one call, 1 M keys, each / xsync.Map", above: "Get peer=simdb-64 set=point keys=1M", below: "Get peer=xsync set=point keys=1M", target: 0.35},
	{name: "update, 10 k keys / xsync.Map", above: "Update peer=simdb set=point keys=10k", below: "Update peer=xsync set=point keys=10k", target: 0.35},
	{name: "update, 1 M keys / xsync.Map", above: "Update peer=simdb set=point keys=1M", below: "Update peer=xsync set=point keys=1M", target: 0.6},
	{name: "get while one writes, 2 reading processes, 10 k keys / LMDB", above: "ReadWhileWriting peer=simdb keys=10k", below: "ReadWhileWriting peer=lmdb keys=10k", target: 0.25},
	{name: "get while one writes, 2 reading processes, 1 M keys / LMDB", above: "ReadWhileWriting peer=simdb keys=1M", below: "ReadWhileWriting peer=lmdb keys=1M", target: 0.5},
	{name: "put of 2 processes, 10 k keys / LMDB without sync", above: "Update peer=simdb set=shared keys=10k procs=2", below: "Update peer=lmdb set=shared keys=10k procs=2", target: 0.15},
	{name: "put of 2 processes, 1 M keys / LMDB without sync", above: "Update peer=simdb set=shared keys=1M procs=2", below: "Update peer=lmdb set=shared keys=1M procs=2", target: 0.35},
	{name: "get, 64 KiB / memcpy", above: "Get peer=simdb set=size value=64Ki", below: "Get peer=memcpy set=size value=64Ki", target: 1.2},
	{name: "get, 1 MiB / memcpy", above: "Get peer=simdb set=size value=1Mi", below: "Get peer=memcpy set=size value=1Mi", target: 1.2},
	{name: "put, 64 KiB / memcpy", above: "Update peer=simdb set=size value=64Ki", below: "Update peer=memcpy set=size value=64Ki", target: 1.5},
	{name: "put, 1 MiB / memcpy", above: "Update peer=simdb set=size value=1Mi", below: "Update peer=memcpy set=size value=1Mi", target: 1.5},
	{name: "rate of gets, 2 processes with keys of their own, 10 k keys / 1", above: "Get peer=simdb set=own keys=10k procs=1", below: "Get peer=simdb set=own keys=10k procs=2", target: 1.9, atLeast: true},
	{name: "rate of gets, 2 processes with keys of their own, 1 M keys / 1", above: "Get peer=simdb set=own keys=1M procs=1", below: "Get peer=simdb set=own keys=1M procs=2", target: 1.9, atLeast: true},
	{name: "rate of updates, 2 processes with keys of their own, 10 k keys / 1", above: "Update peer=simdb set=own keys=10k procs=1", below: "Update peer=simdb set=own keys=10k procs=2", target: 1.7, atLeast: true},
	{name: "rate of updates, 2 processes with keys of their own, 1 M keys / 1", above: "Update peer=simdb set=own keys=1M procs=1", below: "Update peer=simdb set=own keys=1M procs=2", target: 1.7, atLeast: true},
	{name: "put, 95 % full / 50 % full", above: "Update peer=simdb set=full full=95", below: "Update peer=simdb set=full full=50", target: 2},
	{name: "get, 10 M keys / 1 M", above: "Get peer=simdb set=point keys=10M", below: "Get peer=simdb set=point keys=1M", target: 1.5},
	{name: "bytes of region per entry of 16 + 64 bytes / 80", above: "Space peer=simdb value=64 B/entry", size: 80, target: 1.6},

	{name: "queue, 64 B, one by one / Go channel", above: "Stream peer=queue shape=1to1 message=64 batch=1", below: "Stream peer=channel shape=1to1 message=64 batch=1", target: 1.8},
	{name: "queue, 64 B, batches of 64 / Go channel", above: "Stream peer=queue shape=1to1 message=64 batch=64", below: "Stream peer=channel shape=1to1 message=64 batch=1", target: 0.4},
	{name: "queue, 64 B, 2 to 2 / Go channel", above: "Stream peer=queue shape=2to2 message=64 batch=1", below: "Stream peer=channel shape=2to2 message=64 batch=1"},
	{name: "queue, 64 B, one by one / Unix socket", above: "Stream peer=queue shape=1to1 message=64 batch=1", below: "Stream peer=socket shape=1to1 message=64 batch=1"},
	{name: "queue, round trip, two processors / bare spin", above: "RoundTrip peer=queue pin=two", below: "RoundTrip peer=spin pin=two", target: 3},
	{name: "queue, round trip, one processor: woken / bare futex", above: "RoundTrip peer=queue pin=same", below: "RoundTrip peer=futex pin=same", target: 1.3},
}

// verdict is what became of a row.
type verdict int

const (
	notMeasured verdict = iota
	noTarget
	met
	missed
)

func (v verdict) String() string {
	return [...]string{"not measured", "no target", "met", "MISSED"}[v]
}

// outcome is a row with its numbers.
type outcome struct {
	row
	aboveSpread, belowSpread, ratio measure.Spread
	unit                            string
	verdict                         verdict
	why                             string // not measured
}

// evaluate computes the rows from a run.
func (r *Run) evaluate(rows []row) ([]outcome, error) {
	var list []outcome
	for _, w := range rows {
		o := outcome{row: w}
		above, err := r.series(w.above)
		if err != nil {
			return nil, err
		}
		below := measure.Rounds{}
		if w.size != 0 {
			for round := range above {
				below[round] = w.size
			}
		} else if below, err = r.series(w.below); err != nil {
			return nil, err
		}
		_, _, o.unit = w.above.parts()
		o.aboveSpread, o.belowSpread = above.Spread(), below.Spread()
		o.ratio = measure.Ratios(above, below).Spread()
		o.judge()
		if o.verdict == notMeasured {
			o.why = r.whyNot(w, above, below)
		}
		list = append(list, o)
	}
	return list, nil
}

// judge compares the median with the target.
func (o *outcome) judge() {
	ratio := o.ratio.Median
	switch {
	case o.ratio.N == 0:
		o.verdict = notMeasured
	case o.target == 0:
		o.verdict = noTarget
	case o.atLeast && ratio >= o.target, !o.atLeast && ratio <= o.target:
		o.verdict = met
	default:
		o.verdict = missed
	}
}

// close says that the target lies between the quartiles: another run may come out differently.
func (o *outcome) close() bool {
	return o.verdict >= met && o.ratio.Q1 < o.target && o.target < o.ratio.Q3
}

// whyNot says which of the two was not measured, and why if its peer was skipped.
func (r *Run) whyNot(w row, above, below measure.Rounds) string {
	for _, side := range []struct {
		selector
		rounds measure.Rounds
	}{{w.above, above}, {w.below, below}} {
		if len(side.rounds) > 0 {
			continue
		}
		_, params, _ := side.parts()
		for _, p := range params {
			if p.Key == "peer" && r.Get(skippedPrefix+p.Value) != "" {
				return fmt.Sprintf("%s skipped: %s", p.Value, r.Get(skippedPrefix+p.Value))
			}
		}
		return "no " + string(side.selector) + " in this run"
	}
	return "not in the same round"
}

// skippedPrefix begins the key of the setting that says why a peer was skipped.
const skippedPrefix = "skipped-"

// Skipped is that setting.
func Skipped(peer, why string) Setting { return Setting{skippedPrefix + peer, why} }
