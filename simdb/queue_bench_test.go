//go:build linux

package simdb_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"simdb.dev/simdb"
)

const (
	consumerEnv = "SIMDB_TEST_CONSUMER"
	spinEnv     = "SIMDB_TEST_SPIN" // -1: as usual
	messageSize = 64
	outstanding = 2048 // at most; at least outstanding - windowStep while the producer is ahead
	windowStep  = 512  // messages that the consumer answers with one
	queueBatch  = 64
)

// The test binary plays the consumer of the queue benchmarks.
func init() {
	if spec := os.Getenv(consumerEnv); spec != "" {
		if spin, err := strconv.Atoi(os.Getenv(spinEnv)); err == nil && spin >= 0 {
			simdb.SetPatience(spin)
		}
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

// peer is the other process of a benchmark: a queue in each direction, and a page of plain words for what the queues are measured against.
type peer struct {
	requests, answers *simdb.Queue
	page              []uint32
	dst               []byte
	batch             *simdb.Batch
	ctx               context.Context
}

// The words of the page: each is written by one side only.
const (
	pageRequest = 0
	pageAnswer  = 32 // on another cache line
	pageWords   = 1024
)

func newPeer(db *simdb.DB, page string) (*peer, error) {
	f, err := os.OpenFile(page, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	bytes, err := unix.Mmap(int(f.Fd()), 0, 4*pageWords, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	p := &peer{page: unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(bytes))), pageWords), dst: make([]byte, 0, messageSize)}
	if p.requests, err = db.Queue([]byte("requests"), simdb.QueueOptions{}); err != nil {
		return nil, err
	}
	if p.answers, err = db.Queue([]byte("answers"), simdb.QueueOptions{}); err != nil {
		return nil, err
	}
	p.ctx = context.Background()
	p.batch, err = simdb.NewBatch(queueBatch, make([]byte, queueBatch*messageSize))
	return p, err
}

// consume takes as many messages as each line says, in the way that the line says, and answers done.
func consume(spec string) error {
	var path, page string
	var cpu int
	if _, err := fmt.Sscanf(spec, "%s %s %d", &path, &page, &cpu); err != nil {
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
	p, err := newPeer(db, page)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		how, number, _ := strings.Cut(in.Text(), " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		if err := p.serve(how, n); err != nil {
			return err
		}
		fmt.Println("done")
	}
	return in.Err()
}

func (p *peer) serve(how string, n int) (err error) {
	for i := 0; i < n; i++ {
		switch how {
		case "batch":
			if err := p.requests.TakeWait(p.ctx, p.batch); err != nil {
				return err
			}
			before := i
			i += p.batch.Len() - 1
			if before/windowStep == i/windowStep && before%windowStep != 0 {
				continue
			}
			p.dst = p.dst[:0]
		case "spin":
			for atomic.LoadUint32(&p.page[pageRequest]) != uint32(i+1) {
			}
			atomic.StoreUint32(&p.page[pageAnswer], uint32(i+1))
			continue
		case "futex":
			p.hearFutex(pageRequest, uint32(i+1))
			p.sayFutex(pageAnswer, uint32(i+1))
			continue
		case "sleep", "echo", "take":
			if p.dst, err = p.requests.Pop(p.ctx, p.dst[:0]); err != nil {
				return err
			}
		}
		if how != "take" && how != "batch" || i%windowStep == 0 || how == "batch" {
			if err := p.answers.Push(p.dst); err != nil {
				return err
			}
		}
	}
	return nil
}

// hearFutex sleeps until a word of the page is v, sayFutex sets it and wakes.
func (p *peer) hearFutex(word int, v uint32) {
	for w := &p.page[word]; ; {
		now := atomic.LoadUint32(w)
		if now == v {
			return
		}
		unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(w)), 0, uintptr(now), 0, 0, 0)
	}
}

func (p *peer) sayFutex(word int, v uint32) {
	atomic.StoreUint32(&p.page[word], v)
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&p.page[word])), 1, 1, 0, 0, 0)
}

// trips makes n round trips with the consumer, in a way that serve knows.
func (p *peer) trips(how string, n int) error {
	atomic.StoreUint32(&p.page[pageRequest], 0)
	m := make([]byte, messageSize)
	for i := range n {
		switch how {
		case "spin":
			atomic.StoreUint32(&p.page[pageRequest], uint32(i+1))
			for atomic.LoadUint32(&p.page[pageAnswer]) != uint32(i+1) {
			}
		case "futex":
			p.sayFutex(pageRequest, uint32(i+1))
			p.hearFutex(pageAnswer, uint32(i+1))
		default:
			if err := p.requests.Push(m); err != nil {
				return err
			}
			if _, err := p.answers.Pop(p.ctx, p.dst[:0]); err != nil {
				return err
			}
		}
	}
	return nil
}

type consumer struct {
	say  func(string)
	hear func() string
}

func startConsumer(b *testing.B, path, page string, cpu, spin int) consumer {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d", consumerEnv, path, page, cpu), fmt.Sprintf("%s=%d", spinEnv, spin))
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

// openPeers opens a region with both queues, and a page beside it.
func openPeers(b *testing.B, blockSize uint64) (db *simdb.DB, p *peer, page string) {
	if runtime.NumCPU() < 2 {
		b.Skip("needs two processors")
	}
	page = filepath.Join(b.TempDir(), "page")
	if err := os.WriteFile(page, make([]byte, 4*pageWords), 0o600); err != nil {
		b.Fatal(err)
	}
	db, err := simdb.Open("bench-queue", simdb.Options{BlockSize: blockSize, BlockCount: 4 * outstanding, RemoveOnLastClose: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if p, err = newPeer(db, page); err != nil {
		b.Fatal(err)
	}
	return db, p, page
}

// BenchmarkQueue is one producer and one consumer, each in a process pinned to a processor, and beside them a channel of byte slices between two goroutines of one process.
func BenchmarkQueue(b *testing.B) {
	b.Run("channel", benchmarkChannel)
	b.Run("one by one", func(b *testing.B) {
		benchmarkStream(b, 256, "take", 1)
	})
	b.Run("batches", func(b *testing.B) {
		benchmarkStream(b, 4096, "batch", queueBatch)
	})
}

// benchmarkStream pushes messages, so many at once, while at most outstanding are on their way.
func benchmarkStream(b *testing.B, blockSize uint64, how string, batch int) {
	db, p, page := openPeers(b, blockSize)
	c := startConsumer(b, db.Path(), page, 1, -1)
	messages := make([][]byte, batch)
	for i := range messages {
		messages[i] = make([]byte, messageSize)
	}
	defer unpin(b, pin(0))()
	n := (b.N + windowStep - 1) / windowStep * windowStep
	b.ReportAllocs()
	b.ResetTimer()
	c.say(how + " " + strconv.Itoa(n))
	answered := 0
	hear := func() {
		if _, err := p.answers.Pop(p.ctx, p.dst[:0]); err != nil {
			b.Fatal(err)
		}
		answered++
	}
	var err error
	for sent := 0; sent < n; sent += batch {
		if sent-answered*windowStep >= outstanding {
			hear()
		}
		if batch == 1 {
			err = p.requests.Push(messages[0])
		} else {
			err = p.requests.PushBatch(messages)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for answered < n/windowStep {
		hear()
	}
	b.StopTimer()
	if got := c.hear(); got != "done" {
		b.Fatal(got)
	}
}

// BenchmarkQueuePingPong compares round trips of a message between two pinned processes with bare ones: on two words that both spin on, and on two futexes, of which the processes
// may share a processor. The two take turns in short slices; the ratios are of the slices that follow each other.
func BenchmarkQueuePingPong(b *testing.B) {
	for _, kind := range []struct {
		name, bare, queue string
		spin, trips, cpu  int
	}{{"spinning", "spin", "echo", -1, 2000, 1}, {"sleeping", "futex", "sleep", 0, 200, 1}, {"on one processor", "futex", "sleep", -1, 200, 0}} {
		b.Run(kind.name, func(b *testing.B) {
			db, p, page := openPeers(b, 256)
			c := startConsumer(b, db.Path(), page, kind.cpu, kind.spin)
			if kind.spin >= 0 {
				defer simdb.SetPatience(simdb.SetPatience(kind.spin))
			}
			old := runtime.GOMAXPROCS(1)
			defer runtime.GOMAXPROCS(old)
			defer unpin(b, pin(0))()
			slice := func(how string) float64 {
				c.say(how + " " + strconv.Itoa(kind.trips))
				start := time.Now()
				if err := p.trips(how, kind.trips); err != nil {
					b.Fatal(err)
				}
				took := time.Since(start)
				if got := c.hear(); got != "done" {
					b.Fatal(got)
				}
				return float64(took.Nanoseconds()) / float64(kind.trips)
			}
			slice(kind.bare)
			slice(kind.queue)
			var ratios, bare, queue []float64
			for range max(40, b.N) {
				x, y := slice(kind.bare), slice(kind.queue)
				bare, queue, ratios = append(bare, x), append(queue, y), append(ratios, y/x)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(quantile(bare, 0.5), "ns/bare")
			b.ReportMetric(quantile(queue, 0.5), "ns/queue")
			b.ReportMetric(quantile(ratios, 0.25), "ratio-q1")
			b.ReportMetric(quantile(ratios, 0.5), "ratio")
			b.ReportMetric(quantile(ratios, 0.75), "ratio-q3")
		})
	}
}

// quantile of a sample, which it sorts.
func quantile(sample []float64, q float64) float64 {
	sort.Float64s(sample)
	return sample[int(q*float64(len(sample)-1))]
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
