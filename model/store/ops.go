//go:build explore

package store

import (
	"context"
	"errors"
	"fmt"

	"simdb.dev/model"
	"simdb.dev/model/explore"
	"simdb.dev/simdb"
)

// The operations on keys, numbered from 0; values are given by id and number of words.

func key(k int) []byte { return []byte{byte('a' + k)} }

// on makes an operation on a key.
func on(k int, in model.Input, do func(c *client, key []byte) output) op { return none.on(k, in, do) }

func (by reference) on(k int, in model.Input, do func(c *client, key []byte) output) op {
	i := &input{k, in, by}
	name := key(k)
	return func(c *client) explore.Op {
		return explore.Op{
			Name: fmt.Sprintf("%s.%v", name, in), Input: i,
			Do: func(*explore.Proc) any { return do(c, name) },
		}
	}
}

// read makes an output of a value that was read.
func read(b []byte, err error) output {
	out := output{outcome: outcome(err)}
	if err == nil {
		var ok bool
		if out.value, ok = identify(b); !ok {
			return output{outcome: model.Torn}
		}
		out.len = uint32(len(b))
	}
	return out
}

// wrote makes an output of a write.
func (c *client) wrote(v simdb.Version, err error) output {
	if err == nil {
		c.mine = v
	}
	return output{outcome: outcome(err), version: model.Version(v.Token())}
}

func put(k, id, words int) op {
	b := value(id, words)
	return on(k, model.Input{Op: model.Put, Value: uint64(id), Len: uint32(len(b))}, func(c *client, key []byte) output {
		return c.wrote(c.db.PutVersion(key, b))
	})
}

// insert puts if there is no entry.
func insert(k, id, words int) op {
	b := value(id, words)
	return on(k, model.Input{Op: model.PutIf, Value: uint64(id), Len: uint32(len(b))}, func(c *client, key []byte) output {
		return c.wrote(c.db.CompareAndSwap(key, simdb.Version{}, b))
	})
}

// swapOld puts if the entry is still that of before; swapMine if it is what this client saw or wrote last.
func swapOld(k, id, words int) op  { return swap(k, id, words, old) }
func swapMine(k, id, words int) op { return swap(k, id, words, mine) }

func swap(k, id, words int, by reference) op {
	b := value(id, words)
	return by.on(k, model.Input{Op: model.PutIf, Value: uint64(id), Len: uint32(len(b))}, func(c *client, key []byte) output {
		v := c.version(k, by)
		out := c.wrote(c.db.CompareAndSwap(key, v, b))
		out.given = model.Version(v.Token())
		return out
	})
}

func (c *client) version(k int, by reference) simdb.Version {
	if by == mine {
		return c.mine
	}
	return c.w.refs[k]
}

func get(k int) op {
	return on(k, model.Input{Op: model.GetVersion}, func(c *client, key []byte) output {
		b, v, err := c.db.GetVersion(key, c.buf[:0])
		out := read(b, err)
		if err == nil {
			out.version, c.mine = model.Version(v.Token()), v
		}
		return out
	})
}

// fetch is get without the version: it has a common case of its own.
func fetch(k int) op {
	return on(k, model.Input{Op: model.Get}, func(c *client, key []byte) output {
		return read(c.db.Get(key, c.buf[:0]))
	})
}

// getOld reads the entry of before by its version; getMine what this client saw or wrote last.
func getOld(k int) op  { return getAt(k, old) }
func getMine(k int) op { return getAt(k, mine) }

func getAt(k int, by reference) op {
	return by.on(k, model.Input{Op: model.GetRef}, func(c *client, _ []byte) output {
		v := c.version(k, by)
		out := read(c.db.GetAt(v, c.buf[:0]))
		out.given = model.Version(v.Token())
		return out
	})
}

func length(k int) op {
	return on(k, model.Input{Op: model.Len}, func(c *client, key []byte) output {
		n, err := c.db.Len(key)
		return output{outcome: outcome(err), len: uint32(n)}
	})
}

func remove(k int) op {
	return on(k, model.Input{Op: model.Delete}, func(c *client, key []byte) output {
		return output{outcome: outcome(c.db.Delete(key))}
	})
}

// removeOld deletes if the entry is still that of before.
func removeOld(k int) op {
	return old.on(k, model.Input{Op: removeIf}, func(c *client, key []byte) output {
		v := c.version(k, old)
		return output{outcome: outcome(c.db.CompareAndDelete(key, v)), given: model.Version(v.Token())}
	})
}

// awaitOther waits until there is another entry than that of before.
func awaitOther(k int) op {
	return blocking(old.on(k, model.Input{Op: await}, func(c *client, key []byte) output {
		v := c.version(k, old)
		seen, err := c.db.Wait(context.Background(), key, v)
		return output{outcome: outcome(err), version: model.Version(seen.Token()), given: model.Version(v.Token())}
	}))
}

// update replaces the value by another if it is still what it was when it was read, as Update does.
func update(k, id, words int) op {
	b := value(id, words)
	return on(k, model.Input{Op: model.Update, Value: uint64(id), Len: uint32(len(b))}, func(c *client, key []byte) output {
		var out output
		err := c.db.Update(key, func(old []byte) ([]byte, error) {
			out = output{}
			if old != nil {
				out = read(old, nil)
			}
			return b, nil
		})
		return output{outcome: outcome(err), value: out.value}
	})
}

func getOrPut(k, id, words int) op {
	b := value(id, words)
	return on(k, model.Input{Op: model.GetOrPut, Value: uint64(id), Len: uint32(len(b))}, func(c *client, key []byte) output {
		got, loaded, err := c.db.GetOrPut(key, b, c.buf[:0])
		out := read(got, err)
		out.again = loaded
		return out
	})
}

// all iterates over the keys.
func all() op {
	i := &input{Input: model.Input{Op: iterate}}
	return func(c *client) explore.Op {
		return explore.Op{Name: "iterate", Input: i, Do: func(*explore.Proc) any {
			out := output{outcome: model.OK}
			for key, v := range c.db.All() {
				k := int(key[0] - 'a')
				id, ok := identify(v)
				if len(key) != 1 || k >= c.w.p.keyCount() || !ok || out.all[k] != 0 {
					return output{outcome: model.Torn}
				}
				out.all[k], out.lens[k] = id, uint32(len(v))
			}
			return out
		}}
	}
}

// join attaches one more handle, and puts through that. It does nothing if every place is taken.
func join(k, id, words int) op {
	b := value(id, words)
	return on(k, model.Input{Op: model.Put, Value: uint64(id), Len: uint32(len(b))}, func(c *client, key []byte) output {
		db, err := c.db.Join()
		if errors.Is(err, simdb.ErrHandles) {
			return output{outcome: closed}
		}
		if err != nil {
			return output{outcome: outcome(err)}
		}
		return c.wrote(db.PutVersion(key, b))
	})
}

// cleaned is what a sweep returns: how many places of dead handles are clean by what it did.
type cleaned uint64

// sweep gives back what the dead left.
func sweep() op {
	return func(c *client) explore.Op {
		return explore.Op{Name: "sweep", Do: func(p *explore.Proc) any { return c.sweep(p) }}
	}
}

func (c *client) sweep(p *explore.Proc) any {
	report, err := c.db.Sweep()
	if err != nil {
		p.Errorf("sweep: %v", err)
	}
	return cleaned(report.Handles)
}

// beside does an operation while another goroutine is writing by the same handle, in its first lane.
func beside(o op) op {
	return func(c *client) explore.Op {
		xo := o(c)
		do := xo.Do
		xo.Do = func(p *explore.Proc) (out any) {
			c.db.Beside(func() { out = do(p) })
			return out
		}
		return xo
	}
}

const closing = "close"

// detach closes the handle. It waits for the other goroutines of its process.
func detach() op {
	return func(c *client) explore.Op {
		return explore.Op{Name: closing, Blocking: true, Do: func(p *explore.Proc) any {
			if err := c.db.Close(); err != nil {
				p.Errorf("close: %v", err)
			}
			return nil
		}}
	}
}
