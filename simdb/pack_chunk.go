//go:build !explore

package simdb

// packChunk is how many bytes of records an iteration copies at once, unless a record is larger: so many that a copy pays, few enough for both ends of it to stay in the nearest
// cache.
const packChunk = 4 << 10

// packOffsets is how many records with offsets an iteration looks at at once.
const packOffsets = 512
