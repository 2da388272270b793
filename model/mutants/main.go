// Mutants makes mistakes in simdb, one at a time, and says which of the explorer's scenarios notices.
//
//	go run ./model/mutants                    all mutants; the table goes to reports/mutants.txt
//	go run ./model/mutants -quick -sample 40  a fixed sample, in a few minutes
//	go run ./model/mutants -run 'sweep.go:5'  those whose line in the table matches, with what the explorer says
//	go run ./model/mutants -resume            go on with an earlier run: all but those that it has killed in files that are what they were
//	go run ./model/mutants -list              only names them
//	go run ./model/mutants -beside 'rapid=go test ./simdb'   one more column: does this command fail?
//
// Mistakes are generated from the syntax tree: over every atomic operation, and every check of a word that was read before. More are written by hand, one at least
// for each interleaving of the design that concerns values. Sources stay as they are: the compiler is given the changed files by -overlay, with all mutants in one program.
//
// The exit status is 1 if a mutant survived that is not listed, with the proof, as equivalent.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	sample := flag.Int("sample", 0, "run about this many of the generated mutants, always the same, and all that are written by hand")
	match := flag.String("run", "", "run the mutants that match this regular expression")
	list := flag.Bool("list", false, "list the mutants")
	out := flag.String("out", "reports/mutants.txt", "where the table goes; - for nowhere but the standard output")
	scenarios := "all"
	flag.BoolFunc("quick", "without the scenarios that take minutes", func(string) error { scenarios = "quick"; return nil })
	budget := flag.Duration("budget", 55*time.Minute, "start no mutant after that; the table says how many were not run")
	jobs := flag.Int("j", 2, "how many at once")
	flag.DurationVar(&patience, "patience", 3*time.Minute, "how long the scenarios may take together with one mutant")
	flag.StringVar(&only, "scenarios", "", "the scenarios that match this regular expression, instead of those that may notice a mutant of its file")
	resume := flag.Bool("resume", false, "keep of the table at -out the mutants that were killed, of files that did not change since; run the others, and write the table anew")
	var beside columns
	flag.Var(&beside, "beside", "name=command: one more column that says whether the command fails too (may be repeated)")
	flag.Parse()
	if err := run(*sample, *match, *list, *resume, *out, *jobs, *budget, scenarios, beside); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(sample int, match string, list, resume bool, out string, jobs int, budget time.Duration, scenarios string, beside columns) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	mutants, err := all(root)
	if err != nil {
		return err
	}
	re, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	now, err := stamps(root, mutants)
	if err != nil {
		return err
	}
	path := out
	if !filepath.IsAbs(out) {
		path = filepath.Join(root, out)
	}
	every := mutants
	mutants = choose(mutants, sample, re)
	kept := map[string]row{}
	if resume {
		if kept, err = keep(path, now); err != nil {
			return err
		}
		mutants = slices.DeleteFunc(mutants, func(m *mutant) bool { _, ok := kept[m.key()]; return ok })
	}
	if list {
		for _, m := range mutants {
			fmt.Println(m)
		}
		fmt.Println(len(mutants), "mutants")
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	results, err := runAll(ctx, root, mutants, jobs, budget, scenarios, beside, match != "")
	if err != nil {
		return err
	}
	if resume {
		results = merge(every, kept, results)
	}
	table := format(results, beside, now)
	if out != "-" && (match == "" || resume) {
		if err := os.WriteFile(path, []byte(table), 0o644); err != nil {
			return err
		}
	}
	fmt.Print(table)
	if n := count(results, survived); n > 0 {
		return fmt.Errorf("%d mutants survived", n)
	}
	if n := count(results, notRun); n > 0 {
		return fmt.Errorf("%d mutants were not run", n)
	}
	return nil
}

// all are the mutants by hand, then the generated ones.
func all(root string) ([]*mutant, error) {
	list, err := byHand(root)
	if err != nil {
		return nil, err
	}
	generated, err := generate(root)
	if err != nil {
		return nil, err
	}
	list = append(list, generated...)
	number(list)
	stale := maps.Clone(equivalent)
	for _, m := range list {
		m.equal = equivalent[m.key()]
		delete(stale, m.key())
	}
	if len(stale) > 0 {
		return nil, fmt.Errorf("said to be equivalent, but not there: %q", slices.Sorted(maps.Keys(stale)))
	}
	return list, nil
}

// number tells mutants apart that do the same in several places of a function, so that what is known of one is not believed of another.
func number(list []*mutant) {
	same := map[string]int{}
	for _, m := range list {
		key := m.key()
		if same[key]++; same[key] > 1 {
			m.what += fmt.Sprintf(" (%d)", same[key])
		}
	}
}

// choose takes what matches, and of the generated ones about n, spread evenly. 0: all.
func choose(list []*mutant, n int, match *regexp.Regexp) []*mutant {
	generated := 0
	for _, m := range list {
		if !m.hand {
			generated++
		}
	}
	step := 1
	if n > 0 && n < generated {
		step = generated / n
	}
	var chosen []*mutant
	i := 0
	for _, m := range list {
		if !m.hand {
			i++
		}
		if match.MatchString(m.String()) && (m.hand || i%step == 0) {
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// keep gives the rows of killed mutants of the table of an earlier run, of files that are now what they were.
func keep(path string, now map[string]string) (map[string]row, error) {
	rows, then, err := readTable(path)
	maps.DeleteFunc(rows, func(_ string, r row) bool {
		return r.fate != killed || then[r.file] == "" || then[r.file] != now[r.file]
	})
	return rows, err
}

// merge is what becomes of all mutants: what was kept, what was run now, and the rest that was not run.
func merge(every []*mutant, kept map[string]row, results []result) []result {
	now := map[*mutant]result{}
	for _, r := range results {
		now[r.m] = r
	}
	var all []result
	for _, m := range every {
		r, ok := now[m]
		if k, was := kept[m.key()]; was && !ok {
			r = result{fate: k.fate, by: k.by, executions: k.executions}
			r.seconds, _ = strconv.ParseFloat(k.seconds, 64)
		} else if !ok && m.equal != "" {
			r.fate, r.by = equal, m.equal
		} else if !ok {
			r.fate = notRun
		}
		r.m = m
		all = append(all, r)
	}
	return all
}

// columns are the commands of -beside.
type columns []column

type column struct{ name, command string }

func (c *columns) String() string { return fmt.Sprint(*c) }

func (c *columns) Set(s string) error {
	name, command, ok := strings.Cut(s, "=")
	if !ok {
		return fmt.Errorf("%q is not name=command", s)
	}
	*c = append(*c, column{name, command})
	return nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod above %s", dir)
		}
	}
}
