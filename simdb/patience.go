package simdb

import "sync/atomic"

// fullPatience is how many times a waiter looks before it sleeps, at most: some round trips between two processors.
var fullPatience int32 = 4000

// patience adapts that to whether it pays: it goes to nothing where whoever is waited for shares the processor, or comes rarely. The zero value is full patience.
type patience struct {
	lost  atomic.Int32 // of full patience
	waits atomic.Int32 // since patience was full
	gap   atomic.Int32 // for how many waits it is not, beyond the first gap
	close atomic.Bool  // on the heels of who is waited for
	many  atomic.Int32 // found without waiting since it stayed behind
	rest  atomic.Int32 // waits before it may do so again
}

// Once in so many waits patience is full, as it may pay again by now: in twice as many each time that it does not.
const (
	firstGap = 128
	lastGap  = 64 * firstGap
)

// looks is how many times to look.
func (p *patience) looks() int32 {
	lost := p.lost.Load()
	if lost == 0 {
		return fullPatience
	}
	if gap := p.gap.Load(); p.waits.Add(1) >= firstGap+gap {
		p.waits.Store(0)
		p.gap.Store(min(2*gap+firstGap, lastGap-firstGap))
		return fullPatience
	}
	return fullPatience - lost
}

// paid says that what was waited for came while the waiter looked.
func (p *patience) paid() {
	if lost := p.lost.Load(); lost > 0 {
		left := fullPatience - lost
		p.lost.Store(max(0, fullPatience-max(2*left, fullPatience/8)))
		p.gap.Store(0)
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

// On the heels of somebody who goes on and on, two take the cache lines from each other for every message. Who waits stays a little behind then, as long as it finds several each time.
const (
	nearLooks = 6  // what is waited for comes so soon if it is one of many
	lagLooks  = 40 // how far to stay behind
	lagPays   = 2  // how many to find without waiting, each time
	lagRests  = 64 // waits until it is tried again, if it does not pay
)

// lag stays behind who is waited for, if that one is close.
func (p *patience) lag(r *region) {
	if p.close.Load() {
		for range lagLooks {
			r.spin()
		}
	}
}

// found says that there was something without waiting.
func (p *patience) found() {
	if p.close.Load() {
		p.many.Store(p.many.Load() + 1)
	}
}

// came says after how many looks something came.
func (p *patience) came(looks int32) {
	switch rest := p.rest.Load(); {
	case p.close.Load():
		if p.many.Swap(0) < lagPays {
			p.close.Store(false)
			p.rest.Store(lagRests)
		}
	case rest > 0:
		p.rest.Store(rest - 1)
	case looks < nearLooks:
		p.many.Store(lagPays) // the first time nothing is known yet
		p.close.Store(true)
	}
}
