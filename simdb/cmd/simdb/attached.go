package main

import (
	"fmt"
	"time"

	"simdb.dev/simdb"
)

var attachedVerbs = []*verb{
	{
		name: "ps", operands: "REGION", flags: opens | facts,
		brief:    "list who is attached, alive or dead, and what they hold",
		about:    "A process is dead when the kernel has let go of its lock, whatever its number is used for now. What the dead hold is given back by a sweep.",
		examples: []string{"simdb ps prices", "", "simdb ps prices --json | jq 'select(.alive|not)'", "the dead alone"},
		setup:    do(processes),
	},
	{
		name: "check", operands: "REGION", flags: opens | facts,
		brief:    "look for what is wrong in a region: status 1 if anything is",
		about:    "It writes nothing and may run while others work. What it finds that a sweep mends was left by processes that died.",
		examples: []string{"simdb check prices", ""},
		setup:    do(check),
	},
	{
		name: "sweep", operands: "REGION", flags: opens | facts,
		brief:    "give back what dead processes left",
		about:    "It may run while others work. A full region sweeps itself.",
		examples: []string{"simdb sweep prices", ""},
		setup:    do(sweep),
	},
}

// attached is one handle of another process, or of this one but not of this command.
type attached struct {
	Place   uint64    `json:"place"`
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Alive   bool      `json:"alive"`
	Since   time.Time `json:"since"`
	Blocks  uint64    `json:"blocks"`
	Claims  uint64    `json:"claims"`
}

// attachedTo lists who is attached but this command, without what they hold.
func attachedTo(db *simdb.DB) ([]attached, error) {
	handles, err := db.Handles()
	list := []attached{}
	for _, h := range handles {
		if !h.Self {
			list = append(list, attached{Place: h.Place, PID: h.PID, Command: h.Command, Alive: h.Alive, Since: h.Start})
		}
	}
	return list, err
}

func processes(c *call) error {
	return c.use(reading, func(db *simdb.DB) error {
		defer c.slow("counting blocks").stop()
		list, err := attachedTo(db)
		if err != nil {
			return err
		}
		held, err := db.Holdings()
		if err != nil {
			return err
		}
		rows := [][]string{{"PLACE", "PID", "COMMAND", "STATE", "SINCE", "HOLDS"}}
		for _, a := range list {
			a.Blocks, a.Claims = held[a.Place].Blocks, held[a.Place].Claims
			if c.shared.json {
				if err := c.out.object(a); err != nil {
					return err
				}
				continue
			}
			rows = append(rows, append(a.row(), holds(a)))
		}
		if c.shared.json {
			return nil
		}
		return c.out.table(rows)
	})
}

func (a attached) row() []string {
	state := "alive"
	if !a.Alive {
		state = "dead"
	}
	return []string{fmt.Sprint(a.Place), fmt.Sprint(a.PID), readable([]byte(a.Command)), state, since(a.Since, time.Now())}
}

// since is when a process began: the time, and before today the day.
func since(t, now time.Time) string {
	if y, m, d := t.Date(); now.Year() == y && now.Month() == m && now.Day() == d {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

func holds(a attached) string {
	switch {
	case a.Claims == 0 && a.Blocks == 0:
		return "nothing"
	case a.Claims == 0:
		return plural(a.Blocks, "block")
	case a.Blocks == 0:
		return plural(a.Claims, "message")
	}
	return plural(a.Blocks, "block") + ", " + plural(a.Claims, "message")
}

func check(c *call) error {
	return c.use(reading, func(db *simdb.DB) error {
		defer c.slow("checking").stop()
		list, err := db.Check()
		if err != nil {
			return err
		}
		swept := 0
		for _, f := range list {
			if f.Swept {
				swept++
			}
			if err := c.finding(f); err != nil {
				return err
			}
		}
		if len(list) == 0 {
			if !c.shared.json {
				c.out.WriteString("nothing wrong\n")
			}
			return nil
		}
		advice := ""
		if swept > 0 {
			advice = fmt.Sprintf("; simdb sweep %s mends %d", c.operands[0], swept)
		}
		if swept < len(list) {
			advice += "; what no sweep mends is damage: simdb salvage copies what is whole into another region"
		}
		return finding("%s%s", plural(len(list), "finding"), advice)
	})
}

func (c *call) finding(f simdb.Finding) error {
	if !c.shared.json {
		mended := ""
		if f.Swept {
			mended = " (a sweep mends it)"
		}
		_, err := fmt.Fprintf(c.out, "%v%s\n", f, mended)
		return err
	}
	o := map[string]any{"offset": f.Offset, "what": f.What, "swept": f.Swept}
	if f.Block >= 0 {
		o["block"] = f.Block
	}
	if f.Key != nil {
		bytesField(o, "key", f.Key)
	}
	return c.out.object(o)
}

func sweep(c *call) error {
	return c.use(writing, func(db *simdb.DB) error {
		defer c.slow("sweeping").stop()
		r, err := db.Sweep()
		if err != nil {
			return err
		}
		if c.shared.json {
			return c.out.object(map[string]uint64{"handles": r.Handles, "freed": r.Freed, "kept": r.Kept})
		}
		fmt.Fprintf(c.out, "%s gone, %d entries or blocks given back, %d kept\n", plural(r.Handles, "dead handle"), r.Freed, r.Kept)
		return nil
	})
}
