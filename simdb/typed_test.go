package simdb

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/zeebo/xxh3"
)

// trade has padding, a bool, arrays, a nested and a blank field.
type trade struct {
	ID     uint64
	Price  float64
	Qty    int32
	Open   bool
	_      uint16 // with what is before and after it: 3 bytes of padding
	Legs   [2]leg
	Amount complex64
}

type leg struct {
	Side  int8 // then 3 bytes of padding
	Ratio float32
}

var someTrade = trade{ID: 7, Price: -1.5, Qty: -3, Open: true, Legs: [2]leg{{Side: -1, Ratio: 0.5}, {Side: 2, Ratio: 4}}, Amount: complex(1, -2)}

// dirty is a value with every byte of its memory set that no field has.
func dirty(o trade) (d trade) {
	memory := bytesOf(&d)
	for i := range memory {
		memory[i] = 0xaa
	}
	d.ID, d.Price, d.Qty, d.Open, d.Amount = o.ID, o.Price, o.Qty, o.Open, o.Amount
	for i, l := range o.Legs {
		d.Legs[i].Side, d.Legs[i].Ratio = l.Side, l.Ratio
	}
	return d
}

func newTyped[T any](t testing.TB, db *DB) Typed[T] {
	t.Helper()
	typed, err := NewTyped[T](db)
	must(t, err)
	return typed
}

// TestTypedLayout compares the bytes of a typed value with the documented ones, written down by hand: numbers little-endian in their places, padding zeros.
func TestTypedLayout(t *testing.T) {
	db := openHeap(t, Options{BlockCount: 100})
	orders := newTyped[trade](t, db)
	key := []byte("order")
	must(t, orders.Put(key, dirty(someTrade)))

	const description = "{ID uint64 0;Price float64 8;Qty int32 16;Open bool 20;Legs [2]{Side int8 0;Ratio float32 4;}8 24;Amount complex64 40;}48"
	if orders.Description() != description || orders.Fingerprint() != xxh3.HashString(description) {
		t.Errorf("%s, %#x", orders.Description(), orders.Fingerprint())
	}
	want := binary.LittleEndian.AppendUint64(nil, xxh3.HashString(description))
	want = binary.LittleEndian.AppendUint64(want, 7)
	want = binary.LittleEndian.AppendUint64(want, math.Float64bits(-1.5))
	want = binary.LittleEndian.AppendUint32(want, 0xfffffffd)
	want = append(want, 1, 0, 0, 0)
	want = append(want, 0xff, 0, 0, 0)
	want = binary.LittleEndian.AppendUint32(want, math.Float32bits(0.5))
	want = append(want, 2, 0, 0, 0)
	want = binary.LittleEndian.AppendUint32(want, math.Float32bits(4))
	want = binary.LittleEndian.AppendUint32(want, math.Float32bits(1))
	want = binary.LittleEndian.AppendUint32(want, math.Float32bits(-2))
	got, err := db.Get(key, nil)
	must(t, err)
	if diff := cmp.Diff(hex.Dump(want), hex.Dump(got)); diff != "" {
		t.Error(diff)
	}
	if o, err := orders.Get(key); o != someTrade || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestTypedRoundTrip puts and gets values of many types, in every way that there is.
func TestTypedRoundTrip(t *testing.T) {
	roundTrip(t, true, false)
	roundTrip(t, int8(-5), 6)
	roundTrip(t, -5, math.MaxInt)
	roundTrip(t, uint(5), math.MaxUint)
	roundTrip(t, 0.25, math.Inf(-1))
	roundTrip(t, [3]byte{1, 2, 3}, [3]byte{})
	roundTrip(t, [0x4000]uint64{1, 0x3fff: 2}, [0x4000]uint64{3}) // 128 KiB
	roundTrip(t, someTrade, trade{ID: 8})
	roundTrip(t, struct {
		None [0]func()
		_    *int
		A    struct{ B [2][2]uint16 }
	}{A: struct{ B [2][2]uint16 }{[2][2]uint16{{1, 2}, {3, 4}}}}, struct {
		None [0]func()
		_    *int
		A    struct{ B [2][2]uint16 }
	}{})
	roundTrip(t, time.Unix(5, 6).UTC(), time.Unix(7, 8).UTC())
	roundTrip(t, text("one"), "")
}

// text is a string that encodes itself.
type text string

func (s text) AppendBinary(b []byte) ([]byte, error) { return append(b, s...), nil }
func (s *text) UnmarshalBinary(b []byte) error {
	*s = text(b)
	return nil
}

func roundTrip[T any](t *testing.T, a, b T) {
	t.Run(fmt.Sprintf("%T", a), func(t *testing.T) {
		same := func(what string, got, want T, err error) {
			t.Helper()
			if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s gave %.100v, %v instead of %.100v", what, got, err, want)
			}
		}
		db := openHeap(t, Options{BlockCount: 4000})
		typed := newTyped[T](t, db)
		key := []byte("key")
		if _, err := typed.Get(key); err != ErrNotFound {
			t.Fatal(err)
		}
		got, loaded, err := typed.GetOrPut(key, a)
		same("GetOrPut", got, a, err)
		again, loadedAgain, err := typed.GetOrPut(key, b)
		same("GetOrPut", again, a, err)
		if loaded || !loadedAgain {
			t.Fatal(loaded, loadedAgain)
		}
		must(t, typed.Put(key, b))
		got, err = typed.Get(key)
		same("Get", got, b, err)
		v, err := typed.PutVersion(key, a)
		must(t, err)
		got, seen, err := typed.GetVersion(key)
		same("GetVersion", got, a, err)
		if seen != v {
			t.Fatalf("version %v instead of %v", seen, v)
		}
		next, err := typed.CompareAndSwap(key, v, b)
		must(t, err)
		if _, err := typed.CompareAndSwap(key, v, a); err != ErrMismatch {
			t.Fatal(err)
		}
		if _, err := typed.GetAt(v); err != ErrStale {
			t.Fatal(err)
		}
		got, err = typed.GetAt(next)
		same("GetAt", got, b, err)
		must(t, typed.Update(key, func(old T, found bool) (T, error) {
			same("Update", old, b, nil)
			if !found {
				t.Error("not found")
			}
			return a, nil
		}))
		for e, err := range typed.Elements(key) {
			same("Elements", e, a, err)
		}
		must(t, db.Delete(key))
		must(t, typed.Update(key, func(_ T, found bool) (T, error) {
			if found {
				t.Error("found")
			}
			return b, nil
		}))
		got, err = typed.Get(key)
		same("Get", got, b, err)

		must(t, typed.PutPack(key, []T{a, b, a}))
		p, err := typed.Pack(key)
		must(t, err)
		all, err := p.Append(nil)
		same("Append", all[len(all)-1], a, err)
		for i, want := range []T{a, b, a} {
			got, err := p.At(i)
			same("At", got, want, err)
			same("Append", all[i], want, nil)
		}
		i := 0
		for got, err := range typed.Elements(key) {
			same("All", got, []T{a, b, a}[i], err)
			i++
		}
		if i != 3 || p.Len() != 3 || len(all) != 3 {
			t.Fatal(i, p.Len(), len(all))
		}
	})
}

// TestTypeMismatch reads a value by types that differ in a name, a type, a place or in size, and by none at all: an error each time, and the same the other way round.
func TestTypeMismatch(t *testing.T) {
	db := openHeap(t, Options{BlockCount: 100})
	type right struct{ Bid, Ask float64 }
	key := []byte("key")
	typed := newTyped[right](t, db)
	expect := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v instead of %v", what, err, want)
		}
	}
	must(t, typed.Put(key, right{1, 2}))
	readsAs := func(what string, err error) { t.Helper(); expect(what, err, ErrType) }
	readsAs("other names", getErr[struct{ Ask, Bid float64 }](t, db, key))
	readsAs("other type", getErr[struct {
		Bid float64
		Ask int64
	}](t, db, key))
	readsAs("more", getErr[struct{ Bid, Ask, Mid float64 }](t, db, key))
	readsAs("less", getErr[struct{ Bid float64 }](t, db, key))
	readsAs("encoded", getErr[text](t, db, key))
	if err := getErr[struct {
		Bid nanos
		Ask float64
	}](t, db, key); err != nil {
		t.Errorf("names of types make no difference: %v", err)
	}
	for _, n := range []int{0, 7, 8, 16, 23, 24, 25, 1000} {
		must(t, db.Put(key, make([]byte, n)))
		_, err := typed.Get(key)
		expect(fmt.Sprintf("%d plain bytes", n), err, ErrType)
		_, _, err = typed.GetVersion(key)
		expect(fmt.Sprintf("%d plain bytes, with version", n), err, ErrType)
		_, v, err := db.GetVersion(key, nil)
		must(t, err)
		_, err = typed.GetAt(v)
		expect(fmt.Sprintf("%d plain bytes, at", n), err, ErrType)
		expect(fmt.Sprintf("%d plain bytes, encoded", n), getErr[text](t, db, key), ErrType)
	}
	_, err := typed.Pack(key)
	expect("value as a pack", err, ErrKind)
	must(t, typed.PutPack(key, []right{{1, 2}}))
	_, err = typed.Get(key)
	expect("pack as a value", err, ErrKind)
	expect("pack as an encoded value", getErr[text](t, db, key), ErrKind)
	other := newTyped[float64](t, db)
	_, err = other.Pack(key)
	expect("pack of others", err, ErrType)
	for _, err := range other.Elements(key) {
		expect("elements of others", err, ErrType)
	}
	must(t, db.PutPack(key, [][]byte{make([]byte, 16)}))
	_, err = typed.Pack(key)
	expect("pack of bytes", err, ErrType)

	var e *TypeError
	must(t, db.Put(key, append(binary.LittleEndian.AppendUint64(nil, 99), make([]byte, 16)...)))
	if _, err := typed.Get(key); !errors.As(err, &e) || e.Type != "right" || e.Found != 99 || e.Fingerprint != typed.Fingerprint() {
		t.Error(err)
	}
}

type nanos float64

// getErr is the error of getting key as a T.
func getErr[T any](t *testing.T, db *DB, key []byte) error {
	_, err := newTyped[T](t, db).Get(key)
	return err
}

// TestUnstorable names the field that can not be stored.
func TestUnstorable(t *testing.T) {
	type Order struct {
		ID   int
		Note string
	}
	type Nested struct{ List [3]struct{ Next *Nested } }
	for _, c := range []struct {
		err  error
		want string
	}{
		{typeErr[Order](), "simdb: Order.Note: string is not of fixed size; give the type the methods AppendBinary and UnmarshalBinary"},
		{typeErr[Nested](), "simdb: Nested.List[0].Next: *simdb.Nested: an address means nothing to another process; give"},
		{typeErr[string](), "simdb: string: string is not of fixed size"},
		{typeErr[[]byte](), "simdb: []uint8: []uint8 is not of fixed size"},
		{typeErr[map[int]int](), "is not of fixed size"},
		{typeErr[struct{ F func() }](), "F: func() is not of fixed size"},
		{typeErr[struct{ A any }](), "A: interface {} is not of fixed size"},
		{typeErr[struct{ P uintptr }](), "P: uintptr: an address means nothing"},
		{typeErr[struct{ P unsafe.Pointer }](), "P: unsafe.Pointer: an address means nothing"},
		{typeErr[struct{}](), "has no bytes"},
		{typeErr[*text](), "is stored by its value: use the type that it points to"},
		{typeErr[any](), "is stored by its value"},
		{typeErr[half](), "half: simdb.half is not of fixed size; the type has only one of the methods"},
		{typeErr[struct{ T time.Time }](), "T.loc: *time.Location: an address"},
	} {
		var e *FieldError
		if !errors.As(c.err, &e) || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v, want %q", c.err, c.want)
		}
	}
}

type half string

func (s half) AppendBinary(b []byte) ([]byte, error) { return append(b, s...), nil }

func typeErr[T any]() error {
	_, err := NewTyped[T](nil)
	return err
}

// TestForgedBytes: bytes under the right fingerprint that are no value of the type are an error, not a bool that is neither true nor false.
func TestForgedBytes(t *testing.T) {
	db := openHeap(t, Options{BlockCount: 100})
	orders := newTyped[trade](t, db)
	key := []byte("key")
	must(t, orders.Put(key, someTrade))
	good, err := db.Get(key, nil)
	must(t, err)
	for _, at := range []int{20, 21, 25} { // the bool, padding after it, padding of the first leg
		forged := bytes.Clone(good)
		forged[fingerprintSize+at] = 2
		must(t, db.Put(key, forged))
		if _, err := orders.Get(key); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

// broken fails to encode or to decode.
type broken string

var errBroken = errors.New("broken")

func (broken) AppendBinary([]byte) ([]byte, error) { return nil, errBroken }
func (*broken) UnmarshalBinary([]byte) error       { return errBroken }

// TestEncodingErrors: what the methods of a type say is passed on, and nothing is written.
func TestEncodingErrors(t *testing.T) {
	db := openHeap(t, Options{BlockCount: 100})
	typed := newTyped[broken](t, db)
	key := []byte("key")
	expect := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "broken") {
			t.Errorf("%s: %v", what, err)
		}
	}
	expect("Put", typed.Put(key, broken("")))
	expect("PutPack", typed.PutPack(key, make([]broken, 3)))
	if _, err := db.Get(key, nil); err != ErrNotFound {
		t.Error(err)
	}
	must(t, db.Put(key, binary.LittleEndian.AppendUint64(nil, typed.Fingerprint())))
	_, err := typed.Get(key)
	expect("Get", err)
	_, err = db.putPack(key, condition{}, packTable{fingerprint: typed.Fingerprint()}, func(b *packBuild) error { return b.add([]byte("x")) })
	must(t, err)
	p, err := typed.Pack(key)
	must(t, err)
	_, err = p.At(0)
	expect("At", err)
	for _, err := range p.All() {
		expect("All", err)
	}
}

// TestTypedAllocations: values of fixed size allocate nothing, whatever is done with them.
func TestTypedAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	db := openHeap(t, Options{BlockSize: 128, BlockCount: 1000})
	orders := newTyped[trade](t, db)
	key, packed := []byte("order"), []byte("packed")
	must(t, orders.Put(key, someTrade))
	must(t, orders.PutPack(packed, make([]trade, 100)))
	p, err := orders.Pack(packed)
	must(t, err)
	dst := make([]trade, 0, 100)
	for name, f := range map[string]func() error{
		"Put": func() error { return orders.Put(key, someTrade) },
		"Get": func() error { _, err := orders.Get(key); return err },
		"CompareAndSwap, GetAt": func() error {
			_, v, err := orders.GetVersion(key)
			if err == nil {
				v, err = orders.CompareAndSwap(key, v, someTrade)
			}
			if err == nil {
				_, err = orders.GetAt(v)
			}
			return err
		},
		"Update": func() error {
			return orders.Update(key, func(o trade, _ bool) (trade, error) { o.ID++; return o, nil })
		},
		"NewTyped": func() error { _, err := NewTyped[trade](db); return err },
		"Pack":     func() error { _, err := orders.Pack(packed); return err },
		"At":       func() error { _, err := p.At(99); return err },
		"Slice":    func() error { _, err := p.Slice(3, 5); return err },
		"Append":   func() error { _, err := p.Append(dst); return err },
	} {
		var err error
		if n := testing.AllocsPerRun(100, func() { err = f() }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations, %v", name, n, err)
		}
	}
}

// golden compares text with a file, or writes it if the environment variable GOLDEN is set.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name + ".golden"
	if os.Getenv("GOLDEN") != "" {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s changed (-committed, +now):\n%s", path, diff)
	}
}

// TestTypedAppend: what Append makes is what Put stores, and Decode takes nothing else.
func TestTypedAppend(t *testing.T) {
	db := openHeap(t, Options{BlockCount: 100})
	trades, times := newTyped[trade](t, db), newTyped[time.Time](t, db)
	key := []byte("k")
	must(t, trades.Put(key, someTrade))
	stored, err := db.Get(key, nil)
	must(t, err)
	b, err := trades.Append([]byte("before"), dirty(someTrade))
	if err != nil || string(b) != "before"+string(stored) {
		t.Errorf("%x %v, stored %x", b, err, stored)
	}
	b = b[len("before"):]
	if v, err := trades.Decode(b); v != someTrade || err != nil {
		t.Error(v, err)
	}
	now := time.Now().UTC()
	encoded, err := times.Append(nil, now)
	must(t, err)
	if v, err := times.Decode(encoded); !v.Equal(now) || err != nil {
		t.Error(v, err)
	}
	for _, bad := range [][]byte{nil, b[:7], b[:len(b)-1], append(b[:len(b):len(b)], 0), encoded} {
		if _, err := trades.Decode(bad); !errors.Is(err, ErrType) {
			t.Errorf("%x: %v", bad, err)
		}
	}
	if _, err := times.Decode(b); !errors.Is(err, ErrType) {
		t.Error(err)
	}
	buf := make([]byte, 0, len(b))
	if n := testing.AllocsPerRun(100, func() { buf, _ = trades.Append(buf[:0], someTrade); trades.Decode(buf) }); n > 0 {
		t.Error(n, "allocations")
	}
}
