// Stress drives a store with really forked processes and judges what they saw.
//
//	go run ./stress [flags]
//
// It makes a region in the shared-memory file system and starts worker
// processes of its own binary on it, each with its own handle and several
// clients. They work in rounds at full speed, while some are paused (SIGSTOP)
// and resumed at any instruction and, with -kill, killed and replaced. After
// each round, when everybody has stopped, the merged history is checked for
// linearizability and the region for what a quiet region must be: no key twice,
// every entry readable, and with every key deleted no block in use. Every second
// round is near full: ballast leaves fewer blocks than the clients want, and
// must itself come out unharmed.
//
// The last phase of the workload packs runs nodes instead, and accounts for each of
// their elements: processed at least once, and once if nobody was killed.
//
// What is left under the directory of -out: summary.txt and summary.json; on a
// failure also the violations with pictures, the histories, the region, and what
// the workers said last.
//
// A run that is killed itself leaves simdb-stress-* in the directory of -dir.
//
// The seed decides what each client does, not how they interleave: the same
// command repeats the run, and a rare failure may need several.
//
// Exit status: 0 linearizable; 1 violation (of linearizability, of the region's
// invariants, or a worker that failed); 2 usage; 3 unknown (the check ran out of
// time, or the run was interrupted); 4 hang.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// workerEnv, if set, makes the binary a worker.
const workerEnv = "SIMDB_STRESS_WORKER"

func main() {
	if os.Getenv(workerEnv) != "" {
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr, openStore))
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the driver: it prints progress on stderr and the verdict on stdout.
func run(args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "stress:", err)
		return statusUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sum, err := drive(ctx, cfg, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "stress:", err)
		return statusUsage
	}
	fmt.Fprintln(stdout, sum.line())
	return sum.Verdict.status()
}
