package check

import "fmt"

// Verdict is the answer of a check. Only Linearizable is a pass.
type Verdict uint8

const (
	// NotRun: there was nothing to check, or an assumption does not hold.
	NotRun Verdict = iota
	// Linearizable: some order of the operations explains every result.
	Linearizable
	// Unknown: time or room ran out before the answer.
	Unknown
	// Violation: no order explains the results.
	Violation
)

// String returns "linearizable", "violation", "unknown" or "not run".
func (v Verdict) String() string {
	switch v {
	case NotRun:
		return "not run"
	case Linearizable:
		return "linearizable"
	case Unknown:
		return "unknown"
	case Violation:
		return "violation"
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}
