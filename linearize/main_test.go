package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"linearize": main,
		"record":    record,
	})
}

// record plays a worker: it records into the file and leaves its last
// operation without an end.
func record() {
	r, err := history.Create(os.Args[1], history.Client{Process: 1}, 10)
	if err != nil {
		panic(err)
	}
	r.Call(7, model.Input{Op: model.Put, Value: 1})
	r.Return(model.Output{Outcome: model.OK, Version: 1})
	r.Call(7, model.Input{Op: model.Delete})
}

func TestCommand(t *testing.T) {
	histories, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HISTORIES", histories)
			return nil
		},
	})
}

func TestStatusOfEveryVerdict(t *testing.T) {
	seen := map[int]bool{}
	for v, s := range status {
		if seen[s] {
			t.Errorf("status %d of %v is that of another verdict", s, v)
		}
		seen[s] = true
	}
	if len(status) != 4 {
		t.Errorf("%d verdicts have a status", len(status))
	}
}
