package node

import "fmt"

// Error says at which step a node failed, and on which key. Match its cause with errors.Is and errors.As.
type Error struct {
	Step Step
	Key  string
	Err  error
}

// Step is a step of a run.
type Step string

const (
	Wire        Step = "wire"        // keys, types and options
	Claim       Step = "claim"       // elements of the queue; simdb.ErrElement: one is larger than the batch's memory
	Read        Step = "read"        // elements and snapshots; simdb.ErrType: of another type; simdb.ErrNotFound: no such entry
	Call        Step = "call"        // the function, which gave the error
	Publish     Step = "publish"     // the results; simdb.ErrFull: no room
	Acknowledge Step = "acknowledge" // the elements, after their results were published
)

func (e *Error) Error() string { return fmt.Sprintf("node: %s %q: %v", e.Step, e.Key, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// at is err with step and key; nil if it is nil.
func at(step Step, key string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{step, key, err}
}
