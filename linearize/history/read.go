package history

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"

	"simdb.dev/model"
)

// ReadFile merges the files into one history. Each is JSON lines or what a
// [Recorder] wrote; errors name the file and the line or record.
func ReadFile(paths ...string) (*History, error) {
	h := &History{}
	for _, path := range paths {
		if err := h.readFile(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return h, nil
}

// Read reads one file of either form.
func Read(r io.Reader) (*History, error) {
	h := &History{}
	if err := h.read(r); err != nil {
		return nil, err
	}
	return h, nil
}

func (h *History) readFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return h.read(f)
}

func (h *History) read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<18)
	first, _ := in.Peek(8)
	if len(first) == 8 && binary.NativeEndian.Uint64(first) == magic {
		return h.readRecords(in)
	}
	return h.readJSON(in)
}

// block is one record, or the header, or eight ids of a batch.
type block [words]uint64

func readBlock(r io.Reader, b *block) error {
	var raw [recordSize]byte
	if _, err := io.ReadFull(r, raw[:]); err != nil {
		return err
	}
	for i := range b {
		b[i] = binary.NativeEndian.Uint64(raw[i*8:])
	}
	return nil
}

// readRecords adds what a recorder wrote. The file of a killed process has its
// full size: the first record that was never called is the end.
func (h *History) readRecords(r io.Reader) error {
	var b block
	if err := readBlock(r, &b); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if err := h.setClock(fmt.Sprintf("monotonic %016x%016x", b[hClock0], b[hClock1])); err != nil {
		return err
	}
	c := Client{Process: int32(b[hClient] >> 32), ID: int32(b[hClient])}
	for n := int32(1); ; n++ {
		err := readBlock(r, &b)
		if err == io.EOF || err == nil && b[wCall] == 0 {
			return nil
		}
		if err == nil {
			err = h.addRecord(r, &b, c, n)
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
	}
}

func (h *History) addRecord(r io.Reader, b *block, c Client, n int32) error {
	code, outcome, again, length := unhead(b[wHead])
	if code == crashCode {
		h.Crashes = append(h.Crashes, Crash{Process: int32(b[wValue]), Time: int64(b[wCall])})
		return nil
	}
	kind := model.Op(code)
	op := Op{Client: c, Line: n, Call: int64(b[wCall]), Return: Never}
	op.In = model.Input{Op: kind, Process: c.Process, Value: b[wValue], Version: model.Version(b[wVersion])}
	if b[wReturn] != 0 {
		op.Return = int64(b[wReturn])
		op.Out = model.Output{Outcome: outcome, Again: again, Value: b[wOutValue], Version: model.Version(b[wOutVersion])}
	}
	switch kind {
	case model.Sweep:
		op.In.Process, op.In.Value = int32(b[wValue]), 0
	case model.Get, model.GetVersion, model.GetRef, model.Len:
		op.Out.Len = length
	case model.GetOrPut:
		op.In.Len, op.Out.Len = length, length
	case model.PushBatch, model.Take:
		room := length
		if kind == model.Take {
			room = uint32(op.In.Value)
		}
		batch, err := readBatch(r, int(room), int(length))
		if err != nil {
			return fmt.Errorf("batch of %d: %w", room, err)
		}
		if kind == model.Take {
			op.Out.Batch = batch
		} else {
			op.In.Batch = batch
		}
	default:
		op.In.Len = length
	}
	op.Key = h.Key(strconv.FormatUint(b[wKey], 10))
	h.Ops = append(h.Ops, op)
	return nil
}

// readBatch reads the records that room ids fill and returns the first n.
func readBatch(r io.Reader, room, n int) ([]uint64, error) {
	if n > room {
		return nil, fmt.Errorf("%d ids do not fit", n)
	}
	var batch []uint64
	for range batchRecords(room) {
		var b block
		if err := readBlock(r, &b); err != nil {
			return nil, err
		}
		batch = append(batch, b[:]...)
	}
	return batch[:n:n], nil
}
