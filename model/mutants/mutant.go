package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// mutant is one mistake: edits of one file.
type mutant struct {
	file  string // in simdb
	line  int
	what  string
	hand  bool
	equal string // why it changes nothing that can be seen, if that is proven
	edits []edit
}

func (m *mutant) String() string { return fmt.Sprintf("%s:%d %s", m.file, m.line, m.what) }

// edit replaces the bytes [from, to) of a file.
type edit struct {
	from, to int
	text     string
}

// apply gives the changed source.
func (m *mutant) apply(src []byte) []byte { return m.part(src, 0, len(src)) }

// part gives the bytes [from, to) of the source with the edits that are among them.
func (m *mutant) part(src []byte, from, to int) []byte {
	edits := slices.Clone(m.edits)
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var out bytes.Buffer
	for _, e := range edits {
		if e.from < from || e.to > to {
			continue
		}
		out.Write(src[from:e.from])
		out.WriteString(e.text)
		from = e.to
	}
	out.Write(src[from:to])
	return out.Bytes()
}

func source(root, file string) ([]byte, error) {
	return os.ReadFile(filepath.Join(root, "simdb", file))
}

// lineOf is the line of an offset, from 1.
func lineOf(src []byte, offset int) int { return 1 + bytes.Count(src[:offset], []byte("\n")) }
