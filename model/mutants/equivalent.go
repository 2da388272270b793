package main

// equivalent says of mutants, by file and what they do, why nobody can tell them from the store.
//
// Two facts carry most of them. A key that is present stays in its slot until it is deleted, so that a scan misses only what was absent at some moment of it.
// The home of a continuation block names a life of its head, is written while the block is owned, and read after the block's word.
var equivalent = map[string]string{
	"index.go two keys: an insert does not look whether the head went on": "the decision expects the head of the scan's beginning; a deletion or condition that finds no key is right for the moment of that head",
	"index.go false miss: not found without a second look at the head":    "a key that is absent, not pending, when the head is loaded: right for that moment; one that is present then stays in its slot until it is deleted, which is a moment too",
	"list.go freeing: a table is believed though its block went on":       "what is freed is cont with that home: the home of a later life is written before it becomes cont",
}

// key is what a mutant is known by when lines move.
func (m *mutant) key() string { return m.file + " " + m.what }
