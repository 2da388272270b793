//go:build linux

package simdb_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"simdb.dev/simdb"
)

const readerEnv = "SIMDB_TEST_READER"

// The test binary plays the other processes of the benchmarks.
func init() {
	if spec := os.Getenv(readerEnv); spec != "" {
		if err := read(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// read is a reader process, pinned to a processor: it says ready, waits for a line with a number of gets, does them, and says done.
func read(spec string) error {
	var path string
	var cpu int
	var n uint64
	if _, err := fmt.Sscanf(spec, "%s %d %d", &path, &cpu, &n); err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return err
	}
	db, err := simdb.OpenPath(path, simdb.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	o := order{i: uint64(cpu), n: n}
	dst := make([]byte, 0, valueSize)
	for in.Scan() {
		gets, err := strconv.Atoi(in.Text())
		if err != nil {
			return err
		}
		for range gets {
			k := keyOf(o.next())
			if dst, err = db.Get(k[:], dst[:0]); err != nil {
				return err
			}
		}
		fmt.Println("done")
	}
	return in.Err()
}

// BenchmarkProcesses is gets of one and of two reader processes, each on a processor of its own; ns/op is time over all gets, so two that do not disturb each other have half of it.
func BenchmarkProcesses(b *testing.B) {
	if runtime.NumCPU() < 2 {
		b.Skip("needs two processors")
	}
	const n = 10_000
	db, err := simdb.Open("bench-processes", simdb.Options{BlockSize: 96, BlockCount: n * 2, RemoveOnLastClose: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	fill(store{db}, n)
	for _, processes := range []int{1, 2} {
		b.Run(strconv.Itoa(processes), func(b *testing.B) {
			type reader struct {
				say  func(string)
				hear func() string
			}
			var readers []reader
			for cpu := range processes {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", readerEnv, db.Path(), cpu, n))
				cmd.Stderr = os.Stderr
				in, err1 := cmd.StdinPipe()
				out, err2 := cmd.StdoutPipe()
				if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
					b.Fatal(err, err1, err2)
				}
				lines := bufio.NewScanner(out)
				r := reader{
					say:  func(s string) { fmt.Fprintln(in, s) },
					hear: func() string { lines.Scan(); return strings.TrimSpace(lines.Text()) },
				}
				readers = append(readers, r)
				b.Cleanup(func() {
					in.Close()
					if err := cmd.Wait(); err != nil {
						b.Error("reader:", err)
					}
				})
				if got := r.hear(); got != "ready" {
					b.Fatalf("reader says %q", got)
				}
			}
			b.ResetTimer()
			for _, r := range readers {
				r.say(strconv.Itoa(b.N / processes))
			}
			for _, r := range readers {
				if got := r.hear(); got != "done" {
					b.Fatalf("reader says %q", got)
				}
			}
		})
	}
}
