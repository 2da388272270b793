package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"simdb.dev/model"
	"simdb.dev/simdb"
)

// config is a run as the command line asks for it. Workers get it as JSON.
type config struct {
	Workload   string
	Processes  int
	Goroutines int
	Duration   time.Duration
	Seed       uint64
	Keys       counts
	Sizes      sizes
	Mix        mix
	BlockSize  uint64
	Ops        int // of a client in a round, at most
	Messages   uint64
	Pause      bool
	Kill       bool
	Kills      int
	Keep       bool
	Budget     time.Duration
	Hang       time.Duration
	Dir        string
	Out        string
}

// mostClients keeps the operations that run at one time on one key, those of
// killed workers included, below what the checker can hold (256).
const mostClients = 128

// parse reads the command line.
func parse(args []string, stderr io.Writer) (*config, error) {
	var cfg, given config
	flags := flag.NewFlagSet("stress", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.Workload, "workload", "kv", "what the clients do: "+strings.Join(workloadNames(), ", "))
	flags.IntVar(&cfg.Processes, "processes", 4, "worker processes")
	flags.IntVar(&cfg.Goroutines, "goroutines", 2, "clients in each process")
	flags.DurationVar(&cfg.Duration, "duration", 30*time.Second, "length of the run, shared evenly by the phases; each has at least two rounds")
	flags.Uint64Var(&cfg.Seed, "seed", 0, "what the clients do (0: a random one)")
	flags.Var(&given.Keys, "keys", "number of keys, one phase for each number")
	flags.Var(&given.Sizes, "sizes", "bytes of a value or message, from-to; small ones are more frequent")
	flags.Var(&given.Mix, "mix", "operations with their weights")
	flags.Uint64Var(&cfg.BlockSize, "block", 128, "block size of the region")
	flags.IntVar(&given.Ops, "ops", 50_000, "operations of a client in a round, at most (6000 with -kills)")
	flags.Uint64Var(&cfg.Messages, "messages", 0, "push and take so many messages through one queue, and account for each, instead of recording rounds (workload queue)")
	flags.BoolVar(&cfg.Pause, "pause", true, "pause workers at random moments")
	flags.BoolVar(&cfg.Kill, "kill", false, "kill workers at random moments and start others")
	flags.IntVar(&cfg.Kills, "kills", 0, "kill so many workers, half of them at failpoints, instead of running for -duration (a binary built with -tags failpoints)")
	flags.BoolVar(&cfg.Keep, "keep", false, "keep the histories of a run that passes, too")
	flags.DurationVar(&cfg.Budget, "budget", time.Minute, "time to check one round; what is not decided by then is unknown")
	flags.DurationVar(&cfg.Hang, "hang", 10*time.Second, "a client that finishes no operation for that long hangs")
	flags.StringVar(&cfg.Dir, "dir", simdb.DefaultDir, "directory for the region and the histories while the run lasts")
	flags.StringVar(&cfg.Out, "out", "reports/stress", "directory for the reports")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("no arguments wanted, got %q", flags.Args())
	}
	if cfg.Seed == 0 {
		cfg.Seed = uint64(rand.Uint32()) + 1
	}
	work := workloads[cfg.Workload]
	if work == nil {
		return nil, fmt.Errorf("-workload %q: there are %s", cfg.Workload, strings.Join(workloadNames(), ", "))
	}
	cfg.Kill = cfg.Kill || cfg.Kills != 0
	work.defaults(&cfg)
	cfg.Ops = given.Ops
	if cfg.Kills > 0 {
		cfg.Ops = 6_000 // workers do not live long
	}
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "ops":
			cfg.Ops = given.Ops
		case "keys":
			cfg.Keys = given.Keys
		case "sizes":
			cfg.Sizes = given.Sizes
		case "mix":
			cfg.Mix = given.Mix
		}
	})
	return &cfg, cfg.validate()
}

func (c *config) validate() error {
	switch {
	case c.Processes < 1 || c.Goroutines < 1 || c.Processes > mostClients || c.Goroutines > mostClients || c.Processes*c.Goroutines > mostClients:
		return fmt.Errorf("-processes %d -goroutines %d: 1 to %d clients in all", c.Processes, c.Goroutines, mostClients)
	case c.Duration <= 0 || c.Budget <= 0 || c.Hang <= 0:
		return fmt.Errorf("-duration %v -budget %v -hang %v: must be positive", c.Duration, c.Budget, c.Hang)
	case c.BlockSize < 40 || c.BlockSize > 64<<10 || c.BlockSize%8 != 0:
		return fmt.Errorf("-block %d: a multiple of 8 from 40 to 65536", c.BlockSize)
	case c.Messages > 0 && (c.Workload != "queue" || c.Processes*c.Goroutines < 2 || c.Messages > 1e10):
		return fmt.Errorf("-messages %d: at most 10 billion, of the workload queue, with at least 2 clients", c.Messages)
	case c.Kills < 0 || c.Kills > mostProcesses/4 || c.Kills > 0 && c.Messages > 0:
		return fmt.Errorf("-kills %d: at most %d, and not with -messages", c.Kills, mostProcesses/4)
	case c.Kills > 0 && !withFailpoints:
		return fmt.Errorf("-kills %d: this binary has no failpoints; build it with -tags failpoints", c.Kills)
	case c.Ops < 1 || c.Ops > 1e7:
		return fmt.Errorf("-ops %d: 1 to 10 million", c.Ops)
	}
	return workloads[c.Workload].validate(c)
}

// command is the command line that repeats the run.
func (c *config) command() string {
	s := fmt.Sprintf("go run "+tags()+"./stress -workload %s -processes %d -goroutines %d -duration %v -seed %d -keys %v -sizes %v -mix %v -block %d -ops %d",
		c.Workload, c.Processes, c.Goroutines, c.Duration, c.Seed, &c.Keys, &c.Sizes, &c.Mix, c.BlockSize, c.Ops)
	if !c.Pause {
		s += " -pause=false"
	}
	if c.Kills > 0 {
		s += fmt.Sprintf(" -kills %d", c.Kills)
	} else if c.Kill {
		s += " -kill"
	}
	if c.Messages > 0 {
		s += fmt.Sprintf(" -messages %d", c.Messages)
	}
	return s
}

// fewKeys is the usual numbers of keys, or few if workers are started all the time: a new one prepares for each key.
func (c *config) fewKeys(usual, few counts) counts {
	if c.Kills > 0 {
		return few
	}
	return usual
}

// tags are the build tags of this binary, for go run.
func tags() string {
	if withFailpoints {
		return "-tags failpoints "
	}
	return ""
}

// counts is a list of numbers of keys.
type counts []int

func (c *counts) String() string {
	text := make([]string, len(*c))
	for i, n := range *c {
		text[i] = strconv.Itoa(n)
	}
	return strings.Join(text, ",")
}

func (c *counts) Set(s string) error {
	*c = nil
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 1 || n > 1e6 {
			return fmt.Errorf("%q: a number of keys is 1 to 1 million", part)
		}
		*c = append(*c, n)
	}
	return nil
}

// sizes is a range of value lengths.
type sizes struct{ Min, Max int }

func (s *sizes) String() string { return fmt.Sprintf("%d-%d", s.Min, s.Max) }

func (s *sizes) Set(text string) error {
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		to = from
	}
	var err1, err2 error
	s.Min, err1 = strconv.Atoi(from)
	s.Max, err2 = strconv.Atoi(to)
	if err := cmp.Or(err1, err2); err != nil || s.Min < 0 || s.Max < s.Min || s.Max > 64<<20 {
		return fmt.Errorf("%q: from-to, in bytes, at most 64 MiB", text)
	}
	return nil
}

// pick returns a length; its logarithm is uniform.
func (s *sizes) pick(r *rand.Rand) int {
	return s.Min + int(math.Exp(r.Float64()*s.log())) - 1
}

// log is the logarithm of one more than the number of lengths.
func (s *sizes) log() float64 { return math.Log(float64(s.Max - s.Min + 2)) }

// mean is about the mean of what pick returns.
func (s *sizes) mean() int {
	return s.Min + int(float64(s.Max-s.Min+1)/s.log()) - 1
}

// mix is the weights of operations.
type mix map[string]int

func (m *mix) String() string {
	var parts []string
	for op, weight := range *m {
		parts = append(parts, fmt.Sprintf("%s=%d", op, weight))
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func (m *mix) Set(s string) error {
	*m = mix{}
	for part := range strings.SplitSeq(s, ",") {
		name, weight, _ := strings.Cut(part, "=")
		if _, ok := model.ParseOp(name); !ok {
			return fmt.Errorf("%q: no such operation", name)
		}
		n, err := strconv.Atoi(weight)
		if err != nil || n < 0 || n > 1e6 {
			return fmt.Errorf("%q: operation=weight, at most 1 million", part)
		}
		(*m)[name] = n
	}
	return nil
}
