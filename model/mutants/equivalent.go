package main

// equivalent says of mutants, by file, function and what they do, why nobody can tell them from the store.
//
// Two facts carry most of them. A key that is present stays in its slot until it is deleted, so that a scan misses only what was absent at some moment of it.
// The home of a continuation block names a life of its head, is written while the block is owned, and read after the block's word.
var equivalent = map[string]string{
	"claim.go claim: what it copied is not looked at again":                     "the first message is looked at again when it is settled; a copy of what is not there any more is discarded, as the slot is not what it was",
	"claim.go orphan: its queue is not looked at again":                         "the claim began before the deletion ended, so it may have come before",
	"index.go two keys: an insert does not look whether the head went on":       "the decision expects the head of the scan's beginning; a deletion or condition that finds no key is right for the moment of that head",
	"sweep.go racing case 9: a sweep does not look again after it wrote nobody": "the next sweep looks at what nobody announced, linked or not; a sweep gives back all that died before it began either way",
	"sweep.go sweep: a bucket is looked through once":                           "the dead link nothing any more: what they had decided is pending when the head is loaded, or in its slot before that",
	"replace.go settle: the victim is not freed if it was announced":            "who announced it frees it, or is dead and swept; what nobody announced any more is looked at by each sweep",
	"list.go lists: a block is filled in its table after it is named home":      "both while the block is owned and its head unlinked; owned blocks are swept one by one",
	"list.go freeing: a table is believed though its block went on":             "what is freed is cont with that home: the home of a later life is written before it becomes cont",
	"entry.go lists: published before they are filled":                          "blocks of a list are reached through its head alone, which is linked only after the whole is built",
	"sweep_queue.go sweep: the segment before is believed in any life":          "its author died with a hazard on the segment before: that is nothing else until the sweep is over",

	"replace.go announce: drop the alternative w.state() == dying && w.owner() != 0":                         "several announced it, and each that lives frees it when it has seen it unlinked; the last named may be dead, and is swept",
	"replace.go announce: drop the condition w.state() == dying":                                             "live blocks have no owner",
	"replace.go announce: drop the alternative r.cas(p.entry.off, uint64(w), uint64(makeBlockWord(dying,...": "it looks again, and finds itself announced",
	"replace.go replace: never !ok":                                      "the slot went on, so its CAS fails",
	"replace.go remove: never !ok":                                       "the slot went on, so its CAS fails",
	"replace.go collect: never !ok":                                      "a block beyond the last: only in a corrupt region",
	"replace.go replace: <= instead of < in r.index(victim) < r.victims": "where it matters is a region of more than 2^27 blocks; here one more may be named",

	"blocks.go take: drop ± 1 of i + 1":                                                 "where the next search begins is a hint",
	"blocks.go tryTake: drop the alternative v > r.maxVersion":                          "a block whose versions are used up is retired as it is freed: free or resting in its last life only in a corrupt region",
	"blocks.go release: ignore the result of r.cas(off, uint64(w), uint64(r.freed(w)))": "a false hint costs a look; only a sweep changes the word of a block that is to be freed, and it frees what is not linked",
	"blocks.go recycle: >= instead of > in v > r.maxVersion":                            "the block is freed for its last life, and not kept for it",
	"blocks.go recycle: ignore the result of r.release(ln, r.own(b), w)":                "only a sweep changes the word of a block that is to be freed, and it frees what is not linked",
	"blocks.go deref: never !ok":                                                        "a reference beyond the last block: only in a corrupt region",

	"entry.go entryMultiple: >= instead of > in e.valueLen > r.maxBytes()":                    "maxBytes is more than any entry can have",
	"entry.go entryMultiple: >= instead of > in e.keyLen > r.maxBytes()":                      "maxBytes is more than any entry can have",
	"entry.go keyIs: drop the alternative !ok":                                                "a reference beyond the last block: only in a corrupt region",
	"entry.go appendBytes: drop the alternative !ok":                                          "a reference beyond the last block: only in a corrupt region",
	"entry.go wordAt: drop the alternative !ok":                                               "a reference beyond the last block: only in a corrupt region",
	"entry.go copyRuns: never !ok":                                                            "a table of ours that names a block beyond the last: only in a corrupt region",
	"entry.go appendValue: never !r.still(s)":                                                 "only how much is allocated, at most as much as the region, for a copy that is thrown away",
	"entry.go appendValue: drop the re-check r.still(s)":                                      "only how much is allocated, at most as much as the region, for a copy that is thrown away",
	"entry.go appendValue: <= instead of < in uint64(cap(dst)-len(dst)) < e.valueLen":         "one look more, and nothing to grow",
	"entry.go build: swap r.copyRuns(&e, pad8(e.keyLen), value) and r.publishList(ln, b, &l)": "blocks of a list are reached through its head alone, which is linked only after the whole is built",
	"entry.go discard: drop the condition w.state() == owned":                                 "a block with a life that we built and never linked: it is owned",
	"entry.go discard: drop the condition w.owner() == ln.handle":                             "what we built and nobody linked is ours as long as we live",
	"entry.go freeFrom: drop the condition w.state() == owned":                                "of a block that is unlinked only conts are left to meet",
	"entry.go freeFrom: drop the condition c.owner() == w.owner()":                            "a block whose home is this life of the head was taken by who builds it",
	"entry.go freeFrom: drop the condition c.state() == owned":                                "a block whose home is this life of the head is owned, cont, or free already",
	"entry.go freeFrom: ignore the result of r.release(ln, off, w)":                           "only a sweep changes the word of a block that is to be freed, and it frees what is not linked",
	"entry.go freeFrom: never recycle && r.recycle(ln, b, w) || !recycle && r.release(l...":   "the block is freed, by what says that it was not: for a sweep, which does not count on it",
	"entry.go freeFrom: drop the alternative !recycle && r.release(ln, off, w)":               "the block is freed, by what says that it was not: for a sweep, which does not count on it",

	"entry.go wordAt: never !ok || n < 8":                                                                             "every word that is asked for lies within lengths that were looked at: only in a corrupt region",
	"list.go list: >= instead of > in bytes > g.maxBytes()":                                                           "maxBytes is more than any entry can have",
	"index.go next: drop the alternative c.place >= 1<<metaPlaceBits":                                                 "a sound chain reaches neither bound, and either ends a ring",
	"index.go next: drop the alternative c.place > r.slots+r.blockCount*r.overflowSlots()":                            "a sound chain reaches neither bound, and either ends a ring",
	"index.go next: > instead of >= in c.place >= 1<<metaPlaceBits":                                                   "a sound chain reaches neither bound, and a ring ends a block later",
	"index.go next: >= instead of > in c.place > r.slots+r.blockCount*r.overflowSlots()":                              "a sound chain does not reach the bound, and a ring ends a block earlier",
	"index.go match: never slots == defaultSlots":                                                                     "the loop for any number of slots does the same",
	"index.go hasSlot: > instead of >= in off >= g.bucketOff":                                                         "the first word of the buckets is a head",
	"index.go locate: drop the condition p.empty == 0":                                                                "it finds the last empty slot instead of the first, and any will do",
	"index.go locate: drop the alternative p.found && !h.pending()":                                                   "it looks again, because somebody inserted",
	"index.go locate: drop the condition p.found":                                                                     "the decision expects the head of the scan's beginning; a deletion or condition that finds no key is right for the moment of that head",
	"index.go locate: drop the condition !h.pending()":                                                                "what was pending has just been completed, and what is pending since then is not what was found",
	"index.go insert: swap err := r.help(p.head, h) and if m.kind() == kindQueue { r.publish(ln, b, segment) } el...": "it is linked by the decision: the two steps are independent of each other, and of both it does not matter who makes them",
	"index.go overflow: >= instead of > in p.end+r.overflowSlots() > 1<<metaPlaceBits":                                "where it matters is a bucket of 2^19 slots; there one block less may follow",
	"index.go overflow: store instead of r.cas(off, uint64(w), uint64(makeBlockWord(index, 0, r.ve...":                "the block is ours, and nobody else changes its word while we live",

	"segment.go segments: < instead of <= in s.key+segmentHeader <= room":                                           "no slots either way",
	"segment.go markHead: drop the alternative r.cas(off, uint64(w), uint64(makeBlockWord(marked, 0, w.v...":        "it looks again, and finds it marked",
	"segment.go announceSegment: never !r.linkedSegment(b, w)":                                                      "who comes here protects the segment: it is linked, or rests and rests again",
	"segment.go announceSegment: drop the alternative w.state() == retiring":                                        "whoever is named will let it rest, or is dead and swept",
	"segment.go announceSegment: drop the alternative r.cas(off, uint64(w), uint64(makeBlockWord(retiring, ln.h...": "it looks again, and finds it announced",
	"segment.go announceSegment: store instead of r.cas(off, uint64(w), uint64(makeBlockWord(retiring, ln.h...":     "the segment is protected: what is lost is a mark, another's announcement, or that it rests, and it will rest again",
	"segment.go announceSegment: write no owner":                                                                    "what nobody announced is looked at by each sweep",
	"segment.go rest: drop the condition w.state() == retiring":                                                     "what was announced is retiring until it rests",
	"segment.go restWord: ignore the result of r.cas(off, uint64(w), uint64(next))":                                 "only a test asks who let it rest",
	"message.go buildMessage: drop r.storeWord(&e, messageBefore, 0)":                                               "only queues with a limit ask, and a push to one writes it",

	"list.go walkTable: swap if w.version() != r.version(b) || r.load(off+8) != home(h... and if o == tablesFirst { visit(off, w) failpoint(atHandedOve...": "tables are visited first by who built the list: all its blocks are what it made of them",
	"list.go walkTable: drop the alternative w.version() != r.version(b)":                                                                                   "what is freed is cont with that home: the home of a later life is written before it becomes cont",
	"list.go publishList: drop the condition w.state() == owned":                                                                                            "who publishes a list has built it: all its blocks are owned by it, and nobody else changes them",
	"list.go publishList: drop the condition w.owner() == ln.handle":                                                                                        "who publishes a list has built it: all its blocks are owned by it, and nobody else changes them",
	"list.go publishList: store instead of r.cas(off, uint64(w), uint64(makeBlockWord(cont, 0, w.ver...":                                                    "who publishes a list has built it: all its blocks are owned by it, and nobody else changes them",
	"list.go next: <= instead of < in leaf < p.tableFirst":                                                                                                  "it looks the table up once more",
}

// key is what a mutant is known by when lines move.
func (m *mutant) key() string { return m.file + " " + m.what }
