package check

import (
	"io"

	"github.com/anishathalye/porcupine"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// Picture writes a finding's operations as porcupine's interactive page, in
// nanoseconds since the first call, an operation that never returned drawn to
// the end. It returns porcupine's own verdict on them.
func (f Finding) Picture(w io.Writer, rules model.Rules) (Verdict, error) {
	m := Model(rules)
	list := steps(f.Ops, f.Crashes)
	all := operations(f.Key, list, f.Ops)
	start, end := int64(history.Never), int64(0)
	for _, op := range all {
		start = min(start, op.Call)
		end = max(end, op.Call)
		if op.Return != history.Never {
			end = max(end, op.Return)
		}
	}
	for i := range all {
		all[i].Return = min(all[i].Return, end+1) - start
		all[i].Call -= start
	}
	result, info := porcupine.CheckOperationsVerbose(m, all, minimizeBudget)
	info.AddAnnotations([]porcupine.Annotation{{
		Tag: "simdb", Start: 0, End: end + 1 - start,
		Description: string(f.Reason), Details: f.Text,
		BackgroundColor: "#fdd", TextColor: "#600",
	}})
	verdict := Unknown
	switch result {
	case porcupine.Ok:
		verdict = Linearizable
	case porcupine.Illegal:
		verdict = Violation
	}
	return verdict, porcupine.Visualize(m, info, w)
}
