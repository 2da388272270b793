package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"

	"simdb.dev/simdb"
)

var keyVerbs = []*verb{{
	name: "keys", operands: "REGION", flags: opens | facts | bytesOut | severalOf,
	brief: "list keys, in no order",
	about: "It is no snapshot: a key that is there all the time is listed once, one that comes or goes meanwhile at most once.",
	examples: []string{"simdb keys prices --prefix EUR -l", "with kind and size", "simdb keys prices --kind queue", "the queues",
		"simdb keys prices --hex | while read k; do simdb get prices $k --key-hex; done", "whatever bytes the keys have"},
	setup: keys,
}}

func keys(f *flag.FlagSet) action {
	prefix := f.String("prefix", "", "only keys that begin with `TEXT`")
	kind := f.String("kind", "", "only entries of that `KIND`: value, pack or queue")
	long := f.Bool("l", false, "with kind and size")
	return func(c *call) error {
		if *kind != "" && !isKind(*kind) {
			return usage("--kind is value, pack or queue, not %q", *kind)
		}
		return c.use(reading, func(db *simdb.DB) error {
			p := c.slow("listing")
			defer p.stop()
			for e, err := range db.Entries() {
				if err == nil {
					err = c.ctx.Err()
				}
				if err != nil {
					return err
				}
				if !bytes.HasPrefix(e.Key, []byte(*prefix)) || *kind != "" && e.Kind.String() != *kind {
					continue
				}
				if err := c.entry(db, e, *long); err != nil {
					return err
				}
				p.done.Add(1)
			}
			return nil
		})
	}
}

func isKind(name string) bool {
	for k := simdb.KindValue; k <= simdb.KindQueue; k++ {
		if k.String() == name {
			return true
		}
	}
	return false
}

// entry prints a key, and what else is asked for.
func (c *call) entry(db *simdb.DB, e simdb.EntryInfo, long bool) error {
	if !long && !c.shared.json {
		c.out.item(e.Key)
		return nil
	}
	size, unit := e.Size, "bytes"
	if e.Kind == simdb.KindQueue {
		var err error
		size, err = depth(db, e.Key)
		if errors.Is(err, simdb.ErrNotFound) || errors.Is(err, simdb.ErrKind) {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		unit = "messages"
	}
	if c.shared.json {
		o := map[string]any{"kind": e.Kind.String(), unit: size}
		bytesField(o, "key", e.Key)
		return c.out.object(o)
	}
	fmt.Fprintf(c.out, "%-5s  %9d %-8s  ", e.Kind, size, unit)
	c.out.item(e.Key)
	return nil
}

// depth is how many messages the queue at key has.
func depth(db *simdb.DB, key []byte) (int, error) {
	q, err := db.Queue(key, simdb.QueueOptions{})
	if err != nil {
		return 0, err
	}
	return q.Len()
}
