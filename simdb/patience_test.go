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
	none, full := 0, 0
	for range 10 * patienceProbe {
		switch p.looks() {
		case 0:
			none++
		case fullPatience:
			full++
		}
	}
	if full != 10 || none != 10*patienceProbe-10 {
		t.Errorf("%d times full and %d times no patience where it never pays", full, none)
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
