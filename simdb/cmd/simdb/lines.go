package main

import (
	"bufio"
	"errors"
	"io"
)

// eachLine gives the lines of standard input, without their ends, as they come. An interrupt ends it, also while no line comes.
func (c *call) eachLine(give func(line []byte) error) error {
	type piece struct {
		line []byte
		err  error
	}
	lines := make(chan piece)
	go func() {
		r := bufio.NewReaderSize(c.in, 64<<10)
		for {
			line, err := r.ReadBytes('\n')
			if n := len(line); n > 0 && line[n-1] == '\n' {
				line = line[:n-1]
			} else if n == 0 && err != nil {
				line = nil
			}
			select {
			case lines <- piece{line, err}:
			case <-c.ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case <-c.ctx.Done():
			return c.ctx.Err()
		case p := <-lines:
			if p.line != nil {
				b, err := p.line, error(nil)
				if c.shared.hex {
					b, err = decode(string(b))
				}
				if err == nil {
					err = give(b)
				}
				if err != nil {
					return err
				}
			}
			if errors.Is(p.err, io.EOF) {
				return nil
			}
			if p.err != nil {
				return p.err
			}
		}
	}
}
