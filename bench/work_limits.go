package main

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Limits of the machine, measured beside what can not be faster.

func init() {
	jobs["memcpy"] = newMemcpy
	jobs["chase"] = newChase
}

// memcpy copies values out of as many as there are keys, or into them, in a random order; and does nothing else.
type memcpy struct {
	*spec
	set    []byte
	buffer []byte
	random
	chosen [batchSize]int
}

func memcpyContestant(keys, value int, params ...string) *contestant {
	return &contestant{peer: "memcpy", params: params, specs: []spec{{Job: "memcpy", Keys: keys, Value: value}}}
}

func newMemcpy(s *spec) (job, error) {
	set, err := hugeMemory(s.Keys * s.Value)
	if err != nil {
		return nil, err
	}
	m := &memcpy{spec: s, set: set, buffer: make([]byte, s.Value), random: random{1}}
	for i := range m.set {
		m.set[i] = byte(i)
	}
	return m, nil
}

func (m *memcpy) run(s *slice) (r result, err error) {
	for end := now() + int64(s.For); ; {
		for i := range m.chosen {
			m.chosen[i] = int(m.below(uint64(m.Keys))) * m.Value
		}
		begin := now()
		switch s.Task {
		case "get":
			for _, at := range m.chosen {
				copy(m.buffer, m.set[at:])
			}
		case "update":
			for _, at := range m.chosen {
				copy(m.set[at:], m.buffer)
			}
		default:
			return r, fmt.Errorf("memcpy has no task %q", s.Task)
		}
		done := now()
		r.Ops += batchSize
		r.Busy += time.Duration(done - begin)
		if done >= end {
			return r, nil
		}
	}
}

func (m *memcpy) close() error { return nil }

// chase follows pointers through memory far larger than the caches: each load has to wait for the one before.
type chase struct {
	memory []byte // lines, each beginning with the offset of the next
	at     uint64
}

const (
	chaseBytes = 512 << 20
	lineBytes  = 64
)

func chaseContestant() *contestant {
	return &contestant{
		peer: "dram", params: []string{"bytes", shortBytes(chaseBytes)}, specs: []spec{{Job: "chase"}},
		works: map[string]string{"get": "Chase"},
	}
}

// newChase links all lines to one cycle in a random order (Sattolo's shuffle).
func newChase(*spec) (job, error) {
	memory, err := hugeMemory(chaseBytes)
	if err != nil {
		return nil, err
	}
	c := &chase{memory: memory}
	for at := uint64(0); at < chaseBytes; at += lineBytes {
		c.link(at, at)
	}
	r := random{1}
	for i := uint64(chaseBytes/lineBytes - 1); i > 0; i-- {
		a, b := i*lineBytes, r.below(i)*lineBytes
		next := c.next(a)
		c.link(a, c.next(b))
		c.link(b, next)
	}
	return c, nil
}

func (c *chase) next(at uint64) uint64  { return binary.NativeEndian.Uint64(c.memory[at:]) }
func (c *chase) link(at, target uint64) { binary.NativeEndian.PutUint64(c.memory[at:], target) }

func (c *chase) run(s *slice) (r result, err error) {
	const steps = 4096
	begin := now()
	for end := begin + int64(s.For); ; {
		at := c.at
		for range steps {
			at = c.next(at)
		}
		c.at = at
		r.Ops += steps
		if t := now(); t >= end {
			r.Busy = time.Duration(t - begin)
			return r, nil
		}
	}
}

func (c *chase) close() error { return nil }
