package main

// equivalent says of mutants, by file and what they do, why nobody can tell them from the store.
var equivalent = map[string]string{}

// key is what a mutant is known by when lines move.
func (m *mutant) key() string { return m.file + " " + m.what }
