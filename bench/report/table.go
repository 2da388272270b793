package report

import (
	"fmt"
	"strings"

	"simdb.dev/bench/measure"
)

// table is a table to be written as text or as a page.
type table struct {
	title string
	note  string
	head  []string
	rows  [][]string
}

// markdown writes it with pipes.
func (t *table) markdown() string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.head)
	rule := make([]string, len(t.head))
	for i := range rule {
		rule[i] = "---"
	}
	line(rule)
	for _, r := range t.rows {
		line(r)
	}
	return b.String()
}

// targets is the table of ratios.
func (r *Run) targets() (*table, error) {
	outcomes, err := r.evaluate(rows)
	if err != nil {
		return nil, err
	}
	t := &table{
		title: "Ratios and their targets",
		note:  "Each ratio is of two measurements of one round; the median over the rounds, with the quartiles. A target between the quartiles is marked *close*: another run may fall on its other side.",
		head:  []string{"ratio", "above", "below", "median (quartiles)", "target", "verdict"},
	}
	for _, o := range outcomes {
		t.rows = append(t.rows, o.cells())
	}
	return t, nil
}

func (o *outcome) cells() []string {
	if o.verdict == notMeasured {
		return []string{o.name, "", "", "", o.targetText(), "not measured: " + o.why}
	}
	verdict := o.verdict.String()
	if o.close() {
		verdict += ", close"
	}
	below := withUnit(o.belowSpread.Median, o.unit)
	if o.size != 0 {
		below = withUnit(o.size, o.unit)
	}
	return []string{o.name, withUnit(o.aboveSpread.Median, o.unit), below, spreadText(o.ratio), o.targetText(), verdict}
}

func (o *outcome) targetText() string {
	switch {
	case o.target == 0:
		return "none"
	case o.atLeast:
		return "≥ " + significant2(o.target)
	}
	return "≤ " + significant2(o.target)
}

func significant2(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// matrixOf is a table of one kind of work: a row for each of its lines, a column for each peer that was measured.
type matrixOf struct {
	title, note, first string
	lines              []matrixLine
	spread             bool // with the quartiles
}

// matrix fills it in. A line or a column with nothing in it is left out.
func (r *Run) matrix(m matrixOf) (*table, error) {
	t := &table{title: m.title, note: m.note, head: []string{m.first}}
	cells := make([][]string, len(m.lines))
	for _, peer := range peerOrder() {
		column, some := make([]string, len(m.lines)), false
		for i, l := range m.lines {
			s, err := r.spread(l.at(peer))
			if err != nil {
				return nil, err
			}
			if s.N > 0 {
				column[i], some = m.cell(s, l.unit()), true
			}
		}
		if some {
			t.head = append(t.head, peerLabel(peer))
			for i, c := range column {
				cells[i] = append(cells[i], c)
			}
		}
	}
	for i, l := range m.lines {
		if strings.Join(cells[i], "") != "" {
			t.rows = append(t.rows, append([]string{l.name}, cells[i]...))
		}
	}
	return t, nil
}

func (m *matrixOf) cell(s measure.Spread, unit string) string {
	text := withUnit(s.Median, unit)
	if m.spread {
		text += fmt.Sprintf(" (%s to %s)", withUnit(s.Q1, unit), withUnit(s.Q3, unit))
	}
	return text
}

// matrixLine is a row of a matrix: a selector that names everything but the peer.
type matrixLine struct {
	name string
	selector
}

func (l matrixLine) at(peer string) selector {
	return l.selector + selector(" peer="+peer)
}

func (l matrixLine) unit() string {
	_, _, unit := l.parts()
	return unit
}

// The peers in the order of columns and bars, and what they are called.
var peerNames = []Setting{
	{"simdb", "simdb"},
	{"xsync", "xsync.Map"},
	{"syncmap", "sync.Map"},
	{"rwmutex", "map + RWMutex"},
	{"lmdb", "LMDB"},
	{"bbolt", "bbolt"},
	{"redis", "Redis"},
	{"redis-64", "Redis, 64 at once"},
	{"memcached", "memcached"},
	{"memcached-64", "memcached, 64 at once"},
	{"memcpy", "memcpy"},
	{"queue", "queue"},
	{"queue-wait", "queue, waiting"},
	{"channel", "Go channel"},
	{"pipe", "pipe"},
	{"socket", "Unix socket"},
	{"spin", "bare spin"},
	{"futex", "bare futex"},
}

func peerLabel(peer string) string {
	for _, p := range peerNames {
		if p.Key == peer {
			return p.Value
		}
	}
	return peer
}

func peerOrder() []string {
	var list []string
	for _, p := range peerNames {
		list = append(list, p.Key)
	}
	return list
}
