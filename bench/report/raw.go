// Package report turns the raw lines of benchmark runs into tables and plots.
package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A Run is what one run of the benchmarks measured, and where.
type Run struct {
	Config  []Setting
	Results []Result
}

// Setting is a line "key: value" about the whole run.
type Setting struct{ Key, Value string }

// Get is the value of a key, "" if there is none.
func (r *Run) Get(key string) string {
	for _, s := range r.Config {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// Result is one measurement of one thing in one round.
type Result struct {
	Round  int
	Name   Name
	N      uint64             // operations
	Values map[string]float64 // by unit
}

// Name says what was measured: a kind of work and its parameters, in the order in which they are written.
type Name struct {
	Work   string
	Params []Setting
}

// NameOf makes a name of a kind of work and keys with values.
func NameOf(work string, params ...string) Name {
	n := Name{Work: work}
	for i := 0; i < len(params); i += 2 {
		n.Params = append(n.Params, Setting{params[i], params[i+1]})
	}
	return n
}

// Get is the value of a parameter, "" if it has none.
func (n Name) Get(key string) string {
	for _, p := range n.Params {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// String is the name as the Go benchmark format has it: Work/key=value/key=value.
func (n Name) String() string {
	var b strings.Builder
	b.WriteString(n.Work)
	for _, p := range n.Params {
		fmt.Fprintf(&b, "/%s=%s", p.Key, p.Value)
	}
	return b.String()
}

func parseName(s string) (Name, error) {
	parts := strings.Split(s, "/")
	n := Name{Work: parts[0]}
	for _, part := range parts[1:] {
		key, value, ok := strings.Cut(part, "=")
		if !ok || key == "" || value == "" {
			return n, fmt.Errorf("%q in the name %q is not key=value", part, s)
		}
		n.Params = append(n.Params, Setting{key, value})
	}
	return n, nil
}

// The raw lines are Go's benchmark data format (https://go.dev/design/14313-benchmark-format). Rounds, which it does not know, are comments to it:
//
//	commit: 6e32934
//	# round 1
//	BenchmarkGet/peer=simdb/keys=10k 4100000 48.1 ns/op
const (
	linePrefix  = "Benchmark"
	roundPrefix = "# round "
)

// Writer writes a run line by line, so that a run that is interrupted leaves what it measured.
type Writer struct {
	w     io.Writer
	round int
	err   error
}

// NewWriter writes the settings first.
func NewWriter(w io.Writer, config []Setting) *Writer {
	out := &Writer{w: w}
	for _, s := range config {
		out.Setting(s)
	}
	return out
}

func (w *Writer) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.w, format, args...)
	}
}

// Setting writes one more line about the run.
func (w *Writer) Setting(s Setting) {
	w.printf("%s: %s\n", s.Key, strings.Join(strings.Fields(s.Value), " "))
}

// Result writes one measurement.
func (w *Writer) Result(r Result) {
	if r.Round != w.round {
		w.round = r.Round
		w.printf("%s%d\n", roundPrefix, r.Round)
	}
	w.printf("%s%s %d", linePrefix, r.Name, r.N)
	for _, unit := range slices.SortedFunc(maps.Keys(r.Values), compareUnits) {
		w.printf(" %s %s", strconv.FormatFloat(r.Values[unit], 'g', 6, 64), unit)
	}
	w.printf("\n")
}

// Err is what went wrong in writing.
func (w *Writer) Err() error { return w.err }

// compareUnits puts time per operation first.
func compareUnits(a, b string) int {
	if (a == perOp) != (b == perOp) {
		if a == perOp {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// Read reads what a Writer wrote. Lines of other programs in between are passed over, as the format wants it; a line that is meant to be a result and is
// none is an error that names it.
func Read(in io.Reader) (*Run, error) {
	run := &Run{}
	round := 0
	lines := bufio.NewScanner(in)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		var err error
		switch key, value, isSetting := cutSetting(line); {
		case strings.HasPrefix(line, roundPrefix):
			round, err = strconv.Atoi(strings.TrimPrefix(line, roundPrefix))
		case strings.HasPrefix(line, linePrefix):
			var r Result
			r, err = parseResult(line)
			r.Round = round
			run.Results = append(run.Results, r)
		case isSetting:
			run.Config = append(run.Config, Setting{key, value})
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return run, lines.Err()
}

func cutSetting(line string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(line, ":")
	if !ok || key == "" || !unicode.IsLower(rune(key[0])) || strings.ContainsFunc(key, func(r rune) bool { return unicode.IsUpper(r) || unicode.IsSpace(r) }) {
		return "", "", false
	}
	return key, strings.TrimSpace(value), true
}

func parseResult(line string) (r Result, err error) {
	fields := strings.Fields(strings.TrimPrefix(line, linePrefix))
	if len(fields) < 4 || len(fields)%2 != 0 {
		return r, fmt.Errorf("%q is not a name, a number and pairs of value and unit", line)
	}
	if r.Name, err = parseName(fields[0]); err != nil {
		return r, err
	}
	if r.N, err = strconv.ParseUint(fields[1], 10, 64); err != nil {
		return r, err
	}
	r.Values = map[string]float64{}
	for i := 2; i < len(fields); i += 2 {
		if r.Values[fields[i+1]], err = strconv.ParseFloat(fields[i], 64); err != nil {
			return r, err
		}
	}
	return r, nil
}
