package model

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// ids is an immutable list of ids, eight bytes each. A string, because strings
// compare by content and dropping the head of one copies nothing.
type ids string

const idSize = 8

func (l ids) len() int        { return len(l) / idSize }
func (l ids) at(i int) uint64 { return binary.BigEndian.Uint64([]byte(l[i*idSize : (i+1)*idSize])) }

// head returns the first id; false if there is none.
func (l ids) head() (uint64, bool) {
	if l == "" {
		return 0, false
	}
	return l.at(0), true
}

func (l ids) drop(n int) ids { return l[n*idSize:] }

func (l ids) push(batch ...uint64) ids {
	b := make([]byte, 0, len(l)+len(batch)*idSize)
	b = append(b, l...)
	for _, id := range batch {
		b = binary.BigEndian.AppendUint64(b, id)
	}
	return ids(b)
}

// hasPrefix reports whether the list starts with batch.
func (l ids) hasPrefix(batch []uint64) bool {
	if len(batch) > l.len() {
		return false
	}
	for i, id := range batch {
		if l.at(i) != id {
			return false
		}
	}
	return true
}

// insert keeps an ascending list ascending, so that equal sets are equal lists.
func (l ids) insert(id uint64) ids {
	i := 0
	for i < l.len() && l.at(i) < id {
		i++
	}
	return l[:i*idSize].push(id) + l[i*idSize:]
}

// remove takes id out; false if it is not there.
func (l ids) remove(id uint64) (ids, bool) {
	for i := range l.len() {
		if l.at(i) == id {
			return l[:i*idSize] + l[(i+1)*idSize:], true
		}
	}
	return l, false
}

func (l ids) slice() []uint64 {
	s := make([]uint64, l.len())
	for i := range s {
		s[i] = l.at(i)
	}
	return s
}

// holds is an immutable set of (id, process), ascending by id.
type holds string

const holdSize = idSize + 4

func (h holds) len() int { return len(h) / holdSize }

func (h holds) at(i int) (id uint64, process int32) {
	b := []byte(h[i*holdSize : (i+1)*holdSize])
	return binary.BigEndian.Uint64(b), int32(binary.BigEndian.Uint32(b[idSize:]))
}

func (h holds) insert(id uint64, process int32) holds {
	i := 0
	for i < h.len() {
		if at, _ := h.at(i); at >= id {
			break
		}
		i++
	}
	e := binary.BigEndian.AppendUint64(nil, id)
	e = binary.BigEndian.AppendUint32(e, uint32(process))
	return h[:i*holdSize] + holds(e) + h[i*holdSize:]
}

// remove takes out the id if process holds it; false if it does not.
func (h holds) remove(id uint64, process int32) (holds, bool) {
	for i := range h.len() {
		if at, by := h.at(i); at == id && by == process {
			return h[:i*holdSize] + h[(i+1)*holdSize:], true
		}
	}
	return h, false
}

// of returns the ids that process holds.
func (h holds) of(process int32) []uint64 {
	var s []uint64
	for i := range h.len() {
		if id, by := h.at(i); by == process {
			s = append(s, id)
		}
	}
	return s
}

func (h holds) String() string {
	parts := make([]string, h.len())
	for i := range parts {
		id, by := h.at(i)
		parts[i] = fmt.Sprintf("%d by p%d", id, by)
	}
	return strings.Join(parts, ", ")
}
