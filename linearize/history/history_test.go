package history

import (
	"strings"
	"testing"
)

func TestMalformed(t *testing.T) {
	good := `{"process":0,"key":"a","op":"get","result":{"outcome":"not found"},"call":1,"return":2}` + "\n\n"
	for _, tt := range []struct{ line, want string }{
		{`{"process":0`, "breaks off"},
		{`[1]`, "cannot unmarshal"},
		{`{"process":0} {"process":1}`, "more than one"},
		{`{"process":0,"key":"a","op":"get","call":1,"when":2}`, `unknown field "when"`},
		{`{"process":0,"key":"a","call":1}`, `"op" is missing`},
		{`{"key":"a","op":"get","call":1}`, `"process" is missing`},
		{`{"process":0,"key":"a","op":"get"}`, `"call" is missing`},
		{`{"process":0,"op":"get","call":1}`, `"key" is missing`},
		{`{"process":0,"key":"a","op":"grab","call":1}`, `unknown operation "grab"`},
		{`{"process":0,"key":"a","op":"put","call":1}`, `put without "args"`},
		{`{"process":0,"key":"a","op":"put","args":{"value":1.5},"call":1}`, "whole number"},
		{`{"process":0,"key":"a","op":"put","args":{"value":"x"},"call":1}`, "whole number"},
		{`{"process":0,"key":"a","op":"getRef","call":1}`, `getRef without`},
		{`{"process":0,"key":"a","op":"pushBatch","call":1}`, `pushBatch without`},
		{`{"process":0,"key":"a","op":"release","call":1}`, "without"},
		{`{"process":0,"key":"a","op":"sweep","call":1}`, "sweep without"},
		{`{"process":0,"op":"crash","call":1}`, "crash without"},
		{`{"process":0,"key":"a","op":"get","args":{"process":1},"call":1}`, `takes no "process"`},
		{`{"process":0,"key":"a","op":"get","call":1,"return":2}`, `"return" without "result"`},
		{`{"process":0,"key":"a","op":"get","call":1,"result":{"outcome":"not found"}}`, `"result" without "return"`},
		{`{"process":0,"key":"a","op":"get","call":1,"return":2,"result":{"outcome":"fine"}}`, `unknown outcome "fine"`},
		{`{"process":0,"key":"a","op":"get","call":1,"return":2,"result":{"outcome":"unknown"}}`, `outcome "unknown" with "return"`},
		{`{"process":0,"key":"a","op":"get","call":1,"return":2,"result":{"outcome":"ok"}}`, `without "value"`},
		{`{"process":0,"key":"a","op":"take","args":{"value":2},"call":1,"return":2,"result":{"outcome":"ok"}}`, `without "batch"`},
	} {
		_, err := Read(strings.NewReader(good + tt.line))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "line 3: ") {
			t.Errorf("%s\n  error %v, want line 3 and %q", tt.line, err, tt.want)
		}
	}
}

func TestMalformedRecords(t *testing.T) {
	header := make([]byte, recordSize)
	for i := range 8 {
		header[i] = byte(uint64(magic) >> (8 * i))
	}
	for _, tt := range []struct {
		file []byte
		want string
	}{
		{header[:20], "header"},
		{append(header[:recordSize:recordSize], 1, 2, 3), "record 1"},
	} {
		if _, err := Read(strings.NewReader(string(tt.file))); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%x: error %v, want %q", tt.file, err, tt.want)
		}
	}
}

func TestAssumptions(t *testing.T) {
	const (
		put1 = `{"process":0,"key":"a","op":"put","args":{"value":1},"result":{"outcome":"ok"},"call":1,"return":5}`
		get1 = `{"process":1,"key":"a","op":"get","result":{"outcome":"ok","value":1},"call":6,"return":9}`
	)
	for _, tt := range []struct{ name, line, want string }{
		{"good", get1, ""},
		{"touching", `{"process":0,"key":"a","op":"get","result":{"outcome":"not found"},"call":5,"return":9}`, ""},
		{"other client", `{"process":0,"client":1,"key":"a","op":"get","result":{"outcome":"not found"},"call":2,"return":9}`, ""},
		{"other key", `{"process":1,"key":"b","op":"put","args":{"value":1},"result":{"outcome":"ok"},"call":6,"return":7}`, ""},
		{"counter", `{"process":1,"key":"a","op":"add","args":{"value":-1},"result":{"outcome":"ok","value":0},"call":6,"return":7}
			{"process":1,"key":"a","op":"put","args":{"value":1},"result":{"outcome":"ok"},"call":8,"return":9}`, ""},
		{"overlap", `{"process":0,"key":"b","op":"get","result":{"outcome":"not found"},"call":4,"return":9}`, "client p0 overlap"},
		{"backwards", `{"process":1,"key":"a","op":"get","result":{"outcome":"not found"},"call":4,"return":3}`, "before its call"},
		{"time 0", `{"process":1,"key":"a","op":"get","result":{"outcome":"not found"},"call":0,"return":3}`, "not positive"},
		{"goes on", `{"process":1,"key":"a","op":"get","call":4}
			{"process":1,"key":"a","op":"get","result":{"outcome":"not found"},"call":6,"return":7}`, "goes on after"},
		{"value twice", `{"process":1,"key":"a","op":"push","args":{"value":1},"result":{"outcome":"ok"},"call":6,"return":7}`, "value 1 of key \"a\" is written twice"},
		{"value 0", `{"process":1,"key":"a","op":"put","args":{"value":0},"result":{"outcome":"ok"},"call":6,"return":7}`, "names no value"},
		{"two deaths", `{"process":9,"op":"crash","args":{"process":1},"call":7}
			{"process":9,"op":"crash","args":{"process":1},"call":8}`, "crashes twice"},
	} {
		h, err := Read(strings.NewReader(put1 + "\n" + tt.line))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		err = h.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestClocksDiffer(t *testing.T) {
	_, err := Read(strings.NewReader(`{"clock":"monotonic A"}` + "\n" + `{"clock":"monotonic B"}`))
	if err == nil || !strings.Contains(err.Error(), "cannot be compared") {
		t.Errorf("error %v", err)
	}
}

// TestDeaths: the dead record nothing, so a process lived until its last record.
func TestDeaths(t *testing.T) {
	at := func(p, client int32, call, ret int64) Op {
		return Op{Client: Client{p, client}, Call: call, Return: ret}
	}
	ops := []Op{at(1, 0, 10, 50), at(1, 1, 20, Never), at(2, 0, 5, 60), at(3, 0, 5, 60)}
	got := Deaths(ops, []Crash{{Process: 2, Time: 40}})
	if len(got) != 2 || got[1] != 50 || got[2] != 60 {
		t.Errorf("%v, want p1 at 50 and p2 at 60", got)
	}
}
