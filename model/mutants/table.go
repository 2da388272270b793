package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// format is the table of the results, and their sum.
func format(results []result, beside columns, stamps map[string]string) string {
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
	for _, file := range slices.Sorted(maps.Keys(stamps)) {
		fmt.Fprintf(&b, "%s%s %s\n", sourceIs, file, stamps[file])
	}
	return b.String()
}

// sourceIs begins a line that says of which state of a file a table is.
const sourceIs = "source "

// stamps tell the states of the files that the mutants are of from others.
func stamps(root string, mutants []*mutant) (map[string]string, error) {
	list := map[string]string{}
	for _, m := range mutants {
		if list[m.file] != "" {
			continue
		}
		src, err := source(root, m.file)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(src)
		list[m.file] = fmt.Sprintf("%x", sum[:6])
	}
	return list, nil
}

// row is what a table says of a mutant.
type row struct {
	file                    string
	fate                    fate
	by, executions, seconds string
}

var columnGap = regexp.MustCompile(`\s{2,}`)

// readTable gives the rows of a table by the keys of their mutants, and the stamps of the files. There may be no such table.
func readTable(path string) (rows map[string]row, stamps map[string]string, err error) {
	table, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	rows, stamps = map[string]row{}, map[string]string{}
	for line := range strings.Lines(string(table)) {
		line = strings.TrimSpace(line)
		if s, ok := strings.CutPrefix(line, sourceIs); ok {
			file, stamp, _ := strings.Cut(s, " ")
			stamps[file] = stamp
		}
		column := columnGap.Split(line, -1)
		if len(column) < 3 {
			continue
		}
		column = append(column, "", "", "")
		file, _, _ := strings.Cut(column[0], ":")
		rows[file+" "+column[1]] = row{file, fate(column[2]), column[3], column[4], column[5]}
	}
	return rows, stamps, nil
}

// scenario is the one that noticed the mutant, or byTests and the test that did, if one did.
func (r row) scenario() (string, bool) {
	if strings.HasPrefix(r.by, byTests+"Test") && r.fate == killed {
		return r.by, true
	}
	end := strings.LastIndex(r.by, ": ")
	if r.fate != killed || end < 0 || strings.HasPrefix(r.by, byTests) {
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
