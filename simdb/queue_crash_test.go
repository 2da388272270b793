package simdb

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// What a queue user that is to be killed says on the board: how far its pushes are, what it is about to do with whose message, and which messages it got.
const (
	queueUsers   = 3
	mostPushed   = 4096                  // by each user in a round
	boardUser    = boardRest             // for each user userWords words
	userPushing  = 0                     // pushes begun, in messages
	userPushed   = 8                     // pushes returned
	userPopping  = 16                    // 1 while it pops
	userAcking   = 24                    // message that it acknowledges, plus 1
	userTakes    = 32                    // for each user a bit for each of its messages: popped or acknowledged by this one
	userTakeSize = 8 * (mostPushed / 64) // bytes
	userSize     = userTakes + queueUsers*userTakeSize
)

// TestKilledQueueUsers kills processes at random moments of pushes, pops, claims, acknowledgements and deletions of another queue. Then the survivor sweeps, and takes what is left: each message whose push
// returned was got once, by a pop or a claim that was acknowledged, or a pop that was killed has it; what the dead had claimed comes again; the blocks all come back.
func TestKilledQueueUsers(t *testing.T) {
	rounds := 60
	if testing.Short() || raceEnabled {
		rounds = 12
	}
	db := openShm(t, Options{BlockSize: 80, BlockCount: 12000, buckets: 2, slots: 1})
	b := newBoard(t)
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	var sum killedQueueUsers
	for round := range rounds {
		for off := uint64(0); off < boardRest+queueUsers*userSize; off += 8 {
			b.store(off, 0)
		}
		var children [queueUsers]*child
		for i := range children {
			children[i] = startChild(t, "use queues until killed", db.Path(), b.path, strconv.Itoa(i), strconv.Itoa(round))
		}
		b.begin(ctx, t, queueUsers, children[:]...)
		time.Sleep(time.Duration(random.IntN(6000)) * time.Microsecond)
		for _, c := range children {
			if c.ended() {
				t.Fatalf("round %d: child ended early\n%s", round, &c.output)
			}
			c.kill()
		}
		report, err := db.Sweep()
		must(t, err)
		sum.freed, sum.kept = sum.freed+report.Freed, sum.kept+report.Kept
		if again, err := db.Sweep(); err != nil || again.Freed != 0 || again.Handles != 0 {
			t.Fatalf("round %d: a second sweep found %+v, %v", round, again, err)
		}
		c := checkRegion(t, db)
		sum.pending += c.pending
		for _, q := range c.queues {
			sum.behind, sum.unhanded = sum.behind+q.behind, sum.unhanded+q.unhanded
			if q.ending {
				sum.ending++
			}
		}
		sum.settle(t, db, b)
		for _, key := range []string{"q", "deleted"} {
			q, err := db.Queue([]byte(key), QueueOptions{})
			must(t, err)
			if err := q.Delete(); err != nil && err != ErrNotFound {
				t.Fatal(err)
			}
		}
		_, err = db.Sweep() // what was given up of a queue that is gone
		must(t, err)
		atRest(t, db, 0)
	}
	t.Logf("%d kills: %+v", rounds*queueUsers, sum)
	if sum.freed == 0 || sum.kept == 0 || sum.again == 0 || sum.taken == 0 {
		t.Error("no kill left anything: nothing was tested")
	}
}

// killedQueueUsers counts what was found after kills.
type killedQueueUsers struct {
	freed, kept                         uint64 // by sweeps
	pending                             uint64 // creations of queues, decided and not completed
	ending, behind, unhanded            int    // deletions begun, used-up segments before the real head, claims not handed over
	taken, left, again, unknown, killed int    // messages: before the kill, in the queue afterwards, of these claimed by the dead, pushed perhaps, lost by killed pops
}

// settle takes what is left in the queue, and compares with what the users said.
func (s *killedQueueUsers) settle(t *testing.T, db *DB, b *board) {
	t.Helper()
	q, err := db.Queue([]byte("q"), QueueOptions{})
	must(t, err)
	left := map[uint64]bool{} // messages, and whether they had been claimed
	last := [queueUsers]uint64{}
	for {
		m, c, err := q.TryClaim(nil)
		if err == ErrEmpty {
			break
		}
		must(t, err)
		id := binary.LittleEndian.Uint64(m)
		if err := checkQueueMessage(m); err != nil {
			t.Fatal(err)
		}
		if _, twice := left[id]; twice {
			t.Fatalf("message %#x is there twice", id)
		}
		left[id] = c.Redelivered()
		if user, n := id>>32, id&(1<<32-1); !c.Redelivered() {
			if n < last[user] {
				t.Fatalf("message %d of user %d comes after %d", n, user, last[user])
			}
			last[user] = n
		}
		must(t, q.Ack(c))
	}
	missing, popping := 0, 0
	acking := map[uint64]bool{}
	for u := range uint64(queueUsers) {
		word := func(w uint64) uint64 { return b.load(boardUser + u*userSize + w) }
		popping += int(word(userPopping))
		if w := word(userAcking); w != 0 {
			acking[w-1] = true
		}
		for n := word(userPushed); n < word(userPushing); n++ {
			s.unknown++
		}
	}
	for u := range uint64(queueUsers) {
		pushing, pushed := b.load(boardUser+u*userSize+userPushing), b.load(boardUser+u*userSize+userPushed)
		for n := range pushing {
			id := u<<32 | n
			times := 0
			for by := range uint64(queueUsers) {
				off, bit := takenBit(by, u, n)
				times += int(b.load(off) >> bit & 1)
			}
			_, there := left[id]
			switch {
			case times > 1, times == 1 && there:
				t.Fatalf("message %d of user %d was got %d times before the kills, and is there: %v", n, u, times, there)
			case there && left[id]:
				s.again++
			case there:
				s.left++
			case times == 1:
				s.taken++
			case n < pushed && !acking[id]:
				missing++
			}
			delete(left, id)
		}
	}
	s.killed += missing
	if missing > popping || len(left) > 0 {
		t.Fatalf("%d messages are missing, and %d pops were killed; %d messages that were never pushed", missing, popping, len(left))
	}
}

// takenBit is where user by says that it got message n of user of.
func takenBit(by, of, n uint64) (off, bit uint64) {
	return boardUser + by*userSize + userTakes + of*userTakeSize + 8*(n/64), n % 64
}

// queueMessage is message n of a user: of one or several blocks.
func queueMessage(dst []byte, user, n uint64) []byte {
	dst = binary.LittleEndian.AppendUint64(dst[:0], user<<32|n)
	return append(dst, content(user<<32|n, int(n*2654435761%90))...)
}

func checkQueueMessage(m []byte) error {
	if len(m) >= 8 {
		id := binary.LittleEndian.Uint64(m)
		if user, n := id>>32, id&(1<<32-1); user < queueUsers && string(queueMessage(nil, user, n)) == string(m) {
			return nil
		}
	}
	return fmt.Errorf("torn message of %d bytes: %.40x", len(m), m)
}

func init() { roles["use queues until killed"] = roleQueueUser }

func roleQueueUser(args []string) {
	db, err := OpenPath(args[0], Options{MustExist: true})
	fatalIf(err)
	b, err := openBoard(args[1])
	fatalIf(err)
	me, err := strconv.ParseUint(args[2], 10, 64)
	fatalIf(err)
	round, err := strconv.ParseUint(args[3], 10, 64)
	fatalIf(err)
	u := killableUser{b: b, me: me, rng: rand.New(rand.NewPCG(me, round))}
	u.q, err = db.Queue([]byte("q"), QueueOptions{})
	fatalIf(err)
	other, err := db.Queue([]byte("deleted"), QueueOptions{})
	fatalIf(err)
	b.ready()
	for {
		u.use()
		if u.rng.IntN(4) == 0 {
			other.Push(nil)
		}
		if u.rng.IntN(40) == 0 {
			other.Delete()
		}
	}
}

// killableUser uses a queue and writes down each step.
type killableUser struct {
	b        *board
	me       uint64
	rng      *rand.Rand
	q        *Queue
	pushed   uint64
	messages [3][]byte
	buf      []byte
	claims   []Claim
	ids      []uint64 // of the claims
}

func (u *killableUser) say(word, v uint64) { u.b.store(boardUser+u.me*userSize+word, v) }

// took writes down that a message is ours.
func (u *killableUser) took(m []byte) {
	fatalIf(checkQueueMessage(m))
	id := binary.LittleEndian.Uint64(m)
	u.mark(id)
}

func (u *killableUser) mark(id uint64) {
	off, bit := takenBit(u.me, id>>32, id&(1<<32-1))
	if u.b.load(off)>>bit&1 != 0 {
		fatal("message %#x was delivered twice", id)
	}
	u.b.add(off, 1<<bit)
}

func (u *killableUser) use() {
	var err error
	switch n := u.rng.IntN(16); {
	case n < 7:
		u.push(1 + n/4*u.rng.IntN(3))
		return
	case n < 11:
		u.say(userPopping, 1)
		if u.buf, err = u.q.TryPop(u.buf[:0]); err == nil {
			u.took(u.buf)
		}
		u.say(userPopping, 0)
	case n < 14 && len(u.claims) < 4:
		var c Claim
		if u.buf, c, err = u.q.TryClaim(u.buf[:0]); err == nil {
			fatalIf(checkQueueMessage(u.buf))
			u.claims, u.ids = append(u.claims, c), append(u.ids, binary.LittleEndian.Uint64(u.buf))
		}
	case len(u.claims) > 0:
		c, id := u.claims[0], u.ids[0]
		u.claims, u.ids = u.claims[1:], u.ids[1:]
		if n == 15 && u.rng.IntN(4) == 0 {
			fatalIf(u.q.Release(c))
			return
		}
		u.say(userAcking, id+1)
		fatalIf(u.q.Ack(c))
		u.mark(id)
		u.say(userAcking, 0)
	}
	if err != nil && err != ErrEmpty {
		fatal("%v", err)
	}
}

func (u *killableUser) push(n int) {
	if u.pushed+uint64(n) > mostPushed {
		return
	}
	for i := range n {
		u.messages[i] = queueMessage(u.messages[i], u.me, u.pushed+uint64(i))
	}
	u.pushed += uint64(n)
	u.say(userPushing, u.pushed)
	fatalIf(u.q.PushBatch(u.messages[:n]))
	u.say(userPushed, u.pushed)
}
