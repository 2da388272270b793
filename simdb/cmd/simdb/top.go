package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"simdb.dev/simdb"
)

// sample is what top shows of one moment.
type sample struct {
	Time time.Time `json:"time"`
	regionFacts
	Queues   []queueDepth `json:"queue_depths"`
	Handles  []attached   `json:"handles"`
	Messages int          `json:"messages"` // of all queues
}

type queueDepth struct {
	key      []byte
	Key      string `json:"key"` // readable
	Messages int    `json:"messages"`
}

func takeSample(db *simdb.DB) (s sample, err error) {
	s.Time = time.Now()
	if s.regionFacts, err = factsOf(db); err != nil {
		return s, err
	}
	held, err := db.Holdings()
	if err != nil {
		return s, err
	}
	if s.Handles, err = attachedTo(db); err != nil {
		return s, err
	}
	for i, a := range s.Handles {
		s.Handles[i].Blocks, s.Handles[i].Claims = held[a.Place].Blocks, held[a.Place].Claims
	}
	s.Queues = []queueDepth{}
	for e, err := range db.Entries() {
		if err != nil {
			return s, err
		}
		if e.Kind != simdb.KindQueue {
			continue
		}
		n, err := depth(db, e.Key)
		if errors.Is(err, simdb.ErrNotFound) || errors.Is(err, simdb.ErrKind) {
			continue // gone meanwhile
		}
		if err != nil {
			return s, err
		}
		s.Queues = append(s.Queues, queueDepth{slices.Clone(e.Key), readable(e.Key), n})
		s.Messages += n
	}
	slices.SortFunc(s.Queues, func(a, b queueDepth) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Key, b.Key))
	})
	return s, nil
}

// line is a sample where there is no screen.
func (s *sample) line() string {
	return fmt.Sprintf("%s  used %s  entries %d  queues %d  messages %d  attached %d  dead %d",
		s.Time.Format(time.TimeOnly), percent(s.Used), s.Entries, len(s.Queues), s.Messages, s.Attached, s.Dead)
}

// screen is a sample in so many lines of so many columns at most.
func (s *sample) screen(columns, lines int) []string {
	bar := max(10, min(40, columns-40))
	full := min(bar, int(s.Used*float64(bar)+0.5))
	b := &s.Blocks
	out := []string{
		fmt.Sprintf("%s  %s  %d blocks of %d bytes  %s", s.Region, bytesSize(s.Size), s.BlockCount, s.BlockSize, s.Time.Format(time.TimeOnly)),
		fmt.Sprintf("used [%s%s] %s  %d free", strings.Repeat("|", full), strings.Repeat(" ", bar-full), percent(s.Used), b.Free),
		fmt.Sprintf("live %d  owned %d  queues %d  queued %d  claimed %d  index %d  retired %d", b.Live, b.Owned, b.Queues, b.Queued, b.Claimed, b.Index, b.Retired),
		fmt.Sprintf("entries %d  queues %d  messages %d  attached %d  dead %d", s.Entries, len(s.Queues), s.Messages, s.Attached, s.Dead),
	}
	processes := [][]string{}
	for _, a := range s.Handles {
		processes = append(processes, append(a.row(), holds(a)))
	}
	queues := [][]string{}
	for _, q := range s.Queues {
		queues = append(queues, []string{fmt.Sprint(q.Messages), q.Key})
	}
	rest := lines - len(out) - 4 // a blank line and a heading for each table
	forQueues := min(len(queues), max(rest-len(processes), rest/2))
	out = append(out, columnsOf([]string{"MESSAGES", "QUEUE"}, queues, forQueues)...)
	out = append(out, columnsOf([]string{"PLACE", "PID", "COMMAND", "STATE", "SINCE", "HOLDS"}, processes, rest-forQueues)...)
	for i, l := range out {
		if r := []rune(l); len(r) > columns {
			out[i] = string(r[:columns])
		}
	}
	return out[:min(len(out), lines)]
}

// columnsOf makes lines of the first n rows, with a blank line before; none if there are no rows.
func columnsOf(heading []string, rows [][]string, n int) []string {
	if len(rows) == 0 || n <= 0 {
		return nil
	}
	if n < len(rows) {
		heading[len(heading)-1] += fmt.Sprintf("  (%d of %d)", n, len(rows))
		rows = rows[:n]
	}
	var b strings.Builder
	p := newPrinter(&b)
	p.table(append([][]string{heading}, rows...))
	p.Flush()
	return append([]string{""}, strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")...)
}

func top(f *flag.FlagSet) action {
	every := f.Duration("every", time.Second, "time between two looks")
	n := f.Int("n", 0, "end after so many looks")
	return func(c *call) error {
		if *every < 10*time.Millisecond {
			return usage("--every is at least 10ms")
		}
		return c.use(reading, func(db *simdb.DB) error {
			out := term.IsTerminal(int(os.Stdout.Fd())) && !c.shared.json
			if !out {
				return c.looks(db, *every, *n, nil, c.plain)
			}
			s, err := openScreen()
			if err != nil {
				return err
			}
			defer s.close()
			return c.looks(db, *every, *n, s.quit, s.show)
		})
	}
}

// looks shows samples until there were n, quit is closed, or an interrupt comes.
func (c *call) looks(db *simdb.DB, every time.Duration, n int, quit <-chan struct{}, show func(*sample) error) error {
	t := time.NewTicker(every)
	defer t.Stop()
	for i := 1; ; i++ {
		s, err := takeSample(db)
		if err == nil {
			err = show(&s)
		}
		if err != nil || i == n {
			return err
		}
		select {
		case <-c.ctx.Done():
			return nil
		case <-quit:
			return nil
		case <-t.C:
		}
	}
}

func (c *call) plain(s *sample) error {
	if c.shared.json {
		if err := c.out.object(s); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(c.out, s.line())
	}
	return c.out.Flush()
}
