package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// style is how one thing looks in every plot. Colours differ in lightness, lines in their dashes and points in their shape, so that they can be told apart
// printed in grey and by the colour-blind.
type style struct {
	color  color.Color
	dashes []vg.Length
	shape  draw.GlyphDrawer
	wide   bool
}

func rgb(hex uint32) color.Color {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

var (
	dashed = []vg.Length{6, 3}
	dotted = []vg.Length{1.5, 2.5}
	mixed  = []vg.Length{8, 3, 2, 3}
)

var styles = map[string]style{
	"simdb":        {rgb(0x08306b), nil, draw.CircleGlyph{}, true},
	"xsync":        {rgb(0xc8442d), nil, draw.BoxGlyph{}, false},
	"syncmap":      {rgb(0xe39a5c), dashed, draw.PyramidGlyph{}, false},
	"rwmutex":      {rgb(0xd9b92e), mixed, draw.TriangleGlyph{}, false},
	"lmdb":         {rgb(0x3f8f5b), nil, draw.SquareGlyph{}, false},
	"bbolt":        {rgb(0x8fc79a), dashed, draw.CrossGlyph{}, false},
	"redis":        {rgb(0x7a3b8f), nil, draw.RingGlyph{}, false},
	"redis-64":     {rgb(0x7a3b8f), dashed, draw.PlusGlyph{}, false},
	"memcached":    {rgb(0xb48ac4), nil, draw.BoxGlyph{}, false},
	"memcached-64": {rgb(0xb48ac4), dashed, draw.TriangleGlyph{}, false},
	"memcpy":       {rgb(0x444444), dotted, draw.PlusGlyph{}, false},
	"dram":         {rgb(0x444444), dotted, nil, false},
}

// styleOf is the style of a peer.
func styleOf(peer string) style {
	if s, ok := styles[peer]; ok {
		return s
	}
	return style{rgb(0x777777), dashed, draw.CrossGlyph{}, false}
}

func (s style) line() draw.LineStyle {
	width := vg.Length(1.2)
	if s.wide {
		width = 2.2
	}
	return draw.LineStyle{Color: s.color, Width: width, Dashes: s.dashes}
}

func (s style) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: s.color, Radius: 3, Shape: s.shape}
}

const (
	titleSize = 11
	textSize  = 9
	smallSize = 8
)

var face = font.Font{Typeface: "Liberation", Variant: "Sans"}

func textStyle(size vg.Length) text.Style {
	f := face
	f.Size = size
	return text.Style{Color: rgb(0x222222), Font: f, Handler: plot.DefaultTextHandler}
}

// newPlot is an empty plot with a light grid. What the vertical axis measures stands above it, after the title.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	if title != "" && y != "" {
		title += ": "
	}
	p.Title.Text, p.X.Label.Text = title+y, x
	p.Title.TextStyle = textStyle(titleSize)
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
	p.Title.Padding = 4
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle = textStyle(textSize)
		a.Label.TextStyle.XAlign = draw.XCenter
		a.Label.Padding = 3
		a.Tick.Label = textStyle(smallSize)
		a.LineStyle.Color, a.Tick.LineStyle.Color = rgb(0x888888), rgb(0x888888)
		a.Padding = 0
	}
	p.X.Label.TextStyle.YAlign = draw.YBottom
	p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XCenter, draw.YTop
	p.Y.Tick.Label.XAlign, p.Y.Tick.Label.YAlign = draw.XRight, draw.YCenter
	p.Add(grid{})
	return p
}

// grid is lines at the labelled ticks.
type grid struct{}

func (grid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	light := draw.LineStyle{Color: rgb(0xe2e2e2), Width: 0.5}
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if t.Label != "" && t.Value >= p.X.Min && t.Value <= p.X.Max {
			c.StrokeLine2(light, x(t.Value), c.Min.Y, x(t.Value), c.Max.Y)
		}
	}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.Label != "" && t.Value >= p.Y.Min && t.Value <= p.Y.Max {
			c.StrokeLine2(light, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
}

// logAxis makes an axis logarithmic, from min to max with some room, its ticks at 1, 2 and 5 of each decade written by label.
func logAxis(a *plot.Axis, lowest, highest float64, label func(float64) string) {
	a.Scale = plot.LogScale{}
	a.Min, a.Max = lowest/1.15, highest*1.15
	a.Tick.Marker = logTicks{label}
}

type logTicks struct{ label func(float64) string }

func (l logTicks) Ticks(lowest, highest float64) []plot.Tick {
	decades := math.Log10(highest / lowest)
	var ticks []plot.Tick
	for d := math.Floor(math.Log10(lowest)); d <= math.Ceil(math.Log10(highest)); d++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, d)
			if v < lowest || v > highest {
				continue
			}
			t := plot.Tick{Value: v}
			if m == 1 || decades < 2.5 && (m == 2 || m == 5) {
				t.Label = l.label(v)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// fixedTicks is a tick at each of these values that the axis has.
type fixedTicks struct {
	values []float64
	label  func(float64) string
}

func (f fixedTicks) Ticks(lowest, highest float64) []plot.Tick {
	var ticks []plot.Tick
	for _, v := range f.values {
		if v >= lowest && v <= highest {
			ticks = append(ticks, plot.Tick{Value: v, Label: f.label(v)})
		}
	}
	return ticks
}

// timeLabel writes ns as a tick: 100 ns, 1 µs.
func timeLabel(ns float64) string {
	for _, u := range []struct {
		unit string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if ns >= u.ns*0.999 {
			return plain(ns/u.ns) + " " + u.unit
		}
	}
	return plain(ns) + " ns"
}

// countLabel writes a number as a tick: 10 k, 1 M.
func countLabel(v float64) string {
	switch {
	case v >= 1e6:
		return plain(v/1e6) + " M"
	case v >= 1e3:
		return plain(v/1e3) + " k"
	}
	return plain(v)
}

// bytesLabel writes a size as a tick: 64 B, 4 KiB.
func bytesLabel(v float64) string {
	switch {
	case v >= 1<<20:
		return plain(v/(1<<20)) + " MiB"
	case v >= 1<<10:
		return plain(v/(1<<10)) + " KiB"
	}
	return plain(v) + " B"
}

func plain(v float64) string { return significant2(math.Round(v*1000) / 1000) }
