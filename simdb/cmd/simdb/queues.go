package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"simdb.dev/simdb"
)

var queueVerbs = []*verb{
	{
		name: "queue push", operands: "REGION KEY [MESSAGE...]", flags: opens | hexIn | keyIn,
		brief: "append messages: the operands by one step, or standard input",
		about: "A single - or nothing is standard input, as one message or one for each line. The queue exists from the first push on.",
		examples: []string{"simdb queue push jobs todo 'job 1' 'job 2'", "", "tail -f log | simdb queue push jobs todo --lines --wait", "each line, waiting while there is no room",
			"simdb queue push jobs todo first --limit 1000", "a queue of at most 1000 messages, if this push creates it"},
		setup: push,
	},
	{
		name: "queue pop", operands: "REGION KEY", flags: opens | facts | bytesOut | keyIn,
		brief: "take the first message, and print it",
		about: "Status 1: the queue is empty. Who is killed between taking and printing has lost the message; with --claim it is given out again instead.",
		examples: []string{"simdb queue pop jobs todo", "", "simdb queue pop jobs todo --wait", "when one comes",
			"simdb queue pop jobs todo --claim --raw > job", "acknowledged once it is written; also what others gave up"},
		setup: pop,
	},
	{
		name: "queue take", operands: "REGION KEY", flags: opens | facts | bytesOut | severalOf | keyIn,
		brief:    "take several messages, and print them",
		about:    "Status 1: the queue is empty.",
		examples: []string{"simdb queue take jobs todo -n 1000", "at most so many"},
		setup:    take,
	},
	{
		name: "queue len", operands: "REGION KEY", flags: opens | facts | keyIn,
		brief:    "say how many messages wait",
		examples: []string{"simdb queue len jobs todo", ""},
		setup:    do(length),
	},
	{
		name: "queue tail", operands: "REGION KEY", flags: opens | facts | bytesOut | severalOf | keyIn,
		brief: "print the last messages that wait, and take none",
		about: "With --follow it goes on with what is pushed later, until it is interrupted. What is pushed and taken at once may be missed.",
		examples: []string{"simdb queue tail jobs todo -n 3", "", "simdb queue tail jobs todo -f | jq .id", "of messages that are JSON; --raw prints them exactly",
			"simdb queue tail jobs todo -n -1", "all"},
		setup: tail,
	},
}

// useQueue does something with a queue.
func (c *call) useQueue(a access, limit int, do func(q *simdb.Queue) error) error {
	return c.useKey(a, func(db *simdb.DB, key []byte) error {
		q, err := db.Queue(key, simdb.QueueOptions{Limit: limit})
		if err == nil {
			err = do(q)
		}
		if errors.Is(err, simdb.ErrEmpty) {
			return finding("the queue is empty; --wait waits for a message")
		}
		return err
	})
}

func push(f *flag.FlagSet) action {
	lines := f.Bool("lines", false, "each line of standard input is a message")
	wait := f.Bool("wait", false, "wait while there is no room")
	limit := f.Int("limit", 0, "of messages, for a queue that this push creates")
	return func(c *call) error {
		stdin := len(c.operands) == 2 || len(c.operands) == 3 && c.operands[2] == "-"
		if *lines {
			if !stdin {
				return usage("--lines takes messages from standard input")
			}
			return c.useQueue(writing, *limit, func(q *simdb.Queue) error {
				p := c.slow("pushed")
				defer p.stop()
				return c.eachLine(func(line []byte) error {
					p.done.Add(1)
					return c.push(q, *wait, [][]byte{line})
				})
			})
		}
		messages := make([][]byte, 1)
		var err error
		if stdin {
			messages[0], err = c.input()
		} else {
			messages = messages[:0]
			for _, operand := range c.operands[2:] {
				m, e := c.bytes(operand)
				messages, err = append(messages, m), errors.Join(err, e)
			}
		}
		if err != nil {
			return err
		}
		return c.useQueue(writing, *limit, func(q *simdb.Queue) error { return c.push(q, *wait, messages) })
	}
}

func (c *call) push(q *simdb.Queue, wait bool, messages [][]byte) error {
	switch {
	case wait && len(messages) > 1:
		return usage("--wait is for one message at a time: use --lines")
	case wait:
		return q.PushWait(c.ctx, messages[0])
	}
	return q.PushBatch(messages)
}

// waiting declares the flags of waiting, and gives the context to wait in, or none.
func waiting(f *flag.FlagSet) func(c *call) (context.Context, context.CancelFunc) {
	wait := f.Bool("wait", false, "wait for a message")
	timeout := f.Duration("timeout", 0, "wait so long, such as 1.5s")
	return func(c *call) (context.Context, context.CancelFunc) {
		switch {
		case *timeout > 0:
			return context.WithTimeout(c.ctx, *timeout)
		case *wait:
			return c.ctx, func() {}
		}
		return nil, func() {}
	}
}

func pop(f *flag.FlagSet) action {
	patience := waiting(f)
	claim := f.Bool("claim", false, "acknowledge the message once it is printed")
	return func(c *call) error {
		return c.useQueue(writing, 0, func(q *simdb.Queue) error {
			ctx, cancel := patience(c)
			defer cancel()
			if *claim {
				return c.claim(ctx, q)
			}
			var m []byte
			var err error
			if ctx != nil {
				m, err = q.Pop(ctx, nil)
			} else {
				m, err = q.TryPop(nil)
			}
			if err != nil {
				return err
			}
			return c.message(m, c.out.one, nil)
		})
	}
}

// claim prints a message, and acknowledges it when it is printed.
func (c *call) claim(ctx context.Context, q *simdb.Queue) error {
	var (
		m     []byte
		claim simdb.Claim
		err   error
	)
	if ctx != nil {
		m, claim, err = q.Claim(ctx, nil)
	} else {
		m, claim, err = q.TryClaim(nil)
	}
	if err != nil {
		return err
	}
	err = c.message(m, c.out.one, map[string]any{"attempt": claim.Attempt()})
	if err == nil {
		err = c.out.Flush()
	}
	if err != nil {
		return errors.Join(err, q.Release(claim))
	}
	return q.Ack(claim)
}

// message prints a message, with facts about it if they are asked for.
func (c *call) message(m []byte, print func([]byte), facts map[string]any) error {
	if !c.shared.json {
		print(m)
		return nil
	}
	o := map[string]any{"bytes": len(m)}
	for name, v := range facts {
		o[name] = v
	}
	bytesField(o, "message", m)
	return c.out.object(o)
}

func take(f *flag.FlagSet) action {
	patience := waiting(f)
	n := f.Int("n", simdb.MaxBatch, "take at most so many")
	return func(c *call) error {
		if *n < 1 {
			return usage("-n is at least 1")
		}
		return c.useQueue(writing, 0, func(q *simdb.Queue) error {
			ctx, cancel := patience(c)
			defer cancel()
			if ctx != nil {
				m, err := q.Pop(ctx, nil)
				if err == nil {
					err = c.message(m, c.out.item, nil)
				}
				if err != nil || *n == 1 {
					return err
				}
				return c.takeMore(q, *n-1, 1)
			}
			return c.takeMore(q, *n, 0)
		})
	}
}

// batchMemory is how many bytes of messages are taken at once, unless a single one has more.
const batchMemory = 1 << 20

// takeMore takes n messages at most, when some were taken already: in batches while they are large enough to be one.
func (c *call) takeMore(q *simdb.Queue, n, taken int) error {
	memory := make([]byte, batchMemory)
	for n > 0 {
		got, err := 0, error(nil)
		if n >= simdb.MinBatch {
			var b *simdb.Batch
			if b, err = simdb.NewBatch(min(n, simdb.MaxBatch), memory); err == nil {
				err = q.Take(b)
			}
			var large *simdb.ElementError
			if errors.As(err, &large) {
				memory = make([]byte, large.Bytes)
				continue
			}
			for i := 0; err == nil && i < b.Len(); i++ {
				err = c.message(b.At(i), c.out.item, nil)
				got++
			}
		} else {
			var m []byte
			if m, err = q.TryPop(memory[:0]); err == nil {
				err = c.message(m, c.out.item, nil)
				got = 1
			}
		}
		n, taken = n-got, taken+got
		if errors.Is(err, simdb.ErrEmpty) && taken > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func length(c *call) error {
	return c.useQueue(reading, 0, func(q *simdb.Queue) error {
		n, err := q.Len()
		if err != nil {
			return err
		}
		if c.shared.json {
			return c.out.object(map[string]int{"messages": n})
		}
		fmt.Fprintln(c.out, n)
		return nil
	})
}

func tail(f *flag.FlagSet) action {
	n := f.Int("n", 10, "the last so many, -1 for all")
	follow := f.Bool("follow", false, "go on with what is pushed later")
	f.BoolVar(follow, "f", false, "short for --follow")
	return func(c *call) error {
		return c.useQueue(reading, 0, func(q *simdb.Queue) error {
			have, err := q.Len()
			if err != nil && !(*follow && errors.Is(err, simdb.ErrNotFound)) {
				return err
			}
			skip := 0
			if *n >= 0 {
				skip = max(0, have-*n)
			}
			messages := q.Peek()
			if *follow {
				messages = q.Follow(c.ctx)
			}
			for m, err := range messages {
				if err == nil && skip == 0 {
					err = c.message(m, c.out.item, nil)
				}
				if err == nil && *follow && skip == 0 {
					err = c.out.Flush()
				}
				if err != nil {
					return err
				}
				skip = max(0, skip-1)
			}
			return nil
		})
	}
}
