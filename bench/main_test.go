package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary play the workers, and the command of the scripts.
func TestMain(m *testing.M) {
	if os.Getenv(workerEnv) != "" || os.Getenv(victimEnv) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"bench": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
