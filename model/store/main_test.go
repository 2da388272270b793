//go:build explore

package store

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	status := m.Run()
	cleanUp()
	os.Exit(status)
}

// cleanUp removes what explorations left in the file system.
func cleanUp() {
	for _, dir := range leftovers {
		os.RemoveAll(dir)
	}
}
