package main

import (
	"github.com/zeebo/xxh3"

	"simdb.dev/model"
	"simdb.dev/simdb"
)

// token is the number that names a version in histories: a hash of its bytes, the same in every process.
func token(v simdb.Version) model.Version {
	if v.IsZero() {
		return 0
	}
	var buf [64]byte
	b, _ := v.AppendBinary(buf[:0])
	return model.Version(xxh3.Hash(b))
}
