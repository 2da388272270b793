//go:build !explore

package simdb

// mostInPart is how many messages of a batch are in one list of blocks at most; the others follow in lists of their own.
const mostInPart = maxCount
