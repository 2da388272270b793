package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// flags are sets of flags that several verbs share.
type flags int

const (
	opens     flags = 1 << iota // the verb opens a region
	facts                       // it prints facts
	bytesOut                    // it prints keys, values or messages
	severalOf                   // of those, more than one
	hexIn                       // it takes a value or messages
	keyIn                       // it takes a key
)

// shared are the values of the flags that several verbs share.
type shared struct {
	anyOwner, json, raw, hex, null, keyHex bool
}

func (s *shared) declare(f *flag.FlagSet, which flags) {
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	if which&opens != 0 {
		f.BoolVar(&s.anyOwner, "any-owner", false, "trust a region of another user")
	}
	if which&facts != 0 {
		f.BoolVar(&s.json, "json", false, "print JSON, one object a line")
	}
	if which&bytesOut != 0 {
		f.BoolVar(&s.raw, "raw", false, "print the bytes exactly")
	}
	if which&(bytesOut|hexIn) != 0 {
		f.BoolVar(&s.hex, "hex", false, "bytes as hexadecimal digits")
	}
	if which&severalOf != 0 {
		f.BoolVar(&s.null, "0", false, "end each with a zero byte instead of a newline; --raw too")
	}
	if which&keyIn != 0 {
		f.BoolVar(&s.keyHex, "key-hex", false, "KEY is given as hexadecimal digits")
	}
}

func (s *shared) check() error {
	s.raw = s.raw || s.null
	n := 0
	for _, on := range []bool{s.json, s.raw, s.hex} {
		if on {
			n++
		}
	}
	if n > 1 {
		return errors.New("choose one of --json, --raw and --hex")
	}
	return nil
}

// parse is the standard library's, with flags before, between and after the operands. What follows -- is an operand.
func parse(f *flag.FlagSet, args []string) (operands []string, err error) {
	for len(args) > 0 {
		if args[0] == "--" {
			return append(operands, args[1:]...), nil
		}
		if len(args[0]) < 2 || args[0][0] != '-' {
			operands, args = append(operands, args[0]), args[1:]
			continue
		}
		n := 1
		if name, ok := flagName(args[0]); ok {
			if !strings.Contains(args[0], "=") && f.Lookup(name) != nil && !isBool(f.Lookup(name)) {
				n = min(2, len(args))
			}
		}
		if err := f.Parse(args[:n]); err != nil {
			return nil, err
		}
		args = args[n:]
	}
	return operands, nil
}

// flagName is the name of the flag that an argument sets.
func flagName(arg string) (string, bool) {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
	return name, name != ""
}

func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// sizeFlag is a number of bytes with an optional unit.
type sizeFlag uint64

func (s *sizeFlag) String() string { return fmt.Sprint(uint64(*s)) }

func (s *sizeFlag) Set(text string) error {
	var n uint64
	unit := ""
	if c, err := fmt.Sscanf(text, "%d%s", &n, &unit); c == 0 || err != nil && c < 1 {
		return errors.New("not a number of bytes such as 4096, 64MiB or 2GiB")
	}
	shift, ok := map[string]int{"": 0, "B": 0, "KiB": 10, "K": 10, "MiB": 20, "M": 20, "GiB": 30, "G": 30}[unit]
	if !ok || n > 1<<62>>shift {
		return errors.New("not a number of bytes such as 4096, 64MiB or 2GiB")
	}
	*s = sizeFlag(n << shift)
	return nil
}
