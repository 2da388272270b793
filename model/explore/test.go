package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"simdb.dev/model/explore/atomic"
)

// Environment variables that Test heeds; they take precedence over options.
const (
	envReplay = "EXPLORE_REPLAY" // a schedule to execute instead of exploring
	envBudget = "EXPLORE_BUDGET" // a duration: see Budget
	envSeed   = "EXPLORE_SEED"   // a number: see Seed
)

// Test explores a scenario and fails t unless the verdict is Passed: an incomplete exploration is no pass.
//
// A failure is saved as a file in reports/explore at the root of the module (or see [Dir]), and is executed first the next time; a pass removes the file.
// The environment variables EXPLORE_BUDGET and EXPLORE_SEED set the options of these names, EXPLORE_REPLAY executes the schedule that it holds.
func Test(t testing.TB, sc *Scenario, opts ...Option) *Result {
	t.Helper()
	if sc.Name == "" {
		named := *sc
		named.Name = t.Name()
		sc = &named
	}
	opts = append([]Option{Progress(os.Stderr), Dir(defaultDir())}, opts...)
	fromEnv, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	opts = append(opts, fromEnv...)
	r, err := runSaved(sc, opts)
	if err != nil {
		t.Fatal(err)
	}
	if r.Replayed != "" {
		t.Logf("replayed:\n%s", r.Replayed)
	}
	if r.Verdict == Passed {
		t.Log(r)
		return r
	}
	again := ""
	if r.Failure != nil && r.Failure.Schedule != "" {
		again = "again: " + command(t.Name(), r.Failure.Schedule)
	}
	t.Errorf("%v%s", r, again)
	return r
}

// runSaved executes the saved failure of a scenario, if there is one, before it explores, and keeps the file up to date.
func runSaved(sc *Scenario, opts []Option) (*Result, error) {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	if o.dir == "" || o.strategy == byReplay {
		return Run(sc, opts...)
	}
	file := filepath.Join(o.dir, fileName(sc.Name))
	if schedule, ok := readSchedule(file); ok {
		r, err := Run(sc, append(opts, Replay(schedule))...)
		if err == nil && r.Failure != nil {
			r.Coverage = "failed again by the saved schedule of " + file
			r.Replayed = ""
			return r, nil
		}
	}
	r, err := Run(sc, opts...)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Verdict == Passed:
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	case r.Failure != nil && r.Failure.Schedule != "":
		if err := os.MkdirAll(o.dir, 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(r.Failure.Schedule+"\n\n"+r.String()), 0o644); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// readSchedule is the first line of a file.
func readSchedule(file string) (string, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line, line != ""
}

var notInFileNames = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)

func fileName(scenario string) string {
	return notInFileNames.ReplaceAllString(scenario, "-") + ".schedule"
}

func environment() (opts []Option, err error) {
	if v := os.Getenv(envBudget); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", envBudget, err)
		}
		opts = append(opts, Budget(d))
	}
	if v := os.Getenv(envSeed); v != "" {
		seed, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", envSeed, err)
		}
		opts = append(opts, Seed(seed))
	}
	if v := os.Getenv(envReplay); v != "" {
		opts = append(opts, Replay(v))
	}
	return opts, nil
}

// moduleRoot is the folder of go.mod above the working directory, which for a test is that of its package.
func moduleRoot() (root, pkg string) {
	dir, err := os.Getwd()
	if err != nil {
		return ".", "."
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			rel, err := filepath.Rel(at, dir)
			if err != nil {
				return dir, "."
			}
			return at, "./" + filepath.ToSlash(rel)
		}
		if at == filepath.Dir(at) {
			return dir, "."
		}
	}
}

func defaultDir() string {
	root, _ := moduleRoot()
	return filepath.Join(root, "reports", "explore")
}

// command replays a schedule of a test.
func command(test, schedule string) string {
	_, pkg := moduleRoot()
	levels := strings.Split(test, "/")
	for i, l := range levels {
		levels[i] = "^" + regexp.QuoteMeta(l) + "$"
	}
	tags := ""
	if atomic.Explored {
		tags = "-tags explore "
	}
	return fmt.Sprintf("%s='%s' go test %s-count=1 -v -run '%s' %s", envReplay, schedule, tags, strings.Join(levels, "/"), pkg)
}
