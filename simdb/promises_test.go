package simdb

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPromises: in the README each promise has the tests that show it beside it, and there are tests of these names.
func TestPromises(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	must(t, err)
	_, table, ok := bytes.Cut(readme, []byte("\n## What is promised when\n"))
	table, _, end := bytes.Cut(table, []byte("\n## "))
	if !ok || !end {
		t.Fatal("no table of promises")
	}
	tests := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "../stress/*_test.go"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			must(t, err)
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllSubmatch(text, -1) {
				tests[string(m[1])] = true
			}
		}
	}
	rows := regexp.MustCompile(`(?m)^\|(.*)\|(.*)\|(.*)\|$`).FindAllSubmatch(table, -1)
	if len(rows) < 10 {
		t.Fatalf("%d promises", len(rows))
	}
	for _, row := range rows[2:] { // below the head
		names := regexp.MustCompile("`(Test\\w+)`").FindAllSubmatch(row[3], -1)
		if len(names) == 0 && string(row[3]) != " none " {
			t.Errorf("no test of:%s", row[2])
		}
		for _, name := range names {
			if !tests[string(name[1])] {
				t.Errorf("no test %s of:%s", name[1], row[2])
			}
		}
	}
}
