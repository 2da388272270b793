package simdb

import (
	"runtime"
	"sync/atomic"
)

// fullPatience is how many times a waiter looks before it sleeps, at most: some round trips between two processors. On one processor it does not pay at all.
var fullPatience = map[bool]int32{true: 0, false: 4000}[runtime.NumCPU() == 1]

// patience adapts that to whether it pays: it goes to nothing where whoever is waited for shares the processor, or comes rarely. The zero value is full patience.
type patience struct {
	lost  atomic.Int32 // of full patience
	waits atomic.Uint32
}

// Once in so many waits patience is full, as it may pay again by now.
const patienceProbe = 128

// looks is how many times to look.
func (p *patience) looks() int32 {
	if p.lost.Load() == 0 || p.waits.Add(1)%patienceProbe == 0 {
		return fullPatience
	}
	return fullPatience - p.lost.Load()
}

// paid says that what was waited for came while the waiter looked.
func (p *patience) paid() {
	if lost := p.lost.Load(); lost > 0 {
		left := fullPatience - lost
		p.lost.Store(max(0, fullPatience-max(2*left, fullPatience/8)))
	}
}

// wasted says that it did not.
func (p *patience) wasted() {
	lost := p.lost.Load()
	left := (fullPatience - lost) / 2
	if left < fullPatience/64 {
		left = 0
	}
	p.lost.Store(fullPatience - left)
}
