package simdb

import (
	"fmt"
	"testing"
	"time"
)

// sweepBlocks is how many blocks the benchmarks of sweeping have, of sweepBlockSize bytes.
const (
	sweepBlocks    = 1 << 20
	sweepBlockSize = 128
)

// BenchmarkSweep sweeps a region beside a plain scan of its block words, in turn, and takes the shortest time of each: ms per million blocks, and what part it is of what is allowed: twice the scan, and 1 µs for
// each block that is given back. What the region holds makes a difference: a message is asked for at its slot.
func BenchmarkSweep(b *testing.B) {
	for _, what := range []string{"empty", "values", "messages"} {
		for _, left := range []int{0, 1, 10_000} {
			b.Run(fmt.Sprintf("%s/left=%d", what, left), func(b *testing.B) { benchmarkSweep(b, what, left) })
		}
	}
}

func benchmarkSweep(b *testing.B, what string, left int) {
	db, err := OpenPath(shmPath(b), Options{BlockSize: sweepBlockSize, BlockCount: sweepBlocks})
	must(b, err)
	defer db.Close()
	fillHalf(b, db, what)
	scan, sweep := time.Hour, time.Hour
	for b.Loop() {
		b.StopTimer()
		dead, err := db.Attach()
		must(b, err)
		ln, _ := dead.enter()
		for range left {
			if _, ok := dead.r.take(ln); !ok {
				b.Fatal("no block is free")
			}
		}
		if left > 0 {
			dead.r.locks.unlock(dead.h.slot)
		}
		scan = min(scan, timeOf(func() { scanBlocks(db.r) }))
		b.StartTimer()
		var report SweepReport
		sweep = min(sweep, timeOf(func() { report, err = db.Sweep() }))
		b.StopTimer()
		scan = min(scan, timeOf(func() { scanBlocks(db.r) }))
		must(b, err)
		if report.Freed != uint64(left) {
			b.Fatalf("%+v", report)
		}
		ln.leave(&dead.r.mem)
		must(b, dead.Close())
		b.StartTimer()
	}
	b.StopTimer()
	const perMillion = 1e6 / sweepBlocks / float64(time.Millisecond)
	b.ReportMetric(float64(scan)*perMillion, "scan-ms/Mblock")
	b.ReportMetric(float64(sweep)*perMillion, "sweep-ms/Mblock")
	b.ReportMetric(float64(sweep)/float64(2*scan+time.Duration(left)*time.Microsecond), "of-allowed")
}

func timeOf(f func()) time.Duration {
	from := time.Now()
	f()
	return time.Since(from)
}

// fillHalf fills half of the blocks.
func fillHalf(b *testing.B, db *DB, what string) {
	switch what {
	case "values":
		var key [8]byte
		for i := range uint64(sweepBlocks / 2) {
			for j := range key {
				key[j] = byte(i >> (8 * j))
			}
			must(b, db.Put(key[:], key[:]))
		}
	case "messages":
		q, err := db.Queue([]byte("q"), QueueOptions{})
		must(b, err)
		for range sweepBlocks * 9 / 20 { // and a segment for each 9
			must(b, q.Push([]byte("message")))
		}
	}
}

// scanBlocks looks at every block word, and does nothing about it.
func scanBlocks(r *region) (n uint64) {
	for i := range r.blockCount {
		off, _ := r.block(i)
		n += r.load(off)
	}
	return n
}

// BenchmarkBesideSweep updates entries while another goroutine sweeps without end, and while none does, in turn: how much longer the fastest time with a sweep is than the fastest without.
func BenchmarkBesideSweep(b *testing.B) {
	db, err := OpenPath(shmPath(b), Options{BlockSize: sweepBlockSize, BlockCount: sweepBlocks})
	must(b, err)
	defer db.Close()
	fillHalf(b, db, "values")
	const updates = 50_000
	work := func() {
		var key [8]byte
		for i := range uint64(updates) {
			for j, k := 0, i*0x9e3779b1%(sweepBlocks/2); j < len(key); j++ {
				key[j] = byte(k >> (8 * j))
			}
			must(b, db.Put(key[:], key[:]))
		}
	}
	with, without := time.Hour, time.Hour
	for b.Loop() {
		without = min(without, timeOf(work))
		stop, sweeping, stopped := make(chan struct{}), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			close(sweeping)
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := db.Sweep(); err != nil {
						b.Error(err)
						return
					}
				}
			}
		}()
		<-sweeping
		with = min(with, timeOf(work))
		close(stop)
		<-stopped
	}
	b.ReportMetric(float64(without)/updates, "ns/put-alone")
	b.ReportMetric(float64(with)/updates, "ns/put-beside")
	b.ReportMetric(100*(float64(with)/float64(without)-1), "%-slower")
}
