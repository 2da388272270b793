//go:build linux && (amd64 || arm64)

package simdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Truncation of the file under who uses it. Children do it: a fault that is not caught ends a process.

// truncated are the file systems that are tested: shared memory, and a real one.
func truncated(t *testing.T) map[string]string {
	return map[string]string{"tmpfs": filepath.Dir(shmPath(t)), "disk": t.TempDir()}
}

// TestTruncated truncates the file of a region before each use of each method, to each of several lengths. The use gives a result or an error; where nothing or the header is
// all that is left, an error; and none of these ends the process.
func TestTruncated(t *testing.T) {
	for name, dir := range truncated(t) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), childLimit)
			defer cancel()
			startChild(t, "truncated", dir).finish(ctx)
		})
	}
}

// TestTruncatedInUse truncates the file of a region while goroutines do everything, and while others wait for what will never come: all of them end with an error.
func TestTruncatedInUse(t *testing.T) {
	for name, dir := range truncated(t) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), childLimit)
			defer cancel()
			rounds := "30"
			if testing.Short() {
				rounds = "5"
			}
			startChild(t, "truncated in use", dir, rounds, strconv.FormatInt(time.Now().UnixNano(), 10)).finish(ctx)
		})
	}
}

// TestOtherFaults: a fault elsewhere, and a SIGBUS that somebody sends, are what they were without the handler.
func TestOtherFaults(t *testing.T) {
	for _, role := range []string{"fault elsewhere", "sent SIGBUS"} {
		c := startChild(t, role, shmPath(t))
		if err := <-c.done; err == nil {
			t.Errorf("%s: the child ended well\n%s", role, &c.output)
		} else {
			c.done <- err
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	startChild(t, "fault elsewhere, caught", shmPath(t)).finish(ctx)
}

// filled is a region of some pages of everything.
func filled(path string) (*user, error) {
	db, err := OpenPath(path, Options{BlockSize: 128, BlockCount: 1500})
	if err != nil {
		return nil, err
	}
	c, err := fillRegion(db)
	if err != nil {
		return nil, err
	}
	return newUser(db, c)
}

func init() {
	roles["truncated"] = roleTruncated
	roles["truncated in use"] = roleTruncatedInUse
	roles["fault elsewhere"] = func(args []string) { faultElsewhere(args[0]) }
	roles["fault elsewhere, caught"] = func(args []string) {
		debug.SetPanicOnFault(true)
		defer func() {
			if recover() == nil {
				fatal("no panic")
			}
		}()
		faultElsewhere(args[0])
	}
	roles["sent SIGBUS"] = func(args []string) {
		_, err := filled(args[0])
		fatalIf(err)
		fatalIf(unix.Kill(os.Getpid(), unix.SIGBUS))
		time.Sleep(childLimit)
	}
}

func roleTruncated(args []string) {
	path := filepath.Join(args[0], "truncated")
	for _, name := range slices.Sorted(maps.Keys(everyMethod)) {
		m := everyMethod[name]
		for _, pages := range []int64{0, 1, 2, 33, 40, 60, 80} {
			os.Remove(path)
			u, err := filled(path)
			fatalIf(err)
			if size := int64(u.db.r.size); pages*4096 >= size-4096 {
				fatal("the region has %d bytes", size)
			}
			fatalIf(os.Truncate(path, pages*4096))
			err = m.use(u)
			if bad := !expected(err); bad || m.effect != apart && !m.silent && pages <= 1 && err == nil {
				fatal("%s after truncation to %d pages: %v", name, pages, err)
			}
			if err := u.db.Put(valueKey, largeValue); pages <= 2 && !errors.Is(err, ErrCorrupt) {
				fatal("Put after %s after truncation to %d pages: %v", name, pages, err)
			}
			fatalIf(u.db.Close())
		}
	}
}

// expected says whether err is what may come of a file that was truncated.
func expected(err error) bool {
	var open *OpenError
	return err == nil || errors.Is(err, ErrCorrupt) || errors.As(err, &open)
}

func roleTruncatedInUse(args []string) {
	rounds, err := strconv.Atoi(args[1])
	fatalIf(err)
	seed, err := strconv.ParseUint(args[2], 10, 64)
	fatalIf(err)
	names := slices.Sorted(maps.Keys(everyMethod))
	path := filepath.Join(args[0], "truncated")
	for round := range uint64(rounds) {
		os.Remove(path)
		first, err := filled(path)
		fatalIf(err)
		var users, waiters sync.WaitGroup
		var gone, used atomic.Uint64
		db, err := first.db.Attach()
		fatalIf(err)
		other, err := newUser(db, first.claim)
		fatalIf(err)
		for n, u := range []*user{first, first, other, other} {
			users.Go(func() {
				rng := rand.New(rand.NewPCG(seed+uint64(n), round))
				for gone.Load() == 0 || !errors.Is(u.db.Put(newKey, nil), ErrCorrupt) {
					if name := names[rng.IntN(len(names))]; !blocks[name] {
						everyMethod[name].use(u)
						used.Add(1)
					}
				}
			})
		}
		waitForever(&waiters, first.db)
		for used.Load() < 100 {
			time.Sleep(time.Millisecond)
		}
		fatalIf(os.Truncate(path, 4096*rand.New(rand.NewPCG(seed, round)).Int64N(3)))
		gone.Store(1)
		users.Wait()
		waiters.Wait()
		fatalIf(first.db.Close())
	}
}

// blocks are the uses that wait if there is nothing.
var blocks = map[string]bool{"DB.Wait": true, "Queue.Claim": true, "Queue.Follow": true, "Queue.Pop": true, "Queue.TakeWait": true}

// waitForever begins waits that only an error ends.
func waitForever(waiters *sync.WaitGroup, db *DB) {
	ctx := context.Background()
	for what, wait := range map[string]func(q *Queue) error{
		"Pop":    func(q *Queue) error { return second(q.Pop(ctx, nil)) },
		"Claim":  func(q *Queue) error { _, _, err := q.Claim(ctx, nil); return err },
		"Take":   func(q *Queue) error { return q.TakeWait(ctx, roomyBatch()) },
		"Follow": func(q *Queue) error { return drained(q.Follow(ctx)) },
		"Wait":   func(*Queue) error { return second(db.Wait(ctx, []byte("no entry"), Version{})) },
	} {
		q, err := db.Queue([]byte("no queue"), QueueOptions{})
		fatalIf(err)
		waiters.Go(func() {
			if err := wait(q); !errors.Is(err, ErrCorrupt) {
				fatal("%s: %v", what, err)
			}
		})
	}
}

// faultElsewhere touches a mapping of a truncated file that is no region's.
func faultElsewhere(path string) {
	_, err := filled(path)
	fatalIf(err)
	other := path + "-other"
	fatalIf(os.WriteFile(other, make([]byte, boardSize), 0o600))
	b, err := openBoard(other)
	fatalIf(err)
	fatalIf(os.Truncate(other, 0))
	fmt.Println(b.load(0))
}
