//go:build linux && (amd64 || arm64)

package simdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// readOnlyUser fills a region, makes its file read-only, and attaches to it so.
func readOnlyUser(t *testing.T) (there, u *user) {
	t.Helper()
	path := shmPath(t)
	there, err := filled(path)
	must(t, err)
	t.Cleanup(func() { there.db.Close() })
	must(t, os.Chmod(path, 0o400))
	db, err := OpenPath(path, Options{ReadOnly: true})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	u, err = newUser(db, there.claim)
	must(t, err)
	return there, u
}

// TestReadOnly uses every exported method through a read-only handle: what reads succeeds, what writes gives ErrReadOnly, and not a byte of the region changes. (A store would be a fault.)
func TestReadOnly(t *testing.T) {
	there, u := readOnlyUser(t)
	before := there.db.Raw()
	for name, m := range everyMethod {
		err := m.use(u)
		if m.effect == writes && !errors.Is(err, ErrReadOnly) || m.effect != writes && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(before, there.db.Raw()) {
		t.Error("the region has changed")
	}
	must(t, u.db.Close())
	for name, m := range everyMethod {
		if err := m.use(u); m.effect != apart && !m.silent && !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}

// TestReadOnlySees: a read-only handle sees the same as one that may write, and who lives.
func TestReadOnlySees(t *testing.T) {
	there, u := readOnlyUser(t)
	var a, b [][]byte
	for m := range u.queue.All() {
		a = append(a, bytes.Clone(m))
	}
	n, err := u.queue.Len()
	must(t, err)
	m, err := there.queue.Len()
	must(t, err)
	for m := range there.queue.All() {
		b = append(b, bytes.Clone(m))
	}
	if !slices.EqualFunc(a, b, bytes.Equal) || n != len(b) || m != n {
		t.Errorf("%d messages (Len: %d) instead of %d (%d)", len(a), n, len(b), m)
	}
	handles, err := u.db.Handles()
	must(t, err)
	if len(handles) != 1 || handles[0].Self || !handles[0].Alive {
		t.Errorf("handles: %+v", handles)
	}
	if findings, err := u.db.Check(); len(findings) > 0 || err != nil {
		t.Errorf("%v, %v", findings, err)
	}
}

// TestReadOnlyKeepsRegion: who reads is somebody who has the region open, and no other is.
func TestReadOnlyKeepsRegion(t *testing.T) {
	path := shmPath(t)
	if _, err := OpenPath(path, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("no region: %v", err)
	}
	if _, err := OpenHeap(Options{ReadOnly: true}); !errors.Is(err, ErrOptions) {
		t.Fatalf("heap: %v", err)
	}
	db, err := OpenPath(path, Options{BlockCount: 10, handles: 1, RemoveOnLastClose: true})
	must(t, err)
	var list []*DB
	for range 3 { // more than places
		r, err := OpenPath(path, Options{ReadOnly: true, RemoveOnLastClose: true})
		must(t, err)
		list = append(list, r)
	}
	must(t, db.Close()) // not the last
	for _, r := range list {
		expectKind(t, RemovePath(path), ErrInUse)
		must(t, r.Close())
	}
	must(t, RemovePath(path))
}

// TestReadOnlyWaits: Wait and Follow find what changes, though they can not say that they wait.
func TestReadOnlyWaits(t *testing.T) {
	there, u := readOnlyUser(t)
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	go func() {
		time.Sleep(2 * waitSlice)
		there.db.Put(valueKey, nil)
		there.queue.Push([]byte("last"))
	}()
	if v, err := u.db.Wait(ctx, valueKey, u.value); err != nil || v == u.value {
		t.Fatalf("%v, %v", v, err)
	}
	for m, err := range u.queue.Follow(ctx) {
		must(t, err)
		if string(m) == "last" {
			return
		}
	}
	t.Fatal("the message was not seen")
}

// TestReadOnlyUnderWrites peeks at a queue whose segments are used up and reused meanwhile: what is given is whole, in order, and never twice.
func TestReadOnlyUnderWrites(t *testing.T) {
	path := shmPath(t)
	db, err := OpenPath(path, Options{BlockSize: 128, BlockCount: 60})
	must(t, err)
	defer db.Close()
	r, err := OpenPath(path, Options{ReadOnly: true})
	must(t, err)
	defer r.Close()
	stop := make(chan struct{})
	done := make(chan error)
	go func() {
		q, err := db.Queue(queueKey, QueueOptions{})
		for i := 0; err == nil; i++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			err = q.Push(fmt.Appendf(nil, "%09d", i))
			if i%50 > 20 {
				q.TryPop(nil)
			}
			if i%50 == 49 {
				for range q.All() {
				}
			}
			if i%100 == 0 { // blocks change what they are
				db.Put(valueKey, bytes.Repeat([]byte{0xff}, 800))
				db.Delete(valueKey)
			}
			if i%1000 == 999 {
				err = q.Delete()
			}
		}
		done <- err
	}()
	q, err := r.Queue(queueKey, QueueOptions{})
	must(t, err)
	given := 0
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		last := -1
		for m, err := range q.Peek() {
			must(t, err)
			var n int
			if _, err := fmt.Sscanf(string(m), "%d", &n); err != nil || len(m) != 9 || n <= last {
				t.Fatalf("%q after %d", m, last)
			}
			last = n
			given++
		}
	}
	close(stop)
	must(t, <-done)
	if given == 0 {
		t.Fatal("nothing was given")
	}
	t.Log(given, "messages")
}
