package check

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// WriteText prints the report; the verdict is the last line.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for i := range r.Findings {
		r.Findings[i].write(&b)
	}
	if r.Verdict == NotRun {
		fmt.Fprintf(&b, "verdict: not run: %s\n", r.Text)
	} else {
		fmt.Fprintf(&b, "%d operations (%d never returned) on %d keys in %v: %s\n",
			r.Ops, r.Pending, r.Keys, r.Elapsed.Round(time.Millisecond), r.methods())
		fmt.Fprintf(&b, "verdict: %v\n", r.Verdict)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) methods() string {
	var parts []string
	for _, m := range slices.Sorted(maps.Keys(r.Checked)) {
		parts = append(parts, fmt.Sprintf("%d by %s", r.Checked[m], m))
	}
	return strings.Join(parts, ", ")
}

// mostShown is how many operations of a finding are printed.
const mostShown = 20

func (f *Finding) write(b *strings.Builder) {
	if f.Verdict == Unknown {
		fmt.Fprintf(b, "key %q: unknown: %s\n", f.Key, f.Text)
		return
	}
	fmt.Fprintf(b, "key %q: %s\n  %s\n", f.Key, f.Reason, f.Text)
	for i := range f.Ops {
		if i == mostShown {
			fmt.Fprintf(b, "    and %d others\n", len(f.Ops)-i)
			break
		}
		fmt.Fprintf(b, "    %v\n", &f.Ops[i])
	}
}

// History returns the finding's operations as a history of their own.
func (f Finding) History() *history.History {
	h := &history.History{Ops: slices.Clone(f.Ops), Crashes: f.Crashes}
	key := h.Key(f.Key)
	for i := range h.Ops {
		h.Ops[i].Key = key
	}
	return h
}

// Save writes violation-<n>.html, the picture, and violation-<n>.jsonl, the
// operations to check again, for each violation. It makes the directory and
// returns the paths.
func (r Report) Save(dir string, rules model.Rules) (paths []string, err error) {
	for _, f := range r.Findings {
		if f.Verdict != Violation {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return paths, err
		}
		base := filepath.Join(dir, fmt.Sprintf("violation-%d", len(paths)/2+1))
		err := create(base+".html", func(w io.Writer) error {
			_, err := f.Picture(w, rules)
			return err
		})
		if err != nil {
			return paths, err
		}
		if err := create(base+".jsonl", f.History().WriteJSON); err != nil {
			return paths, err
		}
		paths = append(paths, base+".html", base+".jsonl")
	}
	return paths, nil
}

func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
