package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"simdb.dev/simdb"
)

var regionVerbs = []*verb{
	{
		name: "ls", operands: "[REGION...]", flags: opens | facts,
		brief:    "list the regions with their size, their use, and who is attached",
		examples: []string{"simdb ls", "all regions that have a name", "simdb ls --json | jq -r 'select(.used > 0.9) .region'", "those that are nearly full"},
		setup:    do(list),
	},
	{
		name: "stat", operands: "REGION", flags: opens | facts,
		brief:    "say what a region is made of and how full it is",
		examples: []string{"simdb stat prices", "", "simdb stat prices --json", ""},
		setup:    do(stat),
	},
	{
		name: "create", operands: "REGION", flags: facts,
		brief: "create a region",
		about: "A region's geometry is fixed when it is created. An entry takes one block if 16 bytes, the key (rounded up to 8) and the value fit into it, else a tree of blocks. " +
			"Choose the block size for the usual entry, and the number of blocks, or the size of them all together, for all that is there at a time.",
		examples: []string{"simdb create prices", "64 MiB in blocks of 256 bytes", "simdb create frames --block-size 4096 --size 1GiB", "for large values",
			"simdb create ./scratch --blocks 1000", "at a path"},
		setup: create,
	},
	{
		name: "rm", operands: "REGION...",
		brief:    "remove regions that nobody has open",
		examples: []string{"simdb rm prices", ""},
		setup:    do(remove),
	},
}

// summary is a region as ls lists it.
type summary struct {
	Region   string     `json:"region"`
	Path     string     `json:"path"`
	Size     uint64     `json:"size"`
	Used     float64    `json:"used"` // share of the blocks
	Entries  uint64     `json:"entries"`
	Attached []attached `json:"attached"`
}

func list(c *call) error {
	names, all := c.operands, len(c.operands) == 0
	if all {
		var err error
		if names, err = regionNames(); err != nil {
			return err
		}
	}
	rows := [][]string{{"REGION", "SIZE", "USED", "ENTRIES", "ATTACHED"}}
	status := error(nil)
	for _, name := range names {
		s, err := c.summarize(name)
		if all && errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			n, text := judge(err)
			fmt.Fprintln(os.Stderr, "simdb ls: "+text)
			status = &failure{status: max(n, statusOf(status))}
			continue
		}
		if c.shared.json {
			if err := c.out.object(s); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{s.Region, bytesSize(s.Size), percent(s.Used), fmt.Sprint(s.Entries), who(s.Attached)})
	}
	if c.shared.json {
		return status
	}
	return errors.Join(c.out.table(rows), status)
}

func statusOf(err error) int {
	status, _ := judge(err)
	return status
}

func (c *call) summarize(name string) (s summary, err error) {
	db, err := c.open(name, reading)
	if err != nil {
		return s, err
	}
	defer db.Close()
	defer c.slow("counting blocks of " + name).stop()
	st, err := db.Stats()
	if err != nil {
		return s, err
	}
	handles, err := attachedTo(db)
	return summary{name, db.Path(), st.Size, used(&st), st.Entries, handles}, err
}

func used(s *simdb.Stats) float64 { return 1 - float64(s.Free)/float64(s.BlockCount) }

func percent(f float64) string { return strconv.FormatFloat(100*f, 'f', 1, 64) + " %" }

// who names attached processes for people.
func who(list []attached) string {
	var names []string
	for _, a := range list {
		name := fmt.Sprintf("%s[%d]", a.Command, a.PID)
		if !a.Alive {
			name += " dead"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// facts of a region are what stat prints.
type regionFacts struct {
	Region     string  `json:"region"`
	Path       string  `json:"path"`
	Size       uint64  `json:"size"`
	BlockSize  uint64  `json:"block_size"`
	BlockCount uint64  `json:"block_count"`
	Used       float64 `json:"used"`
	Blocks     struct {
		Free    uint64 `json:"free"`
		Owned   uint64 `json:"owned"`
		Live    uint64 `json:"live"`
		Queues  uint64 `json:"queues"`
		Queued  uint64 `json:"queued"`
		Claimed uint64 `json:"claimed"`
		Index   uint64 `json:"index"`
		Retired uint64 `json:"retired"`
	} `json:"blocks"`
	Entries  uint64 `json:"entries"`
	Attached int    `json:"attached"`
	Dead     int    `json:"dead"`
	Places   uint64 `json:"places"`
}

func stat(c *call) error {
	return c.use(reading, func(db *simdb.DB) error {
		defer c.slow("counting blocks").stop()
		f, err := factsOf(db)
		if err != nil {
			return err
		}
		if c.shared.json {
			return c.out.object(f)
		}
		return c.out.table([][]string{
			{"region", f.Region},
			{"path", f.Path},
			{"size", bytesSize(f.Size)},
			{"blocks", fmt.Sprintf("%d of %d bytes, %s used", f.BlockCount, f.BlockSize, percent(f.Used))},
			{"  free", fmt.Sprint(f.Blocks.Free)},
			{"  live", fmt.Sprintf("%d of entries", f.Blocks.Live)},
			{"  owned", fmt.Sprintf("%d being filled, kept for the next put, or on their way to be freed", f.Blocks.Owned)},
			{"  queues", fmt.Sprintf("%d segments; first blocks of %d messages that wait, %d that are claimed or given up", f.Blocks.Queues, f.Blocks.Queued, f.Blocks.Claimed)},
			{"  index", fmt.Sprintf("%d of crowded buckets", f.Blocks.Index)},
			{"  retired", fmt.Sprintf("%d worn out", f.Blocks.Retired)},
			{"entries", fmt.Sprint(f.Entries)},
			{"attached", fmt.Sprintf("%d, %d of them dead, of %d places", f.Attached, f.Dead, f.Places)},
		})
	})
}

func factsOf(db *simdb.DB) (f regionFacts, err error) {
	s, err := db.Stats()
	if err != nil {
		return f, err
	}
	list, err := attachedTo(db)
	if err != nil {
		return f, err
	}
	f = regionFacts{
		Region: regionName(db.Path()), Path: db.Path(), Size: s.Size, BlockSize: s.BlockSize, BlockCount: s.BlockCount, Used: used(&s),
		Entries: s.Entries, Attached: len(list), Places: s.Places,
	}
	b := &f.Blocks
	b.Free, b.Owned, b.Live, b.Queues, b.Queued, b.Claimed, b.Index, b.Retired = s.Free, s.Owned, s.Live, s.Queues, s.Queued, s.Claimed, s.Index, s.Retired
	for _, a := range list {
		if !a.Alive {
			f.Dead++
		}
	}
	return f, nil
}

func create(f *flag.FlagSet) action {
	o := simdb.Options{Exact: true}
	var size sizeFlag
	f.Uint64Var(&o.BlockSize, "block-size", 256, "bytes of a block, a multiple of 8")
	f.Uint64Var(&o.BlockCount, "blocks", 0, "number of blocks (262144)")
	f.Var(&size, "size", "of all blocks together instead, such as 64MiB")
	f.BoolVar(&o.HugePages, "huge-pages", false, "of huge pages, where the kernel can")
	mode := f.Uint("mode", 600, "permissions of the file, octal digits")
	f.IntVar(&o.Group, "group", 0, "number of the file's group (that of the process)")
	return func(c *call) error {
		if size != 0 && o.BlockCount != 0 {
			return usage("choose one of --blocks and --size")
		}
		if size != 0 && o.BlockSize != 0 {
			o.BlockCount = uint64(size) / o.BlockSize
		}
		m, err := strconv.ParseUint(fmt.Sprint(*mode), 8, 9)
		if err != nil {
			return usage("--mode takes octal digits such as 660")
		}
		o.Mode = os.FileMode(m)
		return c.create(o)
	}
}

func (c *call) create(o simdb.Options) error {
	name := c.operands[0]
	if old, err := c.open(name, reading); err == nil {
		old.Close()
		return &failure{statusFailure, fmt.Sprintf("%s exists; simdb stat %s says what it is, simdb rm %s removes it", name, name, name)}
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	defer c.slow("reserving space").stop()
	db, err := openRegion(name, o)
	if err != nil {
		return err
	}
	defer db.Close()
	f, err := factsOf(db)
	if err != nil {
		return err
	}
	if c.shared.json {
		return c.out.object(f)
	}
	fmt.Fprintf(c.out, "%s: %d blocks of %d bytes, %s at %s\n", name, f.BlockCount, f.BlockSize, bytesSize(f.Size), f.Path)
	return nil
}

func remove(c *call) error {
	for _, name := range c.operands {
		if name == "" {
			return usage("the name of the region is empty")
		}
		if err := simdb.RemovePath(regionPath(name)); err != nil {
			return err
		}
	}
	return nil
}
