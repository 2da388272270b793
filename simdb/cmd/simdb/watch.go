package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"simdb.dev/simdb"
)

var liveVerbs = []*verb{
	{
		name: "watch", operands: "REGION KEY", flags: opens | facts | bytesOut | severalOf | keyIn,
		brief: "print a value, and again whenever it changes",
		about: "It sleeps in between. Values that are replaced faster than they are printed may be missed, but never the last one. A key that is deleted is told of on standard error. It ends on an interrupt.",
		examples: []string{"simdb watch prices EURUSD", "", "simdb watch prices EURUSD -n 1 --timeout 10s", "the first value that comes; status 1 if none does",
			"simdb watch prices EURUSD --json | jq --unbuffered -r .value", ""},
		setup: watch,
	},
	{
		name: "top", operands: "REGION", flags: opens | facts,
		brief:    "show a region as it changes: use, entries, queues, who is attached",
		about:    "In a terminal q, or an interrupt, ends it; elsewhere it prints a line each time. Each time costs a pass over the region.",
		examples: []string{"simdb top prices", "", "simdb top prices --every 10s >> use.log", "a line each time", "simdb top prices -n 1 --json", "once, all of it"},
		setup:    top,
	},
}

func watch(f *flag.FlagSet) action {
	n := f.Int("n", 0, "end after so many values")
	timeout := f.Duration("timeout", 0, "end after so long, such as 10s")
	return func(c *call) error {
		return c.useKey(reading, func(db *simdb.DB, key []byte) error {
			ctx := c.ctx
			if *timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, *timeout)
				defer cancel()
			}
			err := c.watch(ctx, db, key, *n)
			if c.ctx.Err() != nil {
				return nil
			}
			return err
		})
	}
}

// watch prints n values of key, or all until ctx ends.
func (c *call) watch(ctx context.Context, db *simdb.DB, key []byte, n int) error {
	var old simdb.Version
	var b []byte
	for printed := 0; n == 0 || printed < n; {
		v, err := db.Wait(ctx, key, old)
		if err != nil {
			return err
		}
		if v.IsZero() {
			old = v
			if err := c.deleted(key); err != nil {
				return err
			}
			continue
		}
		b, v, err = db.GetVersion(key, b[:0])
		if errors.Is(err, simdb.ErrNotFound) {
			old = v // zero: an entry was there and is not; Wait waits for the next
			if err := c.deleted(key); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		old = v
		if c.shared.json {
			err = c.value(key, b, v)
		} else {
			c.out.item(b)
		}
		if err == nil {
			err = c.out.Flush()
		}
		if err != nil {
			return err
		}
		printed++
	}
	return nil
}

func (c *call) deleted(key []byte) error {
	if !c.shared.json {
		fmt.Fprintf(os.Stderr, "simdb watch: %s deleted at %s\n", readable(key), time.Now().Format(time.TimeOnly))
		return nil
	}
	o := map[string]any{"deleted": true}
	bytesField(o, "key", key)
	if err := c.out.object(o); err != nil {
		return err
	}
	return c.out.Flush()
}
