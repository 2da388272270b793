package simdb_test

import (
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"github.com/puzpuzpuz/xsync/v4"

	"simdb.dev/simdb"
)

// Benchmarks of the store beside what one would use in one process: BenchmarkGet/1M/simdb, …/xsync, and so on, in one run. Keys of 16 bytes are computed, not fetched;
// values of 64 bytes are copied to the caller.

type key16 = [16]byte

const valueSize = 64

// keyOf computes key i: two words that look random.
func keyOf(i uint64) (k key16) {
	binary.LittleEndian.PutUint64(k[:], i*0x9e3779b97f4a7c15)
	binary.LittleEndian.PutUint64(k[8:], i^0xc2b2ae3d27d4eb4f)
	return k
}

// order walks the keys so that neither caches nor prefetchers can tell the next.
type order struct{ i, n uint64 }

func (o *order) next() uint64 {
	o.i = o.i*6364136223846793005 + 1442695040888963407
	return (o.i >> 33) * o.n >> 31
}

// keys gives the keys of an order, some computed ahead: to read at once what was just written in two halves makes a processor wait, and maps do so twice.
type keys struct {
	order
	first uint64 // the number of the first key
	ahead [64]key16
	i     int
}

func (k *keys) next() *key16 {
	if k.i %= len(k.ahead); k.i == 0 {
		for i := range k.ahead {
			k.ahead[i] = keyOf(k.first + k.order.next())
		}
	}
	k.i++
	return &k.ahead[k.i-1]
}

// table is what the peers have in common.
type table interface {
	get(k *key16, dst []byte) ([]byte, bool)
	put(k *key16, value []byte)
}

type store struct{ db *simdb.DB }

func (s store) get(k *key16, dst []byte) ([]byte, bool) {
	v, err := s.db.Get(k[:], dst)
	return v, err == nil
}

func (s store) put(k *key16, value []byte) {
	if err := s.db.Put(k[:], value); err != nil {
		panic(err)
	}
}

type xsyncMap struct{ m *xsync.Map[key16, []byte] }

func (x xsyncMap) get(k *key16, dst []byte) ([]byte, bool) {
	v, ok := x.m.Load(*k)
	return append(dst, v...), ok
}

func (x xsyncMap) put(k *key16, value []byte) { x.m.Store(*k, append([]byte(nil), value...)) }

type syncMap struct{ m *sync.Map }

func (x syncMap) get(k *key16, dst []byte) ([]byte, bool) {
	v, ok := x.m.Load(*k)
	if !ok {
		return dst, false
	}
	return append(dst, v.([]byte)...), true
}

func (x syncMap) put(k *key16, value []byte) { x.m.Store(*k, append([]byte(nil), value...)) }

type lockedMap struct {
	mu *sync.RWMutex
	m  map[key16][]byte
}

func (x lockedMap) get(k *key16, dst []byte) ([]byte, bool) {
	x.mu.RLock()
	v, ok := x.m[*k]
	dst = append(dst, v...)
	x.mu.RUnlock()
	return dst, ok
}

func (x lockedMap) put(k *key16, value []byte) {
	v := append([]byte(nil), value...)
	x.mu.Lock()
	x.m[*k] = v
	x.mu.Unlock()
}

// fill puts n keys into t.
func fill(t table, n uint64) table {
	value := make([]byte, valueSize)
	for i := range n {
		k := keyOf(i)
		binary.LittleEndian.PutUint64(value, i)
		t.put(&k, value)
	}
	return t
}

// tables are the peers, each filled with n keys; close gives back the store's region.
func tables(b *testing.B, n uint64) map[string]func() table {
	return map[string]func() table{
		"simdb": func() table {
			db, err := simdb.Open(fmt.Sprintf("bench-%d", n), simdb.Options{BlockSize: 96, BlockCount: n + n/4 + 64, RemoveOnLastClose: true, HugePages: true})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { db.Close() })
			return fill(store{db}, n)
		},
		"xsync":   func() table { return fill(xsyncMap{xsync.NewMap[key16, []byte]()}, n) },
		"syncmap": func() table { return fill(syncMap{new(sync.Map)}, n) },
		"rwmutex": func() table { return fill(lockedMap{new(sync.RWMutex), map[key16][]byte{}}, n) },
	}
}

// eachTable runs f as a sub-benchmark for 10 k and 1 M keys and every peer.
func eachTable(b *testing.B, f func(b *testing.B, t table, n uint64)) {
	for _, size := range []struct {
		name string
		n    uint64
	}{{"10k", 10_000}, {"1M", 1_000_000}} {
		made := tables(b, size.n)
		for _, name := range []string{"simdb", "xsync", "syncmap", "rwmutex"} {
			b.Run(size.name+"/"+name, func(b *testing.B) {
				t := made[name]()
				b.ReportAllocs()
				b.ResetTimer()
				f(b, t, size.n)
			})
		}
	}
}

func BenchmarkGet(b *testing.B) {
	eachTable(b, func(b *testing.B, t table, n uint64) {
		k := keys{order: order{n: n}}
		var dst []byte
		for b.Loop() {
			var ok bool
			if dst, ok = t.get(k.next(), dst[:0]); !ok {
				b.Fatal("missing key")
			}
		}
	})
}

// BenchmarkGetMany is gets of 64 keys at once, and of the peers one by one; ns/op is for one key.
func BenchmarkGetMany(b *testing.B) {
	const many = 64
	eachTable(b, func(b *testing.B, t table, n uint64) {
		o := order{n: n}
		var dst []byte
		var k [many]key16
		keys, values := make([][]byte, many), make([][]byte, 0, many)
		for i := range keys {
			keys[i] = k[i][:]
		}
		for done := 0; done < b.N; done += many {
			for i := range k {
				k[i] = keyOf(o.next())
			}
			if s, ok := t.(store); ok {
				var err error
				if dst, values, err = s.db.GetMany(keys, dst[:0], values[:0]); err != nil || values[many-1] == nil {
					b.Fatal("missing key")
				}
				continue
			}
			dst = dst[:0]
			for i := range k {
				var ok bool
				if dst, ok = t.get(&k[i], dst); !ok {
					b.Fatal("missing key")
				}
			}
		}
	})
}

func BenchmarkMiss(b *testing.B) {
	eachTable(b, func(b *testing.B, t table, n uint64) {
		k := keys{order: order{n: n}, first: n}
		var dst []byte
		for b.Loop() {
			var ok bool
			if dst, ok = t.get(k.next(), dst[:0]); ok {
				b.Fatal("key that was never put")
			}
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	eachTable(b, func(b *testing.B, t table, n uint64) {
		k := keys{order: order{n: n}}
		value := make([]byte, valueSize)
		for b.Loop() {
			value[0]++
			t.put(k.next(), value)
		}
	})
}
