//go:build linux

package check

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// store is a map under a lock: what it does is linearizable. With stale set,
// reads come from a copy that now and then lags behind.
type store struct {
	sync.Mutex
	stale   bool
	reads   int
	version model.Version
	now     map[uint64]model.Output
	copied  map[uint64]model.Output
}

func (s *store) do(key uint64, in model.Input) model.Output {
	s.Lock()
	defer s.Unlock()
	at, found := s.now[key]
	switch in.Op {
	case model.Put:
		s.version++
		s.now[key] = model.Output{Outcome: model.OK, Value: in.Value, Len: in.Len, Version: s.version}
		return model.Output{Outcome: model.OK, Version: s.version}
	case model.Delete:
		delete(s.now, key)
		at = model.Output{Outcome: model.OK}
	default:
		if s.reads++; s.stale && s.reads%64 != 0 {
			at, found = s.copied[key]
		} else {
			s.copied[key] = at
			if !found {
				delete(s.copied, key)
			}
		}
	}
	if !found {
		return model.Output{Outcome: model.NotFound}
	}
	return at
}

// run lets clients work on few keys of the store and returns what they record.
func run(t *testing.T, s *store, clients, each int) *history.History {
	dir := t.TempDir()
	var paths []string
	var wg sync.WaitGroup
	for c := range clients {
		path := filepath.Join(dir, fmt.Sprintf("%d.hist", c))
		paths = append(paths, path)
		rec, err := history.Create(path, history.Client{ID: int32(c)}, each)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 5))
			for i := range each {
				key := r.Uint64N(4)
				in := model.Input{Op: model.GetVersion}
				switch r.IntN(4) {
				case 0:
					in = model.Input{Op: model.Put, Value: uint64(c*each+i) + 1, Len: 8}
				case 1:
					in = model.Input{Op: model.Delete}
				}
				if !rec.Call(key, in) {
					t.Error("no room to record")
					return
				}
				rec.Return(s.do(key, in))
			}
			if err := rec.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h, err := history.ReadFile(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestRecordedRun checks histories of a store that is right and of one that is
// not, recorded as a worker records them.
func TestRecordedRun(t *testing.T) {
	const clients, each = 4, 20_000
	for _, stale := range []bool{false, true} {
		s := &store{stale: stale, now: map[uint64]model.Output{}, copied: map[uint64]model.Output{}}
		rep := Check(run(t, s, clients, each), Options{})
		want := Linearizable
		if stale {
			want = Violation
		}
		if rep.Verdict != want || rep.Ops != clients*each || rep.Keys != 4 {
			t.Errorf("stale %v: %v on %d operations, %d keys: %v", stale, rep.Verdict, rep.Ops, rep.Keys, rep.Findings)
		}
		for _, f := range rep.Findings {
			if len(f.Ops) > 10 {
				t.Errorf("stale %v: %s shown by %d operations", stale, f.Reason, len(f.Ops))
			}
		}
		t.Logf("stale %v: %v in %v", stale, rep.Verdict, rep.Elapsed)
	}
}
