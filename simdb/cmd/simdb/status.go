package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"simdb.dev/simdb"
)

// The exit status.
const (
	statusDone    = 0
	statusFinding = 1 // what was asked for is not there, or something was found that should not be
	statusUsage   = 2
	statusFailure = 3
)

// failure is an error with its exit status. Without a text it has been told already.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

func usage(format string, args ...any) error {
	return &failure{statusUsage, fmt.Sprintf(format, args...)}
}

func finding(format string, args ...any) error {
	return &failure{statusFinding, fmt.Sprintf(format, args...)}
}

// fail says on standard error what went wrong, and gives the exit status.
func fail(verb string, err error) int {
	status, text := judge(err)
	if text != "" {
		fmt.Fprintln(os.Stderr, strings.TrimSpace("simdb "+verb)+": "+text)
	}
	return status
}

func judge(err error) (status int, text string) {
	var f *failure
	switch {
	case err == nil:
		return statusDone, ""
	case errors.As(err, &f):
		return f.status, f.text
	case errors.Is(err, syscall.EPIPE):
		return statusFailure, "" // whoever reads wants no more
	case errors.Is(err, context.Canceled):
		return statusFailure, "interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return statusFinding, "nothing came in time"
	case errors.Is(err, os.ErrNotExist):
		status = statusFinding
	case errors.Is(err, simdb.ErrNotFound), errors.Is(err, simdb.ErrEmpty), errors.Is(err, simdb.ErrMismatch), errors.Is(err, simdb.ErrStale):
		status = statusFinding
	default:
		status = statusFailure
	}
	return status, advise(err)
}

// advise is the text of an error, with what to do about it.
func advise(err error) string {
	var open *simdb.OpenError
	if errors.As(err, &open) {
		return adviseOpen(open)
	}
	text := strings.TrimPrefix(err.Error(), "simdb: ")
	for of, advice := range map[error]string{
		simdb.ErrCorrupt:  "simdb check says what else is wrong",
		simdb.ErrMismatch: "somebody was faster, or it is not as you asked; simdb get --json shows the version",
		simdb.ErrTooLarge: "create a larger region",
		simdb.ErrEmptyKey: "a key has at least one byte",
	} {
		if errors.Is(err, of) {
			return text + "; " + advice
		}
	}
	return text
}

func adviseOpen(e *simdb.OpenError) string {
	name := regionName(e.Path)
	what := fmt.Sprintf("%s: %v", name, e.Err)
	if e.Found != "" {
		what += ": " + e.Found
	}
	advice := e.Advice
	switch {
	case errors.Is(e.Err, os.ErrNotExist):
		return fmt.Sprintf("no region %s; simdb ls lists those there are, simdb create %s makes it", name, name)
	case errors.Is(e.Err, simdb.ErrOwner):
		advice = "--any-owner trusts that user"
	case errors.Is(e.Err, simdb.ErrInUse):
		advice = fmt.Sprintf("simdb ps %s shows by whom", name)
	case errors.Is(e.Err, simdb.ErrHandles):
		advice = "wait until one of them ends"
	case errors.Is(e.Err, simdb.ErrOptions):
		advice = "simdb help create says what is possible"
	}
	if advice == "" {
		return what
	}
	return what + "; " + advice
}
