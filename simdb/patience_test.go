package simdb

import (
	"testing"
	"time"
)

// TestPatience: it goes to nothing where looking never pays, is full again soon where it does, and is tried now and then.
func TestPatience(t *testing.T) {
	defer SetPatience(SetPatience(4000)) // explored, there is none
	var p patience
	if n := p.looks(); n != fullPatience {
		t.Fatalf("%d looks at first", n)
	}
	for range 20 {
		p.wasted()
	}
	now := time.Hour
	defer func(was func() time.Duration) { sinceStart = was }(sinceStart)
	sinceStart = func() time.Duration { return now }
	tries := func(waits int, each time.Duration) (full int) {
		t.Helper()
		for range waits {
			now += each
			switch n := p.looks(); n {
			case 0:
			case fullPatience:
				full++
				p.wasted()
			default:
				t.Fatalf("%d looks where it never pays", n)
			}
		}
		return full
	}
	if n := tries(10_000, time.Microsecond); n != 2 {
		t.Errorf("tried %d times in two periods of short waits", n)
	}
	if n := tries(10*askEvery, tryEvery); n != 10 {
		t.Errorf("tried %d times in %d long waits", n, 10*askEvery)
	}
	for range 5 {
		p.paid()
	}
	if n := p.looks(); n != fullPatience {
		t.Errorf("%d looks though it pays", n)
	}
}

// TestLag: who waits stays behind a producer that goes on and on, and not behind one that waits for answers.
func TestLag(t *testing.T) {
	var p patience
	near := func() bool { p.came(0); return p.close.Load() }
	if !near() {
		t.Fatal("not behind who is close")
	}
	for range 100 {
		for range lagPays {
			p.found()
		}
		if !near() {
			t.Fatal("no longer behind though there are several each time")
		}
	}
	p.found()
	if near() {
		t.Fatal("behind who sends one at a time")
	}
	for range lagRests {
		if near() {
			t.Fatal("tried again too soon")
		}
	}
	if p.came(nearLooks); p.close.Load() {
		t.Error("behind who is far")
	}
	if !near() {
		t.Error("not tried again")
	}
}
