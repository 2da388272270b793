package history

import (
	"cmp"
	"fmt"
	"slices"

	"simdb.dev/model"
)

// Validate checks what every verdict takes for granted:
//
//   - times are positive, and no operation returns before its call;
//   - operations of one client do not overlap, and nothing follows one that
//     never returned;
//   - the values written to one key differ from each other and from 0 (except
//     on keys with counters, where a value is a number);
//   - a process crashes once.
//
// That all times are of one clock is checked when files are merged.
func (h *History) Validate() error {
	if err := h.validateTimes(); err != nil {
		return err
	}
	if err := h.validateClients(); err != nil {
		return err
	}
	return h.validateValues()
}

func (h *History) validateTimes() error {
	dead := map[int32]bool{}
	for _, c := range h.Crashes {
		if dead[c.Process] {
			return fmt.Errorf("process %d crashes twice: a new process needs a new number", c.Process)
		}
		dead[c.Process] = true
	}
	for i := range h.Ops {
		op := &h.Ops[i]
		if op.Call <= 0 {
			return fmt.Errorf("call time %d is not positive: %s", op.Call, h.at(op))
		}
		if op.Return < op.Call {
			return fmt.Errorf("returns before its call: %s", h.at(op))
		}
	}
	return nil
}

func (h *History) validateClients() error {
	order := make([]int32, len(h.Ops))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := &h.Ops[i], &h.Ops[j]
		return cmp.Or(
			cmp.Compare(a.Client.Process, b.Client.Process),
			cmp.Compare(a.Client.ID, b.Client.ID),
			cmp.Compare(a.Call, b.Call),
			cmp.Compare(a.Return, b.Return))
	})
	for n := 1; n < len(order); n++ {
		a, b := &h.Ops[order[n-1]], &h.Ops[order[n]]
		switch {
		case a.Client != b.Client:
		case a.Pending():
			return fmt.Errorf("client %v goes on after an operation that never returned: %s, then %s", a.Client, h.at(a), h.at(b))
		case b.Call < a.Return:
			return fmt.Errorf("operations of client %v overlap: %s and %s", a.Client, h.at(a), h.at(b))
		}
	}
	return nil
}

func (h *History) validateValues() error {
	counter := make([]bool, len(h.Keys))
	for i := range h.Ops {
		if h.Ops[i].In.Op == model.Add {
			counter[h.Ops[i].Key] = true
		}
	}
	type value struct {
		key int32
		id  uint64
	}
	writer := make(map[value]*Op, len(h.Ops)/2)
	for i := range h.Ops {
		op := &h.Ops[i]
		if counter[op.Key] {
			continue
		}
		for id := range op.Writes() {
			if id == 0 {
				return fmt.Errorf("value 0 names no value: %s", h.at(op))
			}
			v := value{op.Key, id}
			if w, twice := writer[v]; twice {
				return fmt.Errorf("value %d of key %q is written twice: %s and %s", id, h.Keys[op.Key], h.at(w), h.at(op))
			}
			writer[v] = op
		}
	}
	return nil
}

// Writes yields the ids that the operation writes or pushes if it applies.
func (o *Op) Writes() func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		switch o.In.Op {
		case model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update, model.Push:
			yield(o.In.Value)
		case model.PushBatch:
			for _, id := range o.In.Batch {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// at says which operation is meant and where it stands.
func (h *History) at(op *Op) string {
	return fmt.Sprintf("%v on %q (%d)", op, h.Keys[op.Key], op.Line)
}
