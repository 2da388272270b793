package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"simdb.dev/model"
)

// crashOp is the name that stands in "op" for a [Crash].
const crashOp = "crash"

// maxLine is the longest line read: a batch of 4,096 ids takes about 90 kB.
const maxLine = 1 << 20

type line struct {
	Clock   string  `json:"clock,omitempty"`
	Process *int32  `json:"process,omitempty"`
	Client  int32   `json:"client,omitempty"`
	Key     *string `json:"key,omitempty"`
	Op      string  `json:"op,omitempty"`
	Args    *args   `json:"args,omitempty"`
	Result  *result `json:"result,omitempty"`
	Call    *int64  `json:"call,omitempty"`
	Return  *int64  `json:"return,omitempty"`
}

type args struct {
	Value   *number       `json:"value,omitempty"`
	Len     uint32        `json:"len,omitempty"`
	Version model.Version `json:"version,omitempty"`
	Process *int32        `json:"process,omitempty"`
	Batch   []uint64      `json:"batch,omitempty"`
}

type result struct {
	Outcome string        `json:"outcome"`
	Again   bool          `json:"again,omitempty"`
	Len     uint32        `json:"len,omitempty"`
	Value   *number       `json:"value,omitempty"`
	Version model.Version `json:"version,omitempty"`
	Batch   []uint64      `json:"batch,omitempty"`
}

// number is an id, or an amount to add, which may be negative.
type number uint64

func (n *number) UnmarshalJSON(b []byte) error {
	var u uint64
	if err := json.Unmarshal(b, &u); err == nil {
		*n = number(u)
		return nil
	}
	var i int64
	if err := json.Unmarshal(b, &i); err != nil {
		return fmt.Errorf("%s is not a whole number of 64 bits", b)
	}
	*n = number(i)
	return nil
}

// readJSON adds the lines of r to h. Errors name the line.
func (h *History) readJSON(r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<16), maxLine)
	n := int32(0)
	for in.Scan() {
		n++
		text := bytes.TrimSpace(in.Bytes())
		if len(text) == 0 {
			continue
		}
		if err := h.addLine(text, n); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

func (h *History) addLine(text []byte, n int32) error {
	l := line{}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the line breaks off: one JSON object expected")
		}
		return err
	}
	if dec.More() {
		return errors.New("more than one JSON object on the line")
	}
	if l.Clock != "" && l.Op == "" {
		return h.setClock(l.Clock)
	}
	switch {
	case l.Op == "":
		return errors.New(`"op" is missing`)
	case l.Process == nil:
		return errors.New(`"process" is missing`)
	case l.Call == nil:
		return errors.New(`"call" is missing`)
	}
	if l.Op == crashOp {
		return h.addCrash(&l)
	}
	op := Op{Client: Client{*l.Process, l.Client}, Line: n, Call: *l.Call, Return: Never}
	if err := l.input(&op); err != nil {
		return err
	}
	if err := l.output(&op); err != nil {
		return err
	}
	op.Key = h.Key(*l.Key)
	h.Ops = append(h.Ops, op)
	return nil
}

func (h *History) addCrash(l *line) error {
	if l.Args == nil || l.Args.Process == nil {
		return errors.New(`crash without "args":{"process":…}`)
	}
	h.Crashes = append(h.Crashes, Crash{Process: *l.Args.Process, Time: *l.Call})
	return nil
}

func (l *line) input(op *Op) error {
	kind, ok := model.ParseOp(l.Op)
	if !ok {
		return fmt.Errorf("unknown operation %q", l.Op)
	}
	if l.Key == nil {
		return errors.New(`"key" is missing`)
	}
	op.In = model.Input{Op: kind, Process: op.Client.Process}
	if l.Args == nil {
		l.Args = &args{}
	}
	a := l.Args
	op.In.Len, op.In.Version, op.In.Batch = a.Len, a.Version, a.Batch
	if a.Value != nil {
		op.In.Value = uint64(*a.Value)
	}
	switch kind {
	case model.Put, model.Insert, model.PutIf, model.GetOrPut, model.Update, model.Add,
		model.Push, model.Take, model.Ack, model.Release:
		if a.Value == nil {
			return fmt.Errorf(`%s without "args":{"value":…}`, l.Op)
		}
	case model.GetRef:
		if a.Version == 0 {
			return fmt.Errorf(`%s without "args":{"version":…}`, l.Op)
		}
	case model.PushBatch:
		if len(a.Batch) == 0 {
			return fmt.Errorf(`%s without "args":{"batch":[…]}`, l.Op)
		}
	case model.Sweep:
		if a.Process == nil {
			return fmt.Errorf(`%s without "args":{"process":…}`, l.Op)
		}
		op.In.Process = *a.Process
		return nil
	}
	if a.Process != nil {
		return fmt.Errorf(`%s takes no "process" in "args"`, l.Op)
	}
	return nil
}

func (l *line) output(op *Op) error {
	if l.Result == nil {
		if l.Return != nil {
			return errors.New(`"return" without "result"`)
		}
		return nil
	}
	r := l.Result
	outcome, ok := model.ParseOutcome(r.Outcome)
	if !ok {
		return fmt.Errorf("unknown outcome %q", r.Outcome)
	}
	if outcome == model.Unknown {
		if l.Return != nil {
			return errors.New(`outcome "unknown" with "return": an operation that returned has an outcome`)
		}
		return nil
	}
	if l.Return == nil {
		return errors.New(`"result" without "return"`)
	}
	op.Return = *l.Return
	op.Out = model.Output{Outcome: outcome, Again: r.Again, Len: r.Len, Version: r.Version, Batch: r.Batch}
	if r.Value != nil {
		op.Out.Value = uint64(*r.Value)
	}
	if outcome != model.OK {
		return nil
	}
	switch op.In.Op {
	case model.Get, model.GetVersion, model.GetRef, model.GetOrPut, model.Update, model.Add,
		model.Pop, model.Claim, model.QueueLen:
		if r.Value == nil {
			return fmt.Errorf(`%s "ok" without "value" in "result"`, l.Op)
		}
	case model.Take:
		if len(r.Batch) == 0 {
			return fmt.Errorf(`%s "ok" without "batch" in "result"`, l.Op)
		}
	}
	return nil
}

// WriteJSON writes h as JSON lines.
func (h *History) WriteJSON(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	if h.Clock != "" {
		if err := enc.Encode(line{Clock: h.Clock}); err != nil {
			return err
		}
	}
	for i := range h.Ops {
		if err := enc.Encode(h.lineOf(&h.Ops[i])); err != nil {
			return err
		}
	}
	for _, c := range h.Crashes {
		err := enc.Encode(line{Process: &c.Process, Op: crashOp, Args: &args{Process: &c.Process}, Call: &c.Time})
		if err != nil {
			return err
		}
	}
	return out.Flush()
}

func (h *History) lineOf(op *Op) line {
	l := line{
		Process: &op.Client.Process,
		Client:  op.Client.ID,
		Key:     &h.Keys[op.Key],
		Op:      op.In.Op.String(),
		Call:    &op.Call,
		Args:    argsOf(op.In),
	}
	if !op.Pending() {
		l.Return = &op.Return
		l.Result = resultOf(op.In.Op, op.Out)
	}
	return l
}

func argsOf(in model.Input) *args {
	a := args{Len: in.Len, Version: in.Version, Batch: in.Batch}
	value := number(in.Value)
	switch in.Op {
	case model.Get, model.GetVersion, model.Len, model.Delete, model.Pop, model.Claim,
		model.QueueLen, model.DeleteQueue:
		return nil
	case model.GetRef, model.PushBatch:
	case model.Sweep:
		a.Process = &in.Process
	default:
		a.Value = &value
	}
	return &a
}

func resultOf(op model.Op, out model.Output) *result {
	r := result{Outcome: out.Outcome.String(), Again: out.Again, Len: out.Len, Version: out.Version, Batch: out.Batch}
	value := number(out.Value)
	if out.Outcome != model.OK {
		return &r
	}
	switch op {
	case model.Get, model.GetVersion, model.GetRef, model.GetOrPut, model.Update, model.Add,
		model.Pop, model.Claim, model.QueueLen:
		r.Value = &value
	}
	return &r
}
