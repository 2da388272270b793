package main

import "fmt"

// The core workloads of YCSB (Cooper and others, Benchmarking Cloud Serving Systems with YCSB, 2010), without E, which scans in the order of keys.
//
//	A  half reads, half updates                     F  half reads, half reads with an update of what was read
//	B  95 % reads, 5 % updates                      C  reads
//	D  95 % reads of the latest, 5 % inserts
//
// In D the oldest key is deleted with each insert, so that the table is as large in the last round as in the first. In F a unit of work that reads and
// updates counts once, and in a pipeline does not wait for what it read.
var mixes = map[string]mix{
	"A": {read: 50, update: 50},
	"B": {read: 95, update: 5},
	"C": {read: 100},
	"D": {read: 95, insert: 5, latest: true},
	"F": {read: 50, modify: 50},
}

// mix is shares of a hundred.
type mix struct {
	read, update, insert, modify int
	latest                       bool
}

// ycsb draws the units of a mix.
type ycsb struct {
	*keyspace
	mix
	zipf *zipf // nil: uniform
	scatter
}

// newYCSB makes a source of a mix and a distribution, zipf or uniform.
func newYCSB(s *keyspace, letter, distribution string) (*ycsb, error) {
	m, ok := mixes[letter]
	if !ok {
		return nil, fmt.Errorf("no mix %q", letter)
	}
	y := &ycsb{keyspace: s, mix: m, scatter: newScatter(s.n)}
	switch {
	case distribution == "zipf" || m.latest:
		y.zipf = newZipf(s.n)
	case distribution != "uniform":
		return nil, fmt.Errorf("no distribution %q", distribution)
	}
	return y, nil
}

// draw gives a key that is there.
func (y *ycsb) draw() key {
	switch {
	case y.latest:
		return keyOf(y.low + y.keyspace.n - 1 - y.zipf.rank(&y.random))
	case y.zipf != nil:
		return keyOf(y.low + y.scatter.of(y.zipf.rank(&y.random)))
	}
	return keyOf(y.index())
}

func (y *ycsb) fill(b *batch) (units int) {
	for ; b.n <= batchSize-2; units++ {
		switch share := int(y.below(100)); {
		case share < y.read:
			b.add(opGet, y.draw(), true)
		case share < y.read+y.update:
			b.add(opPut, y.draw(), true)
		case share < y.read+y.update+y.insert:
			b.add(opDelete, keyOf(y.low), true)
			b.add(opPut, keyOf(y.low+y.keyspace.n), false)
			y.low++
		default:
			k := y.draw()
			b.add(opGet, k, true)
			b.add(opPut, k, true)
		}
	}
	return units
}
