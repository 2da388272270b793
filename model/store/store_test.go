//go:build explore

package store

import (
	"testing"

	"simdb.dev/model/explore"
)

func TestPrograms(t *testing.T) {
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			explore.Test(t, p.scenario())
		})
	}
}
