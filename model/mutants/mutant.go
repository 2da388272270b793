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
func (m *mutant) apply(src []byte) []byte {
	edits := slices.Clone(m.edits)
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(src[at:e.from])
		out.WriteString(e.text)
		at = e.to
	}
	out.Write(src[at:])
	return out.Bytes()
}

func source(root, file string) ([]byte, error) {
	return os.ReadFile(filepath.Join(root, "simdb", file))
}

// lineOf is the line of an offset, from 1.
func lineOf(src []byte, offset int) int { return 1 + bytes.Count(src[:offset], []byte("\n")) }
