package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"
)

// server is a process that serves a contestant.
type server struct {
	cmd    *exec.Cmd
	output *strings.Builder
	ended  chan struct{} // closed at its end
}

// startServer starts it, pinned to a processor, and returns when it accepts connections.
func startServer(ctx context.Context, cmd *exec.Cmd, socket string, cpu int) (*server, error) {
	s := &server{cmd: cmd, output: new(strings.Builder), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.output, s.output
	if err := startPinned(cmd, cpu); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // how it ended matters only to who waits for it to serve
		close(s.ended)
	}()
	limit := time.After(10 * time.Second)
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		if conn, err := net.Dial("unix", socket); err == nil {
			return s, conn.Close()
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return nil, fmt.Errorf("%s ended: %v; it said: %s", cmd.Path, cmd.ProcessState, s.output)
		case <-limit:
			s.end()
			return nil, fmt.Errorf("%s does not listen at %s", cmd.Path, socket)
		case <-ctx.Done():
			s.end()
			return nil, errInterrupted
		}
	}
}

// end ends it and waits until it is gone.
func (s *server) end() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}
