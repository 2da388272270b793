// Linearize checks histories of operations on keys for linearizability.
//
//	go run ./linearize [flags] FILE...
//
// Each FILE is what a worker recorded, or JSON lines in the format that package
// linearize/history documents; several are merged into one history. The report
// names what is wrong and ends with one line: "verdict: linearizable",
// "verdict: violation", "verdict: unknown" or "verdict: not run".
//
// Exit status: 0 linearizable; 1 violation; 2 usage, an unreadable or malformed
// file, or an assumption that does not hold (not run); 3 unknown.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"simdb.dev/linearize/check"
	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const statusUsage = 2

var status = map[check.Verdict]int{
	check.Linearizable: 0,
	check.Violation:    1,
	check.NotRun:       statusUsage,
	check.Unknown:      3,
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("linearize", flag.ContinueOnError)
	flags.SetOutput(stderr)
	budget := flags.Duration("budget", 10*time.Minute, "time to spend; what is not decided by then is unknown; 0: no limit")
	full := flags.Bool("full", false, "the region may have been short of blocks: any write may end as full")
	out := flags.String("out", "", "directory for a picture (HTML) and the operations (JSON lines) of each violation")
	merged := flags.String("json", "", "write the merged history to this file as JSON lines")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: linearize [flags] FILE...")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return statusUsage
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return statusUsage
	}
	fail := func(err error) int {
		fmt.Fprintln(stderr, "linearize:", err)
		return statusUsage
	}
	h, err := history.ReadFile(flags.Args()...)
	if err != nil {
		return fail(err)
	}
	if *merged != "" {
		if err := writeMerged(*merged, h); err != nil {
			return fail(err)
		}
	}
	rules := model.Rules{Full: *full}
	report := check.Check(h, check.Options{Rules: rules, Budget: *budget})
	if *out != "" {
		paths, err := report.Save(*out, rules)
		if err != nil {
			return fail(err)
		}
		for _, p := range paths {
			fmt.Fprintln(stdout, "wrote", p)
		}
	}
	if err := report.WriteText(stdout); err != nil {
		return fail(err)
	}
	return status[report.Verdict]
}

func writeMerged(path string, h *history.History) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := h.WriteJSON(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
