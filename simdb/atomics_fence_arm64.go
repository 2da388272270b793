//go:build arm64 && !race && !explore

package simdb

// loadFence keeps earlier plain loads before later loads (DMB ISHLD).
//
//go:noescape
func loadFence()
