package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"simdb.dev/simdb"
)

var benchVerbs = []*verb{{
	name: "bench", flags: facts,
	brief:    "measure this machine: one process, one goroutine, a region of its own",
	about:    "Keys of 16 bytes, values and messages of 64. It prints what benchstat reads. Ratios to other stores are those of make bench.",
	examples: []string{"simdb bench", "", "simdb bench --time 1s --keys 1000000", "longer, in a larger region"},
	setup:    bench,
}}

func bench(f *flag.FlagSet) action {
	each := f.Duration("time", 200*time.Millisecond, "for each measure")
	n := f.Int("keys", 10_000, "keys in the region")
	return func(c *call) error {
		if *n < 1 || *n > 1<<24 {
			return usage("--keys is from 1 to 16777216")
		}
		dir, err := os.MkdirTemp(regionDir(), "simdb-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		db, err := simdb.OpenPath(filepath.Join(dir, "region"), simdb.Options{BlockSize: 128, BlockCount: uint64(2**n + 1000)})
		if err != nil {
			return err
		}
		defer db.Close()
		if !c.shared.json {
			fmt.Fprintf(c.out, "goos: %s\ngoarch: %s\npkg: simdb.dev/simdb/cmd/simdb\n", runtime.GOOS, runtime.GOARCH)
		}
		return c.measureAll(db, *n, *each)
	}
}

func (c *call) measureAll(db *simdb.DB, keys int, each time.Duration) error {
	q, err := db.Queue([]byte("queue"), simdb.QueueOptions{})
	if err != nil {
		return err
	}
	var (
		key    [16]byte
		value  [64]byte
		buf    = make([]byte, 0, 64)
		number uint64
	)
	next := func() []byte { // all keys, far from each other
		number += 0x9e3779b97f4a7c15
		binary.LittleEndian.PutUint64(key[:], (number>>32)*uint64(keys)>>32)
		return key[:]
	}
	for i := range uint64(keys) {
		binary.LittleEndian.PutUint64(key[:], i)
		if err := db.Put(key[:], value[:]); err != nil {
			return err
		}
	}
	for _, m := range []struct {
		name string
		do   func() error
	}{
		{"Get", func() (err error) { buf, err = db.Get(next(), buf[:0]); return err }},
		{"Put", func() error { return db.Put(next(), value[:]) }},
		{"PushPop", func() (err error) {
			if err = q.Push(value[:]); err == nil {
				buf, err = q.TryPop(buf[:0])
			}
			return err
		}},
	} {
		if err := c.measure(fmt.Sprintf("%s/keys=%d", m.name, keys), each, m.do); err != nil {
			return err
		}
	}
	return nil
}

// measure does something again and again for so long, and prints how long each took.
func (c *call) measure(name string, duration time.Duration, do func() error) error {
	ctx, cancel := context.WithTimeout(c.ctx, duration)
	defer cancel()
	const stride = 256 // looks at the clock now and then
	start, n := time.Now(), 0
	for ; ctx.Err() == nil; n += stride {
		for range stride {
			if err := do(); err != nil {
				return err
			}
		}
	}
	took := time.Since(start)
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if c.shared.json {
		return c.out.object(map[string]any{"name": name, "n": n, "ns_per_op": float64(took.Nanoseconds()) / float64(n)})
	}
	fmt.Fprintf(c.out, "Benchmark%s\t%8d\t%10.1f ns/op\n", name, n, float64(took.Nanoseconds())/float64(n))
	return c.out.Flush()
}
