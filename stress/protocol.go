package main

import (
	"fmt"
	"path/filepath"

	"simdb.dev/linearize/history"
)

// Driver and worker talk in JSON, a message a line: orders on the worker's
// standard input, notes on its standard output. The end of the orders ends the
// worker, so that none outlives its driver.

// order is what the driver wants; one field is set.
type order struct {
	Start *start `json:",omitempty"`
	Round *round `json:",omitempty"`
	Stop  bool   `json:",omitempty"` // end the round
	Avert bool   `json:",omitempty"` // the worker's fate
}

// start is the first order.
type start struct {
	Config  config
	Phase   phase
	Process int32
	Region  string // path
	Fate    fate
	Deaths  string // path
}

// round is one round.
type round struct {
	Number  int
	Seed    uint64
	Tight   bool   // the ballast leaves few blocks
	Dir     string // for the histories
	Ledger  string // path: a volume run instead of histories
	Tickets string // path: a round of nodes instead of histories
}

// path is where a client's history goes.
func (r *round) path(c history.Client) string {
	return filepath.Join(r.Dir, fmt.Sprintf("p%d.%d.hist", c.Process, c.ID))
}

// note is what a worker says.
type note struct {
	Working  bool     `json:",omitempty"` // at the round, whose files are there from now on
	Progress []uint64 `json:",omitempty"` // operations of each client since the worker began; finished: with the round
	Done     bool     `json:",omitempty"` // with the round
	Averted  bool     `json:",omitempty"` // its fate
	Failed   string   `json:",omitempty"` // a result that no operation may have
}

// finished stands for the progress of a client that has none to make.
const finished = 1<<64 - 1
