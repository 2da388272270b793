package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// child is a worker process as the driver sees it. It belongs to the driver's goroutine.
type child struct {
	cmd    *exec.Cmd
	input  io.Closer
	orders *json.Encoder
	notes  <-chan note // closed at its end
	stderr *strings.Builder
}

// startWorker starts this binary as a worker, pinned to a processor unless cpu is negative.
func startWorker(s *spec, cpu int) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self), stderr: new(strings.Builder)}
	c.cmd.Env = append(os.Environ(), workerEnv+"=1")
	c.cmd.Stderr = c.stderr
	input, err1 := c.cmd.StdinPipe()
	output, err2 := c.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if err := startPinned(c.cmd, cpu); err != nil {
		return nil, err
	}
	c.input, c.orders = input, json.NewEncoder(input)
	notes := make(chan note)
	c.notes = notes
	go func() {
		defer close(notes)
		for dec := json.NewDecoder(output); ; {
			var n note
			if dec.Decode(&n) != nil {
				return
			}
			notes <- n
		}
	}()
	_ = c.orders.Encode(order{Start: s}) // a worker that is gone is noticed by hear
	return c, nil
}

// errGone is the end of a worker that still had something to say.
var errGone = errors.New("worker ended")

// hear waits for what the worker says next. A worker that says nothing for the time a slice may take, and much longer, hangs.
func (c *child) hear(stop <-chan struct{}, limit time.Duration) (note, error) {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case n, ok := <-c.notes:
		switch {
		case !ok:
			_ = c.cmd.Wait()
			return n, fmt.Errorf("%w: %v; it said: %s", errGone, c.cmd.ProcessState, c.stderr)
		case n.Failed != "":
			return n, errors.New(n.Failed)
		}
		return n, nil
	case <-late.C:
		return note{}, fmt.Errorf("worker has said nothing for %v", limit)
	case <-stop:
		return note{}, errInterrupted
	}
}

// dismiss lets the worker end in order.
func (c *child) dismiss(limit time.Duration) error {
	c.input.Close()
	late := time.AfterFunc(limit, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	var failed error
	for n := range c.notes {
		if n.Failed != "" {
			failed = errors.New(n.Failed)
		}
	}
	if err := c.cmd.Wait(); failed == nil && err != nil {
		failed = fmt.Errorf("at its end: %w; it said: %s", err, c.stderr)
	}
	return failed
}

// kill ends it at once.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may have ended
	for range c.notes {
	}
	_ = c.cmd.Wait() // killed
}
