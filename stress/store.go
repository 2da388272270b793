package main

import (
	"context"
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
	Queue(key []byte, limit int) (queue, error)
	Close() error

	database() *simdb.DB // for views of types
}

// queue is what clients use of a queue.
type queue interface {
	Push(message []byte) error
	PushBatch(messages [][]byte) error
	TryPop(dst []byte) ([]byte, error)
	Pop(ctx context.Context, dst []byte) ([]byte, error)
	Take(b *simdb.Batch) error
	TryClaim(dst []byte) ([]byte, simdb.Claim, error)
	Ack(c simdb.Claim) error
	Release(c simdb.Claim) error
	Delete() error
}

// handle is a store.
type handle struct{ *simdb.DB }

func (h handle) database() *simdb.DB { return h.DB }

func (h handle) Queue(key []byte, limit int) (queue, error) {
	return h.DB.Queue(key, simdb.QueueOptions{Limit: limit})
}

// opener gives a worker its handle.
type opener func(path string) (store, error)

func openStore(path string) (store, error) {
	db, err := simdb.OpenPath(path, simdb.Options{MustExist: true})
	if err != nil {
		return nil, err
	}
	return handle{db}, nil
}
