package main

import (
	"errors"
	"time"

	"go.etcd.io/bbolt"
)

// bolt is a file of bbolt that is never synced. Each operation is a transaction.
type bolt struct{ db *bbolt.DB }

var bucketName = []byte("bench")

func openBolt(s *spec) (table, error) {
	db, err := bbolt.Open(s.path("bbolt"), 0o600, &bbolt.Options{
		NoSync: true, NoGrowSync: true, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, Timeout: time.Second,
	})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName)
		return err
	})
	if err != nil {
		db.Close()
		return nil, err
	}
	return &boltTable{oneByOne: oneByOne{one: bolt{db}}, db: db}, nil
}

// boltTable is filled in few transactions: each batch alone would take as long as a thousand puts. A transaction keeps the slice of the value, which does not
// change while a table is filled.
type boltTable struct {
	oneByOne
	db      *bbolt.DB
	filling *bbolt.Tx // nil: none is open
	puts    int       // in it
}

const putsPerFill = 50_000

func (t *boltTable) bulk(b *batch) (err error) {
	if t.filling == nil {
		if t.filling, err = t.db.Begin(true); err != nil {
			return err
		}
	}
	bucket := t.filling.Bucket(bucketName)
	for i := range b.n {
		if err := bucket.Put(b.keys[i][:], b.value); err != nil {
			return err
		}
	}
	if t.puts += b.n; t.puts >= putsPerFill {
		return t.filled()
	}
	return nil
}

// filled ends the transaction that fills.
func (t *boltTable) filled() error {
	tx := t.filling
	t.filling, t.puts = nil, 0
	if tx == nil {
		return nil
	}
	return tx.Commit()
}

func (t *boltTable) do(b *batch) (int, error) {
	if err := t.filled(); err != nil {
		return 0, err
	}
	return t.oneByOne.do(b)
}

func (t *boltTable) close() error { return errors.Join(t.filled(), t.db.Close()) }

func (t bolt) get(k *key, dst []byte) (_ []byte, there bool, err error) {
	err = t.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketName).Get(k[:])
		there = v != nil
		dst = append(dst, v...)
		return nil
	})
	return dst, there, err
}

func (t bolt) put(k *key, value []byte) error {
	return t.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketName).Put(k[:], value) })
}

func (t bolt) delete(k *key) (there bool, err error) {
	err = t.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketName)
		there = bucket.Get(k[:]) != nil
		return bucket.Delete(k[:])
	})
	return there, err
}

func (t bolt) close() error { return t.db.Close() }
