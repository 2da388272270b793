package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// fate is what became of a mutant.
type fate string

const (
	killed     fate = "killed"
	survived   fate = "SURVIVED"
	equal      fate = "equivalent"
	notRun     fate = "not run"
	uncompiled fate = "does not compile"
)

// result is one row of the table.
type result struct {
	m          *mutant
	fate       fate
	by         string // scenario, and what it noticed
	executions string // of that scenario, until then
	seconds    float64
	beside     []string
	output     string
}

// patience is how long all scenarios together may take with one mutant.
var patience time.Duration

// only is a regular expression of scenarios to be run, if it is not empty.
var only string

// sampled is up to how many mutants it does not pay to find out first which scenarios come to which lines.
const sampled = 20

// runAll runs the mutants, jobs at a time.
func runAll(ctx context.Context, root string, mutants []*mutant, jobs int, budget time.Duration, scenarios string, beside columns, verbose bool) ([]result, error) {
	results := make([]result, len(mutants))
	errs := make([]error, len(mutants))
	next := make(chan int)
	noticed, err := known(root)
	if err != nil {
		return nil, err
	}
	var reached *coverage
	if len(mutants) > sampled && only == "" && scenarios == "all" {
		if reached, err = gather(ctx, root, jobs); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	all, err := newSchemata(root, dir, mutants)
	if err != nil {
		return nil, err
	}
	k := &killers{kills: map[string]map[string]int{}}
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(func() {
			for i := range next {
				results[i], errs[i] = runOne(ctx, all, mutants[i], scenarios, noticed[mutants[i].key()], reached, k, beside)
				fmt.Fprintf(os.Stderr, "%d/%d %-10s %s: %s\n", i+1, len(mutants), results[i].fate, mutants[i], results[i].by)
				if verbose {
					fmt.Fprint(os.Stderr, results[i].output)
				}
			}
		})
	}
	begin := time.Now()
	for i := range mutants {
		if time.Since(begin) > budget || ctx.Err() != nil {
			results[i] = result{m: mutants[i], fate: notRun}
			continue
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return results, errors.Join(errs...)
}

// runOne runs the scenarios with the mutant.
func runOne(ctx context.Context, all *schemata, m *mutant, scenarios, noticed string, reached *coverage, k *killers, beside columns) (result, error) {
	res := result{m: m, fate: equal, by: m.equal}
	if m.equal != "" {
		return res, nil
	}
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return res, err
	}
	defer os.RemoveAll(dir)
	p, err := all.program(m, dir)
	if errors.Is(err, errUncompiled) {
		res.fate, res.output = uncompiled, err.Error()
		if m.hand {
			return res, fmt.Errorf("%s %w", m, err)
		}
		return res, nil
	}
	if err != nil {
		return res, err
	}
	candidates := []string{"-programs", programs(m.file)}
	if reached != nil {
		src, err := source(all.root, m.file)
		if err != nil {
			return res, err
		}
		if list, ok := reached.of(m, src); ok {
			candidates = []string{"-reached", strings.Join(list, "\n")}
		}
	}
	if test, ok := strings.CutPrefix(noticed, byTests); ok { // it takes all scenarios to say that none notices
		noticed, res.fate = "", survived
		for _, tags := range []string{"explore", ""} {
			if err := res.test(ctx, all.root, p, tags, "^"+test+"$"); err != nil {
				return res, err
			}
			if res.fate == killed {
				return res, nil
			}
		}
	}
	res.explore(ctx, all.root, dir, p, scenarios, noticed, candidates, k)
	if res.fate == survived && scenarios == "all" {
		if err := res.beyond(ctx, all.root, p); err != nil {
			return res, err
		}
	}
	for _, c := range beside {
		res.beside = append(res.beside, caught(ctx, all.root, p, c.command))
	}
	return res, nil
}

// explore runs the scenarios until one fails, first the one that noticed the mutant in an earlier run.
func (res *result) explore(ctx context.Context, root, dir string, p program, scenarios, noticed string, candidates []string, k *killers) {
	ctx, cancel := context.WithTimeout(ctx, 2*patience+time.Minute) // they look at the time between two scenarios
	defer cancel()
	begin := time.Now()
	args := []string{"-test.run", "^TestMutant$", "-test.timeout", "0", "-mutant", scenarios, "-mutanttime", patience.String(), "-noticed", noticed, "-first", strings.Join(k.first(res.m.file), "\n")}
	run := exec.CommandContext(ctx, p.binary, append(args, candidates...)...)
	run.Dir = filepath.Join(root, "model", "store")
	run.Env = slices.Concat(os.Environ(), p.env, []string{"GOMAXPROCS=1", "GOMEMLIMIT=1GiB", "TMPDIR=" + dir})
	out, err := run.CombinedOutput()
	res.seconds = time.Since(begin).Seconds()
	res.output = string(out)
	verdict, _, _ := strings.Cut(res.output, "\n")
	fields := strings.Split(verdict, "\t")
	switch {
	case len(fields) == 4 && fields[0] == "killed":
		res.fate, res.by, res.executions = killed, fields[1]+": "+fields[2], fields[3]
		k.note(res.m.file, fields[1])
	case err == nil && len(fields) == 2 && fields[0] == "survived":
		res.fate, res.by = survived, fields[1]
	case errors.Is(ctx.Err(), context.Canceled):
		res.fate = notRun
	case ctx.Err() != nil:
		res.fate, res.by = survived, "took too long"
	default:
		res.fate, res.by = killed, "crashes: "+brief(lastLine(out))
	}
}

// interrupted are the store's tests that do something between two steps of an operation, which they can as the explorer's scenarios do.
const interrupted = "^Test(Corruptions|TruncatedInUse|InsertedDuringScan|IterationOfOneHead|SecondFreer|LimitOfAnotherMoment|LimitSegmentReused|HintOfDeletedQueue|PackReplacedDuringRead|PeekInterrupted|LenInterrupted|ReadOnlySegmentReused|HazardBeforeLook|SegmentReusedUnderSweep|UnackedReused|UnackedWithin|SettledTooLate|DeletionOfReused)$"

// beyond asks the store's own tests of what no scenario can tell, as the scenarios' regions are sound, on the heap, and their values short: what only a corrupt region holds, forged versions and
// references, words that are changed under a running operation, the numbers that errors give, locks of files.
func (res *result) beyond(ctx context.Context, root string, p program) error {
	if err := res.test(ctx, root, p, "explore", interrupted); err != nil || res.fate != survived {
		return err
	}
	return res.test(ctx, root, p, "", "")
}

// test runs those of the store's tests that match, and kills the mutant if one fails.
func (res *result) test(ctx context.Context, root string, p program, tags, match string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	binary, err := p.tests.binary(tags)
	if err != nil {
		return err
	}
	begin := time.Now()
	run := exec.CommandContext(ctx, binary, "-test.short", "-test.failfast", "-test.run", match, "-test.timeout", "0")
	run.Dir = filepath.Join(root, "simdb")
	run.Env = append(os.Environ(), p.env...)
	out, err := run.CombinedOutput()
	res.seconds += time.Since(begin).Seconds()
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		res.fate = notRun
	case ctx.Err() != nil:
		res.fate, res.by = killed, byTests+"they hang"
	case err != nil:
		res.fate, res.by, res.output = killed, byTests+failed(out), res.output+string(out)
	}
	return nil
}

// byTests begins what a table says of a mutant that no scenario noticed.
const byTests = "tests of simdb: "

// panicked finds the test in the stack of a panic.
var panicked = regexp.MustCompile(`simdb\.dev/simdb\.(Test\w+)\(`)

// failed is the first test that failed.
func failed(out []byte) string {
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			return strings.Fields(name)[0]
		}
	}
	if m := panicked.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return brief(lastLine(out))
}

// programs are those that may notice a mutant of a file, as a regular expression.
func programs(file string) string {
	switch {
	case only != "":
		return only
	case file == "region_linux.go":
		return "^§4.9 "
	case strings.Contains(file, "queue") || queueFiles[file]:
		return "^queue: "
	case file == "sweep.go" || file == "blocks.go" || file == "db.go" || file == "value.go":
		return ""
	}
	return "^[^q]"
}

// queueFiles are those files of queues whose names do not say so.
var queueFiles = map[string]bool{
	"segment.go": true, "message.go": true, "push.go": true, "pop.go": true, "take.go": true, "limit.go": true, "retire.go": true, "claim.go": true, "drop.go": true, "hazard.go": true,
}

func lastLine(out []byte) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	for _, l := range lines {
		if bytes.HasPrefix(l, []byte("panic:")) || bytes.HasPrefix(l, []byte("fatal error:")) {
			return string(l)
		}
	}
	return string(lines[len(lines)-1])
}

// writeOverlay writes the changed file, and what tells the compiler of it.
func writeOverlay(root, dir string, m *mutant) (string, error) {
	src, err := source(root, m.file)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, m.file)
	if err := os.WriteFile(changed, m.apply(src), 0o644); err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, replaceFiles(overlay, map[string]string{filepath.Join(root, "simdb", m.file): changed})
}

// replaceFiles writes an overlay that tells the compiler which files to read instead of others.
func replaceFiles(overlay string, instead map[string]string) error {
	text, err := json.Marshal(map[string]map[string]string{"Replace": instead})
	if err != nil {
		return err
	}
	return os.WriteFile(overlay, text, 0o644)
}

// caught says whether a command fails with the mutant.
func caught(ctx context.Context, root string, p program, command string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	cmd.Dir = root
	cmd.Env = slices.Concat(os.Environ(), p.env, []string{"GOFLAGS=-count=1 -overlay=" + p.overlay})
	switch err := cmd.Run(); {
	case ctx.Err() != nil:
		return "hangs"
	case err != nil:
		return "yes"
	}
	return "no"
}
