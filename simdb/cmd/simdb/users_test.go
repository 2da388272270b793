package main

import (
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"simdb.dev/internal/scratch"
	"simdb.dev/simdb"
)

// BenchmarkUsers is what looking costs those who use a region: a reader of 100,000 keys in a region of 64 MiB, by turns alone, beside top, and beside stat again and again without a pause. It
// counts the reader's own processor time, so that it says what caches and shared words cost, not who else wants the processor. The ratios are of medians.
func BenchmarkUsers(b *testing.B) {
	const keys = 100_000
	path := filepath.Join(scratch.InTest(b, "/dev/shm"), "region")
	db, err := simdb.OpenPath(path, simdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	var key [16]byte
	for i := range uint64(keys) {
		binary.LittleEndian.PutUint64(key[:], i)
		if err := db.Put(key[:], make([]byte, 64)); err != nil {
			b.Fatal(err)
		}
	}
	runtime.LockOSThread()
	buf, number := make([]byte, 0, 64), uint64(0)
	read := func() float64 {
		start := threadTime(b)
		const n = 1_000_000
		for range n {
			number += 0x9e3779b97f4a7c15
			binary.LittleEndian.PutUint64(key[:], (number>>32)*keys>>32)
			if buf, err = db.Get(key[:], buf[:0]); err != nil {
				b.Fatal(err)
			}
		}
		return float64(threadTime(b)-start) / n
	}
	looks := []struct {
		name string
		line string
	}{
		{"alone", ""},
		{"top", `exec simdb top "$0"`},
		{"stat", `while simdb stat "$0"; do :; done`},
	}
	times := make([][]float64, len(looks))
	for b.Loop() {
		for i, look := range looks {
			end := beside(b, look.line, path)
			times[i] = append(times[i], read())
			end()
		}
	}
	for i, look := range looks {
		slices.Sort(times[i])
		median := times[i][len(times[i])/2]
		b.ReportMetric(median, look.name+"-ns")
		if i > 0 {
			b.ReportMetric(times[0][len(times[0])/2]/median, look.name+"-rate")
		}
	}
}

// beside runs a command that prints something again and again, from when it has printed the first until it is ended.
func beside(b *testing.B, line, path string) (end func()) {
	if line == "" {
		return func() {}
	}
	c := exec.Command("sh", "-c", line, path)
	c.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		b.Fatal(err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for buf := make([]byte, 4096); err == nil; {
			_, err = out.Read(buf)
		}
	}()
	return func() {
		unix.Kill(-c.Process.Pid, unix.SIGKILL)
		<-drained
		c.Wait()
	}
}

// threadTime is the processor time that this thread had.
func threadTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}
