package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"simdb.dev/bench/measure"
)

// curve is points with bars from quartile to quartile, connected.
type curve struct {
	style
	points []point
}

type point struct {
	x float64
	y measure.Spread
}

func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	var line []vg.Point
	for _, pt := range l.points {
		x, y := toX(pt.x), toY(pt.y.Median)
		line = append(line, vg.Point{X: x, Y: y})
	}
	c.StrokeLines(l.line(), c.ClipLinesXY(line)...)
	bars := draw.LineStyle{Color: l.color, Width: 0.8}
	const cap = 2.5
	for i, pt := range l.points {
		x := line[i].X
		low, high := toY(pt.y.Q1), toY(pt.y.Q3)
		c.StrokeLine2(bars, x, low, x, high)
		c.StrokeLine2(bars, x-cap, low, x+cap, low)
		c.StrokeLine2(bars, x-cap, high, x+cap, high)
		if l.shape != nil {
			c.DrawGlyph(l.glyph(), line[i])
		}
	}
}

// level is a horizontal line.
type level struct {
	style
	y float64
}

func (l level) Plot(c draw.Canvas, p *plot.Plot) {
	_, toY := p.Transforms(&c)
	y := toY(l.y)
	c.StrokeLine2(l.line(), c.Min.X, y, c.Max.X, y)
}

// extent is the range of values that a panel has to show.
type extent struct{ lowest, highest float64 }

func emptyExtent() extent { return extent{math.Inf(1), math.Inf(-1)} }

func (e *extent) add(values ...float64) {
	for _, v := range values {
		e.lowest, e.highest = min(e.lowest, v), max(e.highest, v)
	}
}

func (e *extent) empty() bool { return e.lowest > e.highest }

// curveOf reads a curve: the selector with each value of a parameter, in the order of their numbers; scale changes what is measured into what is drawn.
func (r *Run) curveOf(s selector, param string, st style, scale func(measure.Spread) measure.Spread) (curve, error) {
	l := curve{style: st}
	for _, v := range r.values(s, param) {
		y, err := r.spread(s + selector(" "+param+"="+v))
		if err != nil {
			return l, err
		}
		if math.IsNaN(number(v)) {
			return l, fmt.Errorf("%q: %s=%s is not a number", s, param, v)
		}
		if y.N > 0 {
			l.points = append(l.points, point{number(v), scale(y)})
		}
	}
	return l, nil
}

// asTime leaves ns as they are; asRate makes millions of operations a second of them.
func asTime(s measure.Spread) measure.Spread { return s }

func asRate(s measure.Spread) measure.Spread {
	return measure.Spread{N: s.N, Min: 1e3 / s.Max, Q1: 1e3 / s.Q3, Median: 1e3 / s.Median, Q3: 1e3 / s.Q1, Max: 1e3 / s.Min}
}

// chart collects curves for the panels of a figure, and names each style once in the legend.
type chart struct {
	figure
	named map[string]bool
}

func newChart(name, caption string) *chart {
	return &chart{figure: figure{name: name, caption: caption}, named: map[string]bool{}}
}

func (c *chart) name(label string, st style) {
	if !c.named[label] {
		c.named[label] = true
		c.legend = append(c.legend, legendEntry{label: label, style: st})
	}
}

// panel adds a plot of the curves that have points, and what else is to be seen in it.
func (c *chart) panel(p *plot.Plot, curves []curve, y *extent, x *extent) bool {
	for _, l := range curves {
		for _, pt := range l.points {
			x.add(pt.x)
			y.add(pt.y.Q1, pt.y.Q3)
		}
		if len(l.points) > 0 {
			p.Add(l)
		}
	}
	if x.empty() {
		return false
	}
	c.panels = append(c.panels, p)
	return true
}

// done is the figure, nil if it has nothing to show.
func (c *chart) done() *figure {
	if len(c.panels) == 0 {
		return nil
	}
	return &c.figure
}
