//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simdb.dev/linearize/history"
)

// outcomeOf is what a run has left.
type outcomeOf struct {
	status         int
	stdout, stderr string
	summary        string
	out            string // directory
}

// stress makes a run with small phases and checks that nothing is left behind.
func stress(t *testing.T, args ...string) outcomeOf {
	t.Helper()
	o := outcomeOf{out: t.TempDir()}
	dir := t.TempDir()
	args = append([]string{"-dir", dir, "-out", o.out, "-seed", "1", "-duration", "1s", "-keys", "4,200", "-ops", "5000", "-sizes", "0-1000"}, args...)
	var stdout, stderr bytes.Buffer
	o.status = run(args, &stdout, &stderr)
	o.stdout, o.stderr = stdout.String(), stderr.String()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("left behind: %s", e.Name())
	}
	summary, err := os.ReadFile(filepath.Join(o.out, "summary.txt"))
	if err != nil {
		t.Fatalf("%v; stderr: %s", err, o.stderr)
	}
	o.summary = string(summary)
	return o
}

func (o outcomeOf) has(pattern string) bool {
	paths, err := filepath.Glob(filepath.Join(o.out, pattern))
	return err == nil && len(paths) > 0
}

// TestPass makes runs that pass, and looks whether they did what they say.
func TestPass(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want []string // outcomes that must be among those seen
	}{
		{"pauses", nil, []string{"put full", "insert exists", "putIf mismatch", "getRef stale", "getOrPut ok, was there", "delete not found", "add ok"}},
		{"kills", []string{"-kill", "-ops", "50000"}, nil},
		{"smallest blocks", []string{"-block", "40"}, nil},
		{"largest blocks", []string{"-block", "65536"}, nil},
		{"one client", []string{"-processes", "1", "-goroutines", "1", "-keys", "1"}, nil},
		{"short values", []string{"-sizes", "0-0"}, nil},
		{"values of one size", []string{"-sizes", "5000"}, nil},
		{"reads and counters", []string{"-mix", "get=1,add=1"}, nil},
		{"queues", []string{"-workload", "queue", "-keys", "1,8,200", "-sizes", "16-600"},
			[]string{"push full", "pushBatch ok", "pop empty", "take ok", "claim ok, again", "claim empty", "release ok", "deleteQueue not found"}},
		{"queues, kills", []string{"-workload", "queue", "-keys", "1,8,200", "-sizes", "16-600", "-kill", "-ops", "50000"}, []string{"sweep ok", "claim ok, again"}},
		{"queues, smallest blocks", []string{"-workload", "queue", "-keys", "2", "-sizes", "16", "-block", "72"}, nil},
		{"packs", []string{"-workload", "packs"}, []string{"put full", "insert exists", "putIf mismatch", "getRef ok", "getRef stale", "get ok", "getVersion ok", "getOrPut ok, was there", "delete not found"}},
		{"packs, kills", []string{"-workload", "packs", "-kill", "-ops", "50000"}, nil},
		{"packs, smallest blocks", []string{"-workload", "packs", "-block", "40"}, nil},
		{"packs, largest blocks", []string{"-workload", "packs", "-block", "65536"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := stress(t, c.args...)
			if o.status != 0 || !strings.HasPrefix(o.stdout, "verdict: linearizable, seed 1, ") || strings.Count(o.stdout, "\n") != 1 {
				t.Fatalf("status %d, %s\n%s\n%s", o.status, o.stdout, o.stderr, o.summary)
			}
			if o.has("histories") || o.has("region") || o.has("worker-*") || o.has("round-*") {
				t.Error("a run that passes leaves evidence")
			}
			data, err := os.ReadFile(filepath.Join(o.out, "summary.json"))
			if err != nil {
				t.Fatal(err)
			}
			var sum struct {
				Verdict                             string
				Ops, Rounds, Pauses, Kills, Pending int
				Phases                              []struct {
					Rounds   int
					Outcomes map[string]map[string]int
					Nodes    *nodeTally
				}
			}
			if err := json.Unmarshal(data, &sum); err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			nodes := nodeTally{}
			for _, p := range sum.Phases {
				if p.Nodes != nil {
					nodes = *p.Nodes
				}
				if p.Rounds < 2 {
					t.Errorf("%d rounds in a phase", p.Rounds)
				}
				for op, outs := range p.Outcomes {
					for out, n := range outs {
						seen[op+" "+out] += n
						sum.Ops -= n
					}
				}
			}
			if sum.Verdict != "linearizable" || sum.Ops != 0 || sum.Rounds < 2 {
				t.Errorf("summary: %+v", sum)
			}
			for _, want := range c.want {
				if seen[want] == 0 {
					t.Errorf("no %q in %v", want, seen)
				}
			}
			packs, allOnce := slices.Contains(c.args, "packs"), nodes.Once == nodes.Pushed && nodes.Perhaps+nodes.Again == 0
			if packs != (nodes.Pushed > 0) || !slices.Contains(c.args, "-kill") && !allOnce {
				t.Errorf("nodes: %v", &nodes)
			}
			if kills := slices.Contains(c.args, "-kill"); kills != (sum.Kills > 0) || kills != (sum.Pending > 0) {
				t.Errorf("%d kills, %d operations that never returned", sum.Kills, sum.Pending)
			}
		})
	}
}

// queueArgs make a run on a few queues.
var queueArgs = []string{"-workload", "queue", "-keys", "2", "-sizes", "16-600"}

// TestFaults gives the workers stores with something wrong: each must be seen,
// for the right reason.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault    string
		args     []string
		status   int
		text     string // of the summary
		evidence []string
	}{
		{"mixed", []string{"-workload", "packs"}, 1, "torn value", []string{"violation-1.html", "violation-1.jsonl"}},
		{"short", []string{"-workload", "packs"}, 1, "torn value", []string{"violation-1.html", "violation-1.jsonl"}},
		{"torn", nil, 1, "torn value", []string{"violation-1.html", "violation-1.jsonl", "histories/p1.0.hist"}},
		{"stale", nil, 1, "stale read", []string{"violation-1.html"}},
		{"lost", nil, 1, "lost entry", nil},
		{"dropped", nil, 1, "verdict: violation", []string{"violation-1.html"}},
		{"blind", nil, 1, "the key could only be", nil},
		{"full", nil, 1, "full without cause", nil},
		{"leak", nil, 1, "leaked blocks after every key was deleted: ", []string{"region"}},
		{"ballast", nil, 1, `ballast "ballast-3" is damaged`, []string{"region"}},
		{"foreign", nil, 1, `key "stranger" was never written`, []string{"region"}},
		{"corrupt", nil, 1, "injected at offset 42", []string{"worker-*.stderr"}},
		{"panic", nil, 1, "panic: injected panic", []string{"worker-*.stderr"}},
		{"message lost", queueArgs, 1, "lost message", []string{"violation-1.html", "histories/p1.0.hist"}},
		{"message doubled", queueArgs, 1, "duplicated message", []string{"violation-1.html"}},
		{"message late", queueArgs, 1, "reordered messages", []string{"violation-1.html"}},
		{"message torn", queueArgs, 1, "torn value", nil},
		{"false empty", queueArgs, 1, "false empty", []string{"violation-1.html"}},
		{"batch apart", queueArgs, 1, "reordered messages", nil},
		{"release lost", queueArgs, 1, "lost message", nil},
		{"claim of another", queueArgs, 1, "stale", []string{"worker-*.stderr"}},
		{"ack lost", queueArgs, 1, "redelivery without cause", []string{"violation-1.html"}},
		{"limit without cause", queueArgs, 1, "the queue has 19 messages, its limit is 20", []string{"worker-*.stderr"}},
		{"message leaked", queueArgs, 1, "leaked blocks after every key was deleted: ", []string{"region"}},
		{"unclosed", nil, 1, "handles in use after all workers have closed theirs", nil},
		{"hang", []string{"-hang", "1s"}, 4, "has not finished an operation for 1s", []string{"worker-*.stderr", "region", "histories/p1.0.hist"}},
		{"stop", []string{"-hang", "1s", "-pause=false"}, 4, "has not finished an operation for 1s", []string{"worker-*.stderr", "region"}},
		{"closing", []string{"-hang", "1s"}, 4, "has not closed its handle for 1s", []string{"worker-*.stderr"}},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Setenv(faultEnv, c.fault)
			o := stress(t, c.args...)
			if o.status != c.status || !strings.Contains(o.summary, c.text) {
				t.Errorf("status %d, want %d; want %q in\n%s%s", o.status, c.status, c.text, o.summary, o.stderr)
			}
			for _, pattern := range c.evidence {
				if !o.has(pattern) {
					t.Errorf("no %s", pattern)
				}
			}
		})
	}
}

// TestVolume accounts for a fixed number of messages, with kills and without.
func TestVolume(t *testing.T) {
	const messages = 100_001
	for _, kill := range []bool{false, true} {
		args := []string{"-workload", "queue", "-sizes", "16", "-messages", strconv.Itoa(messages)}
		if kill {
			args = append(args, "-kill")
		}
		o := stress(t, args...)
		if o.status != 0 || !strings.HasPrefix(o.stdout, "verdict: accounted for, seed 1, ") {
			t.Fatalf("status %d, %s\n%s\n%s", o.status, o.stdout, o.stderr, o.summary)
		}
		data, err := os.ReadFile(filepath.Join(o.out, "summary.json"))
		if err != nil {
			t.Fatal(err)
		}
		var sum struct {
			Kills  int
			Volume volumeSummary
		}
		if err := json.Unmarshal(data, &sum); err != nil {
			t.Fatal(err)
		}
		v := sum.Volume
		if v.Messages != messages || v.Again == 0 || kill != (sum.Kills > 0) || !kill && (v.Done != v.Messages || v.Lost+v.Perhaps > 0) {
			t.Errorf("%d kills, %v", sum.Kills, &v)
		}
	}
}

// TestVolumeFaults: the ledger sees what is wrong with one message.
func TestVolumeFaults(t *testing.T) {
	for fault, text := range map[string]string{
		"message lost":     "the queue was found empty, but", // before it is found missing
		"message doubled":  "was delivered twice",
		"message late":     "was delivered after a message that was pushed later",
		"message torn":     "torn message",
		"false empty":      "the queue was found empty, but",
		"release lost":     "messages are missing",
		"claim of another": "stale",
		"ack lost":         "was delivered again after it was done with",
		"message leaked":   "leaked blocks after every key was deleted",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Setenv(faultEnv, fault)
			o := stress(t, "-workload", "queue", "-sizes", "16", "-messages", "100000")
			if o.status != 1 || !strings.Contains(o.summary, text) {
				t.Errorf("status %d, want %q in\n%s%s", o.status, text, o.summary, o.stderr)
			}
		})
	}
}

// TestStacks looks for the function that hangs in what is saved.
func TestStacks(t *testing.T) {
	t.Setenv(faultEnv, "hang")
	o := stress(t, "-hang", "1s")
	paths, err := filepath.Glob(filepath.Join(o.out, "worker-*.stderr"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		stacks, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(stacks, []byte("sleepForEver")) {
			return
		}
	}
	t.Errorf("no stack of sleepForEver in %v", paths)
}

// TestUnknown leaves the check no time.
func TestUnknown(t *testing.T) {
	o := stress(t, "-budget", "1ns")
	if o.status != 3 || !strings.HasPrefix(o.stdout, "verdict: unknown") {
		t.Errorf("status %d, %s", o.status, o.stdout)
	}
}

// TestInterrupt ends a run from outside, a worker being paused or not.
func TestInterrupt(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Second, func() {
		if err := self.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	})
	defer timer.Stop()
	o := stress(t, "-duration", "1m")
	if o.status != 3 || !strings.Contains(o.summary, "interrupted") {
		t.Errorf("status %d, %s", o.status, o.summary)
	}
}

// TestKeep checks that a kept history can be read again, and is the whole one.
func TestKeep(t *testing.T) {
	o := stress(t, "-keep", "-keys", "4")
	paths, err := filepath.Glob(filepath.Join(o.out, "round-1", "*.hist"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := history.ReadFile(paths...)
	if err != nil {
		t.Fatal(err)
	}
	if want := 4*2*5000 + 4; len(h.Ops) != want {
		t.Errorf("%d operations, want %d", len(h.Ops), want)
	}
}

// TestUsage checks that what makes no sense is refused, with a word about it.
func TestUsage(t *testing.T) {
	for _, args := range []string{
		"extra", "-processes 0", "-goroutines 0", "-processes 100 -goroutines 100", "-duration 0s", "-workload nothing",
		"-keys 0", "-keys x", "-keys 5,", "-sizes 5-4", "-sizes -1", "-sizes 0-x", "-mix frobnicate=1", "-mix get=-1", "-mix get",
		"-mix push=1", "-mix get=0", "-block 41", "-block 8", "-ops 0", "-workload queue -sizes 0-100", "-workload queue -block 64", "-workload queue -mix get=1", "-workload queue -mix queueLen=1", "-messages 5", "-workload queue -messages 5 -processes 1 -goroutines 1", "-kills -1", "-kills 100", "-budget 0s", "-hang 0s", "-dir /nowhere",
	} {
		var stdout, stderr bytes.Buffer
		status := run(append([]string{"-out", t.TempDir()}, strings.Fields(args)...), &stdout, &stderr)
		if status != statusUsage || stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%s: status %d, stdout %q, stderr %q", args, status, stdout.String(), stderr.String())
		}
	}
}
