package simdb

import (
	"sync/atomic"
	"time"
)

// fullPatience is how many times a waiter looks before it sleeps, at most: longer than it takes to wake a processor, or two that sleep would go on waking each other.
var fullPatience int32 = 16000

// patience adapts that to whether it pays: it goes to nothing where whoever is waited for shares the processor, or comes rarely. The zero value is full patience.
type patience struct {
	lost  atomic.Int32 // of full patience
	waits atomic.Uint32
	tried atomic.Int64 // when it was full last although some of it is lost, of sinceStart
	close atomic.Bool  // on the heels of who is waited for
	many  atomic.Int32 // found without waiting since it stayed behind
	rest  atomic.Int32 // waits before it may do so again
}

// tryEvery is how often patience is full although it did not pay, as it may by now: so rarely that it costs a hundredth of the time.
const tryEvery = 5 * time.Millisecond

// askEvery is in how many waits one asks for the time: it takes as long as a message.
const askEvery = 16

var start = time.Now()

// sinceStart is the time, for differences.
var sinceStart = func() time.Duration { return time.Since(start) }

// looks is how many times to look.
func (p *patience) looks() int32 {
	lost := p.lost.Load()
	if lost == 0 {
		return fullPatience
	}
	if p.waits.Add(1)%askEvery != 0 {
		return fullPatience - lost
	}
	if now := sinceStart(); now-time.Duration(p.tried.Load()) >= tryEvery {
		p.tried.Store(int64(now))
		return fullPatience
	}
	return fullPatience - lost
}

// paid says that what was waited for came while the waiter looked. It is full again at once: if two wait for each other, they are fast only when both look.
func (p *patience) paid() {
	if p.lost.Load() != 0 {
		p.lost.Store(0)
	}
}

// shortSleep is how long it takes at least until who slept in vain cost so little that it does not count.
const shortSleep = time.Millisecond

// wasted says that it did not, and came soon afterwards.
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
