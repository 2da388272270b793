//go:build explore

package store

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	status := m.Run()
	for _, dir := range leftovers {
		os.RemoveAll(dir)
	}
	os.Exit(status)
}
