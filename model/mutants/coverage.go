package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// coverage says which scenarios come to which lines of the store: no other can notice a mistake there. It is gathered from a sample of each scenario's executions, so that a line
// that a scenario comes to rarely may be missing: those that do not come to a line are tried last, and not for long.
type coverage struct {
	scenarios map[block]map[string]bool
}

// block is a run of lines of a file.
type block struct {
	file     string
	from, to int
}

// gather runs every scenario once, jobs at a time.
func gather(ctx context.Context, root string, jobs int) (*coverage, error) {
	dir, err := os.MkdirTemp("", "coverage")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "store.test")
	build := exec.Command("go", "test", "-c", "-vet=off", "-tags", "explore", "-cover", "-coverpkg", "simdb.dev/simdb", "-o", binary, "./model/store")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the scenarios: %w\n%s", err, out)
	}
	run := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, binary, append([]string{"-test.run", "^TestReach$"}, args...)...)
		cmd.Dir = filepath.Join(root, "model", "store")
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "TMPDIR="+dir)
		return cmd.Output()
	}
	list, err := run("-reach", "?")
	if err != nil {
		return nil, fmt.Errorf("listing the scenarios: %w", err)
	}
	names, _, _ := strings.Cut(string(list), "\n\n")
	c := &coverage{map[block]map[string]bool{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	work := make(chan string)
	for range jobs {
		wg.Go(func() {
			for name := range work {
				profile, e := os.CreateTemp(dir, "profile")
				if e == nil {
					profile.Close()
					if _, e = run("-reach", name, "-test.coverprofile", profile.Name()); e == nil {
						var text []byte
						if text, e = os.ReadFile(profile.Name()); e == nil {
							mu.Lock()
							e = c.add(name, text)
							mu.Unlock()
						}
					}
					os.Remove(profile.Name())
				}
				if e != nil {
					mu.Lock()
					err = fmt.Errorf("coverage of %q: %w", name, e)
					mu.Unlock()
				}
			}
		})
	}
	for i, name := range strings.Split(names, "\n") {
		if i%100 == 0 {
			fmt.Fprintf(os.Stderr, "coverage: %d scenarios\n", i)
		}
		work <- name
	}
	close(work)
	wg.Wait()
	return c, err
}

// add takes in a profile: lines of the form file:line.column,line.column statements count.
func (c *coverage) add(scenario string, profile []byte) error {
	for line := range bytes.Lines(profile) {
		var b block
		var count int
		path, rest, ok := strings.Cut(string(line), ":")
		if !ok || path == "mode" {
			continue
		}
		var ignored int
		if _, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.from, &ignored, &b.to, &ignored, &ignored, &count); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		b.file = filepath.Base(path)
		if c.scenarios[b] == nil {
			c.scenarios[b] = map[string]bool{}
		}
		if count > 0 {
			c.scenarios[b][scenario] = true
		}
	}
	return nil
}

// of are the scenarios that come to a line that the mutant changes. It reports false if the mutant changes what is not counted, such as a declaration.
func (c *coverage) of(m *mutant, src []byte) (list []string, ok bool) {
	all := map[string]bool{}
	for _, e := range m.edits {
		from, to := lineOf(src, e.from), lineOf(src, max(e.from, e.to-1))
		counted := false
		for b, scenarios := range c.scenarios {
			if b.file == m.file && b.from <= to && b.to >= from {
				counted = true
				maps.Copy(all, scenarios)
			}
		}
		if !counted {
			return nil, false
		}
	}
	return slices.Sorted(maps.Keys(all)), true
}
