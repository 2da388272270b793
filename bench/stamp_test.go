package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

func TestUsedBy(t *testing.T) {
	// user nice system idle iowait irq softirq steal guest guest_nice
	if got := usedBy("cpu  100 200 300 9999 9999 1 2 300 5555 5555"); got != 9.03 {
		t.Errorf("%v s", got)
	}
}

// Of 20 s of two processors the run used 12 and others 6.
func TestOthers(t *testing.T) {
	begin := time.Now()
	a, b := usage{begin, 100, 5}, usage{begin.Add(10 * time.Second), 118, 17}
	if got := a.others(b, 2); got != 30 {
		t.Errorf("%v %%, want 30", got)
	}
	if got := a.others(usage{begin.Add(10 * time.Second), 111, 17}, 2); got != 0 {
		t.Errorf("%v %%: the clocks differ by a little, not others", got)
	}
}

// The command of a run repeats it.
func TestCommandOfARun(t *testing.T) {
	args := []string{"-quick", "-only", "^(point|size/64)$", "-dir", t.TempDir(), "-out", "it's"}
	cfg, err := parse(args, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := command(cfg), `./bench -quick -only '^(point|size/64)$' -dir `; !strings.HasPrefix(got, "go run ") || !strings.Contains(got, want) || !strings.HasSuffix(got, `'it'\''s'`) {
		t.Error(got)
	}
}
