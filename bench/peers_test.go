package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// openPeer opens a peer that is there on an empty directory.
func openPeer(t *testing.T, p *peer, s *spec) table {
	t.Helper()
	if why := p.missing(); why != "" {
		t.Skipf("%s: %s", p.name, why)
	}
	dir, err := os.MkdirTemp("", p.name) // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s.Dir, s.Fill = dir, true
	if p.server != nil {
		cmd, socket := p.server(dir)
		server, err := startServer(t.Context(), cmd, socket, -1)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.end)
	}
	table, err := p.open(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := table.close(); err != nil {
			t.Error(err)
		}
	})
	return table
}

// Every peer does the same: what a batch finds is what a map would.
func TestPeersAgreeWithAMap(t *testing.T) {
	for _, p := range peers {
		for _, size := range []int{8, 64, 5000} {
			t.Run(fmt.Sprintf("%s/%d", p.name, size), func(t *testing.T) {
				const keys = 300
				table := openPeer(t, &p, &spec{Keys: keys, Value: size})
				model := map[key]bool{}
				r := rand.New(rand.NewPCG(1, uint64(size)))
				b := &batch{value: make([]byte, size)}
				for round := range 60 {
					b.reset()
					for range 1 + r.IntN(batchSize) {
						k := keyOf(r.Uint64N(keys))
						kind := opKind(r.IntN(3))
						b.add(kind, k, model[k])
						switch kind {
						case opPut:
							model[k] = true
						case opDelete:
							delete(model, k)
						}
					}
					present, err := table.do(b)
					if err != nil {
						t.Fatal(err)
					}
					if present != b.present {
						t.Fatalf("round %d: %d keys were there, want %d", round, present, b.present)
					}
				}
			})
		}
	}
}

// Filling leaves every key there, and none beyond.
func TestFill(t *testing.T) {
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			const keys = 1000
			table := openPeer(t, &p, &spec{Keys: keys, Value: usualValue})
			if err := fillTable(table, keys, usualValue); err != nil {
				t.Fatal(err)
			}
			b := &batch{value: make([]byte, usualValue)}
			for i := range uint64(2 * keys) {
				b.reset()
				b.add(opGet, keyOf(i), i < keys)
				if present, err := table.do(b); err != nil || present != b.present {
					t.Fatalf("key %d: %d there, %v", i, present, err)
				}
			}
		})
	}
}

// A region is as large as its keys need, for values of one block and of many, also nearly full.
func TestRegionsHoldTheirKeys(t *testing.T) {
	simdb, err := peerNamed("simdb")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []spec{
		{Keys: 1000, Value: 8}, {Keys: 1000, Value: 64, Full: 95}, {Keys: 1000, Value: 4 << 10}, {Keys: 50, Value: 64 << 10}, {Keys: 20, Value: 1 << 20},
	} {
		table := openPeer(t, simdb, &s)
		if err := fillTable(table, s.Keys, s.Value); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		b := &batch{value: make([]byte, s.Value)}
		for i := range batchSize {
			b.add(opPut, keyOf(uint64(i%s.Keys)), true)
		}
		if _, err := table.do(b); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
		stats, err := table.(*oneByOne).one.(store).db.Stats()
		if err != nil {
			t.Fatal(err)
		}
		if full := 100 * (stats.BlockCount - stats.Free) / stats.BlockCount; s.Full != 0 && (full < 94 || full > 97) {
			t.Errorf("%+v: %d %% full", s, full)
		}
		if s.Full == 0 && stats.Free > stats.BlockCount/2 {
			t.Errorf("%+v: %d blocks of %d are never used", s, stats.Free, stats.BlockCount)
		}
	}
}
