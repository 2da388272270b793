package main

// equivalent says of mutants, by file and what they do, why nobody can tell them from the store.
//
// Two facts carry most of them. A key that is present stays in its slot until it is deleted, so that a scan misses only what was absent at some moment of it.
// The home of a continuation block names a life of its head, is written while the block is owned, and read after the block's word.
var equivalent = map[string]string{
	"claim.go claim: what it copied is not looked at again":                                        "the first message is looked at again when it is settled; a copy of what is not there any more is discarded, as the slot is not what it was",
	"claim.go orphan: its queue is not looked at again":                                            "the claim began before the deletion ended, so it may have come before",
	"index.go two keys: an insert does not look whether the head went on":                          "the decision expects the head of the scan's beginning; a deletion or condition that finds no key is right for the moment of that head",
	"entry.go lists: published before they are filled":                                             "blocks of a list are reached through its head alone, which is linked only after the whole is built",
	"sweep.go racing case 9: a sweep does not look again after it wrote nobody":                    "the next sweep looks at what nobody announced, linked or not; a sweep gives back all that died before it began either way",
	"sweep.go sweep: a bucket is looked through once":                                              "the dead link nothing any more: what they had decided is pending when the head is loaded, or in its slot before that",
	"replace.go drop the alternative w.state() == dying && w.owner() != 0":                         "several announced it, and each that lives frees it when it has seen it unlinked; the last named may be dead, and is swept",
	"replace.go drop the condition w.state() == dying":                                             "live blocks have no owner",
	"replace.go drop the alternative r.cas(p.entry.off, uint64(w), uint64(makeBlockWord(dying,...": "it looks again, and finds itself announced",
	"replace.go never !ok": "the slot went on, so its CAS fails; or a block beyond the last, in a corrupt region",
	"replace.go <= instead of < in r.index(victim) < r.victims":                "where it matters is a region of more than 2^27 blocks; here one more may be named",
	"replace.go settle: the victim is not freed if it was announced":           "who announced it frees it, or is dead and swept; what nobody announced any more is looked at by each sweep",
	"list.go lists: a block is filled in its table after it is named home":     "both while the block is owned and its head unlinked; owned blocks are swept one by one",
	"blocks.go ignore the result of r.cas(off, uint64(w), uint64(r.freed(w)))": "a false hint costs a look; only a sweep changes the word of a block that is to be freed, and it frees what is not linked",
	"blocks.go never !ok":                                                "a reference beyond the last block: only in a corrupt region",
	"entry.go drop the alternative !ok":                                  "a reference beyond the last block: only in a corrupt region",
	"entry.go >= instead of > in e.valueLen > r.maxBytes()":              "maxBytes is more than any entry can have",
	"entry.go >= instead of > in e.keyLen > r.maxBytes()":                "maxBytes is more than any entry can have",
	"entry.go never !r.still(s)":                                         "only how much is allocated, at most as much as the region, for a copy that is thrown away",
	"blocks.go drop ± 1 of i + 1":                                        "where the next search begins is a hint",
	"blocks.go drop the re-check blockWord(r.load(off)).state() == free": "a number for people, in FullError",
	"entry.go drop the condition w.state() == owned":                     "a block with a life that we built and never linked, or that is unlinked: nothing but owned, or dying and with conts, is left to meet",
	"entry.go ignore the result of r.release(ln, off, w)":                "only a sweep changes the word of a block that is to be freed, and it frees what is not linked",
	"list.go freeing: a table is believed though its block went on":      "what is freed is cont with that home: the home of a later life is written before it becomes cont",
}

// key is what a mutant is known by when lines move.
func (m *mutant) key() string { return m.file + " " + m.what }
