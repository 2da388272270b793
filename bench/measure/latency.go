package measure

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies counts latencies from 1 ns to 100 s in a histogram of three decimal digits (HDR: constant relative error).
type Latencies struct{ h *hdrhistogram.Histogram }

const longest = 100 * time.Second

// NewLatencies is an empty histogram.
func NewLatencies() *Latencies {
	return &Latencies{hdrhistogram.New(1, int64(longest), 3)}
}

// Record counts one. What took longer than 100 s counts as that.
func (l *Latencies) Record(d time.Duration) {
	_ = l.h.RecordValue(int64(min(max(d, 1), longest))) // fails only beyond the range
}

// Count is how many were recorded.
func (l *Latencies) Count() uint64 { return uint64(l.h.TotalCount()) }

// Percentile is a point of the distribution: Percent of the latencies are no longer than the value of that Unit.
type Percentile struct {
	Percent float64
	Unit    string
}

// Percentiles are those reported; the last is the longest of all.
var Percentiles = []Percentile{
	{10, "p10-ns"}, {25, "p25-ns"}, {50, "p50-ns"}, {75, "p75-ns"}, {90, "p90-ns"},
	{99, "p99-ns"}, {99.9, "p99.9-ns"}, {99.99, "p99.99-ns"}, {100, "max-ns"},
}

// Values are the percentiles by unit, in ns. A percentile that fewer than one latency lies beyond is the longest, and left out.
func (l *Latencies) Values() map[string]float64 {
	values := map[string]float64{}
	for _, p := range Percentiles {
		if beyond := math.Round(float64(l.Count())*(100-p.Percent)) / 100; beyond >= 1 || p.Percent == 100 {
			values[p.Unit] = float64(l.h.ValueAtQuantile(p.Percent))
		}
	}
	return values
}

// A Pace is a constant rate at which operations are due, whether or not the former one is done. Each is measured from the moment at which it was due,
// so an operation that stalls delays those behind it and counts for all of them. Beginning to count when the former one is done would leave out
// exactly the slow ones (coordinated omission).
type Pace struct {
	now   func() int64 // ns
	start int64
	every float64 // ns
	n     float64 // operations so far
}

// NewPace begins a rate per second, by a clock of nanoseconds.
func NewPace(rate float64, now func() int64) *Pace {
	return &Pace{now: now, start: now(), every: 1e9 / rate}
}

// Wait returns when the next operation is due, and says since when. It spins, since a sleep is inexact by more than what is measured.
func (p *Pace) Wait() (due int64) {
	p.n++
	due = p.start + int64(p.n*p.every)
	for p.now() < due {
	}
	return due
}
