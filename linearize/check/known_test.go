package check

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// reasons is what is wrong with each known-bad history in testdata. Its twin
// differs as little as possible and is linearizable.
var reasons = map[string]Reason{
	"duplicate-entry":         Duplicate,
	"resurrected-key":         Resurrected,
	"lost-update":             LostUpdate,
	"lost-count":              LostUpdate,
	"lost-entry":              LostEntry,
	"torn-value":              TornValue,
	"stale-read":              StaleRead,
	"stale-reference":         StaleRef,
	"version-repeated":        VersionTwice,
	"thin-air":                ThinAir,
	"false-refusal":           FalseRefusal,
	"killed-put":              LostEntry,
	"queue-lost":              Lost,
	"queue-duplicated":        Duplicated,
	"queue-reordered":         Reordered,
	"queue-false-empty":       FalseEmpty,
	"queue-thin-air":          ThinAir,
	"queue-killed-pop":        Lost,
	"queue-double-redelivery": Redelivery,
	"queue-lost-orphan":       Lost,
	"queue-torn-batch":        Reordered,
}

func read(t *testing.T, name string) *history.History {
	t.Helper()
	h, err := history.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestKnownHistories(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.jsonl")
	if err != nil || len(files) != 2*len(reasons) {
		t.Fatalf("%d files for %d twins, %v", len(files), len(reasons), err)
	}
	for name, want := range reasons {
		t.Run(name, func(t *testing.T) {
			if rep := Check(read(t, name+".ok.jsonl"), Options{}); rep.Verdict != Linearizable {
				t.Errorf("good: %v %v", rep.Verdict, rep.Findings)
			}
			rep := Check(read(t, name+".bad.jsonl"), Options{})
			if rep.Verdict != Violation || len(rep.Findings) != 1 || rep.Findings[0].Reason != want {
				t.Fatalf("bad: %v %v, want %q", rep.Verdict, rep.Findings, want)
			}
			f := rep.Findings[0]
			again := Check(f.History(), Options{})
			if again.Verdict != Violation || again.Findings[0].Reason != want {
				t.Errorf("the operations shown: %v %v, want %q", again.Verdict, again.Findings, want)
			}
			v, err := f.Picture(io.Discard, model.Rules{})
			if err != nil || v != Violation && want != VersionTwice {
				t.Errorf("porcupine on the operations shown: %v, %v", v, err)
			}
		})
	}
}

// TestSearchesAgreeOnKnownHistories puts every history of testdata to both
// searches, and so the queues' to other judges than the monitor.
func TestSearchesAgreeOnKnownHistories(t *testing.T) {
	for name := range reasons {
		for _, twin := range []string{".ok.jsonl", ".bad.jsonl"} {
			h := read(t, name+twin)
			want := Linearizable
			if twin == ".bad.jsonl" && name != "version-repeated" { // no state remembers old versions
				want = Violation
			}
			c := checker{h: h}
			list := steps(h.Ops, h.Crashes)
			if got := askPorcupine(c.rules, "k", list, h.Ops, c.deadline); got != want {
				t.Errorf("%s%s: porcupine: %v", name, twin, got)
			}
			if got := sweep(c.rules, list, c.deadline); got.verdict != want {
				t.Errorf("%s%s: sweep: %v", name, twin, got.verdict)
			}
		}
	}
}

func TestNotRun(t *testing.T) {
	overlap := `{"process":0,"key":"a","op":"get","result":{"outcome":"not found"},"call":1,"return":5}
		{"process":0,"key":"b","op":"get","result":{"outcome":"not found"},"call":2,"return":6}`
	for text, want := range map[string]string{"": "empty", overlap: "assumption"} {
		h, err := history.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if rep := Check(h, Options{}); rep.Verdict != NotRun || !strings.Contains(rep.Text, want) {
			t.Errorf("%v %q, want not run: %s", rep.Verdict, rep.Text, want)
		}
	}
}

func TestFullIsAParameter(t *testing.T) {
	text := `{"process":0,"key":"a","op":"put","args":{"value":1},"result":{"outcome":"full"},"call":1,"return":5}
		{"process":0,"key":"a","op":"get","result":{"outcome":"not found"},"call":6,"return":7}`
	h, err := history.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if rep := Check(h, Options{}); rep.Verdict != Violation || rep.Findings[0].Reason != FalseFull {
		t.Errorf("not declared: %v", rep)
	}
	if rep := Check(h, Options{Rules: model.Rules{Full: true}}); rep.Verdict != Linearizable {
		t.Errorf("declared: %v", rep)
	}
}

func TestReadBeforeWrite(t *testing.T) {
	text := `{"process":0,"key":"a","op":"get","result":{"outcome":"ok","value":1},"call":1,"return":5}
		{"process":1,"key":"a","op":"put","args":{"value":1},"result":{"outcome":"ok"},"call":6,"return":7}`
	h, err := history.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if rep := Check(h, Options{}); rep.Verdict != Violation || rep.Findings[0].Reason != ThinAir {
		t.Errorf("%v", rep)
	}
}
