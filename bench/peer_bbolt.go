package main

import (
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
	return &boltTable{oneByOne{one: bolt{db}}, db}, nil
}

// boltTable fills in few transactions.
type boltTable struct {
	oneByOne
	db *bbolt.DB
}

func (t *boltTable) bulk(b *batch) error {
	return t.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(bucketName)
		for i := range b.n {
			if err := bucket.Put(b.keys[i][:], b.value); err != nil {
				return err
			}
		}
		return nil
	})
}

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
