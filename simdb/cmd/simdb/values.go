package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"

	"simdb.dev/simdb"
)

var valueVerbs = []*verb{
	{
		name: "get", operands: "REGION KEY", flags: opens | facts | bytesOut | keyIn,
		brief: "print a value",
		about: "Text is printed as it is, other bytes quoted as in Go. Status 1: there is no such key.",
		examples: []string{"simdb get prices EURUSD", "", "simdb get frames last --raw > last.png", "the bytes exactly, without a newline",
			"simdb get prices EURUSD --json", "with its version"},
		setup: do(get),
	},
	{
		name: "put", operands: "REGION KEY [VALUE|-]", flags: opens | facts | hexIn | keyIn,
		brief: "set a value: the operand, or standard input",
		about: "With --if-version or --if-absent it is status 1 if the entry is another.",
		examples: []string{"simdb put prices EURUSD 1.0843", "", "simdb put frames last - < last.png", "from a file",
			"vmstat 1 | simdb put host load --lines", "each line is the next value", "simdb put prices EURUSD 1.09 --if-version $v", "unless somebody was faster"},
		setup: put,
	},
	{
		name: "del", operands: "REGION KEY...", flags: opens | keyIn,
		brief:    "delete entries, whatever their kind",
		about:    "A queue is deleted with its messages. Status 1: there was no such key.",
		examples: []string{"simdb del prices EURUSD USDJPY", ""},
		setup:    do(del),
	},
}

// key is an operand that is a key.
func (c *call) key(operand string) ([]byte, error) {
	if !c.shared.keyHex {
		return []byte(operand), nil
	}
	b, err := hex.DecodeString(operand)
	if err != nil {
		return nil, usage("%q is not hexadecimal", operand)
	}
	return b, nil
}

// useKey does something with the region and the key that the first operands name.
func (c *call) useKey(a access, do func(db *simdb.DB, key []byte) error) error {
	key, err := c.key(c.operands[1])
	if err != nil {
		return err
	}
	return c.use(a, func(db *simdb.DB) error { return c.about(key, do(db, key)) })
}

// about says of an error which key it is about, and what to do.
func (c *call) about(key []byte, err error) error {
	region := c.operands[0]
	switch {
	case errors.Is(err, simdb.ErrNotFound):
		return finding("no key %s in %s; simdb keys %s lists those there are", readable(key), region, region)
	case errors.Is(err, simdb.ErrKind):
		return &failure{statusFailure, fmt.Sprintf("%s is of another kind; simdb keys -l %s says which", readable(key), region)}
	}
	return err
}

// input is the operand after the key, or standard input.
func (c *call) input() ([]byte, error) {
	if len(c.operands) < 3 || c.operands[2] == "-" {
		b, err := io.ReadAll(c.in)
		if err == nil && c.shared.hex {
			return decode(string(b))
		}
		return b, err
	}
	return c.bytes(c.operands[2])
}

// bytes is an operand that is a value or message.
func (c *call) bytes(operand string) ([]byte, error) {
	if c.shared.hex {
		return decode(operand)
	}
	return []byte(operand), nil
}

// decode reads hexadecimal digits, with white space between.
func decode(text string) ([]byte, error) {
	digits := make([]byte, 0, len(text))
	for _, r := range []byte(text) {
		if r != ' ' && r != '\n' && r != '\t' && r != '\r' {
			digits = append(digits, r)
		}
	}
	b := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(b, digits); err != nil {
		return nil, usage("the value is not hexadecimal: %v", err)
	}
	return b, nil
}

func get(c *call) error {
	return c.useKey(reading, func(db *simdb.DB, key []byte) error {
		b, v, err := db.GetVersion(key, nil)
		if err != nil {
			return err
		}
		return c.value(key, b, v)
	})
}

// value prints a value with what is known of it.
func (c *call) value(key, b []byte, v simdb.Version) error {
	if !c.shared.json {
		c.out.one(b)
		return nil
	}
	o := map[string]any{"version": versionText(v), "bytes": len(b)}
	bytesField(o, "key", key)
	bytesField(o, "value", b)
	return c.out.object(o)
}

func versionText(v simdb.Version) string {
	b, _ := v.MarshalBinary()
	return hex.EncodeToString(b)
}

func parseVersion(text string) (v simdb.Version, err error) {
	b, err := hex.DecodeString(text)
	if err == nil {
		err = v.UnmarshalBinary(b)
	}
	if err != nil {
		return v, usage("%q is not a version; simdb get --json shows it", text)
	}
	return v, nil
}

func put(f *flag.FlagSet) action {
	lines := f.Bool("lines", false, "each line of standard input is the next value")
	absent := f.Bool("if-absent", false, "only if there is no entry")
	version := f.String("if-version", "", "only if the entry has that `VERSION`")
	return func(c *call) error {
		switch {
		case *absent && *version != "":
			return usage("choose one of --if-absent and --if-version")
		case *lines && (*absent || *version != "" || len(c.operands) > 2 && c.operands[2] != "-"):
			return usage("--lines takes values from standard input, without condition")
		case *lines:
			return c.putLines()
		}
		b, err := c.input()
		if err != nil {
			return err
		}
		return c.useKey(writing, func(db *simdb.DB, key []byte) (err error) {
			var v simdb.Version
			switch {
			case *absent:
				v, err = db.CompareAndSwap(key, simdb.Version{}, b)
			case *version != "":
				var old simdb.Version
				if old, err = parseVersion(*version); err == nil {
					v, err = db.CompareAndSwap(key, old, b)
				}
			default:
				v, err = db.PutVersion(key, b)
			}
			if err == nil && c.shared.json {
				err = c.out.object(map[string]any{"version": versionText(v), "bytes": len(b)})
			}
			return err
		})
	}
}

func (c *call) putLines() error {
	return c.useKey(writing, func(db *simdb.DB, key []byte) error {
		return c.eachLine(func(line []byte) error { return db.Put(key, line) })
	})
}

func del(c *call) error {
	return c.use(writing, func(db *simdb.DB) error {
		var all []error
		for _, operand := range c.operands[1:] {
			key, err := c.key(operand)
			if err == nil {
				err = c.about(key, deleteEntry(db, key))
			}
			all = append(all, err)
		}
		return errors.Join(all...)
	})
}

// deleteEntry deletes an entry of any kind, also one that turns from one kind into the other meanwhile.
func deleteEntry(db *simdb.DB, key []byte) error {
	for {
		if err := db.Delete(key); !errors.Is(err, simdb.ErrKind) {
			return err
		}
		q, err := db.Queue(key, simdb.QueueOptions{})
		if err != nil {
			return err
		}
		if err := q.Delete(); !errors.Is(err, simdb.ErrKind) {
			return err
		}
	}
}
