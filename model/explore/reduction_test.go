package explore

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// execute performs a program on m and returns what it has read.
func execute(m *memory, p *Proc, program []instruction) uint64 {
	var last, digest uint64
	read := func(v uint64) {
		last = v
		digest = digest*31 + v + 1
	}
	for pc := 0; pc < len(program); pc++ {
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
func program(t *rapid.T, m *memory, words, ops int, lengths []int) []Op {
	var list []Op
	for range rapid.IntRange(1, ops).Draw(t, "ops") {
		var code []instruction
		length := rapid.SampledFrom(lengths).Draw(t, "length")
		for range length {
			code = append(code, instruction{
				what: rapid.IntRange(0, kinds-1).Draw(t, "what"),
				word: rapid.IntRange(0, words-1).Draw(t, "word"),
				a:    rapid.Uint64Range(0, 2).Draw(t, "a"),
				b:    rapid.Uint64Range(0, 2).Draw(t, "b"),
			})
		}
		op := Op{Name: fmt.Sprint(code), Do: func(p *Proc) any { return execute(m, p, code) }}
		if length > 0 && touches[code[0].what] {
			op.Input = 0 // an operation without steps floats in a trace, but not in a schedule
		}
		list = append(list, op)
	}
	return list
}

// randomScenario draws a scenario that is small enough to enumerate.
func randomScenario(t *rapid.T, kills bool) (*Scenario, *memory) {
	const words = 3
	m := newMemory(words + 1)
	sc := &Scenario{Name: "random", InPlace: true, Setup: m.setup, Model: &Model{}}
	if rapid.IntRange(0, 2).Draw(t, "tso") == 0 {
		sc.StoreBuffer = m.exchange
	}
	processes := rapid.IntRange(2, 3).Draw(t, "processes")
	lengths := [][]int{{4, 3, 2, 1, 0}, {2, 1, 3, 0}}[processes-2]
	for i := range processes {
		p := Process{Ops: program(t, m, words, 2, lengths)}
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
			sc.Recover = program(t, m, words+1, 1, lengths)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "after") == 0 {
		sc.After = program(t, m, words, 1, lengths)
	}
	return sc, m
}

// outcome is what an execution comes to.
func outcome(s *Scheduler, words []uint64) string {
	var b strings.Builder
	fmt.Fprint(&b, words, " ")
	for _, p := range s.procs {
		fmt.Fprintf(&b, "%s:", p.label)
		for i := range p.calls {
			// An operation without steps at the start of a process that is killed may or may not have been called: nothing depends on it.
			if c := &p.calls[i]; c.returned && !(p.dead && c.first < 0) {
				fmt.Fprint(&b, c.result, " ")
			}
		}
		switch {
		case p.dead:
			b.WriteString("† ")
		case s.live&p.bit() != 0:
			b.WriteString("waits ")
		}
	}
	return b.String()
}

// timed is a history: its operations with their results, and for each operation the set of those that precede it.
type timed struct {
	ops      string
	precedes string // a uint64 each, as text
}

// weaker says whether every pair that is ordered in h is so in k.
func (h timed) weaker(k timed) bool {
	if h.ops != k.ops {
		return false
	}
	var a, b []uint64
	json.Unmarshal([]byte(h.precedes), &a)
	json.Unmarshal([]byte(k.precedes), &b)
	for i := range a {
		if a[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

// histories are the histories that the checker would judge.
func histories(s *Scheduler) []timed {
	h := s.checker.gather(s)
	n := len(h.ops)
	var head strings.Builder
	var all, returns uint64
	for i, x := range h.ops {
		fmt.Fprintf(&head, "%s%d", x.p.label, x.op)
		all |= 1 << i
		if x.pending {
			head.WriteString("? ")
		} else {
			fmt.Fprintf(&head, "=%v ", x.output)
			returns |= 1 << i
		}
	}
	seen := map[timed]bool{}
	visited := map[string]bool{}
	var extend func(called, returned uint64, precedes []uint64)
	extend = func(called, returned uint64, precedes []uint64) {
		state := fmt.Sprint(called, returned, precedes)
		if visited[state] {
			return
		}
		visited[state] = true
		if called == all && returned == returns {
			text, _ := json.Marshal(precedes)
			seen[timed{head.String(), string(text)}] = true
			return
		}
		for i := range n {
			o := &h.order[i]
			b := uint64(1) << i
			if called&b == 0 && o.callAfterCalls&^called == 0 && o.callAfterReturns&returns&^returned == 0 {
				next := slices.Clone(precedes)
				next[i] = returned
				extend(called|b, returned, next)
			}
			if called&b != 0 && returns&^returned&b != 0 && o.returnAfterCalls&^called == 0 && o.returnAfterReturns&returns&^returned == 0 {
				extend(called, returned|b, precedes)
			}
		}
	}
	extend(0, 0, make([]uint64, n))
	return slices.Collect(maps.Keys(seen))
}

// seen is what an exploration came across.
type seen struct {
	outcomes  map[string]bool
	histories map[timed]bool
	result    *Result
}

// observed explores sc.
func observed(t *rapid.T, sc *Scenario, m *memory, o options) seen {
	set := seen{outcomes: map[string]bool{}, histories: map[timed]bool{}}
	o.observe = func(s *Scheduler) {
		set.outcomes[outcome(s, m.words)] = true
		if s.live == 0 {
			for _, h := range histories(s) {
				set.histories[h] = true
			}
		}
	}
	r, err := search(sc, &o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failure != nil {
		if r.Failure.Kind == NoSteps {
			t.Skip(r)
		}
		t.Fatal(r)
	}
	set.result = r
	return set
}

func TestReductionMissesNothing(t *testing.T) {
	for _, kills := range []bool{false, true} {
		t.Run(fmt.Sprint("kills=", kills), func(t *testing.T) {
			var schedules, explored, pruned uint64
			rapid.Check(t, func(t *rapid.T) {
				sc, m := randomScenario(t, kills)
				for _, p := range sc.Processes {
					for _, op := range p.Ops {
						t.Log(p.Group, op.Name)
					}
				}
				t.Log(sc.memoryModel(), sc.Kills, sc.OnKill != nil, sc.Recover, sc.After)
				all := observed(t, sc, m, options{strategy: bySchedules, concrete: true, budget: 100 * time.Millisecond})
				if all.result.Verdict == Incomplete {
					t.Skip("too large to enumerate")
				}
				got := observed(t, sc, m, options{strategy: byTraces, budget: 2 * time.Second})
				if got.result.Verdict == Incomplete {
					t.Fatalf("does not end: %v", got.result)
				}
				schedules += all.result.Executions
				explored += got.result.Executions
				pruned += got.result.Pruned
				for o := range all.outcomes {
					if !got.outcomes[o] {
						t.Fatalf("the reduction misses the outcome %s\n%d of %d", o, len(got.outcomes), len(all.outcomes))
					}
				}
				for o := range got.outcomes {
					if !all.outcomes[o] {
						t.Fatalf("the reduction invents the outcome %s", o)
					}
				}
				for h := range all.histories {
					if !got.histories[h] {
						t.Fatalf("the reduction misses the history %v", h)
					}
				}
				for h := range got.histories {
					if !all.histories[h] && !weakerThanAny(h, all.histories) {
						t.Fatalf("the reduction invents the history %v", h)
					}
				}
			})
			t.Logf("%d schedules, %d explored, %d given up", schedules, explored, pruned)
		})
	}
}

func weakerThanAny(h timed, set map[timed]bool) bool {
	for k := range set {
		if h.weaker(k) {
			return true
		}
	}
	return false
}
