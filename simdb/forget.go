//go:build !explore

package simdb

// moment is when a part of an operation began. Explored, an operation says by moments when what it has found out no longer matters: states that differ in nothing
// else are one then. It does nothing here.
type moment struct{}

// here is the present moment.
func (m *mem) here() (k moment) { return k }

// again: a loop begins again, or for the first time, and all variables are as they were at k, or will not be read any more; but for values that follow.
func (m *mem) again(moment) (k known) { return k }

// done: the part that began at k ends, and of what it found out nothing is used any more, but for values that follow.
func (m *mem) done(moment) (k known) { return k }

type known struct{}

func (k known) but(uint64) known { return k }

func (k known) butBool(bool) known { return k }

func (k known) butBytes([]byte) known { return k }

func (k known) butRefs([]ref) known { return k }
