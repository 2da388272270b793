package explore

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder is a test that is told what Test has to say.
type recorder struct {
	testing.TB
	errors, logs []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Name() string              { return "TestX/sub test" }
func (r *recorder) Log(args ...any)           { r.logs = append(r.logs, fmt.Sprint(args...)) }
func (r *recorder) Logf(f string, a ...any)   { r.logs = append(r.logs, fmt.Sprintf(f, a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(f, a...)) }
func (r *recorder) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }

func TestFailureIsSavedAndRunsFirst(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "counter.schedule")
	m := newMemory(1)

	first := &recorder{}
	Test(first, counter(m, false, 3), Dir(dir))
	if len(first.errors) != 1 || !strings.Contains(first.errors[0], "EXPLORE_REPLAY='a.b2.a/-c0' go test ") ||
		!strings.Contains(first.errors[0], "-run '^TestX$/^sub test$' ./model/explore") {
		t.Fatalf("%q", first.errors)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(text), "a.b2.a/-c0\n") || !strings.Contains(string(text), "step │ p0") {
		t.Fatalf("saved %s, %v", text, err)
	}

	second := &recorder{}
	r := Test(second, counter(m, false, 3), Dir(dir))
	if r.Executions != 1 || len(second.errors) != 1 || !strings.Contains(second.errors[0], "failed again by the saved schedule of "+file) {
		t.Errorf("%q", second.errors)
	}

	fixed := &recorder{}
	wantPass(t, Test(fixed, counter(m, true, 3), Dir(dir)))
	if len(fixed.errors) != 0 {
		t.Errorf("%q", fixed.errors)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	m := newMemory(1)
	t.Setenv(envReplay, "a2.b2.c2")
	rec := &recorder{}
	r := Test(rec, counter(m, false, 3), Dir(""))
	if r.Verdict != Passed || r.Executions != 1 || len(rec.logs) == 0 || !strings.Contains(rec.logs[0], "step │ p0") {
		t.Errorf("%v %q", r, rec.logs)
	}
	t.Setenv(envReplay, "a.b")
	rec = &recorder{}
	Test(rec, counter(m, false, 3), Dir(""))
	if len(rec.errors) != 1 {
		t.Errorf("the replayed schedule fails, %q", rec.errors)
	}
	t.Setenv(envReplay, "")
	t.Setenv(envBudget, "1ns")
	t.Setenv(envSeed, "7")
	rec = &recorder{}
	r = Test(rec, counter(m, true, 6), Dir(""), PCT(2, 1000))
	if r.Verdict != Incomplete || len(rec.errors) != 1 || !strings.Contains(rec.errors[0], "seed 7") {
		t.Errorf("%v %q", r, rec.errors)
	}
}
