package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// format is the table of the results, and their sum.
func format(results []result, beside columns, stamp string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "place\tmutant\tfate\tby\texecutions\tseconds")
	for _, c := range beside {
		fmt.Fprintf(w, "\t%s?", c.name)
	}
	fmt.Fprintln(w)
	caught := make([]int, len(beside))
	for _, r := range results {
		if r.fate == uncompiled {
			continue
		}
		fmt.Fprintf(w, "%s:%d\t%s\t%s\t%s\t%s\t%.1f", r.m.file, r.m.line, r.m.what, r.fate, cmp.Or(r.by, "-"), cmp.Or(r.executions, "-"), r.seconds)
		for i, c := range r.beside {
			fmt.Fprintf(w, "\t%s", c)
			if c != "no" {
				caught[i]++
			}
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d mutants that compile: %d killed, %d survived, %d equivalent, %d not run\n",
		len(results)-count(results, uncompiled), count(results, killed), count(results, survived), count(results, equal), count(results, notRun))
	for i, c := range beside {
		fmt.Fprintf(&b, "%s (%s) notices %d of them\n", c.name, c.command, caught[i])
	}
	fmt.Fprintln(&b, stampIs+stamp)
	return b.String()
}

// stampIs begins the line that says of which sources a table is.
const stampIs = "sources of simdb: "

// sources is what tells one state of the sources of simdb from others, without their tests and what serves the explorer.
func sources(root string) (string, error) {
	files, err := filepath.Glob(filepath.Join(root, "simdb", "*.[gs]*"))
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, file := range slices.Sorted(slices.Values(files)) {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(filepath.Base(file), "explore") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(file), len(src), src)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// row is what a table says of a mutant.
type row struct {
	fate                    fate
	by, executions, seconds string
}

var columnGap = regexp.MustCompile(`\s{2,}`)

// readTable gives the rows of a table by the keys of their mutants, and its stamp. There may be no such table.
func readTable(path string) (rows map[string]row, stamp string, err error) {
	table, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	rows = map[string]row{}
	for line := range strings.Lines(string(table)) {
		line = strings.TrimSpace(line)
		if s, ok := strings.CutPrefix(line, stampIs); ok {
			stamp = s
		}
		column := columnGap.Split(line, -1)
		if len(column) < 3 {
			continue
		}
		column = append(column, "", "", "")
		file, _, _ := strings.Cut(column[0], ":")
		rows[file+" "+column[1]] = row{fate(column[2]), column[3], column[4], column[5]}
	}
	return rows, stamp, nil
}

// scenario is the one that noticed the mutant, if one did.
func (r row) scenario() (string, bool) {
	end := strings.LastIndex(r.by, ": ")
	if r.fate != killed || end < 0 {
		return "", false
	}
	return r.by[:end], true
}

func count(results []result, f fate) int {
	n := 0
	for _, r := range results {
		if r.fate == f {
			n++
		}
	}
	return n
}
