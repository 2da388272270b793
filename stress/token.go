package main

import (
	"encoding/binary"
	"reflect"

	"github.com/zeebo/xxh3"

	"simdb.dev/model"
	"simdb.dev/simdb"
)

// tokens turns versions into the numbers that name them in histories: a hash of
// all that a version consists of, the same in every process. The store keeps
// that to itself, hence reflection, on one variable, so that nothing is
// allocated.
type tokens struct {
	version simdb.Version
	fields  reflect.Value
}

func newTokens() *tokens {
	t := &tokens{}
	t.fields = reflect.ValueOf(&t.version).Elem()
	return t
}

func (t *tokens) of(v simdb.Version) model.Version {
	if v.IsZero() {
		return 0
	}
	t.version = v
	var buf [64]byte
	b := buf[:0]
	for i := range t.fields.NumField() {
		b = binary.NativeEndian.AppendUint64(b, t.fields.Field(i).Uint())
	}
	return model.Version(xxh3.Hash(b))
}
