package main

import (
	"strings"
	"testing"
)

// TestNodeAccount: what is missing, comes from nowhere, or is there twice without cause is found.
func TestNodeAccount(t *testing.T) {
	for _, c := range []struct {
		name   string
		times  map[uint64]int // of elements 0 to 3, of which 3 is not known to be pushed
		killed bool
		want   string
	}{
		{"all", map[uint64]int{0: 1, 1: 1, 2: 1}, false, ""},
		{"perhaps", map[uint64]int{0: 1, 1: 1, 2: 1, 3: 1}, false, ""},
		{"again", map[uint64]int{0: 1, 1: 2, 2: 1}, true, ""},
		{"again without cause", map[uint64]int{0: 1, 1: 2, 2: 1}, false, "element 1 has 2 results, and nobody was killed"},
		{"lost", map[uint64]int{0: 1, 2: 1, 3: 1}, true, "lost element: 1 was pushed"},
		{"from nowhere", map[uint64]int{0: 1, 1: 1, 2: 1, 4: 1}, true, "results of elements that nobody pushed: [4]"},
	} {
		pushed := tickets{make([]uint64, ticketWords)}
		for range 4 {
			if number, ok := pushed.next(); !ok {
				t.Fatal("no ticket")
			} else if number < 3 {
				pushed.setPushed(number)
			}
		}
		var counted nodeTally
		err := counted.account(pushed, c.times, c.killed)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want == "" && (counted.Pushed != 3 || counted.Perhaps != 1 || counted.Once+counted.Again < 3) {
			t.Errorf("%s: %v", c.name, &counted)
		}
	}
}
