package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// format is the table of the results, and their sum.
func format(results []result, beside columns) string {
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
		fmt.Fprintf(w, "%s:%d\t%s\t%s\t%s\t%s\t%.1f", r.m.file, r.m.line, r.m.what, r.fate, r.by, r.executions, r.seconds)
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
	return b.String()
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
