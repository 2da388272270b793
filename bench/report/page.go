package report

import (
	"bytes"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// page is what index.html shows.
type page struct {
	Doubt    string
	Settings []Setting
	Tables   []htmlTable
	Figures  []htmlFigure
	Links    []link
}

type htmlTable struct {
	Title, Note string
	Head        []string
	Rows        [][]string
}

type htmlFigure struct{ File, Caption string }

// link leads to what another command has left.
type link struct{ Text, File, When string }

// others are the results of the other commands, below the directory of the page.
var others = []struct{ text, pattern string }{
	{"stress: forked processes on one region, with the verdict on their history", "stress*/summary.txt"},
	{"explorer: every interleaving and every crash of small programs", "explore*.txt"},
	{"mutants: mistakes made in the store, and what noticed them", "mutants*.txt"},
	{"benchmarks: the raw lines", "bench/raw.txt"},
}

func linksIn(dir string) ([]link, error) {
	var list []link
	for _, o := range others {
		files, err := filepath.Glob(filepath.Join(dir, o.pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(dir, file)
			if err != nil {
				return nil, err
			}
			list = append(list, link{o.text, filepath.ToSlash(name), info.ModTime().UTC().Format("2006-01-02 15:04")})
		}
	}
	return list, nil
}

// writePage writes the page; the figures are in the directory figureDir.
func writePage(file, figureDir string, run *Run, tables []*table, figures []*figure) error {
	dir := filepath.Dir(file)
	p := page{Doubt: run.doubt(), Settings: run.Config}
	var err error
	if p.Links, err = linksIn(dir); err != nil {
		return err
	}
	for _, t := range tables {
		p.Tables = append(p.Tables, htmlTable{t.title, strings.ReplaceAll(t.note, "*", ""), t.head, t.rows})
	}
	from, err := filepath.Rel(dir, figureDir)
	if err != nil {
		return err
	}
	for _, f := range figures {
		p.Figures = append(p.Figures, htmlFigure{filepath.ToSlash(filepath.Join(from, f.name+".svg")), f.caption})
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"class": cellClass}).Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>simdb: what was measured</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }
figure { margin: 1.5rem 0 } figure img { width: 100%; max-width: 62rem } figcaption { max-width: 50rem; color: #555 }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #e2e2e2; vertical-align: top; white-space: nowrap }
td:first-child { white-space: normal }
.met { color: #1f5c94 } .missed { color: #a05a00; font-weight: 600 } .none { color: #777; white-space: normal }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; font-size: 14px } dt { color: #777 } dd { margin: 0 }
</style>
<h1>simdb: what was measured</h1>
{{with .Doubt}}<p class="missed">{{.}}</p>
{{end}}{{with .Links}}<h2>Results</h2>
<ul>{{range .}}
<li><a href="{{.File}}">{{.Text}}</a> ({{.When}})</li>{{end}}
</ul>
{{end}}{{with .Figures}}<h2>Plots</h2>
{{range .}}<figure><img src="{{.File}}" alt=""><figcaption>{{.Caption}}</figcaption></figure>
{{end}}{{end}}{{range .Tables}}<h2>{{.Title}}</h2>
<p>{{.Note}}</p>
<div class="wide"><table>
<tr>{{range .Head}}<th>{{.}}</th>{{end}}</tr>
{{range .Rows}}<tr>{{range .}}<td{{with class .}} class="{{.}}"{{end}}>{{.}}</td>{{end}}</tr>
{{end}}</table></div>
{{end}}<h2>Where and how</h2>
<dl>{{range .Settings}}
<dt>{{.Key}}</dt><dd>{{.Value}}</dd>{{end}}
</dl>
</html>
`))

// cellClass is the look of a verdict.
func cellClass(cell string) string {
	classes := []struct{ prefix, class string }{{met.String(), "met"}, {missed.String(), "missed"}, {notMeasured.String(), "none"}}
	if i := slices.IndexFunc(classes, func(c struct{ prefix, class string }) bool { return strings.HasPrefix(cell, c.prefix) }); i >= 0 {
		return classes[i].class
	}
	return ""
}

// document is the tables as text, with where and how they were measured.
func document(run *Run, tables []*table) string {
	var b strings.Builder
	b.WriteString(bold(run.doubt()))
	for _, t := range tables {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n%s\n", t.title, t.note, t.markdown())
	}
	b.WriteString("## Where and how\n\n")
	for _, s := range run.Config {
		fmt.Fprintf(&b, "- %s: %s\n", s.Key, s.Value)
	}
	return b.String()
}

// bold is a paragraph of its own, of nothing nothing.
func bold(text string) string {
	if text == "" {
		return ""
	}
	return "**" + text + "**\n\n"
}
