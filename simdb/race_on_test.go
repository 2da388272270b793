//go:build race

package simdb

const raceEnabled = true
