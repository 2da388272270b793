package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"simdb.dev/bench/report"
	"simdb.dev/simdb"
)

// config is what the command line asks for.
type config struct {
	command string
	args    []string

	quick  bool
	rounds int
	slice  time.Duration
	only   *regexp.Regexp
	peers  []string
	dir    string
	report report.Options
}

var commands = map[string]func(context.Context, *config, io.Writer, io.Writer) error{
	"run":    measureAll,
	"list":   list,
	"report": reportAgain,
}

const help = `usage: bench [flags]          measure, then report
       bench list [flags]     what would be measured, and which peers are there
       bench report [flags]   report from the raw lines of an earlier run
`

// parse reads the command line.
func parse(args []string, stderr io.Writer) (*config, error) {
	cfg := &config{command: "run", args: args}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		cfg.command, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var out, only, names string
	if cfg.command == "report" {
		o := &cfg.report
		flags.StringVar(&o.Raw, "raw", "reports/bench/raw.txt", "raw lines to report from")
		flags.StringVar(&o.To, "to", "reports/bench", "directory for tables and plots")
		flags.BoolVar(&o.PNG, "png", false, "plots also as PNG")
		flags.StringVar(&o.Index, "index", "", "page that shows everything (empty: none)")
		flags.StringVar(&o.Readme, "readme", "", "file whose text between the markers is replaced by the tables (empty: none)")
	} else {
		flags.StringVar(&out, "out", "reports", "directory for the reports")
		flags.BoolVar(&cfg.quick, "quick", false, "fewer sizes and rounds and short slices: under two minutes")
		flags.IntVar(&cfg.rounds, "rounds", 0, "rounds in which everybody is measured once (0: 7, with -quick 3)")
		flags.DurationVar(&cfg.slice, "slice", 0, "length of one measurement (0: 200ms, with -quick 40ms)")
		flags.StringVar(&only, "only", "", "measure what matches this regular expression; list shows the names")
		flags.StringVar(&names, "peers", "", "measure these only, with commas between (empty: all)")
		flags.StringVar(&cfg.dir, "dir", simdb.DefaultDir, "directory on the shared-memory file system for regions and files while the run lasts")
	}
	err := flags.Parse(args)
	if err == flag.ErrHelp {
		fmt.Fprint(stderr, help)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return nil, err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("no arguments wanted, got %q", flags.Args())
	}
	if err == nil && only != "" {
		cfg.only, err = regexp.Compile(only)
	}
	if out != "" {
		cfg.report = reportOf(out)
	}
	if names != "" {
		cfg.peers = strings.Split(names, ",")
	}
	if err == nil {
		err = cfg.validate()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w; bench -h lists the flags", errUsage, err)
	}
	cfg.defaults()
	return cfg, nil
}

func (c *config) validate() error {
	switch {
	case commands[c.command] == nil:
		return fmt.Errorf("no command %q: there are run, list and report", c.command)
	case c.rounds < 0 || c.rounds > 1000:
		return fmt.Errorf("-rounds %d: 1 to 1000", c.rounds)
	case c.slice < 0 || c.slice > time.Minute:
		return fmt.Errorf("-slice %v: 1ms to 1m", c.slice)
	}
	known := contestantNames()
	for _, p := range c.peers {
		if !slices.Contains(known, p) {
			return fmt.Errorf("-peers %q: there are %s", p, strings.Join(known, ", "))
		}
	}
	if c.command != "report" {
		if info, err := os.Stat(c.dir); err != nil || !info.IsDir() {
			return fmt.Errorf("-dir %s: no such directory; name one on a tmpfs", c.dir)
		}
	}
	return nil
}

func (c *config) defaults() {
	if c.rounds == 0 {
		c.rounds = c.pick(3, 7)
	}
	if c.slice == 0 {
		c.slice = time.Duration(c.pick(40, 200)) * time.Millisecond
	}
}

// pick is the first with -quick, else the second.
func (c *config) pick(quick, full int) int {
	if c.quick {
		return quick
	}
	return full
}

// contestantNames lists everybody that any trial names.
func contestantNames() []string {
	var names []string
	for _, t := range allTrials(&config{}) {
		for _, c := range t.contestants {
			if !slices.Contains(names, c.peer) {
				names = append(names, c.peer)
			}
		}
	}
	return names
}
