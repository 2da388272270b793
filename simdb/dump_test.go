package simdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contents is all that a region holds: by key, its elements.
func contents(t testing.TB, db *DB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for e, err := range db.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		key, list := string(e.Key), []string{e.Kind.String()}
		if e.Kind == KindQueue {
			q, err := db.Queue(e.Key, QueueOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for m, err := range q.Peek() {
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, string(m))
			}
		} else {
			for v, err := range db.Elements(e.Key) {
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, string(v))
			}
		}
		all[key] = list
	}
	return all
}

// dumpedRegion is a region with an entry of every kind, and its dump.
func dumpedRegion(t testing.TB) (*DB, []byte) {
	t.Helper()
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 1500})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	_, err = fillRegion(db)
	must(t, err)
	must(t, db.PutPack([]byte("varied"), [][]byte{{1}, nil, []byte("three"), make([]byte, 500)}))
	must(t, db.PutPack([]byte("none"), nil))
	must(t, db.PutString("empty", ""))
	q, err := db.Queue([]byte("limited"), QueueOptions{Limit: 2})
	must(t, err)
	must(t, q.Push([]byte("one")))
	must(t, q.Push([]byte("two")))
	_, _, err = q.TryClaim(nil)
	must(t, err)
	must(t, q.Push([]byte("three")))
	var b bytes.Buffer
	p, err := db.Dump(&b, TransferOptions{})
	must(t, err)
	if p.Bytes != uint64(b.Len()) || p.Part != 1 {
		t.Fatalf("%+v of %d bytes", p, b.Len())
	}
	return db, b.Bytes()
}

// TestDumpLoad: what was dumped can be loaded, into regions of other geometries: then everything is there, and what was held waits again, before the rest.
func TestDumpLoad(t *testing.T) {
	db, dump := dumpedRegion(t)
	want := contents(t, db)
	want["queue"] = slices.Insert(want["queue"], 1, string(content(0, 0))) // claimed
	want["limited"] = slices.Insert(want["limited"], 1, "one")
	for _, o := range []Options{{BlockSize: 128, BlockCount: 1500}, {BlockSize: 4096, BlockCount: 400}, {BlockSize: 72, BlockCount: 9000}} {
		other := openHeap(t, o)
		var last Progress
		p, err := other.Load(bytes.NewReader(dump), TransferOptions{Progress: func(p Progress) { last = p }})
		must(t, err)
		if p != last || p.Bytes != uint64(len(dump)) || p.Entries != uint64(len(want)) {
			t.Errorf("%+v, last %+v, of %d bytes and %d keys", p, last, len(dump), len(want))
		}
		if diff := cmp.Diff(want, contents(t, other)); diff != "" {
			t.Errorf("blocks of %d bytes: %s", o.BlockSize, diff)
		}
		typed, err := NewTyped[trade](other)
		must(t, err)
		pack, err := typed.Pack(tradesKey)
		must(t, err)
		if all, err := pack.Append(nil); err != nil || !slices.Equal(all, trades) {
			t.Errorf("%d trades, %v", len(all), err)
		}
		q, err := other.Queue([]byte("limited"), QueueOptions{})
		must(t, err)
		if err := q.Push(nil); !errors.Is(err, ErrFull) {
			t.Errorf("the limit is gone: %v", err)
		}
		checkRegion(t, other)
	}
}

// TestDumpCut: a dump that ends too soon, or has another bit, is an error with an offset; and what is loaded before is right.
func TestDumpCut(t *testing.T) {
	_, dump := dumpedRegion(t)
	step := len(dump)/200 + 1
	if testing.Short() {
		step *= 5
	}
	expect := func(what string, bad []byte, at int) {
		t.Helper()
		err := newDumpReader(bytes.NewReader(bad), 1<<20).each(func(*dumped) error { return nil })
		var e *DumpError
		if !errors.As(err, &e) || e.Offset < 0 || e.Offset > int64(len(bad)) || at >= 0 && e.Offset > int64(at)+8 {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := 0; n < len(dump); n += step {
		expect(fmt.Sprintf("%d bytes of %d", n, len(dump)), dump[:n], n)
		bad := bytes.Clone(dump)
		bad[n] ^= 1 << (n % 8)
		expect(fmt.Sprintf("byte %d changed", n), bad, -1) // a length that is wrong shows later
	}
	expect("something behind", append(bytes.Clone(dump), 0), -1)
	small := openHeap(t, Options{BlockSize: 128, BlockCount: 100})
	_, err := small.Load(bytes.NewReader(dump), TransferOptions{})
	var e *DumpError
	if !errors.As(err, &e) || errors.Is(err, ErrDump) || !errors.Is(err, ErrFull) && !errors.Is(err, ErrTooLarge) {
		t.Errorf("a region that is too small: %v", err)
	}
	if _, err := small.Dump(brokenWriter{}, TransferOptions{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// FuzzDump: whatever the bytes are, the decoder gives records or an error, and takes no more room than there are bytes.
func FuzzDump(f *testing.F) {
	db, err := OpenHeap(Options{BlockSize: 128, BlockCount: 100})
	must(f, err)
	must(f, db.PutString("key", "value"))
	must(f, db.PutPack([]byte("pack"), [][]byte{{1, 2}, {3}}))
	q, err := db.Queue([]byte("queue"), QueueOptions{Limit: 3})
	must(f, err)
	must(f, q.Push([]byte("message")))
	var b bytes.Buffer
	_, err = db.Dump(&b, TransferOptions{})
	must(f, err)
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:100])
	f.Add([]byte(dumpMagic))
	f.Fuzz(func(t *testing.T, dump []byte) {
		to, err := OpenHeap(Options{BlockSize: 64, BlockCount: 100})
		must(t, err)
		if _, err := to.Load(bytes.NewReader(dump), TransferOptions{}); err != nil {
			var e *DumpError
			if !errors.As(err, &e) {
				t.Fatalf("%v", err)
			}
		}
		checkRegion(t, to)
	})
}

// TestSalvage damages a region in one way after the other: what is whole is copied, and what is not is counted.
func TestSalvage(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(db *DB, file []byte) []byte
		lost   []string // keys that may be gone
	}{
		"nothing": {func(_ *DB, b []byte) []byte { return b }, nil},
		"header":  {func(_ *DB, b []byte) []byte { setWord(b, hdrChecksum, 0); return b }, nil},
		"all buckets": {func(db *DB, b []byte) []byte {
			clear(b[db.r.bucketOff:db.r.blockOff])
			return b
		}, []string{"queue"}},
		"attach table": {func(db *DB, b []byte) []byte {
			for i := db.r.attachOff; i < db.r.bucketOff; i++ {
				b[i] = 0xa5
			}
			return b
		}, nil},
		"a continuation block": {func(db *DB, b []byte) []byte {
			for i := range db.r.blockCount {
				if off, _ := db.r.block(i); blockWord(db.r.load(off)).state() == cont {
					setWord(b, int(off/8), 0)
					break
				}
			}
			return b
		}, []string{"value", "pack", "trades", "queue"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := shmPath(t)
			u, err := filled(path)
			must(t, err)
			must(t, u.queue.Release(u.claim))
			want := contents(t, u.db)
			file := c.damage(u.db, u.db.Raw())
			must(t, u.db.Close())
			must(t, os.WriteFile(path, file, 0o600))
			if c.lost != nil {
				damaged, err := OpenPath(path, Options{ReadOnly: true})
				must(t, err)
				if findings, err := damaged.Check(); err != nil || len(findings) == 0 {
					t.Errorf("check: %v, %v", findings, err)
				}
				must(t, damaged.Close())
			}
			to := openHeap(t, Options{BlockSize: 256, BlockCount: 2000})
			report, err := Salvage(path, to, TransferOptions{})
			must(t, err)
			got := contents(t, to)
			if (report.Lost > 0) != (name == "a continuation block") {
				t.Errorf("%+v", report)
			}
			for key, value := range want {
				if slices.Equal(got[key], value) || slices.Contains(c.lost, key) {
					continue
				}
				if key == "queue" { // what was given up is behind the rest
					a, b := slices.Sorted(slices.Values(got[key])), slices.Sorted(slices.Values(append(value, "")))
					if slices.Equal(a, b) {
						continue
					}
				}
				t.Errorf("%q: %d elements of %d", key, len(got[key]), len(value))
			}
			if len(got) > len(want) {
				t.Errorf("keys: %q", slices.Sorted(maps.Keys(got)))
			}
			checkRegion(t, to)
		})
	}
}
