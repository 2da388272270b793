//go:build explore

package store

// one is a process of its own.
func one(name string, ops ...op) process { return process{name: name, ops: ops} }

func ops(list ...op) []op { return list }

// programs are all scenarios.
func programs() []program {
	return []program{
		{name: "put/put", before: ops(put(0, 1, 1)), processes: []process{one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1))}},
		{name: "put/delete", before: ops(put(0, 1, 1)), processes: []process{one("p1", put(0, 2, 1)), one("p2", remove(0))}},
		{name: "put/get long", before: ops(put(0, 1, 4)), blockSize: 48, blocks: 6, processes: []process{one("p1", put(0, 2, 4)), one("p2", get(0))}},
		{name: "put/put/get", before: ops(put(0, 1, 1)), processes: []process{one("p1", put(0, 2, 1)), one("p2", put(0, 3, 1)), one("p3", get(0))}},
		{name: "insert/insert", processes: []process{one("p1", insert(0, 2, 1)), one("p2", insert(0, 3, 1))}},
	}
}
