package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"simdb.dev/linearize/check"
	"simdb.dev/linearize/history"
	"simdb.dev/model"
	"simdb.dev/simdb"
)

// summary is what is known of a run.
type summary struct {
	Verdict verdict
	Text    string `json:",omitempty"` // why
	Seed    uint64
	Command string
	Config  *config
	Machine string
	Start   time.Time
	Elapsed time.Duration
	Rounds  int
	Ops     int
	Pending int // never returned
	Pauses  int
	Kills   int
	Phases  []*phaseSummary
	Volume  *volumeSummary `json:",omitempty"`
	Storm   *storm         `json:",omitempty"`
}

// phaseSummary is the part of a phase.
type phaseSummary struct {
	Name     string
	Region   string
	Rounds   int
	Ops      int
	Running  time.Duration // of the clients
	Checking time.Duration
	Checked  map[check.Method]int      // keys, over all rounds
	Outcomes map[string]map[string]int // by operation
	MostLive uint64                    // blocks in use after a round
	Messages *tally                    `json:",omitempty"`
	Nodes    *nodeTally                `json:",omitempty"`
}

func newSummary(cfg *config) *summary {
	return &summary{
		Seed: cfg.Seed, Command: cfg.command(), Config: cfg, Start: time.Now(),
		Machine: fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version()),
	}
}

// begin starts a phase.
func (s *summary) begin(ph *phase, db *simdb.DB) {
	st, err := db.Stats()
	region := fmt.Sprintf("%d blocks of %d bytes", st.BlockCount, st.BlockSize)
	if err != nil {
		region = err.Error()
	}
	s.Phases = append(s.Phases, &phaseSummary{
		Name: ph.Name, Region: region,
		Checked: map[check.Method]int{}, Outcomes: map[string]map[string]int{},
	})
}

func (s *summary) phase() *phaseSummary { return s.Phases[len(s.Phases)-1] }

// ran adds a round that came to its end, or not.
func (s *summary) ran(c *conductor, took time.Duration) {
	s.Pauses += c.pauses
	s.Kills += len(c.killed)
	s.phase().Running += took
}

// recorded adds a round's history.
func (s *summary) recorded(h *history.History) {
	p := s.phase()
	for i := range h.Ops {
		op, out := h.Ops[i].In.Op.String(), h.Ops[i].Out.Outcome
		name := out.String()
		if out == model.OK && h.Ops[i].Out.Again {
			name = "ok, " + map[model.Op]string{model.GetOrPut: "was there", model.Claim: "again"}[h.Ops[i].In.Op]
		}
		if p.Outcomes[op] == nil {
			p.Outcomes[op] = map[string]int{}
		}
		p.Outcomes[op][name]++
	}
	s.Ops += len(h.Ops)
	p.Ops += len(h.Ops)
}

// checked adds what the check of a round's history says.
func (s *summary) checked(r check.Report) {
	s.Pending += r.Pending
	p := s.phase()
	p.Checking += r.Elapsed
	for m, n := range r.Checked {
		p.Checked[m] += n
	}
}

// accounted adds what the workload says of a round.
func (s *summary) accounted(t *tally) {
	if p := s.phase(); t != nil && p.Messages != nil {
		p.Messages.add(t)
	} else if t != nil {
		p.Messages = t
	}
}

// quiet adds what a round has left in the region.
func (s *summary) quiet(st simdb.Stats) { s.phase().MostLive = max(s.phase().MostLive, st.Live) }

// beginRound counts a round.
func (s *summary) beginRound() {
	s.Rounds++
	s.phase().Rounds++
}

// progress is a round in one line.
func (s *summary) progress(c *conductor, r check.Report, ran time.Duration) string {
	line := fmt.Sprintf("%d operations in %v, checked in %v", r.Ops, ran.Round(time.Millisecond), r.Elapsed.Round(time.Millisecond))
	if c.round.Tight {
		line += ", near full"
	}
	if c.pauses > 0 {
		line += fmt.Sprintf(", %d pauses", c.pauses)
	}
	if len(c.killed) > 0 {
		line += fmt.Sprintf(", %d kills", len(c.killed))
	}
	return line
}

// line is the verdict.
func (s *summary) line() string {
	if s.Config.Messages > 0 {
		return s.volumeLine()
	}
	return fmt.Sprintf("verdict: %v, seed %d, %d operations in %d rounds, %d pauses, %d kills, %v; repeat with: %s",
		s.Verdict, s.Seed, s.Ops, s.Rounds, s.Pauses, s.Kills, s.Elapsed.Round(100*time.Millisecond), s.Command)
}

// volumeLine is that of a volume run.
func (s *summary) volumeLine() string {
	verdict, rate := s.Verdict.String(), ""
	if s.Verdict == linearizable {
		verdict = "accounted for"
	}
	if v := s.Volume; v != nil {
		rate = fmt.Sprintf("%v; %.0f messages/s, ", v, float64(v.Messages)/s.phase().Running.Seconds())
	}
	return fmt.Sprintf("verdict: %s, seed %d, %s%d pauses, %d kills, %v; repeat with: %s",
		verdict, s.Seed, rate, s.Pauses, s.Kills, s.Elapsed.Round(100*time.Millisecond), s.Command)
}

// save writes summary.json and summary.txt.
func (s *summary) save() error {
	s.Elapsed = time.Since(s.Start)
	if s.Storm != nil {
		s.Storm.settle()
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.Config.Out, "summary.json"), append(data, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Config.Out, "summary.txt"), []byte(s.text()), 0o644)
}

func (s *summary) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s, %d processes of %d clients\n", s.Start.UTC().Format(time.RFC3339), s.Machine, s.Config.Processes, s.Config.Goroutines)
	for _, p := range s.Phases {
		fmt.Fprintf(&b, "\n%s, %s, at most %d in use after a round\n", p.Name, p.Region, p.MostLive)
		fmt.Fprintf(&b, "  %d rounds, %d operations in %v, checked in %v", p.Rounds, p.Ops, p.Running.Round(time.Millisecond), p.Checking.Round(time.Millisecond))
		for _, m := range []check.Method{check.ByPorcupine, check.BySweep, check.ByMonitor} {
			if n := p.Checked[m]; n > 0 {
				fmt.Fprintf(&b, ", %d keys by %s", n, m)
			}
		}
		b.WriteByte('\n')
		if p.Messages != nil {
			fmt.Fprintf(&b, "  messages   %v\n", p.Messages)
		}
		if p.Nodes != nil {
			fmt.Fprintf(&b, "  nodes      %v\n", p.Nodes)
		}
		p.writeOutcomes(&b)
	}
	if s.Storm != nil {
		fmt.Fprintf(&b, "\n%v\n", s.Storm)
	}
	if s.Text != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(s.Text))
	}
	fmt.Fprintf(&b, "\n%s\n", s.line())
	return b.String()
}

func (p *phaseSummary) writeOutcomes(b *strings.Builder) {
	var ops []string
	for op := range p.Outcomes {
		ops = append(ops, op)
	}
	slices.Sort(ops)
	for _, op := range ops {
		var parts []string
		for out, n := range p.Outcomes[op] {
			parts = append(parts, fmt.Sprintf("%s %d", out, n))
		}
		slices.Sort(parts)
		fmt.Fprintf(b, "  %-10s %s\n", op, strings.Join(parts, ", "))
	}
}
