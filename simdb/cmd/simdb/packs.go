package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"simdb.dev/simdb"
)

var packVerbs = []*verb{
	{
		name: "pack ls", operands: "REGION [KEY]", flags: opens | facts | bytesOut | severalOf | keyIn,
		brief: "list the packs of a region, or print the records of one",
		about: "The records are those of one pack: if it is replaced meanwhile, the rest is not printed, and that is status 1.",
		examples: []string{"simdb pack ls prices", "each with the number of its records", "simdb pack ls prices trades --from 1000 -n 10", "ten of them",
			"simdb pack ls prices trades --raw -0 | xargs -0 -n 1 wc -c", "exactly, whatever bytes they have"},
		setup: packLs,
	},
	{
		name: "pack at", operands: "REGION KEY RECORD...", flags: opens | facts | bytesOut | severalOf | keyIn,
		brief:    "print records by their numbers, from 0 on",
		about:    "All are of one pack. Status 1: there is no such record.",
		examples: []string{"simdb pack at prices trades 0 17", "", "simdb pack at prices trades 17 --json", "with its size, and how many records there are"},
		setup:    do(packAt),
	},
	{
		name: "pack build", operands: "REGION KEY [FILE|-]", flags: opens | facts | hexIn | keyIn,
		brief: "make a pack of the lines of a file or of standard input",
		about: "Each line is a record, and must be JSON; with --lines it may be anything, with --hex it is hexadecimal digits. With --csv each row is a record: a JSON object with the names of the " +
			"first row, numbers as numbers and all else as text. The whole pack appears at once; if a line is wrong, nothing changes. " +
			"With --if-version or --if-absent it is status 1 if the entry is another.",
		examples: []string{"simdb pack build prices trades trades.jsonl", "", "simdb pack build prices trades --csv < trades.csv", "",
			"psql -Atc 'select row_to_json(t) from t' | simdb pack build prices t", "from another program"},
		setup: packBuild,
	},
}

// usePack does something with a pack.
func (c *call) usePack(do func(p *simdb.Pack) error) error {
	return c.useKey(reading, func(db *simdb.DB, key []byte) error {
		p, err := db.Pack(key)
		if err == nil {
			err = do(&p)
		}
		if errors.Is(err, simdb.ErrStale) {
			return finding("the pack was replaced or deleted meanwhile: try again")
		}
		return err
	})
}

func packLs(f *flag.FlagSet) action {
	from := f.Int("from", 0, "begin with that record")
	n := f.Int("n", -1, "at most so many records, -1 for all")
	return func(c *call) error {
		if len(c.operands) < 2 {
			return c.listPacks()
		}
		return c.usePack(func(p *simdb.Pack) error {
			last := p.Len()
			if *n >= 0 {
				last = min(last, *from+*n)
			}
			some, err := p.Slice(*from, max(last, *from))
			if err != nil {
				return c.record(p, err)
			}
			i := *from
			for r, err := range some.All() {
				if err == nil {
					err = errors.Join(c.ctx.Err(), c.printRecord(p, i, r))
				}
				if err != nil {
					return err
				}
				i++
			}
			return nil
		})
	}
}

// listPacks prints the packs of a region.
func (c *call) listPacks() error {
	return c.use(reading, func(db *simdb.DB) error {
		slow := c.slow("listing")
		defer slow.stop()
		for e, err := range db.Entries() {
			if err = errors.Join(err, c.ctx.Err()); err != nil {
				return err
			}
			slow.done.Add(1)
			if e.Kind != simdb.KindPack {
				continue
			}
			p, err := db.Pack(e.Key)
			switch {
			case errors.Is(err, simdb.ErrNotFound), errors.Is(err, simdb.ErrKind), errors.Is(err, simdb.ErrStale):
				continue // gone meanwhile
			case err != nil:
				return err
			case !c.shared.json:
				fmt.Fprintf(c.out, "%9d records  %9d bytes  ", p.Len(), e.Size)
				c.out.item(e.Key)
				continue
			}
			o := map[string]any{"records": p.Len(), "bytes": e.Size, "version": versionText(p.Version())}
			bytesField(o, "key", e.Key)
			if err := c.out.object(o); err != nil {
				return err
			}
		}
		return nil
	})
}

func packAt(c *call) error {
	return c.usePack(func(p *simdb.Pack) error {
		var r []byte
		for _, operand := range c.operands[2:] {
			i, err := strconv.Atoi(operand)
			if err != nil {
				return usage("%q is not the number of a record", operand)
			}
			if r, err = p.At(i, r[:0]); err != nil {
				return c.record(p, err)
			}
			if err := c.printRecord(p, i, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// record says of an error which records there are.
func (c *call) record(p *simdb.Pack, err error) error {
	var e *simdb.RangeError
	if errors.As(err, &e) {
		return finding("no record %d: the pack has %s", e.Record, plural(p.Len(), "record"))
	}
	return err
}

func (c *call) printRecord(p *simdb.Pack, i int, r []byte) error {
	if !c.shared.json {
		c.out.item(r)
		return nil
	}
	o := map[string]any{"record": i, "records": p.Len(), "bytes": len(r)}
	bytesField(o, "value", r)
	return c.out.object(o)
}

func packBuild(f *flag.FlagSet) action {
	table := f.Bool("csv", false, "from comma-separated values with a row of names")
	lines := f.Bool("lines", false, "lines may be anything")
	absent := f.Bool("if-absent", false, "only if there is no entry")
	version := f.String("if-version", "", "only if the entry has that `VERSION`")
	return func(c *call) error {
		kinds := 0
		for _, on := range []bool{*table, *lines, c.shared.hex} {
			if on {
				kinds++
			}
		}
		switch {
		case kinds > 1:
			return usage("choose one of --csv, --lines and --hex")
		case *absent && *version != "":
			return usage("choose one of --if-absent and --if-version")
		}
		var old simdb.Version
		if *version != "" {
			var err error
			if old, err = parseVersion(*version); err != nil {
				return err
			}
		}
		records, err := c.records(*table, *lines)
		if err != nil {
			return err
		}
		return c.useKey(writing, func(db *simdb.DB, key []byte) error {
			if *absent || *version != "" {
				_, err = db.CompareAndSwapPack(key, old, slices.Values(records))
			} else {
				err = db.PutPack(key, records)
			}
			if err == nil && c.shared.json {
				err = c.out.object(map[string]any{"records": len(records)})
			}
			return err
		})
	}
}

// records reads the file that the operand after the key names, or standard input.
func (c *call) records(table, lines bool) (list [][]byte, err error) {
	if len(c.operands) > 2 && c.operands[2] != "-" {
		f, err := os.Open(c.operands[2])
		if err != nil {
			return nil, err
		}
		defer f.Close()
		c.in = f
	}
	slow := c.slow("read")
	defer slow.stop()
	var rows []byte
	err = c.eachLine(func(line []byte) error {
		n := slow.done.Add(1)
		switch {
		case !lines && !c.shared.hex && len(bytes.TrimSpace(line)) == 0 && !table: // as after the last line
		case table:
			rows = append(append(rows, line...), '\n')
		case !lines && !c.shared.hex && !json.Valid(line):
			return &failure{statusFailure, fmt.Sprintf("line %d is not JSON; --lines takes lines of any kind, --csv tables", n)}
		default:
			list = append(list, bytes.TrimSuffix(line, []byte("\r")))
		}
		return nil
	})
	if err == nil && table {
		list, err = rowsOf(rows)
	}
	return list, err
}

// rowsOf makes a JSON object of each row of a table but the first, which has the names.
func rowsOf(text []byte) (list [][]byte, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.ReuseRecord = true
	row, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, &failure{statusFailure, "the table has no row of names"}
	}
	var names [][]byte
	for _, name := range row {
		names = append(names, quoted(name))
	}
	for err == nil {
		if row, err = r.Read(); err != nil {
			break
		}
		object := []byte{'{'}
		for i, field := range row {
			if i > 0 {
				object = append(object, ',')
			}
			object = append(append(object, names[i]...), ':')
			if isNumber(field) {
				object = append(object, field...)
			} else {
				object = append(object, quoted(field)...)
			}
		}
		list = append(list, append(object, '}'))
	}
	if errors.Is(err, io.EOF) {
		return list, nil
	}
	return nil, &failure{statusFailure, err.Error()}
}

// isNumber says whether a field is a number as JSON writes it.
func isNumber(field string) bool {
	return field != "" && strings.ContainsRune("-0123456789", rune(field[0])) && json.Valid([]byte(field))
}

// quoted is text as a JSON string.
func quoted(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) // a string can be encoded
	return bytes.TrimSpace(b.Bytes())
}
