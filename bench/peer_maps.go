package main

import (
	"sync"

	"github.com/puzpuzpuz/xsync/v4"
)

// The maps of one process are keyed by the array itself. A put makes a copy of the value, which readers then share; a get copies it to the caller, as the
// others do.

type xsyncMap struct{ m *xsync.Map[key, []byte] }

func openXsync(s *spec) (table, error) {
	return &oneByOne{one: xsyncMap{xsync.NewMap[key, []byte]()}}, nil
}

func (t xsyncMap) get(k *key, dst []byte) ([]byte, bool, error) {
	v, ok := t.m.Load(*k)
	return append(dst, v...), ok, nil
}

func (t xsyncMap) put(k *key, value []byte) error {
	t.m.Store(*k, append([]byte(nil), value...))
	return nil
}

func (t xsyncMap) delete(k *key) (bool, error) {
	_, ok := t.m.LoadAndDelete(*k)
	return ok, nil
}

func (t xsyncMap) close() error { return nil }

type syncMap struct{ m *sync.Map }

func openSyncMap(s *spec) (table, error) { return &oneByOne{one: syncMap{new(sync.Map)}}, nil }

func (t syncMap) get(k *key, dst []byte) ([]byte, bool, error) {
	v, ok := t.m.Load(*k)
	if !ok {
		return dst, false, nil
	}
	return append(dst, v.([]byte)...), true, nil
}

func (t syncMap) put(k *key, value []byte) error {
	t.m.Store(*k, append([]byte(nil), value...))
	return nil
}

func (t syncMap) delete(k *key) (bool, error) {
	_, ok := t.m.LoadAndDelete(*k)
	return ok, nil
}

func (t syncMap) close() error { return nil }

type lockedMap struct {
	mu *sync.RWMutex
	m  map[key][]byte
}

func openLockedMap(s *spec) (table, error) {
	return &oneByOne{one: lockedMap{new(sync.RWMutex), map[key][]byte{}}}, nil
}

func (t lockedMap) get(k *key, dst []byte) ([]byte, bool, error) {
	t.mu.RLock()
	v, ok := t.m[*k]
	dst = append(dst, v...)
	t.mu.RUnlock()
	return dst, ok, nil
}

func (t lockedMap) put(k *key, value []byte) error {
	v := append([]byte(nil), value...)
	t.mu.Lock()
	t.m[*k] = v
	t.mu.Unlock()
	return nil
}

func (t lockedMap) delete(k *key) (bool, error) {
	t.mu.Lock()
	_, ok := t.m[*k]
	delete(t.m, *k)
	t.mu.Unlock()
	return ok, nil
}

func (t lockedMap) close() error { return nil }
