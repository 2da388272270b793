//go:build explore

package simdb

// An explored batch of four messages has two parts.
const mostInPart = 3
