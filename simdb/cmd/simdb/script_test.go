package main

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"simdb.dev/internal/scratch"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"simdb": main}) }

// TestScripts runs the transcripts in testdata, which are documentation too: each has a directory for named regions of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			dir, err := scratch.New("/dev/shm", "simdbtest")
			if err != nil {
				return err
			}
			e.Defer(func() { dir.Remove() })
			e.Setenv(dirVariable, dir.Path)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "until": until, "session": session,
		},
	})
}

// status N COMMAND... runs a command that must end with status N, whatever it prints. stdout and stderr look at that, as after exec.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

// until PATTERN COMMAND... runs a command again and again until its standard output matches.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until pattern command...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if out := ts.ReadFile("stdout"); pattern.MatchString(out) {
			return
		} else if time.Now().After(deadline) {
			ts.Fatalf("%s never matched; last: %v\n%s", args[0], err, fmt.Sprint(out, ts.ReadFile("stderr")))
		}
	}
}
