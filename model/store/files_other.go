//go:build explore && !linux

package store

func filing() []program { return nil }

var leftovers []string
