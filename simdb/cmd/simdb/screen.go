package main

import (
	"os"
	"strings"

	"golang.org/x/term"
)

// screen is the terminal while top has it.
type screen struct {
	quit chan struct{} // closed when q or an interrupt was typed
	old  *term.State   // of the keyboard, nil if it is none
}

// The control sequences of every terminal of today.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l" // the other screen, no cursor
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toTop       = "\x1b[H"
	clearLine   = "\x1b[K"
	clearRest   = "\x1b[J"
)

func openScreen() (*screen, error) {
	s := &screen{quit: make(chan struct{})}
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		var err error
		if s.old, err = term.MakeRaw(fd); err != nil {
			return nil, err
		}
		go s.readKeys()
	}
	_, err := os.Stdout.WriteString(enterScreen)
	return s, err
}

func (s *screen) close() {
	os.Stdout.WriteString(leaveScreen)
	if s.old != nil {
		term.Restore(int(os.Stdin.Fd()), s.old)
	}
}

func (s *screen) readKeys() {
	defer close(s.quit)
	for b := (make([]byte, 1)); ; {
		n, err := os.Stdin.Read(b)
		if err != nil || n == 1 && (b[0] == 'q' || b[0] == 'Q' || b[0] == 3) {
			return
		}
	}
}

// show draws a sample over the one before.
func (s *screen) show(sample *sample) error {
	columns, lines, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(toTop)
	for i, l := range sample.screen(columns, lines) {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(l + clearLine)
	}
	b.WriteString(clearRest)
	_, err = os.Stdout.WriteString(b.String())
	return err
}
