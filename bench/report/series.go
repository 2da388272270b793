package report

import (
	"fmt"
	"strings"

	"simdb.dev/bench/measure"
)

// perOp is the usual unit.
const perOp = "ns/op"

// A selector names one thing that was measured: a kind of work and some of its parameters, written "Get peer=simdb keys=10k", with the unit at the end if it
// is not ns/op: "Latency peer=simdb p99-ns". Parameters that it does not name may have any value, but only one.
type selector string

// parts takes a selector apart.
func (s selector) parts() (work string, params []Setting, unit string) {
	unit = perOp
	for i, field := range strings.Fields(string(s)) {
		key, value, isParam := strings.Cut(field, "=")
		switch {
		case i == 0:
			work = field
		case isParam:
			params = append(params, Setting{key, value})
		default:
			unit = field
		}
	}
	return work, params, unit
}

func (n Name) matches(work string, params []Setting) bool {
	if n.Work != work {
		return false
	}
	for _, p := range params {
		if n.Get(p.Key) != p.Value {
			return false
		}
	}
	return true
}

// series is one thing as it was measured in each round; empty if it was not.
func (r *Run) series(s selector) (measure.Rounds, error) {
	work, params, unit := s.parts()
	rounds := measure.Rounds{}
	found := ""
	for _, result := range r.Results {
		v, measured := result.Values[unit]
		if !measured || !result.Name.matches(work, params) {
			continue
		}
		name := result.Name.String()
		if found != "" && name != found {
			return nil, fmt.Errorf("%q is ambiguous: %s, %s", s, found, name)
		}
		found = name
		rounds[result.Round] = v
	}
	return rounds, nil
}

// spread is the spread of a series over its rounds.
func (r *Run) spread(s selector) (measure.Spread, error) {
	rounds, err := r.series(s)
	return rounds.Spread(), err
}

// values lists the values that a parameter has among the results that a selector names, in the order in which they were measured.
func (r *Run) values(s selector, key string) []string {
	work, params, _ := s.parts()
	var list []string
	seen := map[string]bool{}
	for _, result := range r.Results {
		if v := result.Name.Get(key); v != "" && !seen[v] && result.Name.matches(work, params) {
			seen[v] = true
			list = append(list, v)
		}
	}
	return list
}
