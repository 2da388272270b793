//go:build !linux

package main

import (
	"os/exec"
	"runtime"
)

func processors() []int {
	list := make([]int, runtime.NumCPU())
	for i := range list {
		list[i] = i
	}
	return list
}

// startPinned pins nothing here.
func startPinned(cmd *exec.Cmd, cpu int) error { return cmd.Start() }

func kernel() string { return runtime.GOOS }

func hugeMemory(n int) ([]byte, error) { return make([]byte, n), nil }

func ownTime() float64 { return 0 }
