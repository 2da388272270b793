package main

import (
	"path/filepath"
	"time"
)

// Driver and worker talk in JSON, a message a line: orders on the worker's standard input, notes on its standard output. The end of the orders ends the
// worker, so that none outlives its driver.

// order is what the driver wants; one field is set.
type order struct {
	Start *spec  `json:",omitempty"`
	Run   *slice `json:",omitempty"`
}

// spec is what a worker is to be: the first order.
type spec struct {
	Job   string // in jobs
	Peer  string // in peers, or what else the job has contestants of
	Dir   string // of the contestant, on the shared-memory file system: for regions, files and sockets
	Fill  bool   // it makes what the others attach to
	Proc  int    // its number
	Procs int
	Role  string // what it does, where not all do the same

	Keys    int
	Value   int  // bytes
	Block   int  // of the region, bytes; 0: as it suits the value
	Full    int  // percent of the blocks in use once filled; 0: a quarter and more is free
	Message int  // bytes
	Batch   int  // messages handed over at once
	Wall    bool // the time of a slice is all of it, also that in which batches are prepared
}

func (s *spec) path(name string) string { return filepath.Join(s.Dir, name) }

// slice is one measurement of one round.
type slice struct {
	Task  string // of the job
	For   time.Duration
	Start int64 // by the clock of all processes
	Rate  int   // operations per second; 0: as fast as it goes
}

// note is what a worker says: first that it is ready, then one for each slice.
type note struct {
	Ready  bool    `json:",omitempty"`
	Result *result `json:",omitempty"`
	Failed string  `json:",omitempty"` // and it ends
}

// result is what one worker did in a slice.
type result struct {
	Ops    uint64             // operations; 0: it was a helper, and others count
	Busy   time.Duration      // that they took
	Values map[string]float64 `json:",omitempty"` // by unit
}
