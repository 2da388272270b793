// Simdb looks into live regions of shared memory, and works with them. `simdb help` says how.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(run()) }

// grace is how long a verb has to end after an interrupt. One that is stuck in a write to a full pipe does not; what it holds is then a dead handle's.
const grace = time.Second

// run leaves a region in order whatever ends the command: an interrupt ends what blocks, a second one the process; a closed pipe is an error of the write.
func run() int {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan struct{})
	defer close(ended)
	context.AfterFunc(ctx, func() {
		stop()
		select {
		case <-ended:
		case <-time.After(grace):
			os.Exit(fail("", context.Canceled))
		}
	})
	return dispatch(ctx, os.Args[1:])
}
