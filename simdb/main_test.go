package simdb

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"simdb.dev/internal/scratch"
)

// The test binary plays the other processes: started with roleEnv set it runs that role instead of the tests.
const roleEnv = "SIMDB_TEST_ROLE"

// childLimit ends a child whose parent is gone. No test waits for it.
const childLimit = 2 * time.Minute

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		time.AfterFunc(childLimit, func() { os.Exit(3) })
		roles[role](os.Args[1:])
		return
	}
	flag.Parse()
	setDefault("rapid.steps", "100") // long enough for blocks to be reused and to wear out
	if raceEnabled {
		setDefault("rapid.steps", "50")
		setDefault("rapid.checks", "30") // one goroutine has no races; the detector makes it ten times slower
	}
	os.Exit(m.Run())
}

// setDefault sets a flag that the command line left alone.
func setDefault(name, value string) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if !given {
		flag.Lookup(name).Value.Set(value)
	}
}

// roles are what a child can play. Each test file adds its own.
var roles = map[string]func(args []string){}

// child is a forked process that plays a role.
type child struct {
	t      testing.TB
	cmd    *exec.Cmd
	output bytes.Buffer
	done   chan error
}

func startChild(t testing.TB, role string, args ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	c := &child{t: t, cmd: exec.Command(exe, args...), done: make(chan error, 1)}
	c.cmd.Env = append(os.Environ(), roleEnv+"="+role)
	c.cmd.Stdout, c.cmd.Stderr = &c.output, &c.output
	must(t, c.cmd.Start())
	go func() { c.done <- c.cmd.Wait() }()
	t.Cleanup(c.kill)
	return c
}

// finish waits for the child to end well. A child that does not is a hang: it prints its stacks.
func (c *child) finish(ctx context.Context) {
	c.t.Helper()
	select {
	case err := <-c.done:
		c.done <- err
		if err != nil {
			c.t.Fatalf("child: %v\n%s", err, &c.output)
		}
	case <-ctx.Done():
		c.hung()
	}
}

// ended says whether the child is gone.
func (c *child) ended() bool {
	select {
	case err := <-c.done:
		c.done <- err
		return true
	default:
		return false
	}
}

func (c *child) hung() {
	c.t.Helper()
	c.cmd.Process.Signal(syscall.SIGQUIT)
	c.done <- <-c.done
	c.t.Fatalf("child hangs\n%s", &c.output)
}

// kill ends the child wherever it is, and waits until the kernel has let go of its locks.
func (c *child) kill() {
	c.cmd.Process.Kill()
	c.done <- <-c.done
}

// board is a page of words that parent and children share beside the region: what they were told and how far they are.
type board struct {
	mem
	path string
}

const boardSize = 1 << 16

func newBoard(t testing.TB) *board {
	t.Helper()
	path := filepath.Join(t.TempDir(), "board")
	must(t, os.WriteFile(path, make([]byte, boardSize), 0o600))
	b, err := openBoard(path)
	must(t, err)
	return b
}

func openBoard(path string) (*board, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := unix.Mmap(int(f.Fd()), 0, boardSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return &board{mem: newMem(m), path: path}, err
}

// The first words of a board; the rest is the test's.
const (
	boardReady = 8 * iota // children that are ready to begin
	boardGo               // 1: begin, 2: end
	boardRest
)

// ready says that this child is, and waits for the others.
func (b *board) ready() {
	b.add(boardReady, 1)
	for b.load(boardGo) == 0 {
		runtime.Gosched()
	}
}

func (b *board) ended() bool { return b.load(boardGo) == 2 }

// begin lets n children begin at once.
func (b *board) begin(ctx context.Context, t testing.TB, n uint64, children ...*child) {
	t.Helper()
	for b.load(boardReady) < n {
		for _, c := range children {
			if c.ended() {
				t.Fatalf("child ended early\n%s", &c.output)
			}
		}
		if ctx.Err() != nil {
			t.Fatal("children are not ready in time")
		}
		runtime.Gosched()
	}
	b.store(boardGo, 1)
}

func (b *board) end() { b.store(boardGo, 2) }

// fatal ends a child that found something wrong.
func fatal(format string, args ...any) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

func fatalIf(err error) {
	if err != nil {
		fatal("%v", err)
	}
}

// fataler is what testing.TB and rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shmPath is a path for a region in the shared-memory file system, in a directory that goes with the test.
func shmPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(scratch.InTest(t, DefaultDir), "region")
}
