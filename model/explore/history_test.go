package explore

import (
	"testing"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"
)

// queueModel is a queue of numbers: input 0 dequeues, which gives 0 if it is empty.
var queueModel = &Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		q, v := state.(string), input.(int)
		switch {
		case v != 0:
			return true, q + string(rune(v))
		case q == "":
			return output == 0, q
		default:
			return output == int(q[0]), q[1:]
		}
	},
}

// drawn is a random history: of a few processes, with calls and returns at random places.
func drawn(t *rapid.T) ([]porcupine.Operation, *history) {
	var list []porcupine.Operation
	h := &history{}
	n := rapid.IntRange(2, 3).Draw(t, "processes")
	for c := range n {
		p := &Proc{id: uint8(c)}
		at := int32(0)
		for op := range rapid.IntRange(1, 3).Draw(t, "operations") {
			begin := at + rapid.Int32Range(0, 4).Draw(t, "call")
			end := begin + rapid.Int32Range(0, 5).Draw(t, "length")
			at = end + 1
			// Each process has its own residue, so that no two events coincide.
			input := rapid.IntRange(0, 2).Draw(t, "input")
			output := rapid.IntRange(0, 2).Draw(t, "output")
			list = append(list, porcupine.Operation{
				ClientId: c, Input: input, Call: int64(3*int(begin) + c), Output: output, Return: int64(3*int(end) + c),
			})
			h.ops = append(h.ops, span{p: p, op: op, input: input, output: output,
				c: &call{first: 3*begin + int32(c), last: 3*end + int32(c)}})
		}
	}
	return list, h
}

func TestCheckerAgreesWithPorcupine(t *testing.T) {
	model := porcupine.Model{Init: queueModel.Init, Step: queueModel.Step}
	verdicts := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		list, h := drawn(t)
		c := newChecker(queueModel)
		c.concrete = true
		c.h = *h
		for i := range c.h.ops {
			c.h.order = append(c.h.order, c.ordering(nil, i))
		}
		got := c.check(&c.h) == nil
		if want := porcupine.CheckOperations(model, list); got != want {
			t.Fatalf("linearizable %v, porcupine %v: %v", got, want, list)
		}
		if again := c.check(&c.h) == nil; again != got {
			t.Fatal("the memo has another verdict")
		}
		verdicts[got]++
	})
	if n := verdicts[true] + verdicts[false]; n >= 100 && min(verdicts[true], verdicts[false]) < 10 {
		t.Errorf("verdicts %v: the drawn histories show little", verdicts)
	}
}
