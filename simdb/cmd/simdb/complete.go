package main

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	"simdb.dev/simdb"
)

// The shells ask the command itself what may come next: simdb candidates WORD..., the last word being the one that is typed.
var scripts = map[string]string{
	"bash": `_simdb() {
	local word
	COMPREPLY=()
	while IFS= read -r word; do
		COMPREPLY+=("$(printf %q "$word")") # a key may be anything
	done < <(simdb candidates -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _simdb simdb
`,
	"zsh": `#compdef simdb
_simdb() {
	local -a candidates
	candidates=("${(@f)$(simdb candidates -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	compadd -a candidates || _files
}
compdef _simdb simdb
`,
	"fish": `complete -c simdb -f -a '(simdb candidates -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

func completion(c *call) error {
	script, ok := scripts[c.operands[0]]
	if !ok {
		return usage("there are scripts for bash, zsh and fish")
	}
	c.out.WriteString(script)
	return nil
}

func complete(c *call) error {
	for _, w := range candidates(c, c.operands) {
		fmt.Fprintln(c.out, w)
	}
	return nil
}

// candidates are what the last word may become.
func candidates(c *call, words []string) (list []string) {
	if len(words) == 0 {
		return nil
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	v, rest, err := findVerb(before)
	switch {
	case err != nil:
		prefix := strings.Join(append(slices.Clone(before), last), " ")
		for _, v := range verbs() {
			if v.brief != "" && strings.HasPrefix(v.name, prefix) {
				list = append(list, strings.Fields(v.name)[len(before)])
			}
		}
	case strings.HasPrefix(last, "-"):
		v.eachFlag(func(f *flag.Flag) { list = append(list, dashed(f.Name)) })
	default:
		f := flag.NewFlagSet(v.name, flag.ContinueOnError)
		c.shared.declare(f, v.flags)
		v.setup(f)
		if operands, err := parse(f, rest); err == nil {
			list = v.candidates(c, operands)
		}
	}
	list = slices.DeleteFunc(list, func(w string) bool { return !strings.HasPrefix(w, last) })
	slices.Sort(list)
	return slices.Compact(list)
}

// mostCandidates bounds how many keys are offered.
const mostCandidates = 1000

// candidates are what the next operand may be.
func (v *verb) candidates(c *call, operands []string) (list []string) {
	words := strings.Fields(v.operands)
	if len(words) == 0 {
		return nil
	}
	switch word := words[min(len(operands), len(words)-1)]; {
	case strings.Contains(word, "REGION"):
		list, _ = regionNames()
	case strings.Contains(word, "KEY"):
		db, err := c.open(operands[0], reading)
		if err != nil {
			return nil
		}
		defer db.Close()
		for e, err := range db.Entries() {
			if err != nil || len(list) == mostCandidates {
				break
			}
			if key := readable(e.Key); key == string(e.Key) && v.suits(e.Kind) {
				list = append(list, string(e.Key))
			}
		}
	case word == "SHELL":
		return []string{"bash", "fish", "zsh"}
	case strings.Contains(word, "VERB"):
		for _, v := range verbs() {
			list = append(list, strings.Fields(v.name)[0])
		}
	}
	return list
}

// suits says whether the verb is for entries of that kind.
func (v *verb) suits(k simdb.Kind) bool {
	switch group, _, _ := strings.Cut(v.name, " "); group {
	case "queue":
		return k == simdb.KindQueue
	case "pack":
		return k == simdb.KindPack
	case "del":
		return true
	}
	return k != simdb.KindQueue
}
