package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// progress says on standard error what takes more than a second: again and again in a terminal, else once.
type progress struct {
	what  string
	done  atomic.Uint64
	ended chan struct{}
	said  chan bool
}

func (c *call) slow(what string) *progress {
	p := &progress{what: what, ended: make(chan struct{}), said: make(chan bool)}
	go p.run(term.IsTerminal(int(os.Stderr.Fd())))
	return p
}

func (p *progress) run(terminal bool) {
	start := time.Now()
	t := time.NewTicker(time.Second)
	defer t.Stop()
	said := false
	for {
		select {
		case <-p.ended:
			if said && terminal {
				fmt.Fprint(os.Stderr, "\r\x1b[K")
			}
			p.said <- said
			return
		case <-t.C:
			text := p.what
			if n := p.done.Load(); n > 0 {
				text += fmt.Sprint(": ", n)
			}
			switch {
			case terminal:
				fmt.Fprintf(os.Stderr, "\r%s, %.0f s\x1b[K", text, time.Since(start).Seconds())
			case !said:
				fmt.Fprintf(os.Stderr, "%s ...\n", text)
			}
			said = true
		}
	}
}

// stop ends it. Nothing of it is written afterwards.
func (p *progress) stop() bool {
	close(p.ended)
	return <-p.said
}
