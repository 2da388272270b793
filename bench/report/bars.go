package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"simdb.dev/bench/measure"
)

// bar is one horizontal bar, with a line from quartile to quartile, and its value beside it.
type bar struct {
	at     float64 // row, from the bottom
	color  color.Color
	value  measure.Spread
	text   string
	target float64 // a mark; 0: none
}

// bars are drawn from a base to their value.
type bars struct {
	base  float64
	list  []bar
	thick float64 // of a row
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	base := toX(b.base)
	for _, r := range b.list {
		low, high := toY(r.at-b.thick/2), toY(r.at+b.thick/2)
		x := toX(r.value.Median)
		c.FillPolygon(r.color, []vg.Point{{X: base, Y: low}, {X: x, Y: low}, {X: x, Y: high}, {X: base, Y: high}})
		middle := (low + high) / 2
		whisker := draw.LineStyle{Color: rgb(0x111111), Width: 0.8}
		q1, q3 := toX(r.value.Q1), toX(r.value.Q3)
		c.StrokeLine2(whisker, q1, middle, q3, middle)
		c.StrokeLine2(whisker, q1, middle-2, q1, middle+2)
		c.StrokeLine2(whisker, q3, middle-2, q3, middle+2)
		right := max(x, q3, base)
		if r.target != 0 {
			t := toX(r.target)
			c.StrokeLine2(draw.LineStyle{Color: rgb(0x000000), Width: 2}, t, low-2, t, high+2)
			right = max(right, t)
		}
		t := textStyle(smallSize)
		t.YAlign = draw.YCenter
		c.FillText(t, vg.Point{X: right + 4, Y: middle}, r.text)
	}
	c.StrokeLine2(draw.LineStyle{Color: rgb(0x444444), Width: 0.8}, base, c.Min.Y, base, c.Max.Y)
}

// rowTicks names the rows from the top.
func rowTicks(p *plot.Plot, names []string) {
	ticks := make(plot.ConstantTicks, len(names))
	for i, name := range names {
		ticks[i] = plot.Tick{Value: rowAt(i, len(names)), Label: name}
	}
	p.Y.Tick.Marker = ticks
	p.Y.Tick.Length = 0
	p.Y.Min, p.Y.Max = -0.7, float64(len(names))-0.3
}

// rowAt is the place of row i of n.
func rowAt(i, n int) float64 { return float64(n - 1 - i) }

// ratioAxis is a logarithmic axis for ratios around 1.
func ratioAxis(p *plot.Plot, e extent) {
	e.add(0.8, 1.25)
	logAxis(&p.X, e.lowest, e.highest*math.Pow(e.highest/e.lowest, 0.12), plain)
}
