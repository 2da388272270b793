//go:build !failpoints

package simdb

func failpoint(point) {}
