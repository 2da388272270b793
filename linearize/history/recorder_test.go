//go:build linux

package history

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"simdb.dev/model"
)

// The test binary plays the process that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv("HISTORY_TEST_VICTIM"); path != "" {
		victim(path)
	}
	os.Exit(m.Run())
}

// victim records one whole operation, begins another, and is killed in it.
func victim(path string) {
	r, err := Create(path, Client{Process: 7, ID: 2}, 100)
	if err != nil {
		panic(err)
	}
	r.Call(5, model.Input{Op: model.Put, Value: 1, Len: 10})
	r.Return(model.Output{Outcome: model.OK, Version: 3})
	r.Call(5, model.Input{Op: model.PushBatch, Batch: []uint64{2, 3}})
	os.Stdout.WriteString("ready\n")
	select {}
}

// samples has every operation, with results that fill every field.
func samples() (ops []Op) {
	id := uint64(100)
	for kind := model.Get; kind <= model.DeleteQueue; kind++ {
		if kind == model.Release {
			continue
		}
		op := Op{Client: Client{3, 1}, In: model.Input{Op: kind, Process: 3}, Out: model.Output{Outcome: model.OK}}
		for range op.Writes() {
			id++
			op.In.Value, op.In.Len = id, 64
		}
		switch kind {
		case model.Get, model.GetVersion, model.GetRef, model.Len:
			op.Out.Len = 64
		case model.GetOrPut:
			op.Out.Again, op.Out.Len = true, 64
		case model.Claim:
			op.Out.Again = true
		case model.Ack:
			op.In.Value = 7
		case model.Add:
			op.In.Value = 1<<64 - 1 // -1
		case model.PushBatch:
			op.In.Batch = []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9}
		case model.Take:
			op.In.Value, op.Out.Batch = 64, []uint64{1, 2}
		case model.Sweep:
			op.In.Process = 9
		}
		switch kind {
		case model.GetRef, model.PutIf:
			op.In.Version = 1 << 63
		}
		switch kind {
		case model.Get, model.GetVersion, model.GetRef, model.GetOrPut, model.Update, model.Add,
			model.Pop, model.Claim, model.QueueLen:
			op.Out.Value = 1<<64 - 1
		}
		switch kind {
		case model.GetVersion, model.Put, model.Add, model.Update:
			op.Out.Version = 77
		}
		ops = append(ops, op)
	}
	return ops
}

var unplaced = cmp.Options{cmpopts.IgnoreUnexported(History{}), cmpopts.IgnoreFields(Op{}, "Call", "Return", "Line"), cmpopts.EquateEmpty()}

func TestRecorderKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hist")
	r, err := Create(path, Client{3, 1}, 200)
	if err != nil {
		t.Fatal(err)
	}
	want := samples()
	for _, op := range want {
		if !r.Call(42, op.In) {
			t.Fatal("no room")
		}
		r.Return(op.Out)
	}
	if !r.Crash(-5) {
		t.Fatal("no room")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if want[i].In.Op == model.GetOrPut {
			want[i].In.Len = 64
		}
	}
	if d := cmp.Diff(want, got.Ops, unplaced); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(got.Clock, "monotonic ") || len(got.Keys) != 1 || got.Keys[0] != "42" {
		t.Errorf("clock %q, keys %q", got.Clock, got.Keys)
	}
	if len(got.Crashes) != 1 || got.Crashes[0].Process != -5 {
		t.Errorf("crashes %v", got.Crashes)
	}

	// The same through JSON lines.
	var text bytes.Buffer
	if err := got.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	again, err := Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, again, cmpopts.IgnoreUnexported(History{}), cmpopts.IgnoreFields(Op{}, "Line"), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

// TestKilledProcessLeavesItsCall kills a process in the middle of an operation.
func TestKilledProcessLeavesItsCall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "victim.hist")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HISTORY_TEST_VICTIM="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	h, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Op{
		{Client: Client{7, 2}, In: model.Input{Op: model.Put, Process: 7, Value: 1, Len: 10}, Out: model.Output{Outcome: model.OK, Version: 3}},
		{Client: Client{7, 2}, In: model.Input{Op: model.PushBatch, Process: 7, Batch: []uint64{2, 3}}},
	}
	if d := cmp.Diff(want, h.Ops, unplaced); d != "" {
		t.Error(d)
	}
	if h.Ops[0].Pending() || !h.Ops[1].Pending() {
		t.Errorf("%v; %v: only the second is pending", &h.Ops[0], &h.Ops[1])
	}
}

// TestKillBetweenAnyTwoStores reads the file as a kill would leave it after
// each of the words that an operation stores.
func TestKillBetweenAnyTwoStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hist")
	r, err := Create(path, Client{1, 0}, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Call(1, model.Input{Op: model.Take, Value: 8})
	r.Return(model.Output{Outcome: model.OK, Batch: []uint64{4, 5}})
	whole := bytes.Clone(r.m.bytes)
	record := whole[recordSize : 2*recordSize]
	for _, tt := range []struct {
		lack    []int // words not stored yet
		ops     int
		pending bool
	}{
		{[]int{wCall, wReturn, wHead, wKey, wValue}, 0, false},
		{[]int{wCall, wReturn}, 0, false},
		{[]int{wReturn, wOutValue, wOutVersion}, 1, true},
		{[]int{wReturn}, 1, true},
		{nil, 1, false},
	} {
		file := bytes.Clone(whole)
		for _, w := range tt.lack {
			clear(file[recordSize+w*8 : recordSize+w*8+8])
		}
		h, err := Read(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("without words %v: %v (record %x)", tt.lack, err, record)
		}
		if len(h.Ops) != tt.ops || tt.ops == 1 && h.Ops[0].Pending() != tt.pending {
			t.Errorf("without words %v: %v", tt.lack, h.Ops)
		}
	}
}

func TestRecorderIsFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.hist")
	r, err := Create(path, Client{}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if r.Call(1, model.Input{Op: model.PushBatch, Batch: make([]uint64, 17)}) {
		t.Error("a batch of four records fits into three")
	}
	if !r.Call(1, model.Input{Op: model.PushBatch, Batch: make([]uint64, 16)}) || r.Room() {
		t.Error("a batch of three records does not fill three")
	}
	r.Return(model.Output{Outcome: model.OK})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, Client{}, 3); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating over a history: %v", err)
	}
}

func TestClockIsMonotonic(t *testing.T) {
	for range 1000 {
		var before, after unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &before)
		t0 := now()
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &after)
		if t0 < before.Nano() || t0 > after.Nano() {
			t.Fatalf("now %d is not between %d and %d", t0, before.Nano(), after.Nano())
		}
	}
	a := now()
	time.Sleep(time.Millisecond)
	if b := now(); b-a < int64(time.Millisecond) {
		t.Errorf("1 ms took %d ns", b-a)
	}
}

func BenchmarkRecord(b *testing.B) {
	const capacity = 1 << 16
	path := filepath.Join(b.TempDir(), "a.hist")
	r, err := Create(path, Client{}, capacity)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	b.ReportAllocs()
	in := model.Input{Op: model.Put, Value: 1, Len: 64}
	out := model.Output{Outcome: model.OK, Version: 1}
	for b.Loop() {
		if !r.Room() {
			r.next = words
		}
		r.Call(1, in)
		r.Return(out)
	}
}
