package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// figure is one or several plots in rows, with one legend on the right.
type figure struct {
	name    string // of its files
	caption string
	panels  []*plot.Plot
	legend  []legendEntry
	columns int       // 0: all in one row
	height  vg.Length // of a row; 0: the usual
}

type legendEntry struct {
	label string
	style
	bar bool // a patch of the colour
}

const (
	panelWidth   = 4.1 * vg.Inch
	oneWidth     = 6 * vg.Inch
	usualHeight  = 3.6 * vg.Inch
	legendWidth  = 1.75 * vg.Inch
	legendLine   = 14
	figureMargin = 6
)

// grid is how many rows and columns the panels have.
func (f *figure) grid() (rows, columns int) {
	columns = len(f.panels)
	if f.columns != 0 {
		columns = min(columns, f.columns)
	}
	return (len(f.panels) + columns - 1) / columns, columns
}

func (f *figure) size() (w, h vg.Length) {
	rows, columns := f.grid()
	w, h = oneWidth, usualHeight
	if columns > 1 {
		w = panelWidth * vg.Length(columns)
	}
	if f.height != 0 {
		h = f.height
	}
	if len(f.legend) > 0 {
		w += legendWidth
	}
	return w, h * vg.Length(rows)
}

func (f *figure) draw(c draw.Canvas) {
	c.SetColor(rgb(0xffffff))
	c.Fill(c.Rectangle.Path())
	w, h := f.size()
	rows, columns := f.grid()
	if len(f.legend) > 0 {
		f.drawLegend(draw.Crop(c, w-legendWidth, -figureMargin, 0, -figureMargin))
		w -= legendWidth
	}
	wide, high := w/vg.Length(columns), h/vg.Length(rows)
	for i, p := range f.panels {
		left, top := wide*vg.Length(i%columns), c.Max.Y-high*vg.Length(i/columns)
		p.Draw(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left + figureMargin, Y: top - high + figureMargin},
			Max: vg.Point{X: left + wide - 2*figureMargin, Y: top - figureMargin},
		}})
	}
}

func (f *figure) drawLegend(c draw.Canvas) {
	const sample = 24
	y := c.Max.Y - 2*legendLine
	for _, e := range f.legend {
		x := c.Min.X + 8
		if e.bar {
			c.FillPolygon(e.color, []vg.Point{{X: x + 6, Y: y - 4}, {X: x + sample, Y: y - 4}, {X: x + sample, Y: y + 4}, {X: x + 6, Y: y + 4}})
		} else {
			c.StrokeLine2(e.line(), x, y, x+sample, y)
			if e.shape != nil {
				c.DrawGlyph(e.glyph(), vg.Point{X: x + sample/2, Y: y})
			}
		}
		t := textStyle(smallSize)
		t.YAlign = draw.YCenter
		c.FillText(t, vg.Point{X: x + sample + 6, Y: y}, e.label)
		y -= legendLine
	}
}

// fallback fonts: a viewer without the first takes another of the same widths.
var (
	fontWritten = []byte("font-family:Liberation Sans")
	fontWanted  = []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif")
)

// svg is the figure as a file of that kind; the same figure gives the same bytes.
func (f *figure) svg() ([]byte, error) {
	c := vgsvg.New(f.size())
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(), fontWritten, fontWanted), nil
}

func (f *figure) png() ([]byte, error) {
	w, h := f.size()
	c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(110))}
	f.draw(draw.New(c))
	var b bytes.Buffer
	_, err := c.WriteTo(&b)
	return b.Bytes(), err
}

// write writes the figure's files into a directory.
func (f *figure) write(dir string, withPNG bool) error {
	text, err := f.svg()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, f.name+".svg"), text, 0o644)
	}
	if err != nil || !withPNG {
		return wrap(f.name, err)
	}
	image, err := f.png()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, f.name+".png"), image, 0o644)
	}
	return wrap(f.name, err)
}

func wrap(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
