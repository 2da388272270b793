// Package simdb is a lock-free key-value store in shared memory, used by many processes of one machine at memory speed.
// There is no server and no lock that dies with its holder: any process may be killed at any instruction and the others go on.
//
//	db, err := simdb.Open("prices", simdb.Options{})
//	err = db.Put([]byte("EURUSD"), []byte("1.0843"))
//	v, err := db.Get([]byte("EURUSD"), nil)
//
// This comment is the protocol: every word that processes share, who may change it, and the racing cases with their conclusions.
//
// # Layers
//
// Each layer looks only down: region (mapped bytes, locks) → blocks (ownership) → index (key to entry) → entries (values, packs) →
// iterators, types, batches → [DB]. Every atomic and every copy of shared data is in atomics*.go.
//
// # Words
//
// A *reference* names one life of one block: (index, version) in [refBits] = 54 bits, split as the geometry needs. Freeing a block
// increments its version; a block whose version cannot be incremented is retired for good. So a reference never repeats, and
// neither does any word below, because each of them carries a reference that was new when it was written. That is why there is no
// ABA problem and no tag that wraps: a compare-and-swap that expects a word can succeed only if nothing happened since.
// (2^54 lives are 57 years at 10 million writes a second; a region that wears out does so block by block, counted by Stats.)
//
//	block word    state(4) owner(10) version(50)   first word of each block
//	slot          used|dead, fingerprint(8), ref   one entry of a bucket; 0 = never used; dead keeps the last ref
//	bucket head   pending(1), ref                  the last insertion decided in this bucket, and whether its slot is filled yet
//	bucket link   used, ref                        overflow block of a crowded bucket; set once, never changed
//	handle word   used(1), generation              one handle's place in the attach table
//
// # Blocks
//
//	          take                   publish              announce             free
//	free(v-1) ───────▶ owned(p, v) ───────────▶ live(v) ──────▶ dying(p, v) ─────▶ free(v)
//	                      │   │ └────────────────────────────────▶ ▲
//	                      │   └───────▶ cont(v) ───────▶ free(v)       (not the first block of its entry)
//	                      └───────────▶ index(v)                       (overflow block; stays)
//
// Each arrow is one CAS of the block's own word. p is the handle that is responsible for the block:
//   - owned(p): p is filling it, or has linked it and has not said so yet; it may be announced before it says so;
//   - live: linked into the index; nobody is responsible, unlinking it is what makes somebody responsible;
//   - dying(p): p announced that it is about to unlink it (it may still be linked), or has unlinked it and is about to free it;
//     others may unlink it under the same announcement;
//   - cont: belongs to the entry whose head its home word names, and is freed by whoever frees that head, before the head.
//
// Lives are numbered from 1, so that no reference is 0, the word of a slot or head never used. dying(nobody) is a block that a sweep found announced by a dead
// handle and still linked: it is looked at again by each sweep until it is replaced or deleted. It never goes back to live: somebody else may be between
// the announcement and the unlink.
//
// The continuation blocks of an entry form a tree (file list.go). Building: a block is taken, recorded in its table, then named home, then filled; when all are filled
// they become cont, tables before what they name. Freeing: what a table names before the table, the head last. So whatever is cont is always reached from
// its head through conts, and what a killed builder leaves owned is swept block by block.
//
// A block's first header word is the block word, the second is meta (first block: kind, lengths, fingerprint, place) or home (cont: reference of the head).
// Neither is ever user data. No word of a payload is ever the target of a CAS, except in overflow blocks, which never become anything else.
//
// # Index
//
// A bucket is one cache line: head, slots, link. A key has at most one entry, and it stays in the slot where it was inserted until it is deleted.
//
//	insert   1. head = h, not pending (else help); scan: key absent, slot s empty
//	         2. write s into the new block's meta (it is still private)
//	         3. CAS head: h → pending(N)                   the decision
//	         4. help: CAS slot s: empty → N; CAS head: pending(N) → done(N)     by anyone
//	replace  1. slot holds V; then load head: pending → help
//	         2. CAS V's block word → dying(me)             announce, unless somebody has
//	         3. CAS slot: V → N                            the decision
//	         4. N owned(me) → live; free V
//	delete   the same with CAS slot: V → dead(V); free V
//	get      load slot, copy, load slot again: the same word means the copy is of one life of one entry, linked all the time
//	miss     load head, scan, load head again: the same word means that nothing was inserted meanwhile;
//	         a pending N is looked at as if it stood in its slot
//
// Racing cases, and why each is harmless:
//
//  1. Two inserts of one key. Both scanned under the same h; only one CAS of head succeeds; the other scans again and finds the key.
//  2. A slow helper of insert N fills s a second time, after N was deleted. A slot that holds N changes only after somebody saw head ≠ pending(N)
//     (replace and delete load head *after* they saw the slot; head never returns to pending(N)). So while head = pending(N), slot s holds
//     the empty word of the decision or N. A helper samples s, then sees head = pending(N): what it sampled, if empty, is that empty word, which never comes back.
//  3. A slow CAS on a slot (replace, delete, help) after the slot went on: slot words never repeat; it fails.
//  4. Two unlinkers of V. One announces; the slot CAS lets one win. The loser learns from its failed CAS that V is unlinked for good.
//     Both free: the block word lets one win. Whoever is named in the word is inside its operation and will free it, or is dead and swept.
//     V is never live again after the announcement, so it can not be lost, whoever is killed.
//  5. Free by two. Continuation blocks first, each by a CAS of the word sampled before its home was seen to name V; then the head. A second freer that reads
//     the table of a head that was freed and reused finds homes that do not name (V, v) and leaves those blocks alone.
//  6. A reader of a block that was freed and reused meanwhile reads somebody's bytes: every index and length is checked against the geometry, nothing is allocated, returned or
//     reported as corrupt before the slot was seen unchanged.
//  7. The inserter is killed after step 3: anyone completes. Before: the block is owned(dead) and unlinked, the sweep frees it.
//     After step 4, or replace step 3: owned(dead) and linked; the sweep sets it to live.
//  8. An unlinker is killed: after announcing, the sweep makes the block dying(nobody); after unlinking, the sweep frees it.
//  9. A sweep finds V dying(dead) and linked, and while it writes dying(nobody) V is unlinked by another announcer, who is killed: it looks again afterwards.
//  10. Overflow: a full bucket links a fresh block of empty slots by a CAS of the link, 0 → O. It holds nothing, so no decision is needed; entries come into it through head like all others. It stays.
//
// # Packs
//
// A pack is an entry of a kind of its own, whose value is a table and records (file pack_table.go). It is replaced, deleted, freed and swept as a value is; two things differ.
//
// Its builder does not know how many records there will be. So the leaves with records are taken, named home and filled first, then the leaves with the table and the tree over
// all of them, and the head last. Until then every block is owned, and nothing leads to it: a builder that gives up frees them one by one, from private memory, and if it is killed a sweep
// does. When the list is complete it is handed to its head, tables first, as that of a value; from then on it is freed by its head.
//
// Its readers come back. A [Pack] keeps where the table and the records are, and the word of the slot that names the entry. Whatever is copied later is looked at only after the slot was seen to hold
// that word still: slot words never repeat, so it is of the life that was opened. The slot of an insertion that is pending does not hold it yet, but the bucket's head does, and
// goes on to another only when the slot is filled: slot, head, slot can not miss it. Places and lengths that were judged once need not be judged again.
//
// # Sweep
//
// A handle is alive while it holds its lock; the kernel lets go of it at death. A slot of the attach table is used(g) from before its handle takes a block until after it owns none.
// Sweep: load each slot's word, then test its lock, and remember those that are used(g) and unlocked (never one's own); for each block sample the word; if it names such a slot, load the slot's word again: still used(g) means that the owner is
// that dead handle, since a slot is given out anew, with another generation, only after a full pass; then ask the index whether the block is linked
// (its key tells the bucket; a bucket is looked through under an unchanged head); then CAS exactly the sampled word. A dead handle links nothing any more, so "not linked" stays true.
// After a full pass the slot goes from used(g) to clean(g). Two sweepers, or a killed one, change nothing twice.
//
// # Memory order
//
// The shared words go through sync/atomic, which is sequentially consistent. Payloads are copied plainly on amd64 and with a load fence after the copy on arm64:
//   - publication: payload stores → CAS of slot or head (release) pairs with load of slot or head → payload loads (address dependency and acquire);
//     (amd64: the stores of a large pack, which go past the caches, are in no order until a fence; there is one after each block)
//   - reuse: slot CAS (unlink) → free CAS → take CAS → payload stores; a reader that sees one of these stores sees the changed slot when it loads it after
//     the fence, because the chain is ordered and both architectures are multi-copy atomic.
//
// amd64 is run and explored; arm64 is reasoned and cross-compiled. Under the race detector and the explorer both sides copy by atomic words.
package simdb
