package main

import (
	"testing"
	"time"
)

// slowSource takes its time to prepare a batch; instant does nothing.
type slowSource struct{}

const slow = 2 * time.Millisecond

func (slowSource) fill(b *batch) int {
	for end := now() + int64(slow); now() < end; {
	}
	b.add(opGet, keyOf(1), true)
	return 1
}

type instant struct{}

func (instant) do(b *batch) (int, error) { return b.present, nil }
func (instant) close() error             { return nil }

// Preparing is not counted, but where processes share processors it is.
func TestTimeOfPreparing(t *testing.T) {
	for _, wall := range []bool{false, true} {
		j := &tableJob{spec: &spec{Wall: wall}, table: instant{}}
		r, err := j.throughput(&slice{For: 10 * time.Millisecond}, slowSource{})
		if err != nil {
			t.Fatal(err)
		}
		if perOp := r.Busy / time.Duration(r.Ops); wall != (perOp >= slow) {
			t.Errorf("wall %v: %v an operation", wall, perOp)
		}
	}
}

// lying finds less than is there.
type lying struct{ instant }

func (lying) do(b *batch) (int, error) { return b.present - 1, nil }

func TestMissingKeyIsAnError(t *testing.T) {
	j := &tableJob{spec: &spec{}, table: lying{}, sources: map[string]source{"get": gets{newKeyspace(10)}}}
	for _, task := range []string{"get", "latency:get"} {
		if _, err := j.run(&slice{Task: task, For: time.Millisecond}); err == nil {
			t.Errorf("%s: a key that is not there is no error", task)
		}
	}
	if _, err := j.run(&slice{Task: "nonsense"}); err == nil {
		t.Error("a task that there is not")
	}
}
