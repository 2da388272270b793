// Package store explores simdb: its own code, step by step, through every interleaving and every crash of small programs.
//
//	go test -tags explore ./model/store
//
// Each scenario is a few processes with handles of their own on one region in private memory that is small enough for the interesting things to happen at once:
// a bucket or two, and as many blocks as the values need. Every execution is checked for linearizability against [simdb.dev/model], for the structure of
// the region at the end (every block accounted for, one key one entry, nothing half done), and for lock-freedom: each process, left alone at any time,
// completes its operation.
//
// Scenarios with kills have three more processes: the kernel, which releases the lock of whoever was killed, at any time after; a sweeper, which
// races with the survivors from then on; and, when all others have ended, one that sweeps once more and reads every key. So what a killed process left is given
// back whatever it was, and nobody waits for it.
//
// # What a history is
//
// Values have ids; their bytes tell id, length and position in each word, so that a copy that is torn is seen. Versions that the store reports are
// the versions of the model. An operation that was killed may have taken effect or not. Iteration counts as one read of each key, and is checked one key at a time,
// which is what it promises.
package store
