package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"simdb.dev/internal/scratch"
)

// How a run ends early must not be seen on the machine afterwards: no process, no file.

// benchRun is a run that has begun to measure.
type benchRun struct {
	cmd    *exec.Cmd
	work   string
	stderr *strings.Builder
	read   chan struct{} // closed at the end of stderr
}

// beginRun starts the test binary as the command, in a directory of its own, and returns once its workers and server are there.
func beginRun(t *testing.T, work string) *benchRun {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-quick", "-rounds", "1000", "-only", "^ycsb$", "-peers", "simdb,memcached-64", "-dir", work, "-out", t.TempDir())
	cmd.Env = append(os.Environ(), asCommandEnv+"=1")
	errPipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &benchRun{cmd: cmd, work: work, stderr: new(strings.Builder), read: make(chan struct{})}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	measuring := make(chan struct{})
	go func() {
		defer close(r.read)
		for lines := bufio.NewScanner(errPipe); lines.Scan(); {
			r.stderr.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "1000 rounds") {
				close(measuring)
			}
		}
	}()
	select {
	case <-measuring:
	case <-r.read:
		t.Fatalf("the run ended: %s", r.stderr)
	case <-time.After(time.Minute):
		t.Fatal("the run does not begin")
	}
	return r
}

// end waits for the end of the run and gives its status, -1 if it was killed.
func (r *benchRun) end(t *testing.T) int {
	t.Helper()
	<-r.read
	err := r.cmd.Wait()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return r.cmd.ProcessState.ExitCode()
}

// using lists the processes that have the directory in their command line or mappings: workers map regions there, servers are told a socket.
func using(t *testing.T, dir string) []int {
	t.Helper()
	var list []int
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		for _, file := range []string{"cmdline", "maps"} {
			text, err := os.ReadFile(filepath.Join("/proc", e.Name(), file)) // it may have ended
			if err == nil && strings.Contains(string(text), dir) && !slices.Contains(list, pid) {
				list = append(list, pid)
			}
		}
	}
	return list
}

// noneLeft waits until nobody uses the directory any more: the kernel kills the children of a killed process soon, not at once.
func noneLeft(t *testing.T, dir string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := using(t, dir)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("processes %v are left", left)
		}
	}
}

func entriesOf(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestInterrupt(t *testing.T) {
	work := t.TempDir()
	r := beginRun(t, work)
	if n := len(using(t, work)); n < 2 { // more where there is a memcached
		t.Fatalf("only %d process at work", n)
	}
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := r.end(t); status != statusInterrupted || !strings.Contains(r.stderr.String(), "interrupted") {
		t.Errorf("status %d, want %d; it said %s", status, statusInterrupted, r.stderr)
	}
	if left := using(t, work); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	if left := entriesOf(t, work); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// A worker that dies ends the run with its name.
func TestWorkerDies(t *testing.T) {
	work := t.TempDir()
	r := beginRun(t, work)
	var worker int
	for _, pid := range using(t, work) {
		if exe, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "exe")); exe != "" && pid != r.cmd.Process.Pid && !strings.Contains(exe, "memcached") {
			worker = pid
		}
	}
	if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := r.end(t); status != statusFailed || !strings.Contains(r.stderr.String(), "worker ended: signal: killed") {
		t.Errorf("status %d, want %d; it said %s", status, statusFailed, r.stderr)
	}
	if left := using(t, work); len(left) > 0 {
		t.Errorf("processes %v are left", left)
	}
	if left := entriesOf(t, work); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// A run that is killed leaves its directory, and no process; the next one removes it, but not that of a run that goes on.
func TestKilled(t *testing.T) {
	work := t.TempDir()
	r := beginRun(t, work)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	r.end(t)
	noneLeft(t, work)
	if left := entriesOf(t, work); len(left) != 1 {
		t.Fatalf("%v is left of one run", left)
	}
	other := beginRun(t, work)
	if left := entriesOf(t, work); len(left) != 1 {
		t.Errorf("%v is there of one run", left)
	}
	third, err := scratch.New(work, "simdb-bench-")
	if err != nil {
		t.Fatal(err)
	}
	third.Remove()
	if left := entriesOf(t, work); len(left) != 1 {
		t.Errorf("%v is there of one run, after another ended", left)
	}
	if err := other.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := other.end(t); status != statusInterrupted {
		t.Errorf("status %d", status)
	}
}

// All threads of a pinned process run where they are told, and the one that started it is free again.
func TestPinned(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := processors()
	cpu := before[len(before)-1]
	cmd := exec.Command("grep", "Cpus_allowed_list", "/proc/self/status")
	var out strings.Builder
	cmd.Stdout = &out
	if err := startPinned(cmd, cpu); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if fields := strings.Fields(out.String()); len(fields) != 2 || fields[1] != strconv.Itoa(cpu) {
		t.Errorf("pinned to processor %d: %s", cpu, out.String())
	}
	if after := processors(); !slices.Equal(before, after) {
		t.Errorf("this thread may use %v, want %v", after, before)
	}
}
