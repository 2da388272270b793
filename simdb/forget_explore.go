//go:build explore

package simdb

import "encoding/binary"

// moment is when a part of an operation began: see explore.Scheduler.Here. What it is for is said in forget.go.
type moment int

// known is who is told what an operation goes on knowing.
type known struct{ s Stepper }

func (m *mem) here() (k moment) {
	if s := m.hook.s; s != nil {
		k = moment(s.Here())
	}
	return k
}

func (m *mem) again(k moment) known {
	if s := m.hook.s; s != nil {
		s.Again(int(k))
	}
	return known{m.hook.s}
}

func (m *mem) done(k moment) known {
	if s := m.hook.s; s != nil {
		s.Done(int(k))
	}
	return known{m.hook.s}
}

func (k known) but(value uint64) known {
	if k.s != nil {
		k.s.But(value)
	}
	return k
}

func (k known) butBytes(b []byte) known {
	k.but(uint64(len(b)))
	for len(b) > 0 {
		var w [8]byte
		b = b[copy(w[:], b):]
		k.but(binary.NativeEndian.Uint64(w[:]))
	}
	return k
}

func (k known) butRefs(list []ref) known {
	k.but(uint64(len(list)))
	for _, b := range list {
		k.but(uint64(b))
	}
	return k
}

func (k known) butBool(b bool) known {
	if b {
		return k.but(1)
	}
	return k.but(0)
}
