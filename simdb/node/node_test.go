package node_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"simdb.dev/simdb"
	"simdb.dev/simdb/node"
)

// A test that waits this long for a node hangs.
const limit = time.Minute

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB) *simdb.DB {
	t.Helper()
	db, err := simdb.OpenHeap(simdb.Options{BlockCount: 20_000})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func queue(t testing.TB, db *simdb.DB, key string, o simdb.QueueOptions) *simdb.Queue {
	t.Helper()
	q, err := db.Queue([]byte(key), o)
	must(t, err)
	return q
}

// drain takes what a queue of values holds.
func drain[T any](t testing.TB, db *simdb.DB, key string) (list []T) {
	t.Helper()
	typed, err := simdb.NewTyped[T](db)
	must(t, err)
	for b := range queue(t, db, key, simdb.QueueOptions{}).All() {
		v, err := typed.Decode(b)
		must(t, err)
		list = append(list, v)
	}
	return list
}

func push[T any](t testing.TB, db *simdb.DB, key string, values ...T) {
	t.Helper()
	typed, err := simdb.NewTyped[T](db)
	must(t, err)
	q := queue(t, db, key, simdb.QueueOptions{})
	for _, v := range values {
		b, err := typed.Append(nil, v)
		must(t, err)
		must(t, q.Push(b))
	}
}

func upTo(n uint64) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i)
	}
	return list
}

// same gives what it gets.
func same[T any](in iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v := range in {
			if !yield(v, nil) {
				return
			}
		}
	}
}

var untilEmpty = node.Options{End: node.WhenEmpty}

// TestBatches: a batch is what the queue has, but no more than a number of elements and a number of bytes. What is too much for one is the first of the next.
func TestBatches(t *testing.T) {
	for _, c := range []struct {
		name             string
		elements, memory int
		sizes            []int // of the elements
		batches          []int // how many elements they have
	}{
		{"none", 0, 0, nil, nil},
		{"one", 0, 0, []int{10}, []int{1}},
		{"by default", 0, 0, make([]int, 130), []int{64, 64, 2}},
		{"by number", 100, 0, make([]int, 201), []int{100, 100, 1}},
		{"by memory", 0, 100, []int{60, 40, 60, 41, 100, 0, 1}, []int{2, 1, 1, 2, 1}},
		{"by both", 64, 64, slices.Repeat([]int{1}, 65), []int{64, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t)
			q := queue(t, db, "in", simdb.QueueOptions{})
			for i, n := range c.sizes {
				must(t, q.Push([]byte(strings.Repeat(string(rune('a'+i%26)), n))))
			}
			var batches, sizes []int
			n := node.New(func(in iter.Seq[[]byte]) iter.Seq2[int, error] {
				batches = append(batches, 0)
				for e := range in {
					if string(e) != strings.Repeat(string(rune('a'+len(sizes)%26)), len(e)) {
						t.Errorf("element %d is %q", len(sizes), e)
					}
					batches[len(batches)-1]++
					sizes = append(sizes, len(e))
				}
				return func(func(int, error) bool) {}
			}, "in", node.Output[int]{})
			must(t, n.Run(within(t), db, node.Options{Elements: c.elements, Memory: c.memory, End: node.WhenEmpty}))
			if !slices.Equal(batches, c.batches) || !slices.Equal(sizes, c.sizes) {
				t.Errorf("batches %v, want %v", batches, c.batches)
			}
			done(t, db, "in")
		})
	}
}

// done looks that nothing is left of a queue.
func done(t testing.TB, db *simdb.DB, key string) {
	t.Helper()
	q := queue(t, db, key, simdb.QueueOptions{})
	if n, err := q.Unacked(); n != 0 || err != nil && err != simdb.ErrNotFound {
		t.Errorf("%d elements not acknowledged, %v", n, err)
	}
	if _, err := q.TryPop(nil); err != simdb.ErrEmpty {
		t.Errorf("an element is left, %v", err)
	}
}

// TestOutputs: results go to a queue, a pack and a value.
func TestOutputs(t *testing.T) {
	db := open(t)
	run := func(n *node.Node) {
		t.Helper()
		push(t, db, "in", upTo(150)...)
		must(t, n.Run(within(t), db, untilEmpty))
		done(t, db, "in")
	}
	run(node.New(same[uint64], "in", node.ToQueue[uint64]("queue", simdb.QueueOptions{Limit: 200})))
	if got := drain[uint64](t, db, "queue"); !slices.Equal(got, upTo(150)) {
		t.Errorf("queue: %v", got)
	}
	numbers, err := simdb.NewTyped[uint64](db)
	must(t, err)
	run(node.New(same[uint64], "in", node.ToPack[uint64]("pack")))
	run(node.New(same[uint64], "in", node.ToPack[uint64]("pack")))
	p, err := numbers.Pack([]byte("pack"))
	must(t, err)
	if got, err := p.Append(nil); !slices.Equal(got, append(upTo(150), upTo(150)...)) || err != nil {
		t.Errorf("pack: %v %v", got, err)
	}
	run(node.New(same[uint64], "in", node.ToValue[uint64]("value")))
	if v, err := numbers.Get([]byte("value")); v != 149 || err != nil {
		t.Errorf("value: %v %v", v, err)
	}
	run(node.New(same[uint64], "in", node.Fold("sum", func(sum float64, v uint64) float64 { return sum + float64(v) })))
	sums, err := simdb.NewTyped[float64](db)
	must(t, err)
	if v, err := sums.Get([]byte("sum")); v != 149*150/2 || err != nil {
		t.Errorf("fold: %v %v", v, err)
	}
}

// TestBytes: elements, snapshots and results that are bytes as they are, the results all in one piece of memory.
func TestBytes(t *testing.T) {
	db := open(t)
	must(t, db.PutPack([]byte("pack"), [][]byte{[]byte("x"), nil, []byte("yz")}))
	must(t, db.PutString("value", "v"))
	run := func(out node.Output[[]byte]) {
		t.Helper()
		q := queue(t, db, "in", simdb.QueueOptions{})
		must(t, q.PushBatch([][]byte{[]byte("a"), nil, []byte("bc")}))
		var memory []byte
		n := node.New3(func(a, b, c iter.Seq[[]byte]) iter.Seq2[[]byte, error] {
			return func(yield func([]byte, error) bool) {
				for a := range a {
					memory = append(memory[:0], a...)
					for b := range b {
						memory = append(append(memory, '+'), b...)
					}
					for c := range c {
						memory = append(append(memory, '*'), c...)
					}
					yield(memory, nil)
				}
			}
		}, "in", node.Snapshot("pack"), node.Snapshot("value"), out)
		must(t, n.Run(within(t), db, untilEmpty))
	}
	const want = "a+x++yz*v +x++yz*v bc+x++yz*v "
	check := func(elements iter.Seq2[[]byte, error]) {
		t.Helper()
		var got string
		for e, err := range elements {
			got += string(e) + " "
			must(t, err)
		}
		if got != want {
			t.Errorf("%q", got)
		}
	}
	run(node.ToQueue[[]byte]("out", simdb.QueueOptions{}))
	check(db.Elements([]byte("out")))
	run(node.ToPack[[]byte]("packed"))
	check(db.Elements([]byte("packed")))
	run(node.ToValue[[]byte]("last"))
	if v, err := db.GetString("last"); v != "bc+x++yz*v" || err != nil {
		t.Error(v, err)
	}
	run(node.Fold("all", func(all, v []byte) []byte { return append(append(all, v...), ' ') }))
	if v, err := db.GetString("all"); v != want || err != nil {
		t.Error(v, err)
	}
}

// TestSnapshots: the inputs beside the queue are what the entries are when a batch begins, whatever happens to them until it ends.
func TestSnapshots(t *testing.T) {
	db := open(t)
	numbers, err := simdb.NewTyped[uint64](db)
	must(t, err)
	push(t, db, "in", upTo(4*64)...)
	set := func(batch uint64) {
		switch batch {
		case 0:
			must(t, numbers.PutPack([]byte("pack"), []uint64{0, 0}))
			must(t, numbers.Put([]byte("value"), 0))
		case 1: // the same pack
			must(t, numbers.Put([]byte("value"), 1))
		case 2:
			must(t, numbers.PutPack([]byte("pack"), nil))
			must(t, numbers.PutPack([]byte("value"), []uint64{2, 2, 2}))
		case 3:
			must(t, numbers.Put([]byte("pack"), 3))
			must(t, numbers.PutPack([]byte("value"), []uint64{3, 3}))
		}
	}
	want := []string{"[0 0] [0]", "[0 0] [1]", "[] [2 2 2]", "[3] [3 3]"}
	set(0)
	var got []string
	n := node.New3(func(_, pack, both iter.Seq[uint64]) iter.Seq2[uint64, error] {
		before := fmt.Sprint(slices.Collect(pack), " ", slices.Collect(both))
		set(uint64(len(got) + 1))
		got = append(got, fmt.Sprint(slices.Collect(pack), " ", slices.Collect(both))) // an iterator gives the same again
		if now := got[len(got)-1]; now != before {
			t.Errorf("%s, then %s", before, now)
		}
		return same(slices.Values(upTo(0)))
	}, "in", node.Snapshot("pack"), node.Snapshot("value"), node.Output[uint64]{})
	must(t, n.Run(within(t), db, untilEmpty))
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}

	optional := node.New2(func(_, o iter.Seq[uint64]) iter.Seq2[uint64, error] {
		for v := range o {
			t.Error(v)
		}
		return same(slices.Values([]uint64{7}))
	}, "in", node.Optional("nothing"), node.ToValue[uint64]("result"))
	push(t, db, "in", upTo(1)...)
	must(t, optional.Run(within(t), db, untilEmpty))
	if v, err := numbers.Get([]byte("result")); v != 7 || err != nil {
		t.Error(v, err)
	}
}

var errRefused = errors.New("refused")

// TestFunctionFails: no result of a batch is published, and all its elements come again, marked so.
func TestFunctionFails(t *testing.T) {
	db := open(t)
	push(t, db, "in", upTo(100)...)
	calls := 0
	refuse := node.New(func(in iter.Seq[uint64]) iter.Seq2[uint64, error] {
		calls++
		return func(yield func(uint64, error) bool) {
			for v := range in {
				var err error
				if v == 70 {
					err = errRefused
				}
				if !yield(v, err) {
					return
				}
			}
		}
	}, "in", node.ToQueue[uint64]("out", simdb.QueueOptions{}))
	err := refuse.Run(within(t), db, untilEmpty)
	var where *node.Error
	if !errors.Is(err, errRefused) || !errors.As(err, &where) || where.Step != node.Call || where.Key != "in" {
		t.Fatal(err)
	}
	if got := drain[uint64](t, db, "out"); !slices.Equal(got, upTo(64)) || calls != 2 {
		t.Errorf("published %v in %d calls", got, calls)
	}
	checkLeft(t, db, 64, 100)
}

// checkLeft looks that elements [from, to) come again, those that were claimed before marked so, and takes them.
func checkLeft(t testing.TB, db *simdb.DB, from, to uint64) {
	t.Helper()
	numbers, err := simdb.NewTyped[uint64](db)
	must(t, err)
	q := queue(t, db, "in", simdb.QueueOptions{})
	left := map[uint64]bool{}
	for {
		b, c, err := q.TryClaim(nil)
		if err == simdb.ErrEmpty {
			break
		}
		must(t, err)
		v, err := numbers.Decode(b)
		must(t, err)
		if left[v] || v < from || v >= to || !c.Redelivered() {
			t.Errorf("element %d, attempt %d", v, c.Attempt())
		}
		left[v] = true
		must(t, q.Ack(c))
	}
	if uint64(len(left)) != to-from {
		t.Errorf("%d elements are left, want %d", len(left), to-from)
	}
}

// TestFunctionPanics: the elements come again although the handle lives on.
func TestFunctionPanics(t *testing.T) {
	db := open(t)
	push(t, db, "in", upTo(3)...)
	n := node.New(func(iter.Seq[uint64]) iter.Seq2[uint64, error] { panic("injected") }, "in", node.ToValue[uint64]("out"))
	func() {
		defer func() {
			if recover() != "injected" {
				t.Error("no panic")
			}
		}()
		t.Error(n.Run(within(t), db, untilEmpty))
	}()
	checkLeft(t, db, 0, 3)
}

// TestContextEnds at each place where a node waits.
func TestContextEnds(t *testing.T) {
	t.Run("for elements", func(t *testing.T) {
		db := open(t)
		ctx, cancel := context.WithCancel(within(t))
		push(t, db, "in", upTo(1)...)
		n := node.New(node.Each(func(v uint64) (uint64, error) { cancel(); return v, nil }), "in", node.ToValue[uint64]("out"))
		if err := n.Run(ctx, db, node.Options{}); err != context.Canceled {
			t.Fatal(err)
		}
		done(t, db, "in") // the batch was completed
	})
	t.Run("for room", func(t *testing.T) {
		db := open(t)
		ctx, cancel := context.WithCancel(within(t))
		push(t, db, "in", upTo(3)...)
		must(t, queue(t, db, "out", simdb.QueueOptions{Limit: 3}).Push([]byte("in the way")))
		n := node.New(node.Each(func(v uint64) (uint64, error) { cancel(); return v, nil }), "in", node.ToQueue[uint64]("out", simdb.QueueOptions{}))
		if err := n.Run(ctx, db, node.Options{}); err != context.Canceled {
			t.Fatal(err)
		}
		checkLeft(t, db, 0, 3)
	})
	t.Run("for others", func(t *testing.T) {
		db := open(t)
		ctx, cancel := context.WithCancel(within(t))
		push(t, db, "in", upTo(1)...)
		_, _, err := queue(t, db, "in", simdb.QueueOptions{}).TryClaim(nil)
		must(t, err)
		asked := 0
		n := node.New(same[uint64], "in", node.ToValue[uint64]("out"))
		err = n.Run(ctx, db, node.Options{End: func() (bool, error) { asked++; cancel(); return true, nil }})
		if err != context.Canceled || asked != 1 {
			t.Fatal(err, asked)
		}
	})
}

// TestNoRoom: what can not be published is not acknowledged.
func TestNoRoom(t *testing.T) {
	db := open(t)
	for _, c := range []struct {
		out   node.Output[[]byte]
		bytes int // of a result; the region has 5 MB
		want  error
	}{
		{node.ToQueue[[]byte]("few", simdb.QueueOptions{Limit: 2}), 1, simdb.ErrFull},
		{node.ToQueue[[]byte]("large", simdb.QueueOptions{}), 2 << 20, simdb.ErrTooLarge},
		{node.ToPack[[]byte]("large"), 2 << 20, simdb.ErrTooLarge},
		{node.ToValue[[]byte]("large"), 6 << 20, simdb.ErrTooLarge},
	} {
		push(t, db, "in", upTo(3)...)
		n := node.New(node.Each(func(uint64) ([]byte, error) { return make([]byte, c.bytes), nil }), "in", c.out)
		err := n.Run(within(t), db, untilEmpty)
		var where *node.Error
		if !errors.Is(err, c.want) || !errors.As(err, &where) || where.Step != node.Publish {
			t.Fatal(err)
		}
		checkLeft(t, db, 0, 3)
	}
}

// TestTooLarge: an element that no batch holds is named, and not lost; what was before it is done with.
func TestTooLarge(t *testing.T) {
	db := open(t)
	q := queue(t, db, "in", simdb.QueueOptions{})
	for _, n := range []int{10, 90, 101, 5} {
		must(t, q.Push(make([]byte, n)))
	}
	var sizes []int
	n := node.New(func(in iter.Seq[[]byte]) iter.Seq2[int, error] {
		for e := range in {
			sizes = append(sizes, len(e))
		}
		return func(func(int, error) bool) {}
	}, "in", node.Output[int]{})
	for range 2 {
		err := n.Run(within(t), db, node.Options{Memory: 100, End: node.WhenEmpty})
		var large *simdb.ElementError
		if !errors.As(err, &large) || large.Bytes != 101 || large.Memory != 100 || !slices.Equal(sizes, []int{10, 90}) {
			t.Fatal(err, sizes)
		}
		if int(large.Element) != len(sizes) {
			large.Element = 0 // the second run meets it first
		}
	}
	must(t, n.Run(within(t), db, node.Options{Memory: 101, End: node.WhenEmpty}))
	if !slices.Equal(sizes, []int{10, 90, 101, 5}) {
		t.Error(sizes)
	}
	done(t, db, "in")
}

// TestOtherType: an element of another type is named before the function is called, and stays.
func TestOtherType(t *testing.T) {
	db := open(t)
	push(t, db, "in", upTo(2)...)
	push(t, db, "in", 1.5)
	n := node.New(func(iter.Seq[uint64]) iter.Seq2[uint64, error] {
		t.Error("called")
		return same(slices.Values(upTo(0)))
	}, "in", node.ToPack[uint64]("out"))
	err := n.Run(within(t), db, untilEmpty)
	if !errors.Is(err, simdb.ErrType) || !strings.Contains(err.Error(), `node: read "in": element 2 of 3: `) {
		t.Fatal(err)
	}
	if n, err := queue(t, db, "in", simdb.QueueOptions{}).Unacked(); n != 3 || err != nil {
		t.Error(n, err)
	}
}

// TestWiring: what can not be wired is said before anything is claimed.
func TestWiring(t *testing.T) {
	db := open(t)
	push(t, db, "in", upTo(1)...)
	must(t, db.PutString("value", "text"))
	type pointer struct{ P *int }
	one := node.ToValue[uint64]("out")
	two := func(a, _ iter.Seq[uint64]) iter.Seq2[uint64, error] { return same(a) }
	for _, c := range []struct {
		name string
		n    *node.Node
		o    node.Options
		step node.Step
		want error
	}{
		{"no queue", node.New(same[uint64], "", one), node.Options{}, node.Wire, simdb.ErrEmptyKey},
		{"no input", node.New2(two, "in", node.Snapshot(""), one), node.Options{}, node.Wire, simdb.ErrEmptyKey},
		{"no output", node.New(same[uint64], "in", node.ToPack[uint64]("")), node.Options{}, node.Wire, simdb.ErrEmptyKey},
		{"elements", node.New(same[uint64], "in", one), node.Options{Elements: 63}, node.Wire, simdb.ErrOptions},
		{"memory", node.New(same[uint64], "in", one), node.Options{Memory: -1}, node.Wire, simdb.ErrOptions},
		{"element type", node.New(same[pointer], "in", node.Output[pointer]{}), node.Options{}, node.Wire, nil},
		{"no such entry", node.New2(two, "in", node.Snapshot("none"), one), node.Options{}, node.Read, simdb.ErrNotFound},
		{"a queue", node.New2(two, "in", node.Snapshot("in"), one), node.Options{}, node.Read, simdb.ErrKind},
		{"another type", node.New2(two, "in", node.Snapshot("value"), one), node.Options{}, node.Read, simdb.ErrType},
		{"a value, no queue", node.New(same[uint64], "value", one), node.Options{}, node.Claim, simdb.ErrKind},
		{"output of no queue", node.New(same[uint64], "in", node.ToQueue[uint64]("value", simdb.QueueOptions{})), node.Options{}, node.Publish, simdb.ErrKind},
		{"output of no value", node.New(same[uint64], "in", node.ToValue[uint64]("in")), node.Options{}, node.Publish, simdb.ErrKind},
		{"end", node.New(same[uint64], "in", node.ToValue[uint64]("ok")), node.Options{End: func() (bool, error) { return false, errRefused }}, node.Claim, errRefused},
	} {
		err := c.n.Run(within(t), db, c.o)
		var where *node.Error
		if !errors.As(err, &where) || where.Step != c.step || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRedelivery: what a handle claimed that is closed goes to the node that waits, and a node does not end before.
func TestRedelivery(t *testing.T) {
	db := open(t)
	push(t, db, "in", upTo(10)...)
	peer, err := db.Attach()
	must(t, err)
	theirs := queue(t, peer, "in", simdb.QueueOptions{})
	for range 10 {
		_, _, err := theirs.TryClaim(nil)
		must(t, err)
	}
	ended := make(chan error, 1)
	asked := make(chan bool, 1)
	n := node.New(same[uint64], "in", node.ToQueue[uint64]("out", simdb.QueueOptions{}))
	go func() {
		ended <- n.Run(within(t), db, node.Options{End: func() (bool, error) { asked <- true; return true, nil }})
	}()
	<-asked // the queue is empty
	select {
	case err := <-ended:
		t.Fatal("ended while somebody held an element:", err)
	case <-time.After(3 * 50 * time.Millisecond): // it had the time to be wrong
	}
	must(t, peer.Close())
	must(t, <-ended)
	got := drain[uint64](t, db, "out")
	slices.Sort(got)
	if !slices.Equal(got, upTo(10)) {
		t.Error(got)
	}
	done(t, db, "in")
}

// TestSharing: several runs at once publish every element once.
func TestSharing(t *testing.T) {
	db := open(t)
	const n, runs = 2000, 4
	push(t, db, "in", upTo(n)...)
	for name, out := range map[string]node.Output[uint64]{"queue": node.ToQueue[uint64]("out", simdb.QueueOptions{}), "pack": node.ToPack[uint64]("packed")} {
		ended := make(chan error, runs)
		for range runs {
			go func() { ended <- node.New(same[uint64], "in", out).Run(within(t), db, untilEmpty) }()
		}
		for range runs {
			must(t, <-ended)
		}
		var got []uint64
		if name == "queue" {
			got = drain[uint64](t, db, "out")
		} else {
			numbers, err := simdb.NewTyped[uint64](db)
			must(t, err)
			p, err := numbers.Pack([]byte("packed"))
			must(t, err)
			got, err = p.Append(nil)
			must(t, err)
		}
		slices.Sort(got)
		if !slices.Equal(got, upTo(n)) {
			t.Errorf("%s: %d results", name, len(got))
		}
		push(t, db, "in", upTo(n)...)
	}
}

// TestAllocations: a batch costs a handful of allocations, whatever it holds.
func TestAllocations(t *testing.T) {
	db := open(t)
	const batches = 20
	push(t, db, "in", upTo(batches*64)...)
	n := node.New(same[uint64], "in", node.ToQueue[uint64]("out", simdb.QueueOptions{}))
	allocs := testing.AllocsPerRun(1, func() {
		must(t, n.Run(t.Context(), db, untilEmpty))
		push(t, db, "in", upTo(batches*64)...)
	})
	empty := testing.AllocsPerRun(1, func() { push(t, db, "in", upTo(batches*64)...) })
	if perElement := (allocs - empty) / (batches * 64); perElement > 0.5 {
		t.Errorf("%.2f allocations an element", perElement)
	}
}
