//go:build linux

package history_test

import (
	"fmt"
	"os"
	"path/filepath"

	"simdb.dev/linearize/history"
	"simdb.dev/model"
)

// A worker records around each operation of its store.
func ExampleRecorder() {
	dir, err := os.MkdirTemp("", "history")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "p0-c0.hist")

	rec, err := history.Create(path, history.Client{Process: 0, ID: 0}, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	const key, value = 7, 1
	if rec.Call(key, model.Input{Op: model.Put, Value: value, Len: 64}) {
		version := model.Version(9) // what the store's Put returned
		rec.Return(model.Output{Outcome: model.OK, Version: version})
	}
	if err := rec.Close(); err != nil {
		fmt.Println(err)
		return
	}

	h, err := history.ReadFile(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	op := &h.Ops[0]
	fmt.Println(h.Keys[op.Key], op.Client, model.Describe(op.In, op.Out))
	// Output: 7 p0 put(1) → ok v9
}
