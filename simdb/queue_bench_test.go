//go:build linux

package simdb_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"simdb.dev/simdb"
)

const (
	consumerEnv  = "SIMDB_TEST_CONSUMER"
	messageSize  = 64
	outstanding  = 2048 // at most; at least outstanding - windowStep while the producer is ahead
	windowStep   = 512  // messages that the consumer answers with one
	queueBatch   = 64
	benchTimeout = time.Minute
)

// The test binary plays the consumer of the queue benchmarks.
func init() {
	if spec := os.Getenv(consumerEnv); spec != "" {
		if err := consume(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// pin ties the process to a processor.
func pin(cpu int) error {
	runtime.LockOSThread()
	var set unix.CPUSet
	set.Set(cpu)
	return unix.SchedSetaffinity(0, &set)
}

// consume takes as many messages as each line says, in the way that the line says, and answers done.
func consume(spec string) error {
	var path string
	var cpu int
	if _, err := fmt.Sscanf(spec, "%s %d", &path, &cpu); err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	if err := pin(cpu); err != nil {
		return err
	}
	db, err := simdb.OpenPath(path, simdb.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer db.Close()
	requests, err1 := db.Queue([]byte("requests"), simdb.QueueOptions{})
	answers, err2 := db.Queue([]byte("answers"), simdb.QueueOptions{})
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%v %v", err1, err2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), benchTimeout)
	defer cancel()
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	dst := make([]byte, 0, messageSize)
	for in.Scan() {
		how, number, _ := strings.Cut(in.Text(), " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		for i := range n {
			if dst, err = requests.Pop(ctx, dst[:0]); err != nil {
				return err
			}
			if how == "echo" || i%windowStep == 0 {
				if err := answers.Push(dst); err != nil {
					return err
				}
			}
		}
		fmt.Println("done")
	}
	return in.Err()
}

type consumer struct {
	say  func(string)
	hear func() string
}

func startConsumer(b *testing.B, path string, cpu int) consumer {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", consumerEnv, path, cpu))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		b.Fatal(err, err1, err2)
	}
	lines := bufio.NewScanner(out)
	c := consumer{
		say:  func(s string) { fmt.Fprintln(in, s) },
		hear: func() string { lines.Scan(); return strings.TrimSpace(lines.Text()) },
	}
	b.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Error("consumer:", err)
		}
	})
	if got := c.hear(); got != "ready" {
		b.Fatalf("consumer says %q", got)
	}
	return c
}

// BenchmarkQueue is one producer and one consumer, each in a process pinned to a processor, and beside them a channel of byte slices between two goroutines of one process.
func BenchmarkQueue(b *testing.B) {
	if runtime.NumCPU() < 2 {
		b.Skip("needs two processors")
	}
	b.Run("channel", benchmarkChannel)
	db, err := simdb.Open("bench-queue", simdb.Options{BlockSize: 128, BlockCount: 4 * outstanding, RemoveOnLastClose: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	q, err := db.Queue([]byte("requests"), simdb.QueueOptions{})
	if err != nil {
		b.Fatal(err)
	}
	answers, err := db.Queue([]byte("answers"), simdb.QueueOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("one by one", func(b *testing.B) {
		c := startConsumer(b, db.Path(), 1)
		m, answer := make([]byte, messageSize), make([]byte, 0, messageSize)
		defer unpin(b, pin(0))()
		b.ReportAllocs()
		b.ResetTimer()
		c.say("take " + strconv.Itoa(b.N))
		sent := 0
		for i := range b.N {
			if i%windowStep == 0 && i >= outstanding {
				if _, err := answers.Pop(b.Context(), answer[:0]); err != nil {
					b.Fatal(err)
				}
				sent++
			}
			if err := q.Push(m); err != nil {
				b.Fatal(err)
			}
		}
		for ; sent < (b.N+windowStep-1)/windowStep; sent++ {
			if _, err := answers.Pop(b.Context(), answer[:0]); err != nil {
				b.Fatal(err)
			}
		}
		if got := c.hear(); got != "done" {
			b.Fatal(got)
		}
	})
}

// unpin lets the calling goroutine's thread run everywhere again.
func unpin(b *testing.B, err error) func() {
	if err != nil {
		b.Fatal(err)
	}
	return func() {
		var all unix.CPUSet
		for i := range runtime.NumCPU() {
			all.Set(i)
		}
		unix.SchedSetaffinity(0, &all)
		runtime.UnlockOSThread()
	}
}

func benchmarkChannel(b *testing.B) {
	old := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(old)
	c := make(chan []byte, outstanding)
	done := make(chan int)
	go func() {
		sum := 0
		for m := range c {
			sum += len(m)
		}
		done <- sum
	}()
	m := make([]byte, messageSize)
	for b.Loop() {
		c <- m
	}
	close(c)
	<-done
}

// median of a sample, which it sorts.
func median(sample []float64) float64 {
	sort.Float64s(sample)
	return sample[len(sample)/2]
}

// BenchmarkQueuePair is a push and a pop by one goroutine, in one queue that has a few messages.
func BenchmarkQueuePair(b *testing.B) {
	db, err := simdb.OpenHeap(simdb.Options{BlockSize: 128, BlockCount: 1024})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	q, err := db.Queue([]byte("requests"), simdb.QueueOptions{})
	if err != nil {
		b.Fatal(err)
	}
	m := make([]byte, messageSize)
	for range 100 {
		q.Push(m)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := q.Push(m); err != nil {
			b.Fatal(err)
		}
		if m, err = q.TryPop(m[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
