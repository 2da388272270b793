//go:build unix

package main

import (
	"os"
	"syscall"
)

func pause(p *os.Process) error  { return p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// dump makes a Go process print the stacks of its goroutines and exit, also one
// that is stopped.
func dump(p *os.Process) error {
	if err := p.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	return resume(p)
}
