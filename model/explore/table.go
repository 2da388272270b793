package explore

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// How many rows of a table are shown at its begin and end.
const (
	headRows = 120
	tailRows = 40
)

// table draws the execution that s has just done: a column per process, a row per step.
func (s *Scheduler) table() string {
	t := table{}
	column := map[uint8]int{}
	for _, p := range s.procs {
		if p.num == 0 && len(p.calls) == 0 || p.role == buffer {
			continue
		}
		column[p.id] = len(t.titles)
		title := p.name
		if p.role == worker && p.group != nil && len(p.group.members) > 1 {
			title += " (of " + p.group.name + ")"
		}
		t.titles = append(t.titles, title)
	}
	for _, p := range s.procs {
		for i := range p.calls {
			if p.calls[i].first < 0 && p.calls[i].base < 0 {
				t.row("", column[p.id], s.describeCall(p, i)+s.describeReturn(&p.calls[i]))
			}
		}
	}
	for d := range s.trace.events {
		e := &s.trace.events[d]
		p := s.procs[e.pid]
		at := column[e.pid]
		if p.role == buffer {
			at = column[p.owner.id]
		}
		for i := range p.calls {
			if p.calls[i].first == int32(d) {
				t.row("", at, s.describeCall(p, i))
			}
		}
		number := fmt.Sprint(d + 1)
		switch e.kind {
		case kill:
			for _, m := range p.group.members {
				if c, ok := column[m.id]; ok {
					t.row(number, c, "✝ killed")
					number = ""
				}
			}
			if number != "" {
				t.row(number, at, "✝ kills "+p.group.name)
			}
		case exit:
			t.row(number, at, "  (done)")
		default:
			t.row(number, at, "  "+s.describe(e))
		}
		for i := range p.calls {
			c := &p.calls[i]
			switch {
			case c.first >= 0 && c.returned && c.last == int32(d):
				t.row("", at, s.describeReturn(c))
			case c.first < 0 && c.base == int32(d):
				t.row("", at, s.describeCall(p, i)+s.describeReturn(c))
			}
		}
	}
	for _, p := range s.procs {
		if p.begun && !p.ended && !p.dead && p.waiting {
			t.row("", column[p.id], "… waits for a change of "+s.waitNames(p))
		}
	}
	return t.String() + s.results()
}

// describe writes a step.
func (s *Scheduler) describe(e *event) string {
	name, was := s.nameWord(e.addr, e.old)
	switch {
	case e.kind == CopyStore && !e.wrote && e.code.word() < 0:
		_, is := s.nameWord(e.addr, e.new)
		return fmt.Sprintf("%-5s %s: %s into the store buffer", kindNames[e.kind], name, is)
	case e.wrote:
		_, is := s.nameWord(e.addr, e.new)
		return fmt.Sprintf("%-5s %s: %s → %s", kindNames[e.kind], name, was, is)
	case e.kind == CAS:
		return fmt.Sprintf("%-5s %s: fails, is %s", kindNames[e.kind], name, was)
	}
	text := fmt.Sprintf("%-5s %s: %s", kindNames[e.kind], name, was)
	if e.kind != Load && e.kind != CopyLoad {
		text += ", unchanged"
	}
	return text
}

func (s *Scheduler) describeCall(p *Proc, op int) string {
	return p.ops[op].Name
}

func (s *Scheduler) describeReturn(c *call) string {
	switch {
	case !c.returned:
		return ""
	case c.result == nil:
		return " ⇒ done"
	}
	return fmt.Sprintf(" ⇒ %v", c.result)
}

// results lists what the operations of the history returned.
func (s *Scheduler) results() string {
	var b strings.Builder
	for _, p := range s.procs {
		if p.role == kernel || len(p.calls) == 0 {
			continue
		}
		var ops []string
		for i := range p.calls {
			c := &p.calls[i]
			op := &p.ops[i]
			output := c.result
			if !c.returned {
				output = Unknown
			}
			switch {
			case s.sc.Model != nil && s.sc.Model.DescribeOperation != nil && op.Input != nil:
				ops = append(ops, s.sc.Model.DescribeOperation(op.Input, output))
			case !c.returned:
				ops = append(ops, op.Name+" did not return")
			default:
				ops = append(ops, op.Name+s.describeReturn(c))
			}
		}
		fmt.Fprintf(&b, "%s: %s\n", p.name, strings.Join(ops, "; "))
	}
	return b.String()
}

// table is text in columns.
type table struct {
	titles []string
	rows   []tableRow
}

type tableRow struct {
	number string
	column int
	text   string
}

func (t *table) row(number string, column int, text string) {
	t.rows = append(t.rows, tableRow{number, column, text})
}

func (t *table) String() string {
	width := make([]int, len(t.titles))
	for i, title := range t.titles {
		width[i] = utf8.RuneCountInString(title)
	}
	for _, r := range t.rows {
		width[r.column] = max(width[r.column], utf8.RuneCountInString(r.text))
	}
	var b strings.Builder
	line := func(number string, cells []string) {
		text := fmt.Sprintf("%4s", number)
		for i, c := range cells {
			text += " │ " + c + strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line("step", t.titles)
	for i, r := range t.rows {
		if skipped := len(t.rows) - headRows - tailRows; skipped > 0 && i >= headRows && i < headRows+skipped {
			if i == headRows {
				fmt.Fprintf(&b, "   … %d rows …\n", skipped)
			}
			continue
		}
		cells := make([]string, len(t.titles))
		cells[r.column] = r.text
		line(r.number, cells)
	}
	return b.String()
}
