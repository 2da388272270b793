package main

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asCommandEnv, if set, makes the test binary the command.
const asCommandEnv = "SIMDB_BENCH_TEST_COMMAND"

// TestMain lets the test binary play the workers, and the command of the scripts.
func TestMain(m *testing.M) {
	if os.Getenv(asCommandEnv) != "" || os.Getenv(workerEnv) != "" || os.Getenv(victimEnv) != "" {
		main()
	}
	if socket := os.Getenv(asServerEnv); socket != "" {
		beServer(socket)
	}
	testscript.Main(m, map[string]func(){"bench": main})
}

func TestStatus(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	work, out := t.TempDir(), t.TempDir()
	small := []string{"-quick", "-rounds", "1", "-slice", "1ms", "-only", "^size/1Mi$", "-peers", "memcpy", "-dir", work, "-out", out}
	for _, c := range []struct {
		args []string
		ctx  context.Context
		want int
	}{
		{[]string{"-h"}, t.Context(), 0},
		{[]string{"-nonsense"}, t.Context(), statusUsage},
		{[]string{"-dir", work, "-only", "nothing"}, t.Context(), statusUsage},
		{[]string{"report", "-raw", "nothing.txt"}, t.Context(), statusFailed},
		{small, interrupted, statusInterrupted},
	} {
		if got := run(c.ctx, c.args, io.Discard, io.Discard); got != c.want {
			t.Errorf("%q: status %d, want %d", c.args, got, c.want)
		}
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
