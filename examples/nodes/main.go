// Nodes is four processes on one region: a producer of orders, two that run the same node, which makes bills of them, and a reader that looks at the pack of bills while it grows.
//
//	go run ./examples/nodes           # everything
//	go run ./examples/nodes -kill     # one of the two nodes is killed half-way, in the middle of a batch
//
// The region is a file without a name, which the processes inherit: nothing is left of it, however they end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"simdb.dev/simdb"
)

func main() {
	kill := flag.Bool("kill", false, "kill one node half-way")
	play := flag.String("role", "", "what a child process does; not for users")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *play != "" {
		err = child(ctx, *play, *kill)
	} else {
		err = run(ctx, *kill, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "nodes:", err)
		os.Exit(1)
	}
}

// mostTime is far more than a run takes.
const mostTime = time.Minute

// run is the parent: it starts the others, and says what came of it.
func run(ctx context.Context, kill bool, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, mostTime)
	defer cancel()
	region, err := os.CreateTemp(simdb.DefaultDir, "simdb-nodes-")
	if err != nil {
		return err
	}
	defer region.Close()
	if err := os.Remove(region.Name()); err != nil {
		return err
	}
	db, err := simdb.OpenFile(region, simdb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	s, err := newStore(db)
	if err != nil {
		return err
	}
	if err := s.rates.PutPack(ratesKey, rates); err != nil {
		return err
	}
	f := family{ctx: ctx, cancel: cancel, region: region, kill: kill}
	producer, first, second, reader := f.start("producer"), f.start("node 1"), f.start("node 2"), f.start("reader")
	var killed *process
	if kill {
		killed, err = f.killHalfWay(s, first, second)
	}
	for _, p := range f.members {
		if e := p.wait(); e != nil && p != killed {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	fmt.Fprint(out, producer)
	if killed == nil {
		fmt.Fprint(out, first)
		fmt.Fprint(out, second)
	} else {
		fmt.Fprintf(out, "nodes: both worked, until one was killed inside a batch, at order %d; the other did the rest\n", halfWay)
	}
	fmt.Fprint(out, reader)
	return s.conclude(out, killed != nil)
}

// killHalfWay kills the node that is at the order half-way, and stays there.
func (f *family) killHalfWay(s *store, nodes ...*process) (*process, error) {
	for _, key := range [][]byte{halfWayKey, seenKey} {
		if _, err := s.db.Wait(f.ctx, key, simdb.Version{}); err != nil {
			f.cancel()
			return nil, err
		}
	}
	pid, err := s.db.GetString(string(halfWayKey))
	for _, p := range nodes {
		if err == nil && strconv.Itoa(p.cmd.Process.Pid) == pid {
			return p, p.cmd.Process.Kill()
		}
	}
	f.cancel()
	return nil, errors.Join(err, fmt.Errorf("no node is process %q", pid))
}

// conclude says what is in the pack of bills.
func (s *store) conclude(out io.Writer, killed bool) error {
	p, err := s.bills.Pack(billsKey)
	if err != nil {
		return err
	}
	billed, total := map[uint64]bool{}, uint64(0)
	for b, err := range p.All() {
		if err != nil {
			return err
		}
		if !billed[b.Order] {
			billed[b.Order], total = true, total+b.Amount
		}
	}
	switch {
	case len(billed) != orders:
		return fmt.Errorf("%d of %d orders have a bill", len(billed), orders)
	case !killed && p.Len() != orders:
		return fmt.Errorf("%d bills for %d orders", p.Len(), orders)
	}
	often := "exactly"
	if killed {
		often = "at least"
	}
	fmt.Fprintf(out, "bills: each of %d orders has %s one, %d cents in all\n", len(billed), often, total)
	return nil
}
