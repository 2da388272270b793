//go:build linux

package node_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"simdb.dev/internal/scratch"
	"simdb.dev/simdb"
	"simdb.dev/simdb/node"
)

// The test binary plays the other processes.
const roleEnv = "SIMDB_NODE_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleEnv)
	if role == "" {
		os.Exit(m.Run())
	}
	go func() { // the parent holds the other end
		os.Stdin.Read(make([]byte, 1))
		os.Exit(3)
	}()
	if err := play(role, os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// play runs a node until its queue is at its end. What is peculiar to a role happens once, to whoever comes first to that point.
func play(role, region string) error {
	db, err := simdb.OpenPath(region, simdb.Options{MustExist: true})
	if err != nil {
		return err
	}
	first := func(role2 string) bool {
		if role != role2 {
			return false
		}
		_, err := db.CompareAndSwap([]byte("there"), simdb.Version{}, []byte(strconv.Itoa(os.Getpid())))
		return err == nil
	}
	n := node.New(func(in iter.Seq[uint64]) iter.Seq2[uint64, error] {
		return func(yield func(uint64, error) bool) {
			for v := range in {
				if v == half && first("inside") {
					select {}
				}
				if !yield(v, nil) {
					return
				}
			}
			if role == "published" {
				_ = db.PutString("called", "")
			}
		}
	}, "in", node.ToQueue[uint64]("out", simdb.QueueOptions{}))
	o := node.Options{End: node.WhenThere(db, "closed")}
	if err := n.Run(context.Background(), db, o); err != nil {
		return err
	}
	return db.Close()
}

const (
	elementsN = 2000
	half      = elementsN / 2
)

type process struct {
	cmd  *exec.Cmd
	done chan error
}

func start(t *testing.T, role string, db *simdb.DB) *process {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	p := &process{cmd: exec.Command(exe, db.Path()), done: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), roleEnv+"="+role)
	p.cmd.Stdout, p.cmd.Stderr = os.Stderr, os.Stderr
	hold, err := p.cmd.StdinPipe()
	must(t, err)
	must(t, p.cmd.Start())
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { p.kill(); hold.Close() })
	return p
}

// kill returns when the process is gone with its locks.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.done <- <-p.done
}

func (p *process) finish(ctx context.Context, t *testing.T) {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		must(t, err)
	case <-ctx.Done():
		t.Fatal("a node hangs")
	}
}

func openShared(t *testing.T) *simdb.DB {
	t.Helper()
	db, err := simdb.OpenPath(filepath.Join(scratch.InTest(t, simdb.DefaultDir), "region"), simdb.Options{BlockSize: 128, BlockCount: 20_000})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// times counts how often each result is there.
func times(t *testing.T, got []uint64) map[uint64]int {
	t.Helper()
	n := map[uint64]int{}
	for _, v := range got {
		if v >= elementsN {
			t.Errorf("%d was never pushed", v)
		}
		n[v]++
	}
	for v := range uint64(elementsN) {
		if n[v] == 0 {
			t.Errorf("element %d was never processed", v)
		}
	}
	return n
}

// TestProcesses: processes share a queue; each element is processed by one of them.
func TestProcesses(t *testing.T) {
	db, ctx := openShared(t), within(t)
	children := []*process{start(t, "plain", db), start(t, "plain", db)}
	push(t, db, "in", upTo(elementsN)...)
	must(t, db.PutString("closed", ""))
	for _, c := range children {
		c.finish(ctx, t)
	}
	for v, n := range times(t, drain[uint64](t, db, "out")) {
		if n != 1 {
			t.Errorf("element %d was processed %d times", v, n)
		}
	}
	done(t, db, "in")
}

// TestKillInside kills the one of two processes that has come to a certain element, in the middle of a batch. The other processes it and the rest of that batch.
func TestKillInside(t *testing.T) {
	db, ctx := openShared(t), within(t)
	children := map[string]*process{}
	for range 2 {
		c := start(t, "inside", db)
		children[strconv.Itoa(c.cmd.Process.Pid)] = c
	}
	push(t, db, "in", upTo(elementsN)...)
	must(t, db.PutString("closed", ""))
	_, err := db.Wait(ctx, []byte("there"), simdb.Version{})
	must(t, err)
	victim, err := db.GetString("there")
	must(t, err)
	children[victim].kill()
	for pid, c := range children {
		if pid != victim {
			c.finish(ctx, t)
		}
	}
	for v, n := range times(t, drain[uint64](t, db, "out")) {
		if n != 1 { // nothing of the killed batch was published
			t.Errorf("element %d was processed %d times", v, n)
		}
	}
	done(t, db, "in")
	peersAreGone(t, db)
}

// TestKillPublishing kills a process that has called the function, and waits for room to publish. Nothing of it is acknowledged.
func TestKillPublishing(t *testing.T) {
	db, ctx := openShared(t), within(t)
	out := queue(t, db, "out", simdb.QueueOptions{Limit: simdb.MinBatch})
	must(t, out.Push([]byte("in the way")))
	push(t, db, "in", upTo(elementsN)...)
	must(t, db.PutString("closed", ""))
	victim := start(t, "published", db)
	_, err := db.Wait(ctx, []byte("called"), simdb.Version{})
	must(t, err)
	victim.kill()
	_, err = out.TryPop(nil)
	must(t, err)
	survivor := start(t, "plain", db)
	numbers, err := simdb.NewTyped[uint64](db)
	must(t, err)
	var got []uint64
	for len(got) < elementsN {
		b, err := out.Pop(ctx, nil)
		must(t, err)
		v, err := numbers.Decode(b)
		must(t, err)
		got = append(got, v)
	}
	survivor.finish(ctx, t)
	times(t, got)
	done(t, db, "in")
	peersAreGone(t, db)
}

// peersAreGone looks that the region is in order, and nobody but us is in it.
func peersAreGone(t *testing.T, db *simdb.DB) {
	t.Helper()
	_, err := db.Sweep()
	must(t, err)
	findings, err := db.Check()
	must(t, err)
	s, err := db.Stats()
	must(t, err)
	if len(findings) > 0 || s.Handles != 1 {
		t.Errorf("%d handles, findings: %v", s.Handles, findings)
	}
}
