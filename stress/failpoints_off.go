//go:build !failpoints

package main

// withFailpoints says whether the store calls what onFailpoint sets.
const withFailpoints = false

func onFailpoint(func(name string)) error { return nil }
