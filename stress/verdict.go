package main

import "fmt"

// verdict is what a run ends with. A worse one is greater.
type verdict int

const (
	linearizable verdict = iota
	unknown
	violation
	hang
)

const statusUsage = 2

// status is the exit status.
func (v verdict) status() int { return [...]int{linearizable: 0, unknown: 3, violation: 1, hang: 4}[v] }

func (v verdict) String() string {
	return [...]string{linearizable: "linearizable", unknown: "unknown", violation: "violation", hang: "hang"}[v]
}

func (v verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// finding is why a run ends with another verdict than linearizable. It is the
// error of whatever found it.
type finding struct {
	Verdict verdict
	Text    string
}

func (f *finding) Error() string { return f.Text }

func found(v verdict, format string, args ...any) error {
	return &finding{v, fmt.Sprintf(format, args...)}
}

// errInterrupted ends a run from outside; there is nothing to show for it.
var errInterrupted = &finding{unknown, "interrupted"}
