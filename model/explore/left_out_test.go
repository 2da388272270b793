package explore

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Each part of a state, and each rule of what sleeps, is there for a reason: on one of these scenarios at least, States without it misses something that happens or
// comes across what does not. That with all of them it does not is what TestStatesMissNothing shows.
func TestNoPartOfAStateCanBeLeftOut(t *testing.T) {
	missing := map[part]string{
		words: "words", knowledge: "knowledge", results: "results", precedence: "precedence", mood: "mood", pending: "pending operations",
		callsOrder: "the order of calls and returns", awakening: "awakening",
	}
	drawn := rapid.Custom(func(t *rapid.T) *Scenario {
		forgets := rapid.Bool().Draw(t, "forgets")
		sc := randomScenario(t, rapid.Bool().Draw(t, "kills"), forgets)
		sc.Guards = func(uint64) bool { return false }
		if forgets {
			sc.Keeps = func(*Proc) {}
		}
		return sc
	})
	for seed := 0; len(missing) > 0; seed++ {
		if seed == 5000 {
			t.Fatalf("on no scenario anything goes wrong without %v", missing)
		}
		sc := drawn.Example(seed)
		whole, err := Gather(sc, States(), Budget(20*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		if whole.Result.Verdict != Passed {
			continue
		}
		for lacks, name := range missing {
			lame, err := Gather(sc, States(), func(o *options) { o.lacks = lacks })
			if err != nil {
				t.Fatal(err)
			}
			if wrong := difference(lame, whole, lacks == awakening); wrong != "" {
				t.Logf("without %s, scenario %d: %s", name, seed, wrong)
				delete(missing, lacks)
			}
		}
	}
}

// difference is what an exploration has wrong. To have been in fewer states is wrong if a state has all of its parts.
func difference(lame, whole *Found, states bool) string {
	switch {
	case lame.Result.Failure != nil:
		return string(lame.Result.Failure.Kind)
	case lame.Lacks(whole) != "":
		return "misses " + lame.Lacks(whole)
	case whole.Lacks(lame) != "":
		return "invents " + whole.Lacks(lame)
	case states && lame.Result.States < whole.Result.States:
		return "misses states"
	}
	return ""
}
