package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"

	"simdb.dev/simdb"
	"simdb.dev/simdb/node"
)

// Order is an element of the queue.
type Order struct {
	ID       uint64
	Currency uint32
	Units    uint32
}

// Rate is a record of the pack that the node looks things up in.
type Rate struct{ Currency, Cents uint32 }

// Bill is a record of the pack that the nodes make.
type Bill struct{ Order, Amount uint64 }

const (
	orders  = 10_000
	halfWay = orders / 2
)

var rates = []Rate{{0, 100}, {1, 117}, {2, 134}, {3, 1}}

// order makes up order number id.
func order(id uint64) Order {
	return Order{id, uint32(id) % uint32(len(rates)), uint32(id%90 + 10)}
}

// amount is what the bill of an order must say.
func amount(o Order) uint64 { return uint64(o.Units) * uint64(rates[o.Currency].Cents) }

var (
	ordersKey  = []byte("orders")   // queue
	ratesKey   = []byte("rates")    // pack
	billsKey   = []byte("bills")    // pack
	closedKey  = []byte("closed")   // there is when all orders were pushed
	halfWayKey = []byte("half-way") // process that is at the order half-way
	seenKey    = []byte("seen")     // there is when the reader has seen some bills, and not all
)

// store is a region with the types that are in it.
type store struct {
	db     *simdb.DB
	orders simdb.Typed[Order]
	rates  simdb.Typed[Rate]
	bills  simdb.Typed[Bill]
}

func newStore(db *simdb.DB) (*store, error) {
	o, err1 := simdb.NewTyped[Order](db)
	r, err2 := simdb.NewTyped[Rate](db)
	b, err3 := simdb.NewTyped[Bill](db)
	return &store{db, o, r, b}, errors.Join(err1, err2, err3)
}

// produce pushes all orders. The limit lets it wait for the nodes.
func (s *store) produce(ctx context.Context) error {
	q, err := s.db.Queue(ordersKey, simdb.QueueOptions{Limit: 500})
	if err != nil {
		return err
	}
	var message []byte
	for id := range uint64(orders) {
		if message, err = s.orders.Append(message[:0], order(id)); err != nil {
			return err
		}
		if err := q.PushWait(ctx, message); err != nil {
			return err
		}
	}
	fmt.Printf("producer: pushed %d orders\n", orders)
	return s.db.Put(closedKey, nil)
}

// billing is the node's function: bills for orders, at the rates of this batch.
func billing(orders iter.Seq[Order], rates iter.Seq[Rate]) iter.Seq2[Bill, error] {
	return func(yield func(Bill, error) bool) {
		cents := map[uint32]uint64{}
		for r := range rates {
			cents[r.Currency] = uint64(r.Cents)
		}
		for o := range orders {
			rate, ok := cents[o.Currency]
			if !ok {
				yield(Bill{}, fmt.Errorf("order %d: no rate for currency %d", o.ID, o.Currency))
				return
			}
			if !yield(Bill{o.ID, uint64(o.Units) * rate}, nil) {
				return
			}
		}
	}
}

// bill runs the node until there are no more orders. So that a run always shows the same, the two nodes wait for each other once, and whoever comes to the order half-way waits there: for the reader, or to be killed.
func (s *store) bill(ctx context.Context, number int, kill bool) error {
	met := false
	meeting := func(orders iter.Seq[Order], rates iter.Seq[Rate]) iter.Seq2[Bill, error] {
		return func(yield func(Bill, error) bool) {
			if !met {
				met = true
				if err := s.meet(ctx, number); err != nil {
					yield(Bill{}, err)
					return
				}
			}
			for b, err := range billing(orders, rates) {
				if err == nil && b.Order == halfWay {
					err = s.rest(ctx, kill)
				}
				if !yield(b, err) {
					return
				}
			}
		}
	}
	n := node.New2(meeting, node.Queue(ordersKey), node.Snapshot(ratesKey), node.ToPack[Bill](string(billsKey)))
	if err := n.Run(ctx, s.db, node.Options{End: node.WhenThere(s.db, string(closedKey))}); err != nil {
		return err
	}
	fmt.Printf("node %d: worked until the end\n", number)
	return nil
}

// meet waits until the other node has claimed orders, too.
func (s *store) meet(ctx context.Context, number int) error {
	if err := s.db.Put(fmt.Append(nil, "met ", number), nil); err != nil {
		return err
	}
	_, err := s.db.Wait(ctx, fmt.Append(nil, "met ", 3-number), simdb.Version{})
	return err
}

// rest waits for the reader. To be killed, it waits for ever. It is for the first node that comes here: the order comes again if that is killed.
func (s *store) rest(ctx context.Context, kill bool) error {
	_, err := s.db.CompareAndSwap(halfWayKey, simdb.Version{}, []byte(strconv.Itoa(os.Getpid())))
	switch {
	case err == simdb.ErrMismatch:
		return nil
	case err != nil:
		return err
	case kill:
		<-ctx.Done()
		return ctx.Err()
	}
	_, err = s.db.Wait(ctx, seenKey, simdb.Version{})
	return err
}

// read looks at the bills until every order has one. What it sees is always whole, and never less than before.
func (s *store) read(ctx context.Context) error {
	version, seen := simdb.Version{}, 0
	for billed := 0; billed < orders; {
		var err error
		if version, err = s.db.Wait(ctx, billsKey, version); err != nil {
			return err
		}
		p, err := s.bills.Pack(billsKey)
		if err != nil {
			return err
		}
		if billed, err = distinct(p); errors.Is(err, simdb.ErrStale) {
			continue // it was replaced while we read
		} else if err != nil {
			return err
		}
		if p.Len() < seen {
			return fmt.Errorf("%d bills after %d", p.Len(), seen)
		}
		seen, version = p.Len(), p.Version()
		if billed < orders {
			if err := s.db.Put(seenKey, nil); err != nil {
				return err
			}
		}
	}
	fmt.Println("reader: saw the pack grow; every bill right, and never fewer than before")
	return nil
}

// distinct is how many orders have a bill.
func distinct(p simdb.PackOf[Bill]) (int, error) {
	billed := map[uint64]bool{}
	for b, err := range p.All() {
		if err != nil {
			return 0, err
		}
		if b.Order >= orders || b.Amount != amount(order(b.Order)) {
			return 0, fmt.Errorf("bill %+v", b)
		}
		billed[b.Order] = true
	}
	return len(billed), nil
}
