package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// printer writes standard output.
type printer struct {
	*bufio.Writer
	shared *shared
}

func newPrinter(w io.Writer) *printer {
	return &printer{bufio.NewWriterSize(w, 64<<10), &shared{}}
}

// readable is what bytes look like: themselves if they are printable text that does not begin with a quote, else quoted as in Go.
func readable(b []byte) string {
	s := string(b)
	plain := s != "" && s[0] != '"' && utf8.Valid(b)
	for _, r := range s {
		plain = plain && (strconv.IsPrint(r) || r == '\t')
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}

// text is bytes as a line shows them.
func (p *printer) text(b []byte) string {
	switch {
	case p.shared.raw:
		return string(b)
	case p.shared.hex:
		return hex.EncodeToString(b)
	}
	return readable(b)
}

// one prints bytes alone: exactly, without an end, if they are asked for raw.
func (p *printer) one(b []byte) {
	p.WriteString(p.text(b))
	if !p.shared.raw {
		p.WriteByte('\n')
	}
}

// item prints bytes as one of several.
func (p *printer) item(b []byte) {
	p.WriteString(p.text(b))
	p.end()
}

func (p *printer) end() {
	if p.shared.null {
		p.WriteByte(0)
	} else {
		p.WriteByte('\n')
	}
}

// object prints a value as a line of JSON.
func (p *printer) object(v any) error {
	e := json.NewEncoder(p)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// bytesField is a JSON field of bytes: name if they are text, name_base64 if not.
func bytesField(o map[string]any, name string, b []byte) {
	if utf8.Valid(b) {
		o[name] = string(b)
	} else {
		o[name+"_base64"] = b
	}
}

// table prints rows in columns; the first is the heading.
func (p *printer) table(rows [][]string) error {
	t := tabwriter.NewWriter(p, 0, 8, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	return t.Flush()
}

// bytesSize is a number of bytes for people.
func bytesSize(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprint(n, " B")
	}
	f, i := float64(n)/1024, 0
	for ; f >= 1024; i++ {
		f /= 1024
	}
	return fmt.Sprintf("%.1f %ciB", f, units[i])
}

// plural is a number of things.
func plural[N ~int | ~uint64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprint(n, " ", thing)
}
