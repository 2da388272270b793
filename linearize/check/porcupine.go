package check

import (
	"time"

	"github.com/anishathalye/porcupine"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// Input is an operation on a key, as [Model] takes it from porcupine.
type Input struct {
	Key string
	model.Input
}

// Model is package model for porcupine, partitioned by key: inputs are of type
// [Input], outputs of type [model.Output]. An operation of unknown outcome
// must be given the return time [history.Never]; placed after all others it
// has no effect that anybody sees, which is how it may not have happened.
func Model(rules model.Rules) porcupine.Model {
	return porcupine.Model{
		Partition: partitionByKey,
		Init:      func() any { return model.State{} },
		Step: func(state, input, output any) (bool, any) {
			out := output.(model.Output)
			next, ok := rules.Step(state.(model.State), input.(Input).Input, out)
			return ok || out.Outcome == model.Unknown, next
		},
		Equal:             func(a, b any) bool { return a.(model.State) == b.(model.State) },
		Hash:              func(s any) uint64 { return s.(model.State).Hash() },
		DescribeOperation: func(in, out any) string { return model.Describe(in.(Input).Input, out.(model.Output)) },
		DescribeState:     func(s any) string { return s.(model.State).String() },
	}
}

func partitionByKey(all []porcupine.Operation) [][]porcupine.Operation {
	index := map[string]int{}
	var parts [][]porcupine.Operation
	for _, op := range all {
		key := op.Input.(Input).Key
		i, ok := index[key]
		if !ok {
			i = len(parts)
			index[key] = i
			parts = append(parts, nil)
		}
		parts[i] = append(parts[i], op)
	}
	return parts
}

// operations hands steps to porcupine, which numbers clients from 0. An
// operation that never returned ends at end in the picture.
func operations(key string, list []step, ops []history.Op) []porcupine.Operation {
	clients := map[history.Client]int{}
	all := make([]porcupine.Operation, len(list))
	for i := range list {
		s := &list[i]
		client := history.Client{Process: -1}
		if s.op != none {
			client = ops[s.op].Client
		}
		n, ok := clients[client]
		if !ok {
			n = len(clients)
			clients[client] = n
		}
		all[i] = porcupine.Operation{
			ClientId: n, Input: Input{key, s.in}, Call: s.call, Output: s.out, Return: s.ret, Metadata: client.String(),
		}
	}
	return all
}

// search asks porcupine about one key.
func askPorcupine(rules model.Rules, key string, list []step, ops []history.Op, deadline time.Time) Verdict {
	budget := time.Duration(0) // none
	if !deadline.IsZero() {
		if budget = time.Until(deadline); budget <= 0 {
			return Unknown
		}
	}
	switch porcupine.CheckOperationsTimeout(Model(rules), operations(key, list, ops), budget) {
	case porcupine.Ok:
		return Linearizable
	case porcupine.Illegal:
		return Violation
	}
	return Unknown
}
