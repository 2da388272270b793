package main

import "fmt"

// What is measured of tables. The values have 64 bytes where nothing else is said.
const usualValue = 64

var (
	inProcess  = []string{"simdb", "simdb-64", "xsync", "syncmap", "rwmutex", "lmdb"}
	everywhere = []string{"simdb", "simdb-64", "xsync", "syncmap", "rwmutex", "lmdb", "bbolt", "redis", "redis-64", "memcached", "memcached-64"}
)

// pointTrials is single operations by number of keys, and a load from memory that depends on the one before.
func pointTrials(cfg *config) []*trial {
	t := &trial{name: "point", tasks: []task{
		{order: "get", work: "Get"}, {order: "miss", work: "Miss"}, {order: "update", work: "Update"}, {order: "churn", work: "Churn"},
	}}
	sizes := []int{1e3, 1e4, 1e5, 1e6, 1e7}
	if cfg.quick {
		sizes = []int{1e4, 1e6}
	}
	for _, keys := range sizes {
		names := inProcess
		switch {
		case keys > 1e6 || cfg.quick && keys == 1e6: // the others take seconds to collect their garbage, or minutes to fill
			names = []string{"simdb", "simdb-64", "xsync", "rwmutex", "lmdb"}
		case keys == 1e4:
			names = append(names[:len(names):len(names)], "bbolt")
		}
		for _, name := range names {
			t.contestants = append(t.contestants, tableContestant(name, 1, spec{Keys: keys, Value: usualValue}, "set", "point", "keys", short(keys), "value", "64"))
		}
		if keys == 1e6 {
			t.contestants = append(t.contestants, chaseContestant())
		}
	}
	return []*trial{t}
}

// sizeTrials is gets and updates by the size of the value, each size a trial of its own, and memcpy from and to as many bytes.
func sizeTrials(cfg *config) []*trial {
	set := cfg.pick(96<<20, 256<<20) // far beyond the caches
	sizes := []int{8, 64, 100, 500, 1 << 10, 4 << 10, 64 << 10, 1 << 20}
	if cfg.quick {
		sizes = []int{64, 4 << 10, 64 << 10, 1 << 20}
	}
	var trials []*trial
	for _, value := range sizes {
		keys := min(set/value, 1e6)
		t := &trial{name: "size/" + shortBytes(value), tasks: []task{{order: "get", work: "Get"}, {order: "update", work: "Update"}}}
		params := []string{"set", "size", "value", shortBytes(value)}
		for _, name := range []string{"simdb", "xsync", "lmdb"} {
			t.contestants = append(t.contestants, tableContestant(name, 1, spec{Keys: keys, Value: value}, params...))
		}
		t.contestants = append(t.contestants, memcpyContestant(keys, value, params...))
		trials = append(trials, t)
	}
	return trials
}

// fullTrials is the store alone, by the share of its blocks in use.
func fullTrials(cfg *config) []*trial {
	keys := cfg.pick(200_000, 1e6)
	t := &trial{name: "full", tasks: []task{{order: "get", work: "Get"}, {order: "update", work: "Update"}, {order: "churn", work: "Churn"}}}
	for _, full := range []int{50, 60, 70, 80, 90, 95} {
		s := spec{Keys: keys, Value: usualValue, Full: full}
		t.contestants = append(t.contestants, tableContestant("simdb", 1, s, "set", "full", "full", fmt.Sprint(full), "keys", short(keys), "value", "64"))
	}
	return []*trial{t}
}

// processTrials is several processes on one table, each on a processor of its own as far as there are.
func processTrials(cfg *config) []*trial {
	counts := []int{1, 2, 4, 8}
	if cfg.quick {
		counts = []int{1, 2}
	}
	own := &trial{name: "processes/own", tasks: []task{{order: "own:get", work: "Get"}, {order: "own:update", work: "Update"}}}
	shared := &trial{name: "processes/shared", tasks: []task{{order: "get", work: "Get"}, {order: "update", work: "Update"}, {order: "ycsb:B:zipf", work: "YCSB", params: []string{"mix", "B", "dist", "zipf"}}}}
	writing := &trial{name: "processes/writing", tasks: []task{{order: "readwhilewriting", work: "ReadWhileWriting"}}}
	for _, n := range counts {
		for _, c := range []struct {
			name string
			keys int
		}{{"simdb", 1e4}, {"lmdb", 1e4}, {"simdb", 1e6}} {
			s := spec{Keys: c.keys, Value: usualValue, Wall: true}
			own.contestants = append(own.contestants, tableContestant(c.name, n, s, "set", "own", "keys", short(c.keys), "value", "64", "procs", fmt.Sprint(n)))
		}
	}
	for _, keys := range []int{1e4, 1e6} {
		s := spec{Keys: keys, Value: usualValue, Wall: true}
		for _, n := range counts {
			for _, name := range []string{"simdb", "lmdb", "redis-64", "memcached-64"} {
				if name != "simdb" && name != "lmdb" && keys != 1e4 {
					continue
				}
				shared.contestants = append(shared.contestants, tableContestant(name, n, s, "set", "shared", "keys", short(keys), "value", "64", "procs", fmt.Sprint(n)))
			}
		}
		for _, name := range []string{"simdb", "lmdb"} {
			c := tableContestant(name, 3, s, "keys", short(keys), "value", "64", "procs", "3")
			c.specs[0].Role, c.specs[1].Role, c.specs[2].Role = roleReader, roleReader, roleWriter
			c.cpus = []int{-1, -1, -1} // three on two processors: let the kernel share them out
			writing.contestants = append(writing.contestants, c)
		}
	}
	return []*trial{own, shared, writing}
}

// ycsbTrials is YCSB's mixes for everybody.
func ycsbTrials(cfg *config) []*trial {
	const value = 100
	keys := cfg.pick(1e5, 1e6)
	t := &trial{name: "ycsb"}
	for _, mix := range []string{"A", "B", "C", "F"} {
		for _, distribution := range []string{"zipf", "uniform"} {
			t.tasks = append(t.tasks, task{order: "ycsb:" + mix + ":" + distribution, work: "YCSB", params: []string{"mix", mix, "dist", distribution}})
		}
	}
	t.tasks = append(t.tasks, task{order: "ycsb:D:latest", work: "YCSB", params: []string{"mix", "D", "dist", "latest"}})
	for _, name := range everywhere {
		t.contestants = append(t.contestants, tableContestant(name, 1, spec{Keys: keys, Value: value}, "set", "ycsb", "keys", short(keys), "value", "100"))
	}
	return []*trial{t}
}

// latencyTrials is distributions of latencies: at a rate that everybody keeps up with, and at one that a store in shared memory keeps up with.
func latencyTrials(cfg *config) []*trial {
	keys := cfg.pick(1e5, 1e6)
	var trials []*trial
	for _, at := range []struct {
		rate  int
		names []string
	}{
		{10_000, []string{"simdb", "xsync", "rwmutex", "lmdb", "bbolt", "redis", "memcached"}},
		{200_000, []string{"simdb", "xsync", "rwmutex", "lmdb"}},
	} {
		t := &trial{name: "latency/" + short(at.rate), slice: 5 * cfg.slice}
		for _, op := range []string{"get", "update"} {
			t.tasks = append(t.tasks, task{order: "latency:" + op, work: "Latency", params: []string{"op", op, "rate", short(at.rate)}, rate: at.rate})
		}
		for _, name := range at.names {
			t.contestants = append(t.contestants, tableContestant(name, 1, spec{Keys: keys, Value: usualValue}, "keys", short(keys), "value", "64"))
		}
		trials = append(trials, t)
	}
	return trials
}
