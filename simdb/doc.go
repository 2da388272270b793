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
// (A block has 2^40 lives at most: 30 hours of 10 million writes a second to it alone. A region wears out block by block, counted by Stats, and one of 16384 blocks and more not before 2^54 writes: 57 years of them.)
//
//	block word    state(4) owner(10) attempt(10) version(40)   first word of each block
//	slot          used|dead, fingerprint(8), ref   one entry of a bucket; 0 = never used; dead keeps the last ref
//	bucket head   pending(1), ref                  the last insertion decided in this bucket, and whether its slot is filled yet
//	bucket link   used, ref                        overflow block of a crowded bucket; set once, never changed
//	queue slot    sign, count(9), ref              entry of a queue's segment
//	handle word   used(1), generation              one handle's place in the attach table
//
// # Blocks
//
//	          take                   publish              announce             free
//	free(v-1) ───────▶ owned(p, v) ───────────▶ live(v) ──────▶ dying(p, v) ─────▶ free(v)
//	                      │   │                  │  │                  │            ▲
//	                      │   │                  │  └──────────────────┼────────────┘ free, of what was replaced
//	                      │   │                  └─────────────────────┴──▶ owned(p, v+1)   recycle
//	                      │   └───────▶ cont(v) ───────▶ free(v)       (not the first block of its entry)
//	                      └───────────▶ index(v)                       (overflow block; stays)
//
// Each arrow is one CAS of the block's own word. p is the handle that is responsible for the block:
//   - owned(p), linked nowhere: p is filling it, or keeps it for its next put;
//   - owned(p), linked: p has not said yet that its put is complete. What the entry replaced may not be freed yet: the entry is *unsettled*;
//   - live: linked into the index, or replaced by an unsettled entry, which names it; nobody is responsible;
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
// A block's first header word is the block word, the second is meta (first block: kind, lengths, what its linking needs) or home (cont: reference of the head).
// Neither is ever user data. No word of a payload is ever the target of a CAS, except in overflow blocks, which never become anything else, and in segments of queues, which hazards protect.
//
// # Index
//
// A bucket is one cache line: head, slots, link. A key has at most one entry, and it stays in the slot where it was inserted until it is deleted.
//
//	insert   1. head = h, not pending (else help); scan: key absent, slot s empty
//	         2. write s and the fingerprint into the new block's meta (it is still private)
//	         3. CAS head: h → pending(N)                   the decision
//	         4. help: CAS slot s: empty → N; CAS head: pending(N) → done(N)     by anyone
//	         5. N owned(me) → live                         N is settled
//	replace  1. slot holds V; then load head: pending → help; V owned → settle V
//	         2. write V, the victim, into N's meta (it is still private)
//	         3. CAS slot: V → N                            the decision
//	         4. free or recycle V
//	         5. N owned(me) → live                         N is settled
//	delete   1. as replace
//	         2. CAS V's block word → dying(me)             announce, unless somebody has
//	         3. CAS slot: V → dead(V)                      the decision
//	         4. free V
//	settle   N is linked and owned(x): free its victim, if it has one; then CAS N owned(x) → live.     by anyone
//	get      load slot, copy, load slot again: the same word means the copy is of one life of one entry, linked all the time
//	miss     load head, then scan; a pending N is looked at as if it stood in its slot. What was absent when the head was loaded, was absent; what was
//	         there, and is not found in its slot, has been deleted since. Either is a moment of the call, so the head need not be loaded again.
//
// The rule that replaces an announcement: *nothing is unlinked while it is owned*. Whoever wants to replace or delete an entry that is owned settles it first. Three
// consequences carry the rest:
//   - a block that is owned and linked nowhere was never linked: it is its owner's alone, and all that is left of it if that is dead;
//   - an entry that was replaced is free, or the entry that replaced it is still linked, owned, and names it: it is never lost;
//   - a state only leaves owned, never returns to it, within one life: an entry that was seen live or dying is settled for good.
//
// A victim is named by the index of its block alone (27 bits; meta has no room for a reference). So a victim is a hint, as those of free blocks are: who settles looks
// at the block itself. It is freed if it is live or dying and the index does not lead to it. Both stay so until its life ends, whoever unlinked it;
// and it is freed by a CAS of the word that was sampled before. A block whose index does not fit (in regions of more than 2^27 blocks) is announced instead, as before a deletion,
// and named by nobody.
//
// Recycling: instead of freeing V for somebody to take, a replacement may make V its own for its next put, live or dying(v) → owned(me, v+1), if the version allows; so may a pop its message, for its next push. This spare is private to a lane of
// the handle. It has a new version, and is one of the blocks that are owned and linked nowhere: Close frees it, and a sweep does if its handle is dead. The handle at place p of the attach table keeps
// at most blockCount/(256 p) of them, all handles together less than 3 % of the blocks (1/256 of the sum of 1/p, p ≤ 1023), and gives them back before it says that the region is full.
//
// Racing cases, and why each is harmless:
//
//  1. Two inserts of one key. Both scanned under the same h; only one CAS of head succeeds; the other scans again and finds the key.
//  2. A slow helper of insert N fills s a second time, after N was deleted. A slot that holds N changes only after somebody saw head ≠ pending(N)
//     (replace and delete load head *after* they saw the slot; head never returns to pending(N)). So while head = pending(N), slot s holds
//     the empty word of the decision or N. A helper samples s, then sees head = pending(N): what it sampled, if empty, is that empty word, which never comes back.
//  3. A slow CAS on a slot (replace, delete, help) after the slot went on: slot words never repeat; it fails.
//  4. Two unlinkers of V. The slot CAS lets one win. A deleter that loses frees V all the same, since it announced it: its failed CAS says that V is unlinked for good.
//     A replacement that loses has nothing to free, and goes on with its N, which is still private, and names another victim. Both free V: the block word lets one win.
//     V is never live again after an announcement, so it can not be lost: whoever is named in its word is inside its operation and will free it, or is dead and swept. A deleter
//     may announce V when it is unlinked already (live, and not freed yet): then both free it.
//  5. Free by two. Continuation blocks first, each by a CAS of the word sampled before its home was seen to name V; then the head. A second freer that reads
//     the table of a head that was freed or recycled and reused finds homes that do not name (V, v) and leaves those blocks alone.
//  6. A reader of a block that was freed and reused meanwhile reads somebody's bytes: every index and length is checked against the geometry, nothing is allocated, returned or
//     reported as corrupt before the slot was seen unchanged. The slot changes before V is freed or recycled, so it makes no difference which.
//  7. The inserter is killed after step 3: anyone completes. Before: the block is owned(dead) and unlinked, the sweep frees it.
//     After step 4, or replace step 3 or 4: owned(dead) and linked; it is settled by the sweep, or by whoever replaces or deletes it first.
//  8. A deleter is killed: after announcing, the sweep makes the block dying(nobody); after unlinking, the sweep frees it.
//  9. A sweep finds V dying(dead) and linked, and while it writes dying(nobody) V is unlinked by another deleter under the same announcement, who is killed: it looks again afterwards.
//  10. Overflow: a full bucket links a fresh block of empty slots by a CAS of the link, 0 → O. It holds nothing, so no decision is needed; entries come into it through head like all others. It stays.
//  11. N is settled by several, or by one while its author goes on. The victim is freed once (5). N → live expects the word that was sampled when N was linked: it succeeds only in that life, after
//     this settler saw the victim freed. The author's own CAS fails if others did it, and does nothing.
//  12. A slow settler of N: N was settled and is gone, and its victim's block lives another life, or N's block does, and what was read as victim is anything. Whatever block it looks at, it frees it only
//     if that is unlinked for good and not freed yet. There are two such: victims, and what a deleter unlinked. Their own freers then fail, and do nothing; one that meant to recycle has no spare.
//  13. A settler is killed: N is owned and linked as before. If it had freed some of the victim's continuation blocks, the others are still reached from its head; the key may be read from
//     blocks that went on, and lead to any bucket; the victim is in none.
//  14. The author of N is paused after the slot CAS; N is settled, replaced, freed, and taken or recycled by another lane of the same handle: owned(me) again, in another life. Its version is
//     another, so the author's CAS fails.
//  15. V is replaced by N while a deleter stands before its announcement. If V is recycled by then, the announcement finds another version; the slot has changed, so the deleter begins anew.
//  16. A spare goes from one life to the next without ever being free. No reference to the new life is in any shared word before it is linked; those to the old one
//     are stale, as if it had been free in between. A spare of a dead handle still reads like the entry that it was, with another version: the index leads to no such version, homes name none;
//     or like the message that it was: the slot where that was linked is used up.
//
// # Queues
//
// A queue is a key whose entry is the first of a list of *segments*: blocks with the key and slots (segment.go). A slot names a *message*: a block list of its own, of one message or of the several
// that one push packed together (message.go). A push fills the first empty slot, a pop takes from the first slot that is not used up; either is one CAS of the slot. Slots go one way:
//
//	          push             pop, take: the last r-k are left
//	0 (empty) ──────▶ +r M ───────────────────▶ +(r-k) M ─────▶ -M (used up), or +n M2: the next part of a large batch
//	│                  │  claim                                  ▲
//	│ close            ├────────▶ claimed(h) X ──────────────────┘  anyone, once X's word says claimed(h)
//	▼                  │ delete
//	sealed             └────────▶ deleted M                         from here on the queue is no more
//
//	segment word   owned(p) → segment → marked → retiring(p) → resting → owned(q, v+1)        (from owned on as others find it linked)
//	message word   owned(p) → queued → free          owned or queued → claimed(h, 1) → dying → free, or → orphan(a+1) → claimed(h', a+1)
//	link           0 → the next segment, or sealed
//
//	push     1. build M (owned)   2. at the first empty slot write M's position into M; CAS 0 → +M   3. M owned → queued; wake
//	         at the end of the last segment: build segment N, CAS link 0 → N, N owned → segment, go on there
//	pop      1. at the first slot that is not used up copy the message; CAS: it succeeds only if M was not used up, so not freed, while it was copied   2. if M is used up, free it, or keep it as a spare
//	claim    1. an orphan of the queue if there is one: CAS orphan(a) → claimed(me, a). Else copy, and CAS the slot → claimed(me) M, M being queued; of several, a copy X of the first, whose next is the rest
//	         2. hand over: X's word → claimed(me, 1), then the slot goes on
//	ack      X claimed(me, a) → dying(me), the decision; then free it
//	retire   1. the index names S0; S0 ... Sk-1 are used up, R = Sk is not: mark each as a head when all before it is used up
//	         2. announce S0 ... Sk-1: → retiring(me), unless somebody has   3. CAS the index slot S0 → R   4. rest those that the index does not lead to any more
//	delete   1. close: 0 → sealed, at the first empty slot or last link; this is whose deletion it is   2. +M → deleted M at the first slot that is not used up
//	         3. announce all segments   4. CAS the index slot → dead, the moment of deletion   5. free the messages, rest the segments.     2 to 5 by anyone who meets a closed queue's end
//
// *How does one know that one is not updating to an older head?* The index slot changes by CAS from exactly the word that was followed to the new head; words do not repeat, and a walk only leads forward. *Is
// the head in the index ever freed?* A segment rests only after the index leads beyond it. The notes set the version to 0 first: a process killed in between leaves a key that nobody can read. Here it
// leaves an index that names a used-up segment, which anyone moves on. *A stale head* has no such version any more: whoever follows it looks the key up again.
//
// Hazards. Slots and links are the only words of a payload that are CAS targets and whose block may become data again: a stalled push would write into a value whose bytes happen to be 0. So a segment is
// not freed but *rests*, and resting blocks are taken only if no hazard names them (hazard.go). A lane leaves its hazard in place between operations: it costs an exchange for each segment, not for each operation.
// A living handle so keeps at most two resting blocks for each of its lanes from being reused; it lets go of them before it says that the region is full.
//
// Racing cases, and why each is harmless:
//
//  17. A stalled push into a retired segment. Its slots are all used up, and the hazard keeps it what it is: the CAS fails, the walk goes on along the link.
//  18. A hazard set too late: the block rested before the hazard was stored. The lane loads the block word after the store and sees that; nothing is written.
//  19. The hints of a Queue (position of head and tail, one word each) are stale: they name a segment that fits the hazard, and is read along its links; or one that fails its validation, and the key is looked up.
//  20. Two retire at once, and one finds more used up. The loser of the index CAS goes on from where the index is now, and rests what it announced only when the index names a segment that is not used up, or its own
//     CAS succeeded: all announced ones are used up, so they are behind.
//  21. Retire and push: the push that links behind a used-up segment, and the pop that uses up the last slot of a linked one, both look whether the other was there; the later one retires.
//  22. Push and delete. A push fills the first empty slot or finds it sealed; nobody goes beyond. So nothing is pushed after close; a pusher that meets the seal finishes the deletion, and pushes to a new queue.
//  23. Pop and delete. The slot decides: taken before deleted(M), or gone with the queue. A pop that meets the end completes the deletion before it says that the queue is empty.
//  24. Several complete one deletion, the queue is made anew meanwhile: each round begins with the queue that the index names, and goes on only if that one is closed. Each frees what it announced itself; the message's and the segment's words let one win.
//     What is left of a batch is read from a message only while its word says that nobody has freed it.
//  25. A claimer is killed before the hand-over. Whoever needs the slot does it. A message that stands claimed in a slot is queued (its claimer saw to that) or the claimer's own, so a sweep after the death visits it.
//  26. A late hand-over after the message was redelivered: the word is never owned or queued again in that life. A late ack of an earlier claim: attempts differ.
//  27. A claimed message is freed while somebody reads what follows it in the slot: it is not freed before the slot has gone on. A claimer sees to that before it returns; of an orphan, the next claimer.
//  28. A consumer is killed after its CAS and before it frees the message: queued, and no slot leads to it. The sweep asks the slot where it was linked. A live consumer about to free it comes second, or first.
//  29. Two sweepers redeliver the same message: claimed(dead, a) → orphan(a+1) is one CAS; nothing is put back anywhere, claimers look for orphans themselves when the count in the wait line tells them.
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
// (its key tells the bucket; a bucket is looked through under an unchanged head); then CAS exactly the sampled word: not linked → free; owned and linked → settled, its victim freed before; dying and linked → dying(nobody).
// A dead handle links nothing any more, so "not linked" stays true. What was replaced by the dead is not found by its own word, which is live, but by that of the entry that replaced it.
// After a full pass the slot goes from used(g) to clean(g). Two sweepers, or a killed one, change nothing twice.
// Of queues it changes block words and index slots alone, never a slot of a segment. A message that is owned by the dead, or queued, is asked for at the slot where it was linked: there → queued; claimed there → claimed, and
// orphan if the claimer is dead, in the same visit; nowhere → free. (Also if nobody is dead: a message may become queued by its author after its consumer was killed and swept.) A segment that is owned by the dead is linked if the index or the segment before it leads to it; one that is retiring is retired, or its queue's deletion completed.
// An attacher that finds no clean place sweeps in the place of a dead handle, whose lock it takes, in another generation.
//
// # Readers without permission to write
//
// A read-only handle has no place, so no hazards: a segment that it reads may rest and become data. It judges what it read of segment b by b's word afterwards: while that names b's version in a state of a linked
// segment, b was that segment all the time; else all messages in b were taken before, and it begins at the front. It completes nothing for others: a message that stands claimed in a slot is not there, what
// follows it is. It can not say that it waits, so it looks again from time to time. Its sign of life is a shared lock behind the places, which only Remove asks for.
//
// # A region that is gone
//
// Each operation on an open handle ends with a load of the first word of the header, which nobody writes. A fault in the mapping (the file was truncated, or can not be read) makes all of the region private zeros
// (atomics_fault_linux.go), and that word too: what was running comes to its end on zeros, as on any corrupt region, and then finds that its result means nothing.
//
// # Memory order
//
// The shared words go through sync/atomic, which is sequentially consistent. Payloads are copied plainly on amd64 and with a load fence after the copy on arm64:
//   - publication: payload stores → CAS of slot or head (release) pairs with load of slot or head → payload loads (address dependency and acquire);
//     (amd64: the stores of a value, pack or message of 1 MiB or more, which go past the caches, are in no order until a fence; there is one after the last of them)
//   - victims: meta store → CAS of slot (release) pairs with load of slot → load of block word → load of meta by who settles;
//   - reuse: slot CAS (unlink) → free CAS → take CAS → payload stores, or slot CAS → recycle CAS → lane left (release) → lane entered (acquire) → payload stores; a reader that sees one of these stores sees the changed slot when it loads it after
//     the fence, because the chain is ordered and both architectures are multi-copy atomic.
//
// amd64 is run and explored; arm64 is reasoned, and its tests run under an emulator, which shows its instructions but not its order of memory. Under the race detector and the explorer both sides copy by atomic words.
package simdb
