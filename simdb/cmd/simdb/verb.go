package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
)

// verb is one thing that the command does.
type verb struct {
	name     string // one word, or two of a group
	operands string // as the usage shows them; says how many there may be
	brief    string
	about    string   // what else there is to know
	examples []string // command and what it is for, by turns
	flags    flags    // those that several verbs share
	// setup declares the verb's own flags, and gives what it does.
	setup func(f *flag.FlagSet) action
}

type action func(c *call) error

// do is the setup of a verb without flags of its own.
func do(a action) func(*flag.FlagSet) action { return func(*flag.FlagSet) action { return a } }

// verbs are all there are, in the order of the help. It is a function, since some verbs are about verbs.
func verbs() []*verb {
	var list []*verb
	for _, group := range [][]*verb{regionVerbs, valueVerbs, keyVerbs, packVerbs, queueVerbs, attachedVerbs, transferVerbs, liveVerbs, otherVerbs()} {
		list = append(list, group...)
	}
	return list
}

// call is one run of a verb.
type call struct {
	ctx      context.Context
	verb     *verb
	operands []string
	shared   shared
	in       *os.File
	out      *printer
}

// dispatch runs the verb that the arguments name, and gives the exit status.
func dispatch(ctx context.Context, args []string) int {
	if len(args) == 1 && (args[0] == "--help" || args[0] == "-h" || args[0] == "-help") {
		args[0] = "help"
	}
	v, rest, err := findVerb(args)
	if err != nil {
		return fail("", err)
	}
	c := &call{ctx: ctx, verb: v, in: os.Stdin, out: newPrinter(os.Stdout)}
	f := flag.NewFlagSet(v.name, flag.ContinueOnError)
	c.shared.declare(f, v.flags)
	do := v.setup(f)
	c.operands, err = parse(f, rest)
	if err == flag.ErrHelp {
		helpVerb(c.out, v)
		return fail(v.name, c.out.Flush())
	}
	if err == nil {
		err = v.check(c.operands)
	}
	if err == nil {
		err = c.shared.check()
	}
	if err != nil {
		return fail(v.name, usage("%v\nusage: simdb %s", err, v.usage()))
	}
	c.out.shared = &c.shared
	err = do(c)
	if err2 := c.out.Flush(); err == nil {
		err = err2
	}
	return fail(v.name, err)
}

// findVerb gives the verb that the first argument, or the first two, name, and the rest.
func findVerb(args []string) (*verb, []string, error) {
	if len(args) == 0 {
		return nil, nil, usage("which verb? simdb help lists them")
	}
	group := false
	for _, v := range verbs() {
		first, second, two := strings.Cut(v.name, " ")
		switch {
		case first != args[0]:
		case !two:
			return v, args[1:], nil
		case len(args) > 1 && second == args[1]:
			return v, args[2:], nil
		default:
			group = true
		}
	}
	if group {
		return nil, nil, usage("simdb %s needs one of its verbs; simdb help %s lists them", args[0], args[0])
	}
	return nil, nil, usage("there is no verb %q; simdb help lists them", args[0])
}

func (v *verb) usage() string {
	return strings.TrimSpace(v.name+" "+v.operands) + " [flags]"
}

// check says whether there are as many operands as the usage shows.
func (v *verb) check(operands []string) error {
	words := strings.Fields(v.operands)
	least, most := 0, len(words)
	for _, w := range words {
		if !strings.HasPrefix(w, "[") {
			least++
		}
		if strings.Contains(w, "...") {
			most = max(len(operands), most)
		}
	}
	switch n := len(operands); {
	case n < least:
		return fmt.Errorf("%s is missing", words[n])
	case n > most:
		return fmt.Errorf("%q is one operand too many", operands[most])
	}
	return nil
}
