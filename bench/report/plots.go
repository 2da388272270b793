package report

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"simdb.dev/bench/measure"
)

// figures draws whatever of the plots the run has figures for.
func (r *Run) figures() ([]*figure, error) {
	var list []*figure
	for _, f := range []func() (*figure, error){
		r.targetBars, r.byKeys, r.bySize, r.byProcesses, r.byFull, r.latencies, r.ycsbBars, r.roundTrips,
	} {
		fig, err := f()
		if err != nil {
			return nil, err
		}
		if fig != nil {
			list = append(list, fig)
		}
	}
	return list, nil
}

const whiskers = "Bars and whiskers go from the first to the third quartile over the rounds; points are medians. "

// byKeys is the cost of an operation by the number of keys.
func (r *Run) byKeys() (*figure, error) {
	c := newChart("keys", "Cost of one operation by the number of keys: 16-byte keys, 64-byte values, one process. The dotted line is a load from memory that has to wait for the one before. "+whiskers)
	dram, err := r.spread("Chase")
	if err != nil {
		return nil, err
	}
	for _, op := range []struct{ work, title string }{{"Get", "get, hit"}, {"Miss", "get, miss"}, {"Update", "put on an existing key"}} {
		p := newPlot(op.title, "keys", "time per operation")
		x, y := emptyExtent(), emptyExtent()
		curves, err := r.peerCurves(c, selector(op.work+" set=point"), "keys", asTime)
		if err != nil {
			return nil, err
		}
		if dram.N > 0 {
			y.add(dram.Median)
			p.Add(level{styleOf("dram"), dram.Median})
		}
		if c.panel(p, curves, &y, &x) {
			logAxis(&p.X, x.lowest, x.highest, countLabel)
			p.X.Tick.Marker = fixedTicks{[]float64{1e3, 1e4, 1e5, 1e6, 1e7}, countLabel}
			logAxis(&p.Y, y.lowest, y.highest, timeLabel)
		}
	}
	if dram.N > 0 {
		c.name("a load from DRAM", styleOf("dram"))
	}
	return c.done(), nil
}

// peerCurves is a curve for each peer of a selector.
func (r *Run) peerCurves(c *chart, s selector, param string, scale func(measure.Spread) measure.Spread) ([]curve, error) {
	var curves []curve
	for _, peer := range peerOrder() {
		l, err := r.curveOf(s+selector(" peer="+peer), param, styleOf(peer), scale)
		if err != nil {
			return nil, err
		}
		if len(l.points) > 0 {
			c.name(peerLabel(peer), l.style)
		}
		curves = append(curves, l)
	}
	return curves, nil
}

// bySize is the cost by the size of the value.
func (r *Run) bySize() (*figure, error) {
	c := newChart("size", "Cost of one operation by the size of the value, over a set far larger than the caches, beside memcpy from and to as many bytes. The store has one block for a value, and blocks of 4 KiB for values beyond. "+whiskers)
	for _, op := range []struct{ work, title string }{{"Get", "get"}, {"Update", "put on an existing key"}} {
		p := newPlot(op.title, "bytes of a value", "time per operation")
		x, y := emptyExtent(), emptyExtent()
		curves, err := r.peerCurves(c, selector(op.work+" set=size"), "value", asTime)
		if err != nil {
			return nil, err
		}
		if c.panel(p, curves, &y, &x) {
			logAxis(&p.X, x.lowest, x.highest, bytesLabel)
			p.X.Tick.Marker = fixedTicks{[]float64{8, 64, 512, 4 << 10, 64 << 10, 1 << 20}, bytesLabel}
			logAxis(&p.Y, y.lowest, y.highest, timeLabel)
		}
	}
	return c.done(), nil
}

// byProcesses is throughput by the number of processes.
func (r *Run) byProcesses() (*figure, error) {
	c := newChart("processes", "Rate of all processes together by their number: 10 k keys that all share, 64-byte values. "+
		fmt.Sprintf("Each process is pinned to a processor; there are %s. ", r.Get("cores"))+"Servers have one of these, too, and are given 64 operations at once. "+whiskers)
	for _, op := range []struct{ work, title string }{{"Get", "get"}, {"Update", "put on an existing key"}} {
		p := newPlot(op.title, "processes", "million operations a second")
		x, y := emptyExtent(), emptyExtent()
		curves, err := r.peerCurves(c, selector(op.work+" set=shared keys=10k"), "procs", asRate)
		if err != nil {
			return nil, err
		}
		if c.panel(p, curves, &y, &x) {
			logAxis(&p.X, x.lowest, x.highest, plain)
			p.X.Tick.Marker = fixedTicks{[]float64{1, 2, 4, 8, 16, 32}, plain}
			logAxis(&p.Y, y.lowest, y.highest, plain)
		}
	}
	return c.done(), nil
}

// byFull is the cost by the share of blocks in use.
func (r *Run) byFull() (*figure, error) {
	c := newChart("full", "Cost of one operation of the store by the share of its blocks in use. "+whiskers)
	p := newPlot("", "blocks in use, %", "time per operation")
	x, y := emptyExtent(), emptyExtent()
	y.add(0)
	var curves []curve
	for i, op := range []struct{ work, title string }{{"Get", "get"}, {"Update", "put on an existing key"}, {"Churn", "delete and insert"}} {
		st := []style{styleOf("simdb"), styleOf("xsync"), styleOf("rwmutex")}[i]
		l, err := r.curveOf(selector(op.work+" peer=simdb set=full"), "full", st, asTime)
		if err != nil {
			return nil, err
		}
		if len(l.points) > 0 {
			c.name(op.title, st)
		}
		curves = append(curves, l)
	}
	if c.panel(p, curves, &y, &x) {
		p.X.Min, p.X.Max = x.lowest-3, x.highest+3
		p.X.Tick.Marker = fixedTicks{[]float64{50, 60, 70, 80, 90, 95}, plain}
		p.Y.Min, p.Y.Max = 0, y.highest*1.15
		p.Y.Tick.Marker = labelled{timeLabel}
	}
	return c.done(), nil
}

// labelled is the usual ticks with labels of its own.
type labelled struct{ label func(float64) string }

func (l labelled) Ticks(lowest, highest float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(lowest, highest)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = l.label(ticks[i].Value)
		}
	}
	return ticks
}

// latencies is distributions, the axis stretched towards the rare.
func (r *Run) latencies() (*figure, error) {
	c := newChart("latency", "Latencies at a constant rate, each measured from the moment at which the operation was due (so that one that stalls counts for those behind it), one process with a processor of its own; servers have another. The maximum is drawn at the right. "+whiskers)
	for _, rate := range r.values("Latency", "rate") {
		for _, op := range []struct{ name, title string }{{"get", "get"}, {"update", "put"}} {
			p := newPlot(fmt.Sprintf("%s, %s a second", op.title, countLabel(number(rate))), "percent of operations no slower", "latency")
			x, y := emptyExtent(), emptyExtent()
			var curves []curve
			for _, peer := range peerOrder() {
				l := curve{style: styleOf(peer)}
				for _, pc := range measure.Percentiles {
					if pc.Percent < 50 {
						continue
					}
					s, err := r.spread(selector(fmt.Sprintf("Latency peer=%s rate=%s op=%s %s", peer, rate, op.name, pc.Unit)))
					if err != nil {
						return nil, err
					}
					if s.N > 0 {
						l.points = append(l.points, point{percentX(pc.Percent), s})
					}
				}
				if len(l.points) > 0 {
					c.name(peerLabel(peer), l.style)
				}
				curves = append(curves, l)
			}
			if c.panel(p, curves, &y, &x) {
				p.X.Min, p.X.Max = percentX(50)-0.1, percentX(100)+0.15
				p.X.Tick.Marker = percentTicks()
				logAxis(&p.Y, y.lowest, y.highest, timeLabel)
			}
		}
	}
	c.columns = 2
	return c.done(), nil
}

// percentX is the place of a percentile: each tenth of what is left is one further.
func percentX(percent float64) float64 {
	if percent == 100 {
		return 5
	}
	return -math.Log10(1 - percent/100)
}

// percentTicks names the places of percentiles.
func percentTicks() fixedTicks {
	names := map[float64]string{}
	var at []float64
	for _, p := range []float64{50, 90, 99, 99.9, 99.99, 100} {
		at = append(at, percentX(p))
		names[percentX(p)] = fmt.Sprintf("%g", p)
	}
	names[percentX(100)] = "max"
	return fixedTicks{at, func(x float64) string { return names[x] }}
}

var (
	metColor    = rgb(0x2c6aa8)
	missedColor = rgb(0xe3a857)
	otherColor  = rgb(0xb9b9b9)
)

// targetBars is the ratios of the table with their targets.
func (r *Run) targetBars() (*figure, error) {
	outcomes, err := r.evaluate(rows)
	if err != nil {
		return nil, err
	}
	outcomes = slices.DeleteFunc(outcomes, func(o outcome) bool { return o.verdict == notMeasured })
	if len(outcomes) == 0 {
		return nil, nil
	}
	f := &figure{name: "targets", caption: "The ratios of the table, on a logarithmic axis; the thick mark is the target. Less is better but for the rates of two processes. " + whiskers,
		legend: []legendEntry{{label: "target met", style: style{color: metColor}, bar: true}, {label: "target missed", style: style{color: missedColor}, bar: true}}}
	p := newPlot("", "ratio", "")
	e := emptyExtent()
	b := bars{base: 1, thick: 0.6}
	var names []string
	for i, o := range outcomes {
		at := rowAt(i, len(outcomes))
		names = append(names, o.name)
		fill := map[verdict]color.Color{met: metColor, missed: missedColor}[o.verdict]
		if fill == nil {
			fill = otherColor
		}
		e.add(o.ratio.Q1, o.ratio.Q3, o.ratio.Median)
		if o.target != 0 {
			e.add(o.target)
		}
		b.list = append(b.list, bar{at, fill, o.ratio, plain(math.Round(o.ratio.Median*100) / 100), o.target})
	}
	p.Add(b)
	rowTicks(p, names)
	ratioAxis(p, e)
	f.panels = []*plot.Plot{p}
	f.height = vg.Length(len(outcomes))*19 + 50
	return f, nil
}

// The shades of bars of one group, from dark to light.
var shades = []color.Color{rgb(0x08306b), rgb(0x2c6aa8), rgb(0x5f9fcf), rgb(0x9cc5e0), rgb(0xd0e1f2)}

// ycsbBars is how many times as fast as each peer the store is.
func (r *Run) ycsbBars() (*figure, error) {
	f := &figure{name: "ycsb", caption: "YCSB: the rate of the store divided by the rate of each peer, on a logarithmic axis; where a bar goes to the left, the peer is faster. 100-byte values, keys drawn by Zipf's law (D: the latest), one process; servers have a processor of their own. " + whiskers}
	mixes := []struct{ letter, dist, label string }{
		{"A", "zipf", "A: half updates"}, {"B", "zipf", "B: 5 % updates"}, {"C", "zipf", "C: reads"}, {"D", "latest", "D: 5 % inserts"}, {"F", "zipf", "F: half modified"},
	}
	e := emptyExtent()
	b := bars{base: 1, thick: 0.17}
	var names, peers []string
	for _, peer := range r.values("YCSB set=ycsb", "peer") {
		if peer != "simdb" {
			peers = append(peers, peer)
		}
	}
	for i, peer := range peers {
		at := rowAt(i, len(peers))
		names = append(names, peerLabel(peer))
		for k, m := range mixes {
			s := selector(fmt.Sprintf("YCSB set=ycsb mix=%s dist=%s peer=", m.letter, m.dist))
			above, err1 := r.series(s + selector(peer))
			below, err2 := r.series(s + "simdb")
			if err := cmp.Or(err1, err2); err != nil {
				return nil, err
			}
			ratio := measure.Ratios(above, below).Spread()
			if ratio.N == 0 {
				continue
			}
			e.add(ratio.Q1, ratio.Q3)
			b.list = append(b.list, bar{at: at + 0.36 - 0.18*float64(k), color: shades[k], value: ratio, text: significant(ratio.Median)})
		}
	}
	if len(b.list) == 0 {
		return nil, nil
	}
	for k, m := range mixes {
		f.legend = append(f.legend, legendEntry{label: m.label, style: style{color: shades[k]}, bar: true})
	}
	p := newPlot("", "times the rate of the peer", "")
	p.Add(b)
	rowTicks(p, names)
	ratioAxis(p, e)
	f.panels = []*plot.Plot{p}
	f.height = vg.Length(len(peers))*62 + 50
	return f, nil
}

// roundTrips is the time of a message there and back.
func (r *Run) roundTrips() (*figure, error) {
	f := &figure{name: "roundtrip", caption: "A message there and back between two processes (a channel: two goroutines of one process), on a logarithmic axis. " + whiskers}
	e := emptyExtent()
	b := bars{thick: 0.22}
	pins := []struct{ name, label string }{{"two", "pinned apart"}, {"none", "not pinned"}, {"same", "one processor"}}
	var names, peers []string
	for _, p := range peerOrder() {
		if slices.Contains(r.values("RoundTrip", "peer"), p) {
			peers = append(peers, p)
		}
	}
	for i, peer := range peers {
		at := rowAt(i, len(peers))
		names = append(names, peerLabel(peer))
		for k, pin := range pins {
			s, err := r.spread(selector("RoundTrip peer=" + peer + " pin=" + pin.name))
			if err != nil {
				return nil, err
			}
			if s.N > 0 {
				e.add(s.Q1, s.Q3)
				b.list = append(b.list, bar{at: at + 0.25 - 0.25*float64(k), color: shades[1+k], value: s, text: withUnit(s.Median, perOp)})
			}
		}
	}
	if len(b.list) == 0 {
		return nil, nil
	}
	for k, pin := range pins {
		f.legend = append(f.legend, legendEntry{label: pin.label, style: style{color: shades[1+k]}, bar: true})
	}
	p := newPlot("", "round trip", "")
	logAxis(&p.X, e.lowest/1.5, e.highest*math.Pow(e.highest/e.lowest, 0.12), timeLabel)
	b.base = p.X.Min
	p.Add(b)
	rowTicks(p, names)
	f.panels = []*plot.Plot{p}
	f.height = vg.Length(len(peers))*44 + 50
	return f, nil
}
