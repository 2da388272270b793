//go:build failpoints

package main

import "simdb.dev/simdb"

// withFailpoints says whether the store calls what onFailpoint sets.
const withFailpoints = true

func onFailpoint(passed func(name string)) { simdb.AtFailpoint = passed }
