package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
)

func memcachedMissing() string { return needs("memcached", "memcached") }

// memcachedServer is a memcached with room for everything that is measured, and one thread, as it has one processor.
func memcachedServer(dir string) (*exec.Cmd, string) {
	socket := dir + "/memcached.sock"
	return exec.Command("memcached", "-s", socket, "-m", "4096", "-t", "1", "-u", "root", "-M", "-I", "2m"), socket
}

// memcachedTable speaks the text protocol, and hands size operations over before it reads answers. Keys go as hexadecimal digits, since the
// protocol has them without spaces and control characters.
type memcachedTable struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	dst  []byte
	size int
}

func openMemcached(s *spec) (table, error)          { return dialMemcached(s, 1) }
func openMemcachedPipelined(s *spec) (table, error) { return dialMemcached(s, pipelined) }

func dialMemcached(s *spec, size int) (table, error) {
	_, socket := memcachedServer(s.Dir)
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	return &memcachedTable{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), size: size}, nil
}

func (t *memcachedTable) do(b *batch) (int, error) { return t.exchange(b, t.size) }

func (t *memcachedTable) bulk(b *batch) error {
	_, err := t.exchange(b, pipelined)
	return err
}

func (t *memcachedTable) exchange(b *batch, size int) (present int, err error) {
	for from := 0; from < b.n; from += size {
		to := min(from+size, b.n)
		t.out = t.out[:0]
		for i := from; i < to; i++ {
			t.ask(b.kinds[i], &b.keys[i], b.value)
		}
		if _, err := t.conn.Write(t.out); err != nil {
			return present, err
		}
		for i := from; i < to; i++ {
			there, err := t.answer(b.kinds[i])
			if err != nil {
				return present, err
			}
			if there {
				present++
			}
		}
	}
	return present, nil
}

func (t *memcachedTable) ask(kind opKind, k *key, value []byte) {
	t.out = append(t.out, [...]string{opGet: "get ", opPut: "set ", opDelete: "delete "}[kind]...)
	t.out = hex.AppendEncode(t.out, k[:])
	if kind == opPut {
		t.out = append(t.out, " 0 0 "...)
		t.out = strconv.AppendInt(t.out, int64(len(value)), 10)
		t.out = append(t.out, "\r\n"...)
		t.out = append(t.out, value...)
	}
	t.out = append(t.out, "\r\n"...)
}

// answer reads the answer to one operation. A put is not counted as there.
func (t *memcachedTable) answer(kind opKind) (there bool, err error) {
	line, err := t.in.ReadSlice('\n')
	if err != nil {
		return false, err
	}
	switch line := bytes.TrimSpace(line); {
	case kind == opGet && bytes.Equal(line, []byte("END")), kind == opDelete && bytes.Equal(line, []byte("NOT_FOUND")), kind == opPut && bytes.Equal(line, []byte("STORED")):
		return false, nil
	case kind == opDelete && bytes.Equal(line, []byte("DELETED")):
		return true, nil
	case kind == opGet && bytes.HasPrefix(line, []byte("VALUE ")):
		n, err := strconv.Atoi(string(line[bytes.LastIndexByte(line, ' ')+1:]))
		if err != nil {
			return false, err
		}
		t.dst = append(t.dst[:0], make([]byte, n+len("\r\nEND\r\n"))...)
		_, err = io.ReadFull(t.in, t.dst)
		return true, err
	default:
		return false, fmt.Errorf("memcached says %q", line)
	}
}

func (t *memcachedTable) close() error { return t.conn.Close() }
