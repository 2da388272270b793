package main

import (
	"errors"

	"simdb.dev/simdb"
)

// store is the store of this project, a region of huge pages where there are any.
type store struct{ db *simdb.DB }

const regionFile = "region"

func openStore(s *spec) (table, error) {
	o := simdb.Options{MustExist: true}
	if s.Fill {
		o = regionOptions(s)
	}
	db, err := simdb.OpenPath(s.path(regionFile), o)
	if err != nil {
		return nil, err
	}
	return &oneByOne{one: store{db}, dst: make([]byte, 0, s.Value)}, nil
}

// blockHeader, and the largest block chosen: values beyond it take several.
const (
	blockHeader  = 16
	largestBlock = 4096
)

// blockSize is that of the region of s: an entry fits into one block if it is not large.
func blockSize(s *spec) int {
	if s.Block != 0 {
		return s.Block
	}
	return max(min(blockHeader+len(key{})+(s.Value+7)/8*8, largestBlock), 40)
}

// blocksPer is how many blocks an entry takes, at most: one, or as many as hold its bytes and the names of these blocks.
func blocksPer(s *spec) int {
	payload := blockSize(s) - blockHeader
	bytes := len(key{}) + (s.Value+7)/8*8
	if bytes <= payload {
		return 1
	}
	n := (bytes + payload - 1) / payload
	return n + (8*n+payload-1)/payload
}

func regionOptions(s *spec) simdb.Options {
	used := s.Keys * blocksPer(s)
	count := used + used/4 + 4*blocksPer(s) + 64
	if s.Full != 0 {
		count = used * 100 / s.Full
	}
	return simdb.Options{BlockSize: uint64(blockSize(s)), BlockCount: uint64(count), HugePages: true}
}

func (t store) get(k *key, dst []byte) ([]byte, bool, error) {
	v, err := t.db.Get(k[:], dst)
	if errors.Is(err, simdb.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

func (t store) put(k *key, value []byte) error { return t.db.Put(k[:], value) }

func (t store) delete(k *key) (bool, error) {
	err := t.db.Delete(k[:])
	if errors.Is(err, simdb.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (t store) close() error { return t.db.Close() }
