package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
	"simdb.dev/simdb"
)

var transferVerbs = []*verb{
	{
		name: "dump", operands: "REGION [FILE|-]", flags: opens,
		brief: "write all entries to a file or standard output",
		about: "Others may go on meanwhile: each entry is dumped as it was at one moment. A dump holds no geometry: load it into a region of any.",
		examples: []string{"simdb dump prices prices.dump", "", "simdb create larger --size 1GiB && simdb dump prices | simdb load larger", "a region grows",
			"simdb dump prices | zstd > prices.zst", ""},
		setup: do(dump),
	},
	{
		name: "load", operands: "REGION [FILE|-]", flags: opens,
		brief:    "put the entries of a dump into a region",
		about:    "Values and packs replace those that are there; messages are pushed behind those that are there. What came before an error is loaded.",
		examples: []string{"simdb load prices prices.dump", ""},
		setup:    do(load),
	},
	{
		name: "salvage", operands: "FROM TO", flags: opens | facts,
		brief: "copy what is whole of a damaged region into another one",
		about: "FROM is read as a file, is not changed, and nobody should use it meanwhile. What is not whole is counted: status 1. " +
			"Bytes of a value that were overwritten are not noticed.",
		examples: []string{"simdb create rescued --size 64MiB && simdb salvage prices rescued", ""},
		setup:    do(salvage),
	},
}

func dump(c *call) error {
	return c.use(reading, func(db *simdb.DB) (err error) {
		var to io.Writer = os.Stdout
		if name := c.file(); name != "" {
			f, err2 := os.Create(name)
			if err2 != nil {
				return err2
			}
			defer func() { err = errors.Join(err, f.Close()) }()
			to = f
		} else if term.IsTerminal(int(os.Stdout.Fd())) {
			return usage("a dump is not for terminals; name a file")
		}
		p := c.slow("dumping")
		defer p.stop()
		_, err = db.Dump(contextWriter{c, to}, p.transfer())
		return err
	})
}

func load(c *call) error {
	return c.use(writing, func(db *simdb.DB) error {
		var from io.Reader = c.in
		if name := c.file(); name != "" {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			from = f
		}
		p := c.slow("loading")
		defer p.stop()
		done, err := db.Load(bufio.NewReader(from), p.transfer())
		if err != nil {
			return fmt.Errorf("%w; %s and %s were loaded", err, plural(done.Entries, "key"), plural(done.Messages, "message"))
		}
		return nil
	})
}

// file is the second operand, "" for standard input and output.
func (c *call) file() string {
	if len(c.operands) < 2 || c.operands[1] == "-" {
		return ""
	}
	return c.operands[1]
}

// transfer tells a progress how many entries and messages are done.
func (p *progress) transfer() simdb.TransferOptions {
	return simdb.TransferOptions{Progress: func(done simdb.Progress) { p.done.Store(done.Entries + done.Messages) }}
}

// contextWriter ends with the call.
type contextWriter struct {
	c *call
	io.Writer
}

func (w contextWriter) Write(b []byte) (int, error) {
	if err := w.c.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(b)
}

func salvage(c *call) error {
	from, to := c.operands[0], c.operands[1]
	db, err := c.open(to, writing)
	if err != nil {
		return err
	}
	defer db.Close()
	p := c.slow("salvaging")
	r, err := simdb.Salvage(regionPath(from), db, p.transfer())
	p.stop()
	if err != nil {
		return err
	}
	if c.shared.json {
		err = c.out.object(map[string]uint64{"entries": r.Entries, "messages": r.Messages, "found": r.Found, "lost": r.Lost})
	} else {
		fmt.Fprintf(c.out, "%s and %s copied, %d of them from blocks to which nothing led; %d lost\n",
			plural(r.Entries, "key"), plural(r.Messages, "message"), r.Found, r.Lost)
		for _, f := range r.Findings {
			fmt.Fprintln(c.out, f)
		}
	}
	if r.Lost+uint64(len(r.Findings)) > 0 {
		err = cmp.Or(err, finding("not all of %s is whole", from))
	}
	return err
}
