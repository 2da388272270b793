//go:build failpoints

package main

import (
	"fmt"
	"slices"

	"simdb.dev/simdb"
)

// withFailpoints says whether the store calls what onFailpoint sets.
const withFailpoints = true

// onFailpoint sets what is called at each failpoint. It is an error if there are others than the storm knows.
func onFailpoint(passed func(name string)) error {
	var names []string
	for _, p := range failpoints {
		names = append(names, p.name)
	}
	if all := simdb.Failpoints(); !slices.Equal(names, all) {
		return fmt.Errorf("the store has failpoints %q, the storm %q", all, names)
	}
	simdb.AtFailpoint = passed
	return nil
}
