package main

import (
	"iter"

	"simdb.dev/simdb"
)

// store is what clients use of a handle.
type store interface {
	Get(key, dst []byte) ([]byte, error)
	GetVersion(key, dst []byte) ([]byte, simdb.Version, error)
	GetAt(v simdb.Version, dst []byte) ([]byte, error)
	Len(key []byte) (int, error)
	PutVersion(key, value []byte) (simdb.Version, error)
	CompareAndSwap(key []byte, old simdb.Version, value []byte) (simdb.Version, error)
	GetOrPut(key, value, dst []byte) ([]byte, bool, error)
	Update(key []byte, f func(old []byte) ([]byte, error)) error
	Add(key []byte, delta int64) (int64, error)
	Delete(key []byte) error
	Pack(key []byte) (simdb.Pack, error)
	Elements(key []byte) iter.Seq2[[]byte, error]
	PutPack(key []byte, records [][]byte) error
	PutPackSeq(key []byte, records iter.Seq[[]byte]) error
	CompareAndSwapPack(key []byte, old simdb.Version, records iter.Seq[[]byte]) (simdb.Version, error)
	Close() error

	handle() *simdb.DB // for views of types
}

// bare is a handle as it is.
type bare struct{ *simdb.DB }

func (b bare) handle() *simdb.DB { return b.DB }

// opener gives a worker its handle.
type opener func(path string) (store, error)

func openStore(path string) (store, error) {
	db, err := simdb.OpenPath(path, simdb.Options{MustExist: true})
	if err != nil {
		return nil, err
	}
	return bare{db}, nil
}
