// Bench measures the store beside its peers, and the limits of the machine, in one run, and draws the results.
//
//	go run ./bench [flags]          measure, then report
//	go run ./bench list [flags]     what would be measured, and which peers are there
//	go run ./bench report [flags]   report from the raw lines of an earlier run
//
// Everybody does the same work in turn: each round goes through all contestants, and the next begins with another one. Ratios are of one
// round, so that a change of the machine's speed falls on both sides. Each contestant has processes of its own, one for each processor that it is to use,
// pinned to it; so nobody's garbage is collected in another's time. A server has the next processor for itself, and clients talk to it
// over a Unix socket. Everything that has a file has it on the shared-memory file system.
//
// The keys are 16 bytes and computed, in batches, outside the time measured. Values are copied to the caller.
//
// What is left under the directory of -out: bench/raw.txt, the measurements in Go's benchmark format (benchstat reads them); bench/table.md; plots as
// bench/*.svg and *.png; index.html, which shows all of it.
//
// A peer that is not there is named, with the command that installs it.
//
// Exit status: 0 everything was measured (whether or not a target was met); 1 a measurement failed; 2 usage; 3 interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// workerEnv, if set, makes the binary a worker.
const workerEnv = "SIMDB_BENCH_WORKER"

const (
	statusFailed = iota + 1
	statusUsage
	statusInterrupted
)

func init() {
	// What this process starts dies with the thread that started it (see startChild): the main thread lives longest.
	runtime.LockOSThread()
}

func main() {
	if path := os.Getenv(victimEnv); path != "" {
		fmt.Fprintln(os.Stderr, "victim:", beVictim(path))
		os.Exit(statusFailed)
	}
	if os.Getenv(workerEnv) != "" {
		runtime.UnlockOSThread()
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the driver: progress goes to stderr, the table to stdout.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = commands[cfg.command](ctx, cfg, stdout, stderr)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(stderr, "bench:", err)
		return statusInterrupted
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "bench:", err)
		return statusUsage
	}
	fmt.Fprintln(stderr, "bench:", err)
	return statusFailed
}

var (
	errUsage       = errors.New("bad command line")
	errInterrupted = errors.New("interrupted")
)
