package measure

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The quartiles are those of numpy.percentile.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want Spread
	}{
		{[]float64{7}, Spread{1, 7, 7, 7, 7, 7}},
		{[]float64{4, 1}, Spread{2, 1, 1.75, 2.5, 3.25, 4}},
		{[]float64{3, 1, 2}, Spread{3, 1, 1.5, 2, 2.5, 3}},
		{[]float64{15, 20, 35, 40, 50, 1000}, Spread{6, 15, 23.75, 37.5, 47.5, 1000}},
	} {
		if got := SpreadOf(c.x); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.x, got, c.want)
		}
	}
	if s := SpreadOf(nil); s.N != 0 || !math.IsNaN(s.Median) {
		t.Errorf("of nothing: %+v", s)
	}
}

func TestSpreadLeavesItsInputAlone(t *testing.T) {
	x := []float64{3, 1, 2}
	SpreadOf(x)
	if diff := cmp.Diff([]float64{3, 1, 2}, x); diff != "" {
		t.Error(diff)
	}
}

// A machine that slows down to half in the middle of a run leaves a ratio within a round as it is.
func TestRatiosAreOfOneRound(t *testing.T) {
	above := Rounds{1: 10, 2: 20, 3: 10, 4: 7}
	below := Rounds{1: 20, 2: 40, 3: 20, 5: 9, 6: 0}
	above[6] = 1
	want := Rounds{1: 0.5, 2: 0.5, 3: 0.5}
	if diff := cmp.Diff(want, Ratios(above, below)); diff != "" {
		t.Error(diff)
	}
	if s := Ratios(above, below).Spread(); s.Q1 != 0.5 || s.Q3 != 0.5 {
		t.Errorf("%+v", s)
	}
}

func TestPercentiles(t *testing.T) {
	l := NewLatencies()
	for i := range 1000 {
		l.Record(time.Duration(i + 1))
	}
	got := l.Values()
	want := map[string]float64{"p10-ns": 100, "p25-ns": 250, "p50-ns": 500, "p75-ns": 750, "p90-ns": 900, "p99-ns": 990, "p99.9-ns": 999, "max-ns": 1000}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLongestLatency(t *testing.T) {
	l := NewLatencies()
	l.Record(time.Hour)
	l.Record(-1)
	if got := l.Values()["max-ns"]; got < 0.99e11 || got > 1.01e11 || l.Count() != 2 {
		t.Errorf("longest of %d: %v", l.Count(), got)
	}
}

// One operation of a thousand stalls for as long as two hundred take. Measured from when they were due, about a fifth of the operations waited.
func TestPaceCountsTheDelayed(t *testing.T) {
	const every, stall, ops = 1000, 200_000, 1000
	var clock int64
	now := func() int64 { clock += 10; return clock }
	p := NewPace(1e9/every, now)
	fromDue, fromBegin := NewLatencies(), NewLatencies()
	for i := range ops {
		due := p.Wait()
		begin := now()
		if i == ops/2 {
			clock += stall
		}
		end := now()
		fromDue.Record(time.Duration(end - due))
		fromBegin.Record(time.Duration(end - begin))
	}
	if got := fromBegin.Values()["p90-ns"]; got > every {
		t.Errorf("90 %% took up to %v ns each by themselves", got)
	}
	if got := fromDue.Values()["p90-ns"]; got < stall/3 {
		t.Errorf("90 %% waited up to %v ns, of a stall of %d", got, stall)
	}
}
