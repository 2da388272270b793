package main

import (
	"fmt"
	"math/bits"
	"sync/atomic"
)

// ledger is what the clients of a volume run write down of a fixed number of
// messages, in memory that all processes share: of each message whether it has
// been delivered and whether it is done with, of each client where it is. It
// does not grow with time, so that the whole run is checked.
//
// A seat is the place of a client. Even ones are of who pushes, odd ones of who
// takes. When its process is killed, the driver settles what it was about to
// do, and another client takes the seat.
type ledger struct {
	words    []uint64
	seats    int
	messages uint64
}

const line = 8 // words: seats do not share cache lines

// The words at the beginning. What is unknown is so because of kills.
const (
	ledgerPerhaps = iota // messages whose push never returned
	ledgerTaking         // messages that killed operations may have taken, at most
	ledgerLost           // of these, those that nobody gets any more
	ledgerFloors  = line // for each pusher: takes called now must not get a message before this one
)

// The words of a seat. Whoever has it writes them; the driver does when that is dead.
const (
	seatOwner    = iota // number of the process; 0: free
	seatCalled          // pushes: messages
	seatReturned        // pushes that have returned: messages
	seatTaking          // messages that the running operation takes, at most
	seatPopping         // the same if they are lost with the process
	seatAcking          // message that is being acknowledged, plus 1
	seatGot             // messages taken, each for the first time
	seatAgain           // messages claimed again
)

// ledgerWords is how many words a ledger needs.
func ledgerWords(seats int, messages uint64) int {
	return line + roundUp(seats, line) + seats*line + 2*int((messages+63)/64)
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// create makes a ledger in a new file.
func createLedger(path string, seats int, messages uint64) (*ledger, error) {
	words, err := mapWords(path, ledgerWords(seats, messages), true)
	return &ledger{words, seats, messages}, err
}

func openLedger(path string, seats int, messages uint64) (*ledger, error) {
	words, err := mapWords(path, ledgerWords(seats, messages), false)
	return &ledger{words, seats, messages}, err
}

func (l *ledger) load(i int) uint64     { return atomic.LoadUint64(&l.words[i]) }
func (l *ledger) store(i int, v uint64) { atomic.StoreUint64(&l.words[i], v) }
func (l *ledger) add(i int, d uint64)   { atomic.AddUint64(&l.words[i], d) }
func (l *ledger) seat(seat, what int) int {
	return ledgerFloors + roundUp(l.seats, line) + seat*line + what
}

// raise makes a word at least v.
func (l *ledger) raise(i int, v uint64) {
	for {
		old := l.load(i)
		if old >= v || atomic.CompareAndSwapUint64(&l.words[i], old, v) {
			return
		}
	}
}

// sit gives a free seat.
func (l *ledger) sit(process int32) (int, error) {
	for seat := range l.seats {
		if atomic.CompareAndSwapUint64(&l.words[l.seat(seat, seatOwner)], 0, uint64(process)) {
			return seat, nil
		}
	}
	return 0, fmt.Errorf("process %d: no free seat of %d", process, l.seats)
}

// pushers is how many seats push.
func (l *ledger) pushers() int { return (l.seats + 1) / 2 }

// pusher is the number of the seat among those that push.
func pusher(seat int) int { return seat / 2 }

// quota is how many messages a pusher pushes.
func (l *ledger) quota(pusher int) uint64 {
	n := uint64(l.pushers())
	if uint64(pusher) < l.messages%n {
		return l.messages/n + 1
	}
	return l.messages / n
}

// sum adds up a word of all seats.
func (l *ledger) sum(what int) (n uint64) {
	for seat := range l.seats {
		n += l.load(l.seat(seat, what))
	}
	return n
}

// number is that of a message in the bitmaps.
func (l *ledger) number(pusher int, nth uint64) uint64 {
	return nth*uint64(l.pushers()) + uint64(pusher)
}

// bitmap is one of the two: whether messages were delivered, whether they are done with.
type bitmap int

const (
	deliveredBit bitmap = iota
	doneBit
)

func (l *ledger) bit(b bitmap, number uint64) (word int, mask uint64) {
	n := int((l.messages + 63) / 64)
	return len(l.words) - (2-int(b))*n + int(number/64), 1 << (number % 64)
}

// mark sets a bit, and says whether it was set.
func (l *ledger) mark(b bitmap, number uint64) bool {
	word, mask := l.bit(b, number)
	return atomic.OrUint64(&l.words[word], mask)&mask != 0
}

func (l *ledger) marked(b bitmap, number uint64) bool {
	word, mask := l.bit(b, number)
	return l.load(word)&mask != 0
}

// done counts the messages that are done with.
func (l *ledger) done() (n uint64) {
	from, _ := l.bit(doneBit, 0)
	for i := range int((l.messages + 63) / 64) {
		n += uint64(bits.OnesCount64(l.load(from + i)))
	}
	return n
}

// bury settles the seats of a process that is dead, and frees them. It gives the
// messages that it was acknowledging: they are done with, or come again.
func (l *ledger) bury(process int32) (acking []uint64) {
	for seat := range l.seats {
		if l.load(l.seat(seat, seatOwner)) != uint64(process) {
			continue
		}
		called := l.load(l.seat(seat, seatCalled))
		l.add(ledgerPerhaps, called-l.load(l.seat(seat, seatReturned)))
		l.store(l.seat(seat, seatReturned), called) // if it was pushed at all, then before
		l.add(ledgerTaking, l.load(l.seat(seat, seatTaking)))
		l.add(ledgerLost, l.load(l.seat(seat, seatPopping)))
		if n := l.load(l.seat(seat, seatAcking)); n != 0 {
			acking = append(acking, n-1)
		}
		for _, what := range []int{seatTaking, seatPopping, seatAcking, seatOwner} {
			l.store(l.seat(seat, what), 0)
		}
	}
	return acking
}
