// Simdb looks into live regions of shared memory, and works with them. `simdb help` says how.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run leaves a region whatever ends the command, as far as it can: an interrupt ends what blocks, a second one ends the process; a closed pipe is an error of the write.
func run() int {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return dispatch(ctx, os.Args[1:])
}
