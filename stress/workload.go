package main

import (
	"fmt"
	"maps"
	"slices"

	"simdb.dev/linearize/history"
	"simdb.dev/simdb"
)

// workload is a kind of work. Its clients run in the workers; the rest runs in
// the driver, between rounds, when no client is running.
type workload interface {
	// defaults sets what the command line may set in another way.
	defaults(*config)
	validate(*config) error
	phases(*config) []phase
	// client makes a client. It lives as long as its worker.
	client(*phase, store, history.Client) client
	// settle reads, and records, what a round has left, and compares it with
	// what iterating gives. Keys that other reports true for are not its own. The
	// processes that were killed have been swept.
	settle(db *simdb.DB, rec *history.Recorder, ph *phase, crashed []int32, other func(key []byte) bool) error
	// account checks that nothing is missing in the history of a round, and says
	// what it counted; nil if it has nothing to count.
	account(h *history.History, ph *phase) (*tally, error)
	// clear deletes all that settle found.
	clear(*simdb.DB, *phase) error
}

// client is one sequential client.
type client interface {
	// begin starts a round.
	begin(seed uint64, rec *history.Recorder)
	// step makes one operation and records it; false: no room to record.
	step() (bool, error)
	// end completes what was begun in the round.
	end() error
}

// phase is a part of a run with a region and workers of its own.
type phase struct {
	Name   string
	Keys   int
	Blocks uint64 // of the region: enough whatever the clients do
	Tight  uint64 // blocks left free by the ballast of a round near full
	Settle int    // records that settle needs at most

	Full     bool // any write may end as full
	Creating bool // a queue may be found before its first message
	Nodes    bool // its rounds are of nodes, and have no history

	cfg *config
}

// blockSize is that of the region: with room for the keys of queues if there are any.
func (ph *phase) blockSize() uint64 {
	if ph.Nodes {
		return max(ph.cfg.BlockSize, leastQueueBlock)
	}
	return ph.cfg.BlockSize
}

// phasesFor are phases for values of the sizes wanted, of which one of n bytes takes at most so many blocks.
func phasesFor(cfg *config, blocks func(n int) uint64) []phase {
	list := make([]phase, len(cfg.Keys))
	largest, mean := blocks(cfg.Sizes.Max), blocks(cfg.Sizes.mean())
	for i, n := range cfg.Keys {
		clients := uint64(cfg.Processes * cfg.Goroutines)
		ph := phase{Name: fmt.Sprintf("%d keys", n), Keys: n, Settle: n, cfg: cfg}
		// Twice what the keys fill on average and the largest value for 64 of them are enough for a bad day; what running writes hold comes on top.
		ph.Blocks = 2*uint64(n)*mean + (64+4*clients)*largest
		ph.Tight = uint64(n)*mean/4 + largest
		list[i] = ph
	}
	return list
}

var workloads = map[string]workload{"kv": kv{}, "packs": packs{}, "queue": queues{}}

func workloadNames() []string { return slices.Sorted(maps.Keys(workloads)) }
