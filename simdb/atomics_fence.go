//go:build !arm64 && !race && !explore

package simdb

// loadFence keeps earlier plain loads before later loads. amd64 does not reorder loads.
func loadFence() {}
