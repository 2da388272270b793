package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"simdb.dev/simdb"
	"simdb.dev/simdb/node"
)

// The phase of nodes: every client pushes numbered elements to a queue, and runs two nodes,
//
//	elements (queue), factors (pack, replaced all the time) → between (queue) → results (pack)
//
// After each round the driver works off what is left, and accounts for every element: of those whose push returned, each has a result; of those that nobody pushed, none has; and without a kill none has two.
var (
	elementsKey = []byte("elements")
	factorsKey  = []byte("factors")
	betweenKey  = []byte("between")
	resultsKey  = []byte("results")
)

const (
	nodeElements = 2000   // of a round, at most
	nodeLimit    = 256    // of each queue: a client's batches and pushes fit
	factorBytes  = 10_000 // of a pack of factors: copied in several pieces
	factorsEvery = 16     // elements
)

// elementStamp and resultStamp are the keys in the checksums.
const (
	elementStamp = iota
	factorStamp
	resultStamp
)

// nodePhase is the phase, for blocks that have room for a queue's key.
func nodePhase(cfg *config) phase {
	clients := uint64(cfg.Processes * cfg.Goroutines)
	// Each client may be building the pack of results, of elements that came twice, while somebody paused or killed has another.
	results := packBlocks(cfg, 2*nodeElements*typedRecordSize)
	message := blocks(cfg, typedRecordSize+messageOverhead+fingerprintSize)
	factors := packBlocks(cfg, factorBytes)
	return phase{
		Name: "nodes", Keys: int(packClasses), Nodes: true, cfg: cfg,
		Blocks: (2*clients+4)*(results+2*factors) + 4*nodeLimit*message + 64*clients*(message+2),
	}
}

// fingerprintSize is what a typed value takes beside its bytes.
const fingerprintSize = 8

// tickets are what the processes of a round share beside the region: which elements there are.
type tickets struct{ words []uint64 }

// The words: how many elements were begun, and then a bit for each whose push returned.
const ticketWords = line + (nodeElements+63)/64

func (t tickets) begun() uint64 { return min(atomic.LoadUint64(&t.words[0]), nodeElements) }

// next gives the number of a new element.
func (t tickets) next() (number uint64, ok bool) {
	number = atomic.AddUint64(&t.words[0], 1) - 1
	return number, number < nodeElements
}

func (t tickets) setPushed(number uint64) {
	atomic.OrUint64(&t.words[line+number/64], 1<<(number%64))
}

func (t tickets) pushed(number uint64) bool {
	return atomic.LoadUint64(&t.words[line+number/64])>>(number%64)&1 != 0
}

// stage1 and stage2 are the nodes. Whatever they are given that is torn, or of two packs of factors, ends them.
func stage1(progress *atomic.Uint64) *node.Node {
	f := func(elements iter.Seq[typedRecord], factors iter.Seq[[]byte]) iter.Seq2[typedRecord, error] {
		return func(yield func(typedRecord, error) bool) {
			j, i := judge{want: -1}, 0
			for b := range factors {
				s, whole := readRecord(b, factorStamp)
				j.add(s, whole, i)
				i++
			}
			if j.end(); j.torn {
				yield(typedRecord{}, fmt.Errorf("%w: a mix of factors", errTorn))
				return
			}
			for r, err := range restamp(elements, elementStamp, progress) {
				if !yield(r, err) {
					return
				}
			}
		}
	}
	return node.New2(f, node.Queue(elementsKey), node.Snapshot(factorsKey), node.ToQueue[typedRecord](string(betweenKey), simdb.QueueOptions{Limit: nodeLimit}))
}

func stage2(progress *atomic.Uint64) *node.Node {
	f := func(between iter.Seq[typedRecord]) iter.Seq2[typedRecord, error] {
		return restamp(between, resultStamp, progress)
	}
	return node.New(f, node.Queue(betweenKey), node.ToPack[typedRecord](string(resultsKey)))
}

// restamp gives results for records with that stamp.
func restamp(records iter.Seq[typedRecord], key uint64, progress *atomic.Uint64) iter.Seq2[typedRecord, error] {
	return func(yield func(typedRecord, error) bool) {
		for r := range records {
			progress.Add(1)
			if !r.whole(key) {
				yield(r, fmt.Errorf("%w: element %+v", errTorn, r))
				return
			}
			if !yield(newTypedRecord(resultStamp, r.Stamp), nil) {
				return
			}
		}
	}
}

// nodes is a worker's part of a round: every client produces and runs both nodes.
func (w *worker) nodes(r *round) error {
	words, err := mapWords(r.Tickets, ticketWords, false)
	if err != nil {
		return err
	}
	t := tickets{words}
	w.note(note{Working: true}) // from now on there is something to be killed in
	progress := make([]atomic.Uint64, w.Config.Goroutines)
	return w.together(progress, func(i int) error {
		rng := rand.New(rand.NewPCG(r.Seed, uint64(w.Process)<<32|uint64(i)))
		// Each part outlives the one that it is fed by: what that waits to push, somebody takes.
		after := func(before *atomic.Bool) node.Options {
			return node.Options{End: func() (bool, error) {
				progress[i].Add(1)
				return before.Load(), nil
			}}
		}
		var produced, between atomic.Bool
		ctx, db := context.Background(), w.db.database()
		parts := []func() error{
			func() error {
				defer produced.Store(true)
				return w.produce(ctx, t, rng, &progress[i])
			},
			func() error {
				defer between.Store(true)
				return stage1(&progress[i]).Run(ctx, db, after(&produced))
			},
			func() error { return stage2(&progress[i]).Run(ctx, db, after(&between)) },
		}
		ended := make(chan error, len(parts))
		for _, part := range parts {
			go func() { ended <- part() }()
		}
		for range parts {
			if err := <-ended; err != nil {
				return err
			}
		}
		progress[i].Store(finished)
		return nil
	}, func() error { return nil })
}

// produce pushes elements, alone and several at once, and replaces the factors.
func (w *worker) produce(ctx context.Context, t tickets, rng *rand.Rand, progress *atomic.Uint64) error {
	db := w.db.database()
	q, err := db.Queue(elementsKey, simdb.QueueOptions{Limit: nodeLimit})
	if err != nil {
		return err
	}
	typed, err := simdb.NewTyped[typedRecord](db)
	if err != nil {
		return err
	}
	for n := 0; !w.stop.Load(); n++ {
		if n%factorsEvery == 0 {
			if err := putFactors(db, rng); err != nil {
				return err
			}
		}
		var numbers []uint64
		var messages [][]byte
		for range 1 + rng.IntN(4) {
			number, ok := t.next()
			if !ok {
				break
			}
			m, err := typed.Append(nil, newTypedRecord(elementStamp, stamp{ID: number}))
			if err != nil {
				return err
			}
			numbers, messages = append(numbers, number), append(messages, m)
		}
		if len(numbers) == 0 {
			return nil
		}
		if err := q.PushBatchWait(ctx, messages); err != nil {
			return err
		}
		for _, number := range numbers {
			t.setPushed(number)
			progress.Add(1)
		}
	}
	return nil
}

func putFactors(db *simdb.DB, rng *rand.Rand) error {
	return db.PutPack(factorsKey, appendRecords(nil, rng, factorStamp, rng.Uint64(), factorBytes))
}

// nodesRound makes one round of nodes, works off what it left, and accounts for it.
func (d *driver) nodesRound(ctx context.Context, ph *phase, db *simdb.DB, f *fleet, n int) error {
	d.sum.beginRound()
	r := &round{Number: n, Seed: d.cfg.Seed + uint64(d.sum.Rounds), Tickets: filepath.Join(d.dir, "tickets")}
	words, err := mapWords(r.Tickets, ticketWords, true)
	if err != nil {
		return err
	}
	defer os.Remove(r.Tickets)
	c := &conductor{cfg: d.cfg, db: db, storm: d.storm, fleet: f, round: r, rng: rand.New(rand.NewPCG(r.Seed, 0))}
	if err := putFactors(db, c.rng); err != nil {
		return err
	}
	began := time.Now()
	err = c.conduct(ctx)
	ran := time.Since(began)
	d.sum.ran(c, ran)
	if err != nil {
		return err
	}
	stats, err := auditFull(db)
	if err != nil {
		return err
	}
	d.sum.quiet(stats)
	counted, err := d.settleNodes(ctx, db, tickets{words}, len(c.killed) > 0)
	d.sum.phase().addNodes(counted)
	if err != nil {
		return err
	}
	for _, key := range [][]byte{elementsKey, factorsKey, betweenKey, resultsKey} {
		if err := db.Delete(key); errors.Is(err, simdb.ErrKind) {
			err = deleteQueue(db, key)
			if err != nil {
				return found(violation, "region: deleting %q: %v", key, err)
			}
		} else if err != nil && !errors.Is(err, simdb.ErrNotFound) {
			return found(violation, "region: deleting %q: %v", key, err)
		}
	}
	if err := auditEmpty(db, byWriters); err != nil {
		return err
	}
	fmt.Fprintf(d.log, "round %d, %s: %v in %v, %d pauses, %d kills\n", d.sum.Rounds, ph.Name, counted, ran.Round(time.Millisecond), c.pauses, len(c.killed))
	return nil
}

func deleteQueue(db *simdb.DB, key []byte) error {
	q, err := db.Queue(key, simdb.QueueOptions{})
	if err != nil {
		return err
	}
	return q.Delete()
}

// settleNodes works off what is left of a round, by a handle of its own, and compares the results with what was pushed.
func (d *driver) settleNodes(ctx context.Context, db *simdb.DB, t tickets, killed bool) (*nodeTally, error) {
	left, cancel := context.WithTimeout(ctx, d.cfg.Hang)
	defer cancel()
	counted := &nodeTally{}
	own, err := db.Attach()
	if err != nil {
		return counted, err
	}
	defer own.Close()
	var progress atomic.Uint64
	for _, n := range []*node.Node{stage1(&progress), stage2(&progress)} {
		if err := n.Run(left, own, node.Options{End: node.WhenEmpty}); errors.Is(err, context.DeadlineExceeded) {
			return counted, found(hang, "a node has not worked off what was left for %v", d.cfg.Hang)
		} else if err != nil {
			return counted, found(violation, "region: what was left: %v", err)
		}
	}
	counted.Left = int(progress.Load())
	times, err := results(db)
	if err != nil {
		return counted, err
	}
	return counted, counted.account(t, times, killed)
}

// results counts the results by element.
func results(db *simdb.DB) (map[uint64]int, error) {
	times := map[uint64]int{}
	typed, err := simdb.NewTyped[typedRecord](db)
	if err != nil {
		return nil, err
	}
	p, err := typed.Pack(resultsKey)
	if errors.Is(err, simdb.ErrNotFound) {
		return times, nil
	}
	if err != nil {
		return nil, found(violation, "region: results: %v", err)
	}
	for r, err := range p.All() {
		if err != nil || !r.whole(resultStamp) {
			return nil, found(violation, "region: results: record %+v, %v", r, err)
		}
		times[r.Stamp.ID]++
	}
	return times, nil
}

// nodeTally counts elements.
type nodeTally struct {
	Pushed  int // by pushes that returned
	Perhaps int // by pushes that never did
	Once    int // with one result
	Again   int // with more, after a kill
	Left    int // worked off by the driver, at either node
}

func (t *nodeTally) String() string {
	return fmt.Sprintf("%d elements pushed, %d perhaps; %d processed once, %d again; %d left to the driver", t.Pushed, t.Perhaps, t.Once, t.Again, t.Left)
}

// account looks for the results of every element, and for elements of every result.
func (t *nodeTally) account(pushed tickets, times map[uint64]int, killed bool) error {
	for number := range pushed.begun() {
		n := times[number]
		switch {
		case n == 1:
			t.Once++
		case n > 1:
			t.Again++
		}
		if pushed.pushed(number) {
			t.Pushed++
		} else {
			t.Perhaps++
		}
		switch {
		case n == 0 && pushed.pushed(number):
			return found(violation, "lost element: %d was pushed, and has no result", number)
		case n > 1 && !killed:
			return found(violation, "element %d has %d results, and nobody was killed", number, n)
		}
		delete(times, number)
	}
	if len(times) > 0 {
		return found(violation, "results of elements that nobody pushed: %v", slices.Sorted(maps.Keys(times)))
	}
	return nil
}

func (p *phaseSummary) addNodes(t *nodeTally) {
	if p.Nodes == nil {
		p.Nodes = &nodeTally{}
	}
	p.Nodes.Pushed += t.Pushed
	p.Nodes.Perhaps += t.Perhaps
	p.Nodes.Once += t.Once
	p.Nodes.Again += t.Again
	p.Nodes.Left += t.Left
}
