package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// job is what a worker process does, slice after slice.
type job interface {
	run(*slice) (result, error)
	close() error
}

// jobs make jobs, by name. Each file work_*.go has its own.
var jobs = map[string]func(*spec) (job, error){}

// work is the main function of a worker.
func work(orders io.Reader, notes, stderr io.Writer) int {
	// An interrupt at the terminal goes to all; the driver ends the workers.
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	out := json.NewEncoder(notes)
	if err := serve(json.NewDecoder(orders), out); err != nil {
		fmt.Fprintln(stderr, "worker:", err)
		_ = out.Encode(note{Failed: err.Error()}) // the driver may be gone
		return 1
	}
	return 0
}

func serve(orders *json.Decoder, notes *json.Encoder) (err error) {
	var first order
	if err := orders.Decode(&first); err != nil {
		return fmt.Errorf("first order: %w", err)
	}
	make := jobs[first.Start.Job]
	if make == nil {
		return fmt.Errorf("no job %q", first.Start.Job)
	}
	j, err := make(first.Start)
	if err != nil {
		return err
	}
	usual := debug.SetGCPercent(-1)
	defer func() {
		if e := j.close(); err == nil {
			err = e
		}
	}()
	for n := (note{Ready: true}); ; {
		if err := notes.Encode(n); err != nil {
			return err
		}
		var o order
		switch err := orders.Decode(&o); {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("order: %w", err)
		}
		debug.SetGCPercent(usual)
		waitUntil(o.Run.Start)
		r, err := j.run(o.Run)
		if err != nil {
			return err
		}
		debug.SetGCPercent(-1) // or the runtime would collect every two minutes, in somebody else's slice; it waits for a collection that runs
		n = note{Result: &r}
	}
}
