package model

import "fmt"

// Op is an operation on one key.
type Op uint8

// The operations on values, then those on queues.
const (
	Get        Op = iota + 1 // read the value
	GetVersion               // read the value and its version
	GetRef                   // read by a reference obtained earlier: Input.Version
	Len                      // length of the value
	Put                      // write Input.Value
	Insert                   // write Input.Value if the key is absent
	PutIf                    // write Input.Value if the version is Input.Version; 0 means absent
	GetOrPut                 // read the value, or write Input.Value if the key is absent
	Update                   // replace the value read (Output.Value, 0 if absent) by Input.Value
	Add                      // add Input.Value to the counter, absent counting as 0
	Delete                   // remove the value

	Push        // append the message Input.Value
	PushBatch   // append Input.Batch at one point
	Pop         // remove the head
	Take        // remove up to Input.Value messages from the head: Output.Batch
	Claim       // take an orphan or the head, and hold it
	Ack         // give up the held message Input.Value for good, also of a queue that is gone
	Release     // make an orphan of the message Input.Value held by Input.Process, if its queue is still there
	Sweep       // returns when Input.Process holds nothing
	QueueLen    // number of messages that a pop could return: Output.Value
	DeleteQueue // remove the queue with all its messages but those that somebody holds

	opEnd
)

var opNames = [opEnd]string{
	Get: "get", GetVersion: "getVersion", GetRef: "getRef", Len: "len",
	Put: "put", Insert: "insert", PutIf: "putIf", GetOrPut: "getOrPut",
	Update: "update", Add: "add", Delete: "delete",
	Push: "push", PushBatch: "pushBatch", Pop: "pop", Take: "take",
	Claim: "claim", Ack: "ack", Release: "release", Sweep: "sweep",
	QueueLen: "queueLen", DeleteQueue: "deleteQueue",
}

// String returns the operation's name, as [ParseOp] reads it.
func (o Op) String() string { return name(opNames[:], uint8(o), "Op") }

// ParseOp returns the operation of that name.
func ParseOp(s string) (Op, bool) {
	i, ok := parse(opNames[:], s)
	return Op(i), ok
}

// OnQueue reports whether the operation is one on queues.
func (o Op) OnQueue() bool { return o >= Push && o < opEnd }

// Reads reports whether the operation never changes what a key holds.
func (o Op) Reads() bool {
	switch o {
	case Get, GetVersion, GetRef, Len, QueueLen, Sweep:
		return true
	}
	return false
}

// letsGo reports whether the operation is on a message that somebody holds,
// whatever the key holds.
func (o Op) letsGo() bool { return o == Ack || o == Release || o == Sweep }

// allocates reports whether the operation may find the region full. A claim
// copies a message that was pushed with others.
func (o Op) allocates() bool {
	switch o {
	case Put, Insert, PutIf, GetOrPut, Update, Add, Push, PushBatch, Claim:
		return true
	}
	return false
}

// Outcome is how an operation ended.
type Outcome uint8

// The outcomes. Torn is what a client reports when a value fails its own
// checksum: no state allows it.
const (
	Unknown   Outcome = iota // never returned: may or may not have happened
	OK                       // done
	NotFound                 // the key is absent
	Exists                   // the key is present
	Mismatch                 // the version is another one
	Stale                    // the reference is no longer current; the message is not held
	WrongKind                // the key holds the other kind
	Full                     // no block left: no effect
	Empty                    // the queue has no message
	Torn                     // the value fails its checksum

	outcomeEnd
)

var outcomeNames = [outcomeEnd]string{
	Unknown: "unknown", OK: "ok", NotFound: "not found", Exists: "exists",
	Mismatch: "mismatch", Stale: "stale", WrongKind: "wrong kind", Full: "full",
	Empty: "empty", Torn: "torn",
}

// String returns the outcome's name, as [ParseOutcome] reads it.
func (o Outcome) String() string { return name(outcomeNames[:], uint8(o), "Outcome") }

// ParseOutcome returns the outcome of that name.
func ParseOutcome(s string) (Outcome, bool) {
	i, ok := parse(outcomeNames[:], s)
	return Outcome(i), ok
}

// Version is an opaque token that names one write; 0 is "not observed".
type Version uint64

// Input is an operation with its arguments.
type Input struct {
	Op      Op
	Process int32   // who claims and acknowledges; whose messages are released
	Len     uint32  // bytes of the value written
	Value   uint64  // id written, pushed or acknowledged; amount added; most to take
	Version Version // version expected, reference followed
	Batch   []uint64
}

// Output is what the client saw.
type Output struct {
	Outcome Outcome
	Again   bool    // GetOrPut: the value was there; Claim: delivered before
	Len     uint32  // bytes of the value read
	Value   uint64  // id read, popped or claimed; sum after adding; number of messages
	Version Version // of the value read or written
	Batch   []uint64
}

// String prints the operation as a call: "putIf(7, v3)".
func (in Input) String() string {
	switch in.Op {
	case Put, Insert, GetOrPut, Update, Push, Ack, Take:
		return fmt.Sprintf("%v(%d)", in.Op, in.Value)
	case Add:
		return fmt.Sprintf("add(%+d)", int64(in.Value))
	case PutIf:
		return fmt.Sprintf("putIf(%d, v%d)", in.Value, in.Version)
	case GetRef:
		return fmt.Sprintf("getRef(v%d)", in.Version)
	case PushBatch:
		return fmt.Sprintf("pushBatch%d", in.Batch)
	case Release:
		return fmt.Sprintf("release(%d of p%d)", in.Value, in.Process)
	case Sweep:
		return fmt.Sprintf("sweep(p%d)", in.Process)
	default:
		return in.Op.String() + "()"
	}
}

// Describe prints the operation with its result: "get() → 7 v3".
func Describe(in Input, out Output) string {
	return in.String() + " → " + out.describe(in.Op)
}

func (out Output) describe(op Op) string {
	if out.Outcome != OK {
		return out.Outcome.String()
	}
	s := "ok"
	switch op {
	case Get, GetVersion, GetRef, GetOrPut, Add, Pop, Claim, QueueLen:
		s = fmt.Sprint(out.Value)
	case Update:
		s = fmt.Sprintf("replaced %d", out.Value)
	case Len:
		s = fmt.Sprintf("%d bytes", out.Len)
	case Take:
		s = fmt.Sprint(out.Batch)
	}
	if out.Version != 0 {
		s += fmt.Sprintf(" v%d", out.Version)
	}
	switch {
	case out.Again && op == GetOrPut:
		s += " (was there)"
	case out.Again && op == Claim:
		s += " (again)"
	}
	return s
}

func name(names []string, i uint8, typ string) string {
	if int(i) < len(names) && names[i] != "" {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", typ, i)
}

func parse(names []string, s string) (int, bool) {
	for i, n := range names {
		if n == s && s != "" {
			return i, true
		}
	}
	return 0, false
}
