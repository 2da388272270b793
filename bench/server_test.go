package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asServerEnv, if set, makes the test binary a server: at that socket, or, if it is "refuse", one that ends with a complaint.
const asServerEnv = "SIMDB_BENCH_TEST_SERVER"

func beServer(socket string) {
	if socket == "refuse" {
		fmt.Println("no such option")
		os.Exit(7)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			panic(err)
		}
		conn.Close()
	}
}

func serverCommand(t *testing.T, socket string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asServerEnv+"="+socket)
	return cmd
}

// The end of a crew is the end of its server and of what it kept.
func TestServerEndsWithItsCrew(t *testing.T) {
	dir, err := os.MkdirTemp("", "crew") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "socket")
	s, err := startServer(t.Context(), serverCommand(t, socket), socket, -1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.end)
	c := &crew{server: s, dir: dir}
	if err := c.end(false); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.Signal(0)); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the server is still there: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
}

func TestServerThatRefuses(t *testing.T) {
	_, err := startServer(t.Context(), serverCommand(t, "refuse"), "nowhere", -1)
	if err == nil || !strings.Contains(err.Error(), "exit status 7; it said: no such option") {
		t.Errorf("%v", err)
	}
}
