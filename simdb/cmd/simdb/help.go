package main

import (
	"flag"
	"fmt"
	"runtime/debug"
	"strings"
)

func otherVerbs() []*verb {
	return append(benchVerbs, []*verb{
		{name: "completion", operands: "SHELL", brief: "print a completion script for bash, zsh or fish",
			examples: []string{"source <(simdb completion bash)", "", "simdb completion fish > ~/.config/fish/completions/simdb.fish", ""}, setup: do(completion)},
		{name: "candidates", operands: "[WORD...]", setup: do(complete)}, // for the completion scripts
		{name: "version", flags: facts, brief: "say which version this is", setup: do(version)},
		{name: "help", operands: "[VERB...]", brief: "say what there is, or what a verb does", setup: do(help)},
	}...)
}

const intro = `Simdb looks into live regions of shared memory, and works with them.

usage: simdb VERB REGION [KEY] [ARG...] [flags]

REGION is a name, or a path if it contains a slash. Flags may be anywhere; what follows -- is none.
`

const outro = `
Names are files of /dev/shm, or of the directory that SIMDB_DIR names. Bytes are printed as they are if they are text, else quoted as
in Go; --raw and --hex print them exactly. The exit status is 0 done, 1 not found or a finding, 2 usage, 3 failure.

simdb help VERB shows flags and examples.
`

func help(c *call) error {
	if len(c.operands) == 0 {
		c.out.WriteString(intro + "\n")
		listVerbs(c.out, "")
		c.out.WriteString(outro)
		return nil
	}
	name := strings.Join(c.operands, " ")
	v, rest, err := findVerb(c.operands)
	if err == nil && len(rest) == 0 {
		helpVerb(c.out, v)
		return nil
	}
	if n := listVerbs(c.out, name+" "); n > 0 {
		return nil
	}
	return usage("there is no verb %q; simdb help lists them", name)
}

// listVerbs lists the verbs with that prefix, and says how many there are.
func listVerbs(p *printer, prefix string) (n int) {
	for _, v := range verbs() {
		if v.brief != "" && strings.HasPrefix(v.name, prefix) {
			fmt.Fprintf(p, "  %-12s %s\n", v.name, v.brief)
			n++
		}
	}
	return n
}

func helpVerb(p *printer, v *verb) {
	fmt.Fprintf(p, "simdb %s: %s\n\nusage: simdb %s\n", v.name, v.brief, v.usage())
	if v.about != "" {
		fmt.Fprintf(p, "\n%s\n", wrap(v.about, 100))
	}
	first := true
	v.eachFlag(func(f *flag.Flag) {
		if first {
			p.WriteString("\nflags:\n")
			first = false
		}
		arg, text := flag.UnquoteUsage(f)
		if arg != "" {
			arg = " " + strings.ToUpper(arg)
		}
		fmt.Fprintf(p, "  %-22s %s%s\n", dashed(f.Name)+arg, text, defaultOf(f))
	})
	if len(v.examples) > 0 {
		p.WriteString("\nexamples:\n")
	}
	for i := 0; i+1 < len(v.examples); i += 2 {
		p.WriteString("  " + v.examples[i])
		if about := v.examples[i+1]; about != "" {
			p.WriteString("    # " + about)
		}
		p.WriteByte('\n')
	}
}

// eachFlag gives the flags of a verb, in order.
func (v *verb) eachFlag(give func(*flag.Flag)) {
	f := flag.NewFlagSet(v.name, flag.ContinueOnError)
	var s shared
	s.declare(f, v.flags)
	v.setup(f)
	f.VisitAll(give)
}

// dashed is a flag's name as it is written.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func defaultOf(f *flag.Flag) string {
	switch f.DefValue {
	case "", "0", "false", "0s":
		return ""
	}
	return " (" + f.DefValue + ")"
}

// wrap breaks text into lines.
func wrap(text string, columns int) string {
	var b strings.Builder
	at := 0
	for _, word := range strings.Fields(text) {
		switch {
		case at == 0:
		case at+1+len(word) > columns:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}

func version(c *call) error {
	info, ok := debug.ReadBuildInfo()
	o := map[string]string{"version": "unknown"}
	if ok {
		o["version"], o["go"] = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				o["revision"] = s.Value
			}
		}
	}
	if c.shared.json {
		return c.out.object(o)
	}
	fmt.Fprintln(c.out, strings.TrimSpace(fmt.Sprintf("simdb %s %s %s", o["version"], o["go"], o["revision"])))
	return nil
}
