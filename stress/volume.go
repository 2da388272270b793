package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"simdb.dev/simdb"
)

// A volume run accounts for a fixed number of messages that all processes push
// into one queue and take from it, as fast as they can. Histories of that length
// do not fit; the ledger does. On every message it is checked that
//
//   - it is whole, and was pushed;
//   - it is delivered once, or again only after a claim of it, and never after it
//     was popped or acknowledged;
//   - nothing was taken before it, by an operation that had returned, that was
//     pushed after it, by a push that was called after its own had returned;
//   - it is taken in the end: of those whose push returned none is missing, but
//     for as many as killed pops may have had in their hands;
//
// of every operation that finds the queue empty, that fewer messages had been
// pushed when it was called than can have been taken when it returned; and of the
// region, that every block is free when the queue is deleted.

// volume makes the run.
func (d *driver) volume(ctx context.Context) (err error) {
	clients := d.cfg.Processes * d.cfg.Goroutines
	ph := phase{Name: "volume", Keys: 1, cfg: d.cfg}
	message := blocks(d.cfg, volumeSize(clients)+messageOverhead)
	ph.Blocks = 2 * uint64(backlog+clients*simdb.MinBatch) * (message + 1)
	region := filepath.Join(d.dir, "region")
	db, err := simdb.OpenPath(region, simdb.Options{BlockSize: d.cfg.BlockSize, BlockCount: ph.Blocks})
	if err != nil {
		return err
	}
	defer os.Remove(region)
	defer db.Close()
	d.sum.begin(&ph, db)
	d.sum.beginRound()

	r := &round{Seed: d.cfg.Seed, Ledger: filepath.Join(d.dir, "ledger")}
	l, err := createLedger(r.Ledger, clients, d.cfg.Messages)
	if err != nil {
		return err
	}
	f, err := newFleet(start{Config: *d.cfg, Phase: ph, Region: region}, d.dir, d.procs)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			d.evidence(f, err)
		}
		f.kill()
	}()
	for len(f.workers) < d.cfg.Processes {
		if err := f.spawn(); err != nil {
			return err
		}
	}
	perhapsDone := map[uint64]bool{} // acknowledged by who was killed meanwhile
	c := &conductor{cfg: d.cfg, db: db, storm: d.storm, fleet: f, round: r, rng: rand.New(rand.NewPCG(r.Seed, 0)), bury: func(process int32) {
		for _, number := range l.bury(process) {
			perhapsDone[number] = true
		}
	}}
	began := time.Now()
	c.report = func() {
		fmt.Fprintf(d.log, "%d of %d messages in %v\n", l.sum(seatGot), l.messages, time.Since(began).Round(time.Second))
	}
	err = c.conduct(ctx)
	d.sum.ran(c, time.Since(began))
	if err != nil {
		return err
	}
	if err := apart(db, func(own *simdb.DB) error { return d.settleVolume(own, l, perhapsDone) }); err != nil {
		return err
	}
	if err := f.dismiss(d.cfg.Hang); err != nil {
		return err
	}
	if err := auditAlone(db); err != nil {
		return err
	}
	return auditEmpty(db, byNobody)
}

// settleVolume takes what is left, looks whether anything is missing, and deletes the queue.
func (d *driver) settleVolume(db *simdb.DB, l *ledger, perhapsDone map[uint64]bool) error {
	if _, err := auditFull(db); err != nil {
		return err
	}
	q, err := handle{db}.Queue(volumeKey, 0)
	if err != nil {
		return err
	}
	const seat = 1 // whoever had it is done
	c, err := newVolumeClient(l, seat, q, d.cfg.Seed)
	if err != nil {
		return err
	}
	left := l.sum(seatGot)
	for some := true; some; {
		// What was given up is claimed alone. Where there is no room for that, taking makes some.
		some, err = c.claim()
		if err == nil && len(c.held) > 0 {
			err = c.letGo()
		} else if err == nil && some {
			_, err = c.take()
		}
		if err != nil {
			return found(violation, "region: %v", err)
		}
	}
	left = l.sum(seatGot) - left
	v := volumeSummary{
		Messages: l.messages, Perhaps: l.load(ledgerPerhaps), Done: l.done(), Left: left, Again: l.sum(seatAgain), Lost: l.load(ledgerLost),
	}
	for number := range l.messages {
		if !l.marked(doneBit, number) && perhapsDone[number] {
			v.PerhapsDone++
		}
	}
	d.sum.Volume = &v
	if missing := v.missing(); missing > v.Perhaps+v.Lost {
		return found(violation, "messages are missing: %v", &v)
	}
	if err := q.Delete(); err != nil {
		return found(violation, "region: deleting the queue: %v", err)
	}
	return nil
}

var volumeKey = []byte("q")

// volumeSummary is what a volume run has counted.
type volumeSummary struct {
	Messages    uint64 // to be pushed
	Perhaps     uint64 // pushed by clients that were killed meanwhile, or not
	Done        uint64 // popped or acknowledged, each once
	PerhapsDone uint64 // acknowledged by clients that were killed meanwhile, or lost
	Left        uint64 // taken by the driver in the end
	Again       uint64 // claims of what had been claimed before
	Lost        uint64 // in the hands of pops that were killed, at most
}

func (v *volumeSummary) missing() uint64 { return v.Messages - v.Done - v.PerhapsDone }

func (v *volumeSummary) String() string {
	return fmt.Sprintf("%d of %d messages done with, each once, %d of them left to the driver, %d claimed again; %d missing, of at most %d not pushed and %d lost by clients that were killed; %d acknowledged by such",
		v.Done, v.Messages, v.Left, v.Again, v.missing(), v.Perhaps, v.Lost, v.PerhapsDone)
}

// volume is a worker's part.
func (w *worker) volume(r *round) error {
	l, err := openLedger(r.Ledger, w.Config.Processes*w.Config.Goroutines, w.Config.Messages)
	if err != nil {
		return err
	}
	clients := make([]*volumeClient, w.Config.Goroutines)
	for i := range clients {
		seat, err := l.sit(w.Process)
		if err != nil {
			return err
		}
		q, err := w.db.Queue(volumeKey, 0)
		if err != nil {
			return err
		}
		if clients[i], err = newVolumeClient(l, seat, q, r.Seed+uint64(w.Process)); err != nil {
			return err
		}
		clients[i].stop = &w.stop
	}
	progress := make([]atomic.Uint64, len(clients))
	w.note(note{Working: true})
	return w.together(progress, func(i int) error {
		clients[i].progress = &progress[i]
		err := clients[i].run()
		progress[i].Store(finished)
		return err
	}, func() error { return nil })
}
