package history

import (
	"fmt"
	"math"

	"simdb.dev/model"
)

// Never is the return time of an operation that never returned.
const Never = math.MaxInt64

// Client names one sequential client: a goroutine of a process.
type Client struct{ Process, ID int32 }

// String prints the client as "p3.1", or "p3" for client 0.
func (c Client) String() string {
	if c.ID == 0 {
		return fmt.Sprintf("p%d", c.Process)
	}
	return fmt.Sprintf("p%d.%d", c.Process, c.ID)
}

// Op is one operation of a history.
type Op struct {
	Client Client
	Key    int32 // index in History.Keys
	Line   int32 // line or record number in its file
	Call   int64 // nanoseconds
	Return int64 // Never if the outcome is unknown
	In     model.Input
	Out    model.Output
}

// Pending reports whether the operation never returned.
func (o *Op) Pending() bool { return o.Return == Never }

// Before reports whether o returned before p was called. Operations that touch
// in one nanosecond overlap.
func (o *Op) Before(p *Op) bool { return o.Return < p.Call }

// String prints the operation: "p1 get() → 7 v3 [100, 200]".
func (o *Op) String() string {
	if o.Pending() {
		return fmt.Sprintf("%v %s [%d, …]", o.Client, model.Describe(o.In, o.Out), o.Call)
	}
	return fmt.Sprintf("%v %s [%d, %d]", o.Client, model.Describe(o.In, o.Out), o.Call, o.Return)
}

// Crash says that a process was killed, not before Time.
type Crash struct {
	Process int32
	Time    int64
}

// History is a set of operations in no particular order.
type History struct {
	Clock   string // names the clock of all times; "" if not stated
	Keys    []string
	Ops     []Op
	Crashes []Crash

	index map[string]int32
}

// Key returns the index of the key of that name, adding it if it is new.
func (h *History) Key(name string) int32 {
	if i, ok := h.index[name]; ok {
		return i
	}
	if h.index == nil {
		h.index = make(map[string]int32, len(h.Keys)+1)
		for i, k := range h.Keys {
			h.index[k] = int32(i)
		}
		if i, ok := h.index[name]; ok {
			return i
		}
	}
	i := int32(len(h.Keys))
	h.Keys = append(h.Keys, name)
	h.index[name] = i
	return i
}

// setClock is how files agree on their clock.
func (h *History) setClock(clock string) error {
	if h.Clock != "" && clock != "" && h.Clock != clock {
		return fmt.Errorf("times are of clock %q, those before of clock %q: they cannot be compared", clock, h.Clock)
	}
	if h.Clock == "" {
		h.Clock = clock
	}
	return nil
}

// Deaths gives for every process that died the earliest time at which it can
// have: the crash is recorded before the kill, and the dead record nothing.
func Deaths(ops []Op, crashes []Crash) map[int32]int64 {
	died := make(map[int32]int64, len(crashes))
	for _, c := range crashes {
		died[c.Process] = c.Time
	}
	for i := range ops {
		if op := &ops[i]; op.Pending() {
			died[op.Client.Process] = max(died[op.Client.Process], op.Call)
		}
	}
	for i := range ops {
		op := &ops[i]
		if t, dead := died[op.Client.Process]; dead && !op.Pending() {
			died[op.Client.Process] = max(t, op.Return)
		}
	}
	return died
}
