package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Options say what a report is made from, and where it goes.
type Options struct {
	Raw    string // file of raw lines
	To     string // directory for tables and plots
	PNG    bool   // also as PNG
	Index  string // page that shows all; "": none
	Readme string // file whose text between the markers is replaced; "": none
}

// TableFile is the file of the tables.
const TableFile = "table.md"

// Make makes it, and writes the ratios and their targets to w. The same raw lines give the same files.
func Make(o Options, w io.Writer) error {
	run, err := readFile(o.Raw)
	if err != nil {
		return err
	}
	tables, err := run.tables()
	if err != nil {
		return err
	}
	figures, err := run.figures()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.To, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.To, TableFile), []byte(document(run, tables)), 0o644); err != nil {
		return err
	}
	for _, f := range figures {
		if err := f.write(o.To, o.PNG); err != nil {
			return err
		}
	}
	if o.Index != "" {
		if err := writePage(o.Index, o.To, run, tables, figures); err != nil {
			return err
		}
	}
	if o.Readme != "" {
		if err := writeReadme(o, run, tables); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, bold(run.doubt())+tables[0].markdown())
	return err
}

func readFile(path string) (*Run, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w; make bench measures and leaves it", err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run, err := Read(f)
	if err == nil && len(run.Results) == 0 {
		err = errors.New("no benchmark lines")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return run, nil
}

// The text of the README between these lines belongs to the reports.
const (
	beginMarker = "<!-- benchmarks: written by make reports -->\n"
	endMarker   = "<!-- end of benchmarks -->"
)

// nothingYet is the text between them while no run is committed.
const nothingYet = "No run of a quiet machine is committed yet: `make bench`, then `make reports RAW=reports/bench/raw.txt`.\n"

func writeReadme(o Options, run *Run, tables []*table) error {
	text, err := os.ReadFile(o.Readme)
	if err != nil {
		return err
	}
	dir, err := filepath.Rel(filepath.Dir(o.Readme), o.To)
	if err != nil {
		return err
	}
	changed, err := between(string(text), readmeText(run, tables, filepath.ToSlash(dir)))
	if err != nil {
		return fmt.Errorf("%s: %w", o.Readme, err)
	}
	return os.WriteFile(o.Readme, []byte(changed), 0o644)
}

// between replaces what is between the markers.
func between(text, replacement string) (string, error) {
	before, rest, ok1 := strings.Cut(text, beginMarker)
	_, after, ok2 := strings.Cut(rest, endMarker)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("no lines %q and %q", strings.TrimSpace(beginMarker), endMarker)
	}
	return before + beginMarker + replacement + endMarker + after, nil
}

// readmeText is the targets and the table of single operations, and where they come from.
func readmeText(run *Run, tables []*table, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s cores, %s, %s; commit %s, %s; `%s`. Others used %s of the processors' time.\n\n",
		run.Get("cpu"), run.Get("cores"), run.Get("kernel"), run.Get("go"), run.Get("commit"), run.Get("date"), run.Get("command"), run.Get(othersKey))
	b.WriteString(bold(run.doubt()))
	for i, t := range tables {
		if i == 0 || t.title == pointTitle {
			fmt.Fprintf(&b, "%s\n\n%s\n", t.note, t.markdown())
		}
	}
	fmt.Fprintf(&b, "![the ratios and their targets](%s/targets.svg)\n\nMore in [%s](%s/%s), the raw lines beside it.\n", dir, TableFile, dir, TableFile)
	return b.String()
}
