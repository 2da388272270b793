// Share is two processes sharing a key: `go run ./examples/share put greeting hello` in one terminal, `go run ./examples/share get greeting` in another.
package main

import (
	"fmt"
	"os"

	"simdb.dev/simdb"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	use := func(f func(db *simdb.DB) error) error {
		db, err := simdb.Open("example", simdb.Options{})
		if err != nil {
			return err
		}
		defer db.Close()
		return f(db)
	}
	switch {
	case len(args) == 3 && args[0] == "put":
		return use(func(db *simdb.DB) error { return db.PutString(args[1], args[2]) })
	case len(args) == 2 && args[0] == "get":
		return use(func(db *simdb.DB) error {
			value, err := db.GetString(args[1])
			if err == nil {
				fmt.Println(value)
			}
			return err
		})
	case len(args) == 1 && args[0] == "remove":
		return simdb.Remove("example")
	default:
		return fmt.Errorf("usage: share put KEY VALUE | get KEY | remove")
	}
}
