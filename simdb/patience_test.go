package simdb

import "testing"

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
	tries := func(waits int) (full int) {
		t.Helper()
		for range waits {
			switch n := p.looks(); n {
			case 0:
			case fullPatience:
				full++
			default:
				t.Fatalf("%d looks where it never pays", n)
			}
		}
		return full
	}
	for gap := firstGap; gap < 4*lastGap; gap *= 2 {
		if n := tries(min(gap, lastGap) - 1); n != 0 {
			t.Fatalf("tried %d times in less than %d waits", n, min(gap, lastGap))
		}
		if n := tries(1); n != 1 {
			t.Fatalf("not tried after %d waits", min(gap, lastGap))
		}
	}
	for range 5 {
		p.paid()
	}
	if n := p.looks(); n != fullPatience {
		t.Errorf("%d looks though it pays", n)
	}
	for range 20 {
		p.wasted()
	}
	if n := tries(firstGap); n != 1 {
		t.Errorf("tried %d times in the first %d waits since it paid", n, firstGap)
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
