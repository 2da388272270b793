package simdb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// user is a handle on a region that has an entry of every kind, and what was read there before.
type user struct {
	db            *DB
	queue         *Queue
	claim         Claim // of the handle that filled the region
	value         Version
	pack          Pack
	typed         Typed[trade]
	typedPack     PackOf[trade]
	packed, typeP Version
}

// Keys of a region that fillRegion filled.
var (
	valueKey, counterKey = []byte("value"), []byte("counter")
	packKey              = []byte("pack")
	typedKey, tradesKey  = []byte("trade"), []byte("trades")
	queueKey             = []byte("queue")
	newKey               = []byte("new")
)

// largeValue takes many blocks, with tables of two levels.
var largeValue = content(3, 9000)

var trades = make([]trade, 50)

// fillRegion gives a region an entry of every kind, each of several blocks, and keys enough that something is in every page.
func fillRegion(db *DB) (Claim, error) {
	err := db.Put(valueKey, largeValue)
	try := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	try(func() error { return second(db.Add(counterKey, 1)) })
	try(func() error { return db.PutPack(packKey, equalRecords(100, 24)) })
	typed, _ := NewTyped[trade](db)
	try(func() error { return typed.Put(typedKey, trade{}) })
	try(func() error { return typed.PutPack(tradesKey, trades) })
	var c Claim
	q, err2 := db.Queue(queueKey, QueueOptions{})
	try(func() error { return err2 })
	for i := range 30 {
		try(func() error { return q.Push(content(uint64(i), 10*i)) })
	}
	try(func() error { return q.PushBatch([][]byte{{1}, {2}, nil}) })
	try(func() (err error) { _, c, err = q.TryClaim(nil); return err })
	for i := range 200 {
		try(func() error { return db.Put(fmt.Append(nil, "key ", i), content(uint64(i), 60)) })
	}
	return c, err
}

// newUser looks at a filled region through db.
func newUser(db *DB, c Claim) (*user, error) {
	u := &user{db: db, claim: c}
	var err error
	try := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	try(func() (err error) { u.queue, err = db.Queue(queueKey, QueueOptions{}); return err })
	try(func() (err error) { _, u.value, err = db.GetVersion(valueKey, nil); return err })
	try(func() (err error) { u.pack, err = db.Pack(packKey); return err })
	try(func() (err error) { u.typed, err = NewTyped[trade](db); return err })
	try(func() (err error) { u.typedPack, err = u.typed.Pack(tradesKey); return err })
	if err != nil {
		return nil, err
	}
	u.packed, u.typeP = u.pack.Version(), u.typedPack.Version()
	return u, nil
}

// effect is what a method may do to a region.
type effect int

const (
	apart  effect = iota // neither reads nor writes it
	reads                // reads what is there
	writes               // changes something
)

// method is a use of an exported method that succeeds on a filled region.
type method struct {
	effect
	silent bool // it has no error to give
	use    func(u *user) error
}

// everyMethod has a use of every exported method of what a program holds of a region, by type and name.
var everyMethod = map[string]method{
	"DB.Add":                {writes, false, func(u *user) error { return second(u.db.Add(counterKey, 1)) }},
	"DB.All":                {reads, true, func(u *user) error { return drained2(u.db.All()) }},
	"DB.Attach":             {reads, false, func(u *user) error { return attachAndClose(u.db) }},
	"DB.Check":              {reads, false, func(u *user) error { return second(u.db.Check()) }},
	"DB.CompareAndDelete":   {writes, false, func(u *user) error { return u.db.CompareAndDelete(valueKey, u.value) }},
	"DB.CompareAndSwap":     {writes, false, func(u *user) error { return second(u.db.CompareAndSwap(valueKey, u.value, largeValue)) }},
	"DB.CompareAndSwapPack": {writes, false, func(u *user) error { return second(u.db.CompareAndSwapPack(newKey, Version{}, oneRecord)) }},
	"DB.Delete":             {writes, false, func(u *user) error { return u.db.Delete(valueKey) }},
	"DB.DeleteString":       {writes, false, func(u *user) error { return u.db.DeleteString(string(valueKey)) }},
	"DB.Dump":               {reads, false, func(u *user) error { return second(u.db.Dump(io.Discard, TransferOptions{})) }},
	"DB.Elements":           {reads, false, func(u *user) error { return drained(u.db.Elements(packKey)) }},
	"DB.Entries":            {reads, false, func(u *user) error { return drained(u.db.Entries()) }},
	"DB.Flush":              {writes, false, func(u *user) error { return u.db.Flush() }},
	"DB.GetMany": {reads, false, func(u *user) error {
		_, _, err := u.db.GetMany([][]byte{valueKey, newKey}, nil, nil)
		return err
	}},
	"DB.PutMany": {writes, false, func(u *user) error { return second(u.db.PutMany([][]byte{valueKey}, [][]byte{largeValue})) }},
	"DB.Get":     {reads, false, func(u *user) error { return second(u.db.Get(valueKey, nil)) }},
	"DB.GetAt":   {reads, false, func(u *user) error { return second(u.db.GetAt(u.value, nil)) }},
	"DB.GetOrPut": {writes, false, func(u *user) error {
		_, _, err := u.db.GetOrPut(newKey, nil, nil)
		return err
	}},
	"DB.GetString": {reads, false, func(u *user) error { return second(u.db.GetString(string(valueKey))) }},
	"DB.GetVersion": {reads, false, func(u *user) error {
		_, _, err := u.db.GetVersion(valueKey, nil)
		return err
	}},
	"DB.Handles":    {reads, false, func(u *user) error { return second(u.db.Handles()) }},
	"DB.Holdings":   {reads, false, func(u *user) error { return second(u.db.Holdings()) }},
	"DB.Keys":       {reads, true, func(u *user) error { return drained1(u.db.Keys()) }},
	"DB.Len":        {reads, false, func(u *user) error { return second(u.db.Len(valueKey)) }},
	"DB.Load":       {writes, false, func(u *user) error { return second(u.db.Load(bytes.NewReader(oneDumped()), TransferOptions{})) }},
	"DB.Pack":       {reads, false, func(u *user) error { return second(u.db.Pack(packKey)) }},
	"DB.PackAt":     {reads, false, func(u *user) error { return second(u.db.PackAt(u.packed)) }},
	"DB.Path":       {apart, true, func(u *user) error { u.db.Path(); return nil }},
	"DB.Put":        {writes, false, func(u *user) error { return u.db.Put(valueKey, largeValue) }},
	"DB.PutPack":    {writes, false, func(u *user) error { return u.db.PutPack(packKey, [][]byte{largeValue}) }},
	"DB.PutPackSeq": {writes, false, func(u *user) error { return u.db.PutPackSeq(packKey, oneRecord) }},
	"DB.PutString":  {writes, false, func(u *user) error { return u.db.PutString("new", "") }},
	"DB.PutVersion": {writes, false, func(u *user) error { return second(u.db.PutVersion(newKey, nil)) }},
	"DB.Queue":      {apart, false, func(u *user) error { return second(u.db.Queue(queueKey, QueueOptions{})) }},
	"DB.Raw":        {reads, true, func(u *user) error { u.db.Raw(); return nil }},
	"DB.Stats":      {reads, false, func(u *user) error { return second(u.db.Stats()) }},
	"DB.Sweep":      {writes, false, func(u *user) error { return second(u.db.Sweep()) }},
	"DB.Update": {writes, false, func(u *user) error {
		return u.db.Update(valueKey, func(old []byte) ([]byte, error) { return old, nil })
	}},
	"DB.Wait": {reads, false, func(u *user) error { return second(u.db.Wait(context.Background(), valueKey, Version{})) }},

	"Queue.Ack":           {writes, false, func(u *user) error { return u.queue.Ack(u.claim) }},
	"Queue.All":           {reads, true, func(u *user) error { return drained1(u.queue.All()) }},
	"Queue.Claim":         {writes, false, func(u *user) error { _, _, err := u.queue.Claim(context.Background(), nil); return err }},
	"Queue.Delete":        {writes, false, func(u *user) error { return u.queue.Delete() }},
	"Queue.Follow":        {reads, false, func(u *user) error { return followOne(u.queue) }},
	"Queue.Len":           {reads, false, func(u *user) error { return second(u.queue.Len()) }},
	"Queue.Peek":          {reads, false, func(u *user) error { return drained(u.queue.Peek()) }},
	"Queue.Pop":           {writes, false, func(u *user) error { return second(u.queue.Pop(context.Background(), nil)) }},
	"Queue.Push":          {writes, false, func(u *user) error { return u.queue.Push(nil) }},
	"Queue.PushBatch":     {writes, false, func(u *user) error { return u.queue.PushBatch([][]byte{nil, nil}) }},
	"Queue.PushBatchWait": {writes, false, func(u *user) error { return u.queue.PushBatchWait(context.Background(), [][]byte{nil, nil}) }},
	"Queue.Unacked":       {reads, false, func(u *user) error { return second(u.queue.Unacked()) }},
	"Queue.PushWait":      {writes, false, func(u *user) error { return u.queue.PushWait(context.Background(), nil) }},
	"Queue.Release":       {writes, false, func(u *user) error { return u.queue.Release(u.claim) }},
	"Queue.Take":          {writes, false, func(u *user) error { return u.queue.Take(roomyBatch()) }},
	"Queue.TakeWait":      {writes, false, func(u *user) error { return u.queue.TakeWait(context.Background(), roomyBatch()) }},
	"Queue.TryClaim":      {writes, false, func(u *user) error { _, _, err := u.queue.TryClaim(nil); return err }},
	"Queue.TryPop":        {writes, false, func(u *user) error { return second(u.queue.TryPop(nil)) }},

	"Pack.All":     {reads, false, func(u *user) error { return drained(u.pack.All()) }},
	"Pack.At":      {reads, false, func(u *user) error { return second(u.pack.At(99, nil)) }},
	"Pack.Len":     {apart, true, func(u *user) error { u.pack.Len(); return nil }},
	"Pack.Slice":   {apart, true, func(u *user) error { return second(u.pack.Slice(1, 2)) }},
	"Pack.Version": {apart, true, func(u *user) error { u.pack.Version(); return nil }},

	"PackOf.All":     {reads, false, func(u *user) error { return drained(u.typedPack.All()) }},
	"PackOf.Append":  {reads, false, func(u *user) error { return second(u.typedPack.Append(nil)) }},
	"PackOf.At":      {reads, false, func(u *user) error { return second(u.typedPack.At(49)) }},
	"PackOf.Bytes":   {apart, true, func(u *user) error { u.typedPack.Bytes(); return nil }},
	"PackOf.Len":     {apart, true, func(u *user) error { u.typedPack.Len(); return nil }},
	"PackOf.Slice":   {apart, true, func(u *user) error { return second(u.typedPack.Slice(1, 2)) }},
	"PackOf.Version": {apart, true, func(u *user) error { u.typedPack.Version(); return nil }},

	"Typed.Append": {apart, true, func(u *user) error { return second(u.typed.Append(nil, trade{})) }},
	"Typed.Decode": {apart, true, func(u *user) error {
		b, err := u.typed.Append(nil, trade{})
		if err != nil {
			return err
		}
		return second(u.typed.Decode(b))
	}},
	"Typed.CompareAndSwap": {writes, false, func(u *user) error { return second(u.typed.CompareAndSwap(newKey, Version{}, trade{})) }},
	"Typed.CompareAndSwapPack": {writes, false, func(u *user) error {
		return second(u.typed.CompareAndSwapPack(newKey, Version{}, slices.Values(trades)))
	}},
	"Typed.Description": {apart, true, func(u *user) error { u.typed.Description(); return nil }},
	"Typed.Elements":    {reads, false, func(u *user) error { return drained(u.typed.Elements(tradesKey)) }},
	"Typed.Fingerprint": {apart, true, func(u *user) error { u.typed.Fingerprint(); return nil }},
	"Typed.Get":         {reads, false, func(u *user) error { return second(u.typed.Get(typedKey)) }},
	"Typed.GetAt":       {reads, false, func(u *user) error { return ignoreType(second(u.typed.GetAt(u.value))) }},
	"Typed.GetOrPut":    {writes, false, func(u *user) error { _, _, err := u.typed.GetOrPut(newKey, trade{}); return err }},
	"Typed.GetVersion":  {reads, false, func(u *user) error { _, _, err := u.typed.GetVersion(typedKey); return err }},
	"Typed.Pack":        {reads, false, func(u *user) error { return second(u.typed.Pack(tradesKey)) }},
	"Typed.PackAt":      {reads, false, func(u *user) error { return second(u.typed.PackAt(u.typeP)) }},
	"Typed.Put":         {writes, false, func(u *user) error { return u.typed.Put(typedKey, trade{}) }},
	"Typed.PutPack":     {writes, false, func(u *user) error { return u.typed.PutPack(tradesKey, trades) }},
	"Typed.PutPackSeq":  {writes, false, func(u *user) error { return u.typed.PutPackSeq(tradesKey, slices.Values(trades)) }},
	"Typed.PutVersion":  {writes, false, func(u *user) error { return second(u.typed.PutVersion(typedKey, trade{})) }},
	"Typed.Update": {writes, false, func(u *user) error {
		return u.typed.Update(typedKey, func(old trade, _ bool) (trade, error) { return old, nil })
	}},
}

func attachAndClose(db *DB) error {
	other, err := db.Attach()
	if err == nil {
		err = other.Close()
	}
	return err
}

func followOne(q *Queue) error {
	for _, err := range q.Follow(context.Background()) {
		return err
	}
	return nil
}

// ignoreType: the value is none of that type, and is read to find out.
func ignoreType(err error) error {
	if _, other := err.(*TypeError); other {
		return nil
	}
	return err
}

// oneDumped is the dump of a region with one value.
var oneDumped = sync.OnceValue(func() []byte {
	db, err := OpenHeap(Options{BlockCount: 10})
	fatalIf(err)
	fatalIf(db.Put(newKey, nil))
	var b bytes.Buffer
	_, err = db.Dump(&b, TransferOptions{})
	fatalIf(err)
	return b.Bytes()
})

func oneRecord(yield func([]byte) bool) { yield(largeValue) }

func roomyBatch() *Batch {
	b, err := NewBatch(MinBatch, make([]byte, 1<<16))
	if err != nil {
		panic(err)
	}
	return b
}

// drained goes through an iterator, and gives the error that it ends with.
func drained[T any](seq iter.Seq2[T, error]) (err error) {
	for _, err = range seq {
	}
	return err
}

func drained1[T any](seq iter.Seq[T]) error {
	for range seq {
	}
	return nil
}

func drained2[A, B any](seq iter.Seq2[A, B]) error {
	for range seq {
	}
	return nil
}

// TestEveryMethodHasAUse: what is promised of every method is tested of every method, also of those that come.
func TestEveryMethodHasAUse(t *testing.T) {
	apart := map[string]bool{"DB.Close": true}                            // of its own in each test
	ofExplorer := map[string]bool{"Pack.Bytes": true, "Pack.Token": true} // there with the tag explore only
	missing := maps.Clone(apart)
	for _, v := range []any{&DB{}, &Queue{}, &Pack{}, &PackOf[trade]{}, &Typed[trade]{}} {
		typ := reflect.TypeOf(v)
		name, _, _ := strings.Cut(typ.Elem().Name(), "[")
		for m := range typ.Methods() {
			use := name + "." + m.Name
			if _, ok := everyMethod[use]; !ok && !apart[use] && !ofExplorer[use] {
				t.Errorf("%s has no use", use)
			}
			delete(missing, use)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no such methods: %v", missing)
	}
}
