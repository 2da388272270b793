package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"simdb.dev/linearize/history"
)

// worker is what runs in a worker process.
type worker struct {
	start
	db      store
	clients []client
	stop    atomic.Bool
	doom    doom

	say   sync.Mutex // of notes
	notes *json.Encoder
}

// work is the main function of a worker.
func work(orders io.Reader, notes, stderr io.Writer, open opener) int {
	// An interrupt at the terminal goes to all; the driver ends the workers.
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	w := &worker{notes: json.NewEncoder(notes)}
	if err := w.serve(json.NewDecoder(orders), open); err != nil {
		fmt.Fprintln(stderr, "worker:", err)
		w.note(note{Failed: err.Error()})
		return 1
	}
	return 0
}

// note may come too late for anybody to read it; the driver then knows more
// than the worker.
func (w *worker) note(n note) {
	w.say.Lock()
	defer w.say.Unlock()
	_ = w.notes.Encode(n)
}

func (w *worker) serve(orders *json.Decoder, open opener) error {
	var first order
	if err := orders.Decode(&first); err != nil {
		return fmt.Errorf("first order: %w", err)
	}
	w.start = *first.Start
	w.Phase.cfg = &w.Config
	if err := w.doom.meet(&w.start); err != nil {
		return err
	}
	db, err := open(w.Region)
	if err != nil {
		return err
	}
	w.db = db
	for g := range w.Config.Goroutines {
		id := history.Client{Process: w.Process, ID: int32(g)}
		w.clients = append(w.clients, workloads[w.Config.Workload].client(&w.Phase, db, id))
	}
	failed := make(chan error, 1)
	ended := make(chan error, 1)
	go func() { ended <- w.obey(orders, failed) }()
	select {
	case err := <-failed:
		return err // the handle dies with the process
	case err := <-ended:
		if err != nil {
			return err
		}
	}
	return db.Close()
}

// obey follows the orders until they end. A round that fails ends the worker.
func (w *worker) obey(orders *json.Decoder, failed chan<- error) error {
	for {
		var o order
		switch err := orders.Decode(&o); {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("order: %w", err)
		case o.Stop:
			w.stop.Store(true)
		case o.Avert:
			if w.doom.avert() {
				w.note(note{Averted: true})
			}
		case o.Round != nil:
			w.stop.Store(false)
			round := w.round
			switch {
			case o.Round.Ledger != "":
				round = w.volume
			case o.Round.Tickets != "":
				round = w.nodes
			}
			go func() {
				if err := round(o.Round); err != nil {
					failed <- err
				}
			}()
		}
	}
}

// noteEvery is how often a worker says how far its clients are.
const noteEvery = 100 * time.Millisecond

// round runs all clients until each has made its operations or is stopped.
func (w *worker) round(r *round) error {
	recorders := make([]*history.Recorder, len(w.clients))
	for i := range w.clients {
		id := history.Client{Process: w.Process, ID: int32(i)}
		rec, err := history.Create(r.path(id), id, w.Config.Ops)
		if err != nil {
			return err
		}
		recorders[i] = rec
	}
	if err := w.doom.begin(r, w.Config.Goroutines); err != nil {
		return err
	}
	w.note(note{Working: true})

	progress := make([]atomic.Uint64, len(w.clients))
	for i, c := range w.clients {
		c.begin(r.Seed, recorders[i])
	}
	return w.together(progress, func(i int) error { return w.run(w.clients[i], recorders[i], &progress[i]) }, w.doom.end)
}

// together runs a client for each of progress, says how far they are, and ends the round.
func (w *worker) together(progress []atomic.Uint64, run func(i int) error, end func() error) error {
	results := make(chan error, len(progress))
	for i := range progress {
		go func() { results <- run(i) }()
	}
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for running := len(progress); running > 0; {
		select {
		case err := <-results:
			if err != nil {
				return err
			}
			running--
		case <-tick.C:
			n := note{Progress: make([]uint64, len(progress))}
			for i := range progress {
				n.Progress[i] = progress[i].Load()
			}
			w.note(n)
		}
	}
	if err := end(); err != nil {
		return err
	}
	w.note(note{Done: true})
	return nil
}

// sweepEvery is how many operations of a client come between two sweeps of its own, where workers are killed.
const sweepEvery = 500

// run is one client's round.
func (w *worker) run(c client, rec *history.Recorder, progress *atomic.Uint64) error {
	for n := 1; !w.stop.Load(); n++ {
		if w.Config.Kill && n%sweepEvery == 0 {
			if _, err := w.db.database().Sweep(); err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
		}
		more, err := c.step()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		progress.Add(1)
	}
	if err := c.end(); err != nil {
		return err
	}
	progress.Store(finished)
	return rec.Close()
}
