package explore

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The reduction is checked against the enumeration of all schedules on random programs: every outcome of a schedule (memory at the end, results, deaths,
// who waits for ever) must be an outcome of an explored trace, and so must every history.

// instruction is one line of a random program.
type instruction struct {
	what int
	word int
	a, b uint64
}

const (
	doLoad = iota
	doStore
	doStoreSum // what was read last, plus a
	doAdd
	doCAS
	doIf     // skip the next instruction unless a was read last
	doAwait  // until the word is a
	doCASAdd // CAS loop with Retry
	doReturn // end the operation
	doCopy   // plain store
	doAwait2 // until the word is a or the next one is b
	kinds
)

// touches says which instructions begin with a step.
var touches = [kinds]bool{doLoad: true, doStore: true, doStoreSum: true, doAdd: true, doCAS: true, doAwait: true, doCASAdd: true, doCopy: true, doAwait2: true}

func (i instruction) String() string {
	return fmt.Sprintf("%s m%d %d %d", [...]string{"load", "store", "storesum", "add", "cas", "if", "await", "casadd", "return", "copy", "await2"}[i.what], i.word, i.a, i.b)
}

// execute performs a program on m and returns what it has read, or if it forgets, what it has read last.
func execute(m *memory, p *Proc, program []instruction, forgets bool) uint64 {
	var last, digest uint64
	read := func(v uint64) {
		last = v
		digest = digest*31 + v + 1
	}
	begin := m.s.Here()
	for pc := 0; pc < len(program); pc++ {
		if forgets {
			digest = last
			m.s.Again(begin)
			m.s.But(uint64(pc))
			m.s.But(last)
		}
		switch i := program[pc]; i.what {
		case doLoad:
			read(m.load(i.word))
		case doStore:
			m.store(i.word, i.a)
		case doStoreSum:
			m.store(i.word, last+i.a)
		case doAdd:
			read(m.add(i.word, i.a))
		case doCAS:
			read(uint64(b2i(m.cas(i.word, i.a, i.b))))
		case doIf:
			if last != i.a {
				pc++
			}
		case doAwait:
			for m.load(i.word) != i.a {
				p.Retry()
			}
		case doCASAdd:
			for {
				v := m.load(i.word)
				if m.cas(i.word, v, v+i.a) {
					break
				}
				p.Retry()
			}
		case doAwait2:
			for m.load(i.word) != i.a && m.load((i.word+1)%len(m.words)) != i.b {
				p.Retry()
			}
		case doCopy:
			m.copyStore(i.word, i.a)
		case doReturn:
			return digest
		}
	}
	return digest
}

// program draws the operations of one process.
func program(t *rapid.T, m *memory, words, ops int, lengths []int, forgets bool) []Op {
	what := []int{doLoad, doStore, doStoreSum, doAdd, doCAS, doIf, doCASAdd, doReturn, doCopy, doAwait, doAwait2}
	if forgets { // only what does not wait does
		what = what[:len(what)-2]
	}
	var list []Op
	for range rapid.IntRange(1, ops).Draw(t, "ops") {
		var code []instruction
		length := rapid.SampledFrom(lengths).Draw(t, "length")
		for range length {
			code = append(code, instruction{
				what: rapid.SampledFrom(what).Draw(t, "what"),
				word: rapid.IntRange(0, words-1).Draw(t, "word"),
				a:    rapid.Uint64Range(0, 2).Draw(t, "a"),
				b:    rapid.Uint64Range(0, 2).Draw(t, "b"),
			})
		}
		op := Op{Name: fmt.Sprint(code), Do: func(p *Proc) any { return execute(m, p, code, forgets) }}
		if length > 0 && touches[code[0].what] {
			op.Input = 0 // an operation without steps floats in a trace, but not in a schedule
		}
		list = append(list, op)
	}
	return list
}

// randomScenario draws a scenario that is small enough to enumerate.
func randomScenario(t *rapid.T, kills, forgets bool) *Scenario {
	const words = 3
	m := newMemory(words + 1)
	sc := &Scenario{Name: "random", InPlace: true, Setup: m.setup, Model: &Model{}, Invariant: func(*Execution) error { return nil }, LockFree: forgets}
	if rapid.IntRange(0, 2).Draw(t, "tso") == 0 {
		sc.StoreBuffer = m.exchange
	}
	processes := rapid.IntRange(2, 3).Draw(t, "processes")
	lengths := [][]int{{4, 3, 2, 1, 0}, {2, 1, 3, 0}}[processes-2]
	for i := range processes {
		p := Process{Ops: program(t, m, words, 2, lengths, forgets)}
		if kills && i > 0 && rapid.IntRange(0, 3).Draw(t, "together") == 0 {
			p.Group = sc.Processes[i-1].Group
		} else {
			p.Group = fmt.Sprint("g", i)
		}
		sc.Processes = append(sc.Processes, p)
	}
	if kills {
		sc.Kills = rapid.IntRange(1, 2).Draw(t, "kills")
		if rapid.Bool().Draw(t, "onkill") {
			sc.OnKill = func(*Proc, string) { m.store(words, 1) }
		}
		if rapid.Bool().Draw(t, "recover") {
			sc.Recover = program(t, m, words+1, 1, lengths, forgets)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "after") == 0 {
		sc.After = program(t, m, words, 1, lengths, forgets)
	}
	return sc
}

// gathered is what an exploration of sc finds.
func gathered(t *rapid.T, sc *Scenario, opts ...Option) *Found {
	f, err := Gather(sc, opts...)
	if err != nil {
		t.Fatal(err)
	}
	if r := f.Result; r.Failure != nil {
		if r.Failure.Kind == NoSteps {
			t.Skip(r)
		}
		t.Fatal(r)
	}
	return f
}

// concrete lets only the history of the order of execution count.
func concrete(o *options) { o.concrete = true }

// enumerated is what the enumeration of every schedule of sc finds.
func enumerated(t *rapid.T, sc *Scenario) *Found {
	for _, p := range sc.Processes {
		for _, op := range p.Ops {
			t.Log(p.Group, op.Name)
		}
	}
	t.Log(sc.memoryModel(), sc.Kills, sc.OnKill != nil, sc.Recover, sc.After)
	all := gathered(t, sc, Schedules(), concrete, Budget(100*time.Millisecond))
	if all.Result.Verdict == Incomplete {
		t.Skip("too large to enumerate")
	}
	return all
}

func TestReductionMissesNothing(t *testing.T) {
	for _, kills := range []bool{false, true} {
		t.Run(fmt.Sprint("kills=", kills), func(t *testing.T) {
			var schedules, explored, pruned uint64
			rapid.Check(t, func(t *rapid.T) {
				sc := randomScenario(t, kills, false)
				all := enumerated(t, sc)
				got := gathered(t, sc, Budget(2*time.Second))
				if got.Result.Verdict == Incomplete {
					t.Fatalf("does not end: %v", got.Result)
				}
				schedules += all.Result.Executions
				explored += got.Result.Executions
				pruned += got.Result.Pruned
				if missed := got.Lacks(all); missed != "" {
					t.Fatalf("the reduction misses %s", missed)
				}
				if invented := all.Lacks(got); invented != "" {
					t.Fatalf("the reduction invents %s", invented)
				}
			})
			t.Logf("%d schedules, %d explored, %d given up", schedules, explored, pruned)
		})
	}
}
