package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"

	"simdb.dev/simdb"
)

// A message of a volume run says who pushed it, as its how manieth, and how many
// pushes of each pusher had returned before that push was called; then a checksum:
//
//	pusher | nth | returned of each pusher | checksum
//
// So whoever takes it knows what must have been taken before.
func volumeMessage(dst []byte, pusher int, nth uint64, returned []uint64) []byte {
	dst = binary.LittleEndian.AppendUint64(dst[:0], uint64(pusher))
	dst = binary.LittleEndian.AppendUint64(dst, nth)
	for _, n := range returned {
		dst = binary.LittleEndian.AppendUint64(dst, n)
	}
	return binary.LittleEndian.AppendUint64(dst, xxh3.Hash(dst))
}

// volumeSize is the bytes of a message.
func volumeSize(pushers int) int { return 8 * (3 + pushers) }

// volumeClient pushes or takes, whichever its seat is for.
type volumeClient struct {
	l        *ledger
	seat     int
	q        queue
	rng      *rand.Rand
	stop     *atomic.Bool
	progress *atomic.Uint64

	returned []uint64 // of each pusher: what was pushed before
	floors   []uint64 // of each pusher: what is taken now is not before
	pushed   uint64   // messages in all whose pushes had returned, before an operation
	held     []volumeClaim
	buf      []byte
	batch    *simdb.Batch
}

// volumeClaim is a message that the client has claimed.
type volumeClaim struct {
	claim  simdb.Claim
	number uint64
}

func newVolumeClient(l *ledger, seat int, q queue, seed uint64) (*volumeClient, error) {
	batch, err := simdb.NewBatch(simdb.MinBatch, make([]byte, 16*volumeSize(l.pushers())))
	return &volumeClient{
		l: l, seat: seat, q: q, rng: rand.New(rand.NewPCG(seed, uint64(seat))), stop: new(atomic.Bool), progress: new(atomic.Uint64),
		returned: make([]uint64, l.pushers()), floors: make([]uint64, l.pushers()), batch: batch,
	}, err
}

// note writes a word of the client's seat.
func (c *volumeClient) note(what int, v uint64) { c.l.store(c.l.seat(c.seat, what), v) }

func (c *volumeClient) noted(what int) uint64 { return c.l.load(c.l.seat(c.seat, what)) }

// run is all that the client does.
func (c *volumeClient) run() error {
	if c.seat%2 == 0 {
		return c.push()
	}
	return c.takeAll()
}

// backlog is how many messages may wait in the queue: it bounds the region.
const backlog = 4000

// push pushes the quota of the seat, from where it is.
func (c *volumeClient) push() error {
	me := pusher(c.seat)
	messages := make([][]byte, mostBatch)
	for nth, quota := c.noted(seatCalled), c.l.quota(me); nth < quota && !c.stop.Load(); c.progress.Add(1) {
		if c.l.sum(seatReturned) > c.l.sum(seatGot)+backlog {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		n := uint64(1)
		if c.rng.IntN(8) == 0 {
			n = min(2+c.rng.Uint64N(mostBatch-1), quota-nth)
		}
		for p := range c.returned {
			c.returned[p] = c.l.load(c.l.seat(2*p, seatReturned))
		}
		for i := range n {
			messages[i] = volumeMessage(messages[i], me, nth+i, c.returned)
		}
		c.note(seatCalled, nth+n)
		if err := c.pushSome(messages[:n]); err != nil {
			return fmt.Errorf("push of message %d of pusher %d: %w", nth, me, err)
		}
		nth += n
		c.note(seatReturned, nth)
	}
	return nil
}

func (c *volumeClient) pushSome(messages [][]byte) error {
	if len(messages) == 1 {
		return c.q.Push(messages[0])
	}
	return c.q.PushBatch(messages)
}

// takeAll takes until all is pushed and nothing is left.
func (c *volumeClient) takeAll() error {
	for !c.stop.Load() {
		c.progress.Add(1)
		some, err := c.takeSome()
		if err != nil {
			return err
		}
		if len(c.held) > 0 && (!some || len(c.held) >= mostHeld || c.rng.IntN(2) == 0) {
			if err := c.letGo(); err != nil {
				return err
			}
		}
		if !some && c.l.sum(seatReturned) == c.l.messages && len(c.held) == 0 {
			return nil
		}
	}
	for len(c.held) > 0 {
		if err := c.letGo(); err != nil {
			return err
		}
	}
	return nil
}

// takeSome takes in one of the ways, and says whether there was something.
func (c *volumeClient) takeSome() (some bool, err error) {
	switch n := c.rng.IntN(32); {
	case n < 2: // long enough to sleep
		ctx, cancel := context.WithTimeout(context.Background(), popWait)
		defer cancel()
		c.before(1, 1)
		c.buf, err = c.q.Pop(ctx, c.buf[:0])
		if errors.Is(err, context.DeadlineExceeded) {
			err = simdb.ErrEmpty
		}
	case n < 16:
		c.before(1, 1)
		c.buf, err = c.q.TryPop(c.buf[:0])
	case n < 22:
		return c.take()
	default:
		return c.claim()
	}
	if err != nil {
		return false, c.nothing(err)
	}
	return true, c.got(c.buf, doneBit)
}

// before notes what is known before an operation that takes so many messages at
// most, and loses so many if it is killed.
func (c *volumeClient) before(most, lost uint64) {
	c.pushed = c.l.sum(seatReturned) - c.l.load(ledgerPerhaps)
	for p := range c.floors {
		c.floors[p] = c.l.load(ledgerFloors + p)
	}
	c.note(seatPopping, lost)
	c.note(seatTaking, most)
}

func (c *volumeClient) after() {
	c.note(seatPopping, 0)
	c.note(seatTaking, 0)
}

// got checks a message that was taken for the first time, and writes it down. If
// it is popped it is done with, too.
func (c *volumeClient) got(b []byte, as bitmap) error {
	from, nth, err := c.identify(b)
	if err != nil {
		return err
	}
	number := c.l.number(from, nth)
	if c.l.mark(deliveredBit, number) || c.l.marked(doneBit, number) {
		return fmt.Errorf("message %d of pusher %d was delivered twice", nth, from)
	}
	if nth < c.floors[from] {
		return fmt.Errorf("message %d of pusher %d was delivered after a message that was pushed later: those before %d were gone", nth, from, c.floors[from])
	}
	if as == doneBit {
		c.l.mark(doneBit, number)
	}
	c.note(seatGot, c.noted(seatGot)+1)
	// From now on nobody may get what was pushed before.
	c.l.raise(ledgerFloors+from, nth+1)
	for p, n := range c.returned {
		c.l.raise(ledgerFloors+p, n)
	}
	if c.noted(seatTaking) <= 1 {
		c.after()
		return nil
	}
	c.note(seatTaking, c.noted(seatTaking)-1) // of several, the next one comes after this
	for p := range c.floors {
		c.floors[p] = max(c.floors[p], c.returned[p])
	}
	c.floors[from] = max(c.floors[from], nth+1)
	return nil
}

// identify reads a message; what was pushed before it is in c.returned.
func (c *volumeClient) identify(b []byte) (from int, nth uint64, err error) {
	if n := volumeSize(c.l.pushers()); len(b) != n || binary.LittleEndian.Uint64(b[n-8:]) != xxh3.Hash(b[:n-8]) {
		return 0, 0, fmt.Errorf("torn message of %d bytes: %.80x", len(b), b)
	}
	from, nth = int(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint64(b[8:])
	if from < 0 || from >= c.l.pushers() || nth >= c.l.load(c.l.seat(2*from, seatCalled)) {
		return 0, 0, fmt.Errorf("message %d of pusher %d, which was never pushed", nth, from)
	}
	for p := range c.returned {
		c.returned[p] = binary.LittleEndian.Uint64(b[16+8*p:])
	}
	return from, nth, nil
}

// nothing checks that an operation which found nothing may have: not if more
// messages were there when it was called than others can have taken since.
func (c *volumeClient) nothing(err error) error {
	c.after()
	if !errors.Is(err, simdb.ErrEmpty) {
		return err
	}
	taken := c.l.sum(seatTaking) + c.l.load(ledgerTaking)
	taken += c.l.sum(seatGot) // later, so that none is missing in both
	if c.pushed > taken {
		return fmt.Errorf("the queue was found empty, but %d messages had been pushed, and %d taken at most", c.pushed, taken)
	}
	return nil
}

func (c *volumeClient) take() (bool, error) {
	c.before(simdb.MinBatch, simdb.MinBatch)
	if err := c.q.Take(c.batch); err != nil {
		return false, c.nothing(err)
	}
	n := uint64(c.batch.Len())
	c.note(seatTaking, n)
	c.note(seatPopping, n)
	for _, m := range c.batch.All() {
		if err := c.got(m, doneBit); err != nil {
			return false, err
		}
		n--
		c.note(seatPopping, n)
	}
	return true, nil
}

// claim holds a message. It is not lost if we are killed.
func (c *volumeClient) claim() (bool, error) {
	var claim simdb.Claim
	var err error
	c.before(1, 0)
	if c.buf, claim, err = c.q.TryClaim(c.buf[:0]); err != nil {
		if errors.Is(err, simdb.ErrFull) { // no room for a copy
			c.after()
			return true, nil
		}
		return false, c.nothing(err)
	}
	if claim.Redelivered() {
		err = c.gotAgain(c.buf)
	} else {
		err = c.got(c.buf, deliveredBit)
	}
	if err != nil {
		return false, err
	}
	from, nth, _ := c.identify(c.buf)
	c.held = append(c.held, volumeClaim{claim, c.l.number(from, nth)})
	return true, nil
}

// gotAgain checks a message that somebody had claimed before.
func (c *volumeClient) gotAgain(b []byte) error {
	from, nth, err := c.identify(b)
	if err != nil {
		return err
	}
	number := c.l.number(from, nth)
	if c.l.marked(doneBit, number) {
		return fmt.Errorf("message %d of pusher %d was delivered again after it was done with", nth, from)
	}
	c.note(seatAgain, c.noted(seatAgain)+1)
	if !c.l.mark(deliveredBit, number) {
		c.note(seatGot, c.noted(seatGot)+1) // who had it was killed before writing that down
	}
	c.after()
	return nil
}

// letGo acknowledges the message that is held longest, or gives it up.
func (c *volumeClient) letGo() error {
	h := c.held[0]
	c.held = c.held[1:]
	if c.rng.IntN(64) == 0 {
		return c.q.Release(h.claim)
	}
	c.note(seatAcking, h.number+1)
	if err := c.q.Ack(h.claim); err != nil {
		return fmt.Errorf("acknowledging message %d: %w", h.number, err)
	}
	c.l.mark(doneBit, h.number)
	c.note(seatAcking, 0)
	return nil
}
