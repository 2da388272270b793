package main

import (
	"fmt"
	"time"
)

func init() {
	jobs["roundtrip"] = newRoundTrip
	jobs["stream"] = newStream
	jobs["channel"] = newChannel
}

// messageTrials is messages from one process to another, and between goroutines.
func messageTrials(cfg *config) []*trial {
	return []*trial{roundTripTrial(), streamTrial(cfg)}
}

// A stop ends a slice: the last message.
const stop = 1<<32 - 1

// conduit carries messages between two processes, both ways. A message is a number here; what it costs to move bytes is measured as a stream.
type conduit interface {
	send(m uint32) error
	receive() (uint32, error)
	close() error
}

var conduits = map[string]func(*spec) (conduit, error){
	"spin":   newSpin,
	"futex":  newFutex,
	"pipe":   newPipe,
	"socket": newSocket,
	"queue":  newQueueConduit,
}

// roundTripTrial is the time of a message there and back. Slices are short and many, as the conduits of the machine itself are limits to which others are
// compared.
func roundTripTrial() *trial {
	t := &trial{name: "roundtrip", rounds: 40, slice: 20 * time.Millisecond, tasks: []task{{order: "roundtrip", work: "RoundTrip"}}}
	for _, pin := range []struct {
		name string
		cpus []int
	}{
		{"two", nil},
		{"same", []int{processors()[0], processors()[0]}},
		{"none", []int{-1, -1}},
	} {
		for _, name := range []string{"spin", "futex", "queue", "pipe", "socket"} {
			if name == "spin" && pin.name == "same" {
				continue // each would spin until its time slice ends
			}
			s := spec{Job: "roundtrip", Peer: name}
			t.contestants = append(t.contestants, &contestant{peer: name, params: []string{"pin", pin.name}, specs: []spec{s, s}, cpus: pin.cpus})
		}
		if pin.name != "two" { // goroutines are not pinned apart
			t.contestants = append(t.contestants, &contestant{peer: "channel", params: []string{"pin", pin.name}, specs: []spec{{Job: "channel"}}, cpus: pin.cpus})
		}
	}
	return t
}

// roundTrip sends, and waits for the answer; its partner answers.
type roundTrip struct {
	*spec
	conduit
	sent uint32
}

func newRoundTrip(s *spec) (job, error) {
	c, err := conduits[s.Peer](s)
	return &roundTrip{spec: s, conduit: c}, err
}

func (j *roundTrip) run(s *slice) (r result, err error) {
	if j.Proc == 1 {
		for m := uint32(0); m != stop && err == nil; {
			if m, err = j.receive(); err == nil {
				err = j.send(m)
			}
		}
		return r, err
	}
	begin := now()
	for end := begin + int64(s.For); ; {
		for range 8 { // the clock costs as much as a tenth of the fastest
			j.sent = (j.sent + 1) % stop
			if err := j.trip(j.sent); err != nil {
				return r, err
			}
			r.Ops++
		}
		if t := now(); t >= end {
			r.Busy = time.Duration(t - begin)
			return r, j.trip(stop)
		}
	}
}

func (j *roundTrip) trip(m uint32) error {
	if err := j.send(m); err != nil {
		return err
	}
	got, err := j.receive()
	if err == nil && got != m {
		err = fmt.Errorf("sent %d, and %d came back", m, got)
	}
	return err
}

// streamTrial is messages in one direction, as many as go through.
func streamTrial(cfg *config) *trial {
	t := &trial{name: "stream", tasks: []task{{order: "stream", work: "Stream"}}}
	sizes := []int{8, 64, 1 << 10, 64 << 10}
	if cfg.quick {
		sizes = []int{64, 4 << 10}
	}
	for _, message := range sizes {
		for _, batch := range []int{1, 64} {
			if message*batch > 256<<10 {
				continue
			}
			s := spec{Message: message, Batch: batch}
			params := func(shape string) []string {
				return []string{"shape", shape, "message", shortBytes(message), "batch", fmt.Sprint(batch), "procs", "2"}
			}
			for _, name := range []string{"pipe", "socket"} {
				s.Job, s.Peer = "stream", name
				t.contestants = append(t.contestants, &contestant{peer: name, params: params("1to1"), specs: []spec{s, s}})
			}
			s.Job, s.Peer = "queue", "queue"
			t.contestants = append(t.contestants, &contestant{peer: "queue", params: params("1to1"), specs: []spec{s, s}})
			if batch == 1 {
				many := s
				many.Role = roleMany
				t.contestants = append(t.contestants, &contestant{peer: "queue", params: params("2to2"), specs: []spec{many, many, many, many}, cpus: []int{-1, -1, -1, -1}})
			}
			s.Job, s.Peer = "channel", "channel"
			t.contestants = append(t.contestants, &contestant{peer: "channel", params: params("1to1"), specs: []spec{s}, cpus: []int{-1}})
			if batch == 1 {
				s.Procs, s.Role = 2, roleMany
				t.contestants = append(t.contestants, &contestant{peer: "channel", params: params("2to2"), specs: []spec{s}, cpus: []int{-1}})
			}
		}
	}
	return t
}

// roleMany: two senders and two receivers.
const roleMany = "many"

// stream is one process that writes batches of messages, and one that reads them and looks at each.
type stream struct {
	*spec
	fds
	buffer []byte
}

func newStream(s *spec) (job, error) {
	open := map[string]func(*spec) (fds, error){"pipe": openPipe, "socket": openSocket}[s.Peer]
	f, err := open(s)
	return &stream{spec: s, fds: f, buffer: make([]byte, s.Message*s.Batch)}, err
}

// The first byte of a message says whether it is the last.
const last = 1

func (j *stream) run(s *slice) (result, error) {
	if err := j.connect(); err != nil {
		return result{}, err
	}
	if j.Proc == 0 {
		return result{}, j.write(s)
	}
	return j.read()
}

func (j *stream) write(s *slice) error {
	for end := now() + int64(s.For); now() < end; {
		if err := writeAll(j.out, j.buffer); err != nil {
			return err
		}
	}
	j.buffer[0] = last
	err := writeAll(j.out, j.buffer)
	j.buffer[0] = 0
	return err
}

func (j *stream) read() (r result, err error) {
	var begin int64
	for {
		if err := readAll(j.in, j.buffer); err != nil {
			return r, err
		}
		if begin == 0 {
			begin = now() // the first batch is not counted: the writer may have started later
		} else {
			r.Ops += uint64(j.Batch)
		}
		for at := 0; at < len(j.buffer); at += j.Message {
			if j.buffer[at] == last {
				r.Busy = time.Duration(now() - begin)
				return r, nil
			}
		}
	}
}

func (j *stream) close() error { return j.fds.close() }

// channel is goroutines of one process that send each other messages. A batch is one buffer that belongs to its receiver.
type channel struct{ *spec }

func newChannel(s *spec) (job, error) { return channel{s}, nil }

func (j channel) close() error { return nil }

func (j channel) run(s *slice) (result, error) {
	if s.Task == "roundtrip" {
		return j.roundTrip(s)
	}
	return j.stream(s)
}

func (j channel) roundTrip(s *slice) (r result, err error) {
	there, back := make(chan uint32), make(chan uint32)
	go func() {
		for m := range there {
			back <- m
		}
	}()
	begin := now()
	for end := begin + int64(s.For); r.Busy == 0; {
		for range 8 {
			there <- 1
			<-back
			r.Ops++
		}
		if t := now(); t >= end {
			r.Busy = time.Duration(t - begin)
		}
	}
	close(there)
	return r, nil
}

func (j channel) stream(s *slice) (r result, err error) {
	partners := 1
	if j.Role == roleMany {
		partners = 2
	}
	const room = 1024
	messages := make(chan []byte, max(room/j.Batch, 1))
	counts := make(chan uint64)
	begin := now()
	end := begin + int64(s.For)
	sent := make(chan struct{})
	for range partners {
		go func() {
			from := make([]byte, j.Message*j.Batch)
			for n := 0; n%16 != 0 || now() < end; n++ {
				messages <- append([]byte(nil), from...)
			}
			sent <- struct{}{}
		}()
		go func() {
			var n uint64
			for buffer := range messages {
				for at := 0; at < len(buffer); at += j.Message {
					if buffer[at] != last {
						n++
					}
				}
			}
			counts <- n
		}()
	}
	for range partners {
		<-sent
	}
	close(messages)
	for range partners {
		r.Ops += <-counts
	}
	r.Busy = time.Duration(now() - begin)
	return r, nil
}
