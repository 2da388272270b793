package report

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchfmt"

	"simdb.dev/bench/measure"
)

var update = flag.Bool("update", false, "write the golden files anew")

const small = "testdata/small.txt"

func readSmall(t *testing.T) *Run {
	t.Helper()
	run, err := readFile(small)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestWriteAndRead(t *testing.T) {
	want := &Run{
		Config: []Setting{{"goos", "linux"}, {"commit", "abc, changed"}},
		Results: []Result{
			{1, NameOf("Get", "peer", "simdb", "keys", "10k"), 1000, map[string]float64{"ns/op": 48.25}},
			{1, NameOf("Latency", "peer", "redis"), 10, map[string]float64{"ns/op": 1e6, "p99.9-ns": 12345678}},
			{2, NameOf("Space"), 1, map[string]float64{"B/entry": 119.012}},
		},
	}
	var b bytes.Buffer
	w := NewWriter(&b, want.Config[:1])
	w.Setting(want.Config[1])
	for _, r := range want.Results {
		w.Result(r)
	}
	want.Results[1].Values["p99.9-ns"] = 1.23457e7 // six digits are written
	got, err := Read(strings.NewReader("some other program speaks\n" + b.String() + "PASS\nok: \n"))
	if err != nil || w.Err() != nil {
		t.Fatal(err, w.Err())
	}
	want.Config = append(want.Config, Setting{"ok", ""})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for line, wanted := range map[string]string{
		"BenchmarkGet 5":                    "pairs of value and unit",
		"BenchmarkGet 5 1.5":                "pairs of value and unit",
		"BenchmarkGet x 1.5 ns/op":          "invalid syntax",
		"BenchmarkGet 5 fast ns/op":         "invalid syntax",
		"BenchmarkGet/peer 5 1.5 ns/op":     "not key=value",
		"BenchmarkGet/peer= 5 1.5 ns/op":    "not key=value",
		"BenchmarkGet/peer=a 5 1.5 ns/op 3": "pairs of value and unit",
		"# round two":                       "invalid syntax",
	} {
		_, err := Read(strings.NewReader("goos: linux\n" + line + "\n"))
		if err == nil || !strings.Contains(err.Error(), wanted) || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%q: %v, want line 2 and %q", line, err, wanted)
		}
	}
}

// The reader of the Go project sees the same results in the raw lines.
func TestFormatIsGos(t *testing.T) {
	run := readSmall(t)
	f, err := os.Open(small)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i := 0
	for r := benchfmt.NewReader(f, small); r.Scan(); {
		switch got := r.Result().(type) {
		case *benchfmt.Result:
			want := run.Results[i]
			i++
			if string(got.Name) != want.Name.String() || uint64(got.Iters) != want.N {
				t.Fatalf("result %d: %s %d, want %v %d", i, got.Name, got.Iters, want.Name, want.N)
			}
			for unit, v := range want.Values {
				seconds, ok := got.Value(strings.Replace(unit, "ns/op", "sec/op", 1))
				if unit == "ns/op" && (!ok || math.Abs(seconds*1e9/v-1) > 1e-9) {
					t.Errorf("%v: %v ns/op, want %v", want.Name, seconds*1e9, v)
				}
			}
			if got.GetConfig("commit") != run.Get("commit") {
				t.Errorf("commit %q", got.GetConfig("commit"))
			}
		case *benchfmt.SyntaxError:
			t.Error(got)
		}
	}
	if i != len(run.Results) {
		t.Errorf("%d results, want %d", i, len(run.Results))
	}
}

func resultsOf(lines ...string) *Run {
	run, err := Read(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		panic(err)
	}
	return run
}

func TestSeries(t *testing.T) {
	run := resultsOf("# round 1", "BenchmarkGet/peer=a/keys=1 1 10 ns/op 7 B/op", "BenchmarkGet/peer=b/keys=1 1 20 ns/op", "# round 2", "BenchmarkGet/peer=a/keys=1 1 11 ns/op", "BenchmarkGet/peer=a/keys=2 1 12 ns/op")
	for s, want := range map[selector]measure.Rounds{
		"Get peer=a keys=1":      {1: 10, 2: 11},
		"Get peer=a keys=1 B/op": {1: 7},
		"Get peer=b":             {1: 20},
		"Get peer=c":             {},
		"Put peer=a":             {},
	} {
		got, err := run.series(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", s, diff)
		}
	}
	if _, err := run.series("Get peer=a"); err == nil || !strings.Contains(err.Error(), "ambiguous") {
		t.Errorf("two numbers of keys in one series: %v", err)
	}
	if got := run.values("Get peer=a", "keys"); !cmp.Equal(got, []string{"1", "2"}) {
		t.Errorf("values %v", got)
	}
}

func TestVerdicts(t *testing.T) {
	run := resultsOf("skipped-c: not installed", "# round 1", "BenchmarkGet/peer=a 1 10 ns/op", "BenchmarkGet/peer=b 1 20 ns/op",
		"# round 2", "BenchmarkGet/peer=a 1 12 ns/op", "BenchmarkGet/peer=b 1 20 ns/op", "# round 3", "BenchmarkGet/peer=a 1 100 ns/op", "BenchmarkGet/peer=b 1 200 ns/op",
		"# round 4", "BenchmarkPut/peer=b 1 1 ns/op")
	a, b := selector("Get peer=a"), selector("Get peer=b")
	for _, c := range []struct {
		row
		verdict verdict
		close   bool
		why     string
	}{
		{row: row{above: a, below: b, target: 0.6}, verdict: met},
		{row: row{above: a, below: b, target: 0.5}, verdict: met},
		{row: row{above: a, below: b, target: 0.49}, verdict: missed},
		{row: row{above: a, below: b, target: 0.52}, verdict: met, close: true},
		{row: row{above: a, below: b}, verdict: noTarget},
		{row: row{above: b, below: a, target: 2, atLeast: true}, verdict: met},
		{row: row{above: b, below: a, target: 2.1, atLeast: true}, verdict: missed},
		{row: row{above: b, below: a, target: 1.9, atLeast: true}, verdict: met, close: true},
		{row: row{above: a, size: 40, target: 0.3}, verdict: met, close: true},
		{row: row{above: a, below: "Get peer=c", target: 1}, verdict: notMeasured, why: "c skipped: not installed"},
		{row: row{above: "Get peer=d", below: b, target: 1}, verdict: notMeasured, why: "no Get peer=d in this run"},
		{row: row{above: a, below: "Put peer=b", target: 1}, verdict: notMeasured, why: "not in the same round"},
	} {
		list, err := run.evaluate([]row{c.row})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if o := list[0]; o.verdict != c.verdict || o.close() != c.close || o.why != c.why {
			t.Errorf("%s / %s to be %v: %v, close %v, %q", c.above, c.below, c.target, o.verdict, o.close(), o.why)
		}
	}
}

// The slowest time is the lowest rate.
func TestRate(t *testing.T) {
	got := asRate(measure.Spread{N: 3, Min: 10, Q1: 20, Median: 50, Q3: 100, Max: 1000})
	if want := (measure.Spread{N: 3, Min: 1, Q1: 10, Median: 20, Q3: 50, Max: 100}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestFormats(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234: "1230", 0.01234: "0.0123", 999.6: "1000"} {
		if got := significant(v); got != want {
			t.Errorf("significant(%v) = %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{48.25: "48.2 ns", 1500: "1.50 µs", 2.5e6: "2.50 ms", 3e9: "3.00 s"} {
		if got := withUnit(v, perOp); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	for s, want := range map[string]float64{"500": 500, "10k": 1e4, "1M": 1e6, "64Ki": 65536, "1Mi": 1 << 20, "99.9": 99.9} {
		if got := number(s); got != want {
			t.Errorf("number(%q) = %v, want %v", s, got, want)
		}
	}
	for _, s := range []string{"", "k", "many", "1x", "1iK"} {
		if got := number(s); !math.IsNaN(got) {
			t.Errorf("number(%q) = %v", s, got)
		}
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update writes it anew): %s", name, diff)
	}
}

const readmeBefore = "# About\n\n" + beginMarker + "old\n" + endMarker + "\n\nMore.\n"

func TestReport(t *testing.T) {
	dir := t.TempDir()
	readme := filepath.Join(dir, "README.md")
	if err := os.WriteFile(readme, []byte(readmeBefore), 0o644); err != nil {
		t.Fatal(err)
	}
	o := Options{Raw: small, To: filepath.Join(dir, "figures"), PNG: true, Index: filepath.Join(dir, "index.html"), Readme: readme}
	stress := filepath.Join(dir, "stress")
	if err := os.Mkdir(stress, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stress, "summary.txt"), []byte("linearizable\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Make(o, &out); err != nil {
		t.Fatal(err)
	}
	golden(t, "table.golden.md", read(t, o.To, TableFile))
	golden(t, "readme.golden.md", read(t, readme))
	if !strings.HasPrefix(read(t, o.To, TableFile), "## Ratios") || !strings.Contains(read(t, o.To, TableFile), out.String()) {
		t.Error("what is printed is not the first table")
	}

	page := read(t, o.Index)
	for _, wanted := range []string{`src="figures/targets.svg"`, `href="stress/summary.txt"`, `class="missed">MISSED`, "0123456789ab", "go run ./bench -quick", "memcached is not installed"} {
		if !strings.Contains(page, wanted) {
			t.Errorf("the page has no %s", wanted)
		}
	}
	if strings.Contains(page, "mutants.txt") {
		t.Error("the page links to results that are not there")
	}

	run := readSmall(t)
	figures, err := run.figures()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range figures {
		names = append(names, f.name)
		first := read(t, o.To, f.name+".svg")
		again, err := f.svg()
		if err != nil || string(again) != first {
			t.Errorf("%s is another picture the second time (%v)", f.name, err)
		}
		if strings.Contains(first, "NaN") || strings.Contains(first, "Inf") {
			t.Errorf("%s has a coordinate that is no number", f.name)
		}
		if png := read(t, o.To, f.name+".png"); !strings.HasPrefix(png, "\x89PNG") {
			t.Errorf("%s.png is none", f.name)
		}
	}
	if diff := cmp.Diff([]string{"targets", "keys", "size", "processes", "full", "latency", "ycsb", "roundtrip"}, names); diff != "" {
		t.Error(diff)
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each curve and bar of a figure is of the raw lines: with other numbers there is another picture.
func TestFiguresShowTheNumbers(t *testing.T) {
	before := readSmall(t)
	for i := range before.Results {
		after := readSmall(t)
		for unit := range after.Results[i].Values {
			after.Results[i].Values[unit] *= 3
		}
		if i%17 != 0 || !drawn(after.Results[i]) {
			continue // each takes its time
		}
		if cmp.Equal(pictures(t, before), pictures(t, after)) {
			t.Errorf("no figure shows %v", after.Results[i].Name)
		}
	}
}

// drawn says whether a figure is to show it.
func drawn(r Result) bool {
	n := r.Name
	switch n.Work {
	case "Get", "Update":
		return n.Get("set") != "own" && !(n.Get("set") == "shared" && n.Get("keys") != "10k")
	case "Miss", "Latency", "RoundTrip", "Chase":
		return true
	case "YCSB":
		return n.Get("set") == "ycsb"
	case "Churn":
		return n.Get("set") == "full"
	}
	return false
}

func pictures(t *testing.T, run *Run) []string {
	t.Helper()
	figures, err := run.figures()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range figures {
		text, err := f.svg()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text))
	}
	return list
}

// Figures that do not count say so wherever they are shown.
func TestDoubt(t *testing.T) {
	for others, wanted := range map[string]string{"": "did not come to its end", "5.1 %": "not quiet: others used 5.1 %", "x": "not quiet", "4.9 %": ""} {
		dir := t.TempDir()
		raw := read(t, small)
		line := "others: " + others + "\n"
		if others == "" {
			line = ""
		}
		raw = strings.Replace(raw, "others: 0.1 %\n", line, 1)
		file, readme := filepath.Join(dir, "raw.txt"), filepath.Join(dir, "README.md")
		if err := os.WriteFile(file, []byte(raw), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(readme, []byte(readmeBefore), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Make(Options{Raw: file, To: dir, Index: filepath.Join(dir, "index.html"), Readme: readme}, &out); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{out.String(), read(t, dir, TableFile), read(t, dir, "index.html"), read(t, readme)} {
			if wanted != "" && !strings.Contains(text, wanted) {
				t.Errorf("others %q: no %q in %.200s", others, wanted, text)
			}
			if wanted == "" && (strings.Contains(text, "not quiet") || strings.Contains(text, "did not come")) {
				t.Errorf("others %q: doubted in %.200s", others, text)
			}
		}
	}
}

func TestBetweenMarkers(t *testing.T) {
	got, err := between(readmeBefore, "new\n")
	if want := strings.Replace(readmeBefore, "old", "new", 1); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	for _, text := range []string{"", beginMarker, endMarker, endMarker + beginMarker} {
		if _, err := between(text, "new"); err == nil {
			t.Errorf("%q has no place for it", text)
		}
	}
}

func TestMakeRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.txt")
	if err := os.WriteFile(empty, []byte("goos: linux\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for raw, wanted := range map[string]string{empty: "no benchmark lines", filepath.Join(dir, "none.txt"): "make bench measures"} {
		if err := Make(Options{Raw: raw, To: dir}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%s: %v, want %q", raw, err, wanted)
		}
	}
}

// What is committed is what the committed raw lines give; while there are none, there are no figures either, and the README says so.
func TestCommittedIsUpToDate(t *testing.T) {
	const root = "../.."
	committed := filepath.Join(root, "reports/committed")
	dir := t.TempDir()
	o := Options{Raw: filepath.Join(committed, "bench.txt"), To: filepath.Join(dir, "reports/committed"), Readme: filepath.Join(dir, "README.md")}
	readme := read(t, root, "README.md")
	if there, err := os.ReadDir(committed); errors.Is(err, os.ErrNotExist) || err == nil && len(there) == 0 {
		if want, err := between(readme, nothingYet); err != nil || want != readme {
			t.Errorf("the README does not say that no run is committed (%v)", err)
		}
		return
	}
	if err := os.WriteFile(o.Readme, []byte(readme), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Make(o, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadDir(o.To)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range made {
		if read(t, o.To, e.Name()) != read(t, committed, e.Name()) {
			t.Errorf("%s is not what bench.txt gives; make reports", e.Name())
		}
	}
	if read(t, o.Readme) != readme {
		t.Error("the README is not what bench.txt gives; make reports")
	}
	there, err := os.ReadDir(committed)
	if err != nil {
		t.Fatal(err)
	}
	ofMutants := []string{"mutants.txt", "mutants-beside.txt"} // of model/mutants
	others := slices.DeleteFunc(there, func(e fs.DirEntry) bool { return slices.Contains(ofMutants, e.Name()) })
	if len(others) != len(made)+1 {
		t.Errorf("%d files in reports/committed, want bench.txt and the %d it gives", len(others), len(made))
	}
}
