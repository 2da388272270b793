package history

import (
	"fmt"
	"sync/atomic"

	"simdb.dev/model"
)

// Recorder records the operations of one client into a mapped file. It is not
// safe for concurrent use: one goroutine, one recorder.
type Recorder struct {
	m    *mapping
	next int // word at which the next record starts

	open  int // word at which the running operation's record starts
	batch int // ids that the running operation's batch has room for
}

// Create makes the file and maps it with room for capacity records of 64
// bytes: one for an operation, one more per 8 ids of a batch. The space is
// reserved and touched now, so that neither a full disk nor a page fault comes
// in the middle of a run. An existing file is an error.
func Create(path string, c Client, capacity int) (*Recorder, error) {
	if capacity <= 0 {
		return nil, fmt.Errorf("history %s: capacity %d: at least one record needed", path, capacity)
	}
	boot, err := bootID()
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	m, err := createMapping(path, (1+capacity)*words)
	if err != nil {
		return nil, fmt.Errorf("history %s: %w", path, err)
	}
	m.words[hClient] = uint64(uint32(c.Process))<<32 | uint64(uint32(c.ID))
	m.words[hClock0], m.words[hClock1] = boot[0], boot[1]
	atomic.StoreUint64(&m.words[hMagic], magic)
	return &Recorder{m: m, next: words}, nil
}

// Room reports whether a plain operation can still be recorded.
func (r *Recorder) Room() bool { return r.room(0) }

func (r *Recorder) room(batch int) bool {
	return r.next+(1+batchRecords(batch))*words <= len(r.m.words)
}

// Left returns how many records of 64 bytes the file has room for.
func (r *Recorder) Left() int { return (len(r.m.words) - r.next) / words }

// Call records that the operation is about to start; [Recorder.Return] must
// follow before the next Call. It returns false if the file is full: the
// operation must then not be made, since a history that lacks one proves
// nothing.
//
// For [model.Take], in.Value ids of room are set aside.
func (r *Recorder) Call(key uint64, in model.Input) bool {
	batch := len(in.Batch)
	if in.Op == model.Take {
		batch = int(in.Value)
	}
	if !r.room(batch) {
		return false
	}
	t := now()
	w := r.m.words[r.next:]
	length := in.Len
	if in.Op == model.PushBatch {
		length = uint32(batch)
		copy(w[words:], in.Batch)
	}
	w[wHead] = head(uint8(in.Op), model.Unknown, false, length)
	w[wKey] = key
	w[wValue] = in.Value
	w[wVersion] = uint64(in.Version)
	if in.Op == model.Sweep {
		w[wValue] = uint64(uint32(in.Process))
	}
	atomic.StoreUint64(&w[wCall], uint64(t))
	r.open, r.batch = r.next, batch
	r.next += (1 + batchRecords(batch)) * words
	return true
}

// Return records the result of the operation that Call announced.
func (r *Recorder) Return(out model.Output) {
	t := now()
	w := r.m.words[r.open:]
	op, _, _, length := unhead(w[wHead])
	switch model.Op(op) {
	case model.Get, model.GetVersion, model.GetRef, model.Len:
		length = out.Len
	case model.GetOrPut:
		if out.Again {
			length = out.Len
		}
	case model.Take:
		length = uint32(copy(w[words:words+r.batch], out.Batch))
	}
	w[wHead] = head(op, out.Outcome, out.Again, length)
	w[wOutValue] = out.Value
	w[wOutVersion] = uint64(out.Version)
	atomic.StoreUint64(&w[wReturn], uint64(t))
}

// Crash records that process is about to be killed. Call it before the kill.
func (r *Recorder) Crash(process int32) bool {
	if !r.room(0) {
		return false
	}
	t := now()
	w := r.m.words[r.next:]
	w[wHead] = head(crashCode, model.Unknown, false, 0)
	w[wValue] = uint64(uint32(process))
	atomic.StoreUint64(&w[wCall], uint64(t))
	r.next += words
	return true
}

// Close unmaps the file and cuts it to what was recorded.
func (r *Recorder) Close() error { return r.m.close(r.next) }
