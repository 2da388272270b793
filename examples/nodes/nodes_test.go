//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"simdb.dev/simdb"
)

// The test binary plays the program, and so the program's children.
const mainEnv = "SIMDB_NODES_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is a run. Its outputs are pipes that its children have, too: it has ended when all of them have.
type program struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: exec.Command(exe, args...)}
	p.cmd.Env = append(os.Environ(), mainEnv+"=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) wait(t *testing.T) error {
	t.Helper()
	late := time.AfterFunc(2*mostTime, func() { panic("processes of the example are left") })
	defer late.Stop()
	return p.cmd.Wait()
}

// regions are the files of this example in the shared-memory file system.
func regions(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(simdb.DefaultDir, "simdb-nodes-*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestTranscript runs what the transcript shows, and looks whether the README shows the same.
func TestTranscript(t *testing.T) {
	transcript, err := os.ReadFile("testdata/transcript.txt")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, append([]byte("```console\n"), append(transcript, "```\n"...)...)) {
		t.Error("the README shows another transcript")
	}
	before := regions(t)
	for _, shown := range strings.Split(string(transcript), "$ ")[1:] {
		command, want, _ := strings.Cut(shown, "\n")
		args, ok := strings.CutPrefix(command, "go run ./examples/nodes")
		if !ok {
			t.Errorf("%q is no run of this example", command)
		}
		p := start(t, strings.Fields(args)...)
		if err := p.wait(t); err != nil || p.stdout.String() != want || p.stderr.Len() > 0 {
			t.Errorf("%s: %v\n%s%s", command, err, &p.stdout, &p.stderr)
		}
	}
	if now := regions(t); !slices.Equal(before, now) {
		t.Errorf("regions are left: %q, before %q", now, before)
	}
}

// TestEnded ends the program when all its children run: nothing of it is left.
func TestEnded(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		before := regions(t)
		p := startComplete(t)
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := p.wait(t); err == nil {
			t.Errorf("%v: ended well\n%s", sig, &p.stdout)
		}
		if now := regions(t); !slices.Equal(before, now) {
			t.Errorf("%v: regions are left: %q, before %q", sig, now, before)
		}
	}
}

// startComplete starts the program until it is seen with all its children: a run is short.
func startComplete(t *testing.T) *program {
	t.Helper()
	for range 20 {
		p := start(t)
		for !p.ended() {
			if p.complete(t) {
				return p
			}
		}
		if err := p.wait(t); err != nil {
			t.Fatalf("%v\n%s%s", err, &p.stdout, &p.stderr)
		}
	}
	t.Fatal("not seen with all its children")
	return nil
}

// ended says whether the program has ended and waits for us.
func (p *program) ended() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	return err != nil || bytes.Contains(stat, []byte(") Z "))
}

// complete says whether the program has its four children.
func (p *program) complete(t *testing.T) bool {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range tasks {
		list, _ := os.ReadFile(path) // the thread may be gone
		n += len(strings.Fields(string(list)))
	}
	return n == 4
}
