package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

// protocol are the files with the steps of the protocol.
var protocol = []string{"blocks.go", "entry.go", "index.go", "list.go", "value.go", "iterate.go", "sweep.go", "handle.go", "lane.go", "replace.go", "fast.go",
	"segment.go", "message.go", "push.go", "pop.go", "take.go", "fast_queue.go", "limit.go", "retire.go", "claim.go", "drop.go", "hazard.go", "sweep_queue.go"}

// generator makes the mutants of one file.
type generator struct {
	file string
	src  []byte
	fset *token.FileSet
	in   string // the function that is looked at
	list []*mutant
}

// generate makes mistakes wherever the protocol does a step or looks at a shared word.
func generate(root string) ([]*mutant, error) {
	var list []*mutant
	for _, file := range protocol {
		src, err := source(root, file)
		if err != nil {
			return nil, err
		}
		g := &generator{file: file, src: src, fset: token.NewFileSet()}
		tree, err := parser.ParseFile(g.fset, file, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				g.in = n.Name.Name
				return n.Name.Name != "largest" // pure arithmetic, for an error
			case *ast.CallExpr:
				g.call(n)
			case *ast.BinaryExpr:
				g.binary(n)
			case *ast.IfStmt:
				g.guard(n)
			case *ast.BlockStmt:
				g.statements(n.List)
			case *ast.CaseClause:
				g.statements(n.Body)
			}
			return true
		})
		list = append(list, g.list...)
	}
	return list, nil
}

func (g *generator) offset(p token.Pos) int { return g.fset.Position(p).Offset }

func (g *generator) text(n ast.Node) string {
	return string(g.src[g.offset(n.Pos()):g.offset(n.End())])
}

// replace makes a mutant that has text in the place of n.
func (g *generator) replace(n ast.Node, what, text string) {
	from := g.offset(n.Pos())
	g.list = append(g.list, &mutant{file: g.file, line: lineOf(g.src, from), what: g.in + ": " + what, edits: []edit{{from, g.offset(n.End()), text}}})
}

// brief is source in one short line.
func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 60 {
		s = s[:57] + "..."
	}
	return s
}

// name is the last part of what is called.
func name(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// otherState is a wrong state to write.
var otherState = map[string]string{
	"free": "retired", "owned": "live", "live": "owned", "dying": "live", "cont": "live", "index": "live", "retired": "free",
	"segment": "retiring", "marked": "segment", "retiring": "segment", "resting": "free", "queued": "owned", "claimed": "queued", "orphan": "claimed",
}

// ignored are the calls that may fail, and whose result is ignored by a mutant.
var ignored = map[string]bool{"cas": true, "release": true, "still": true}

func (g *generator) call(n *ast.CallExpr) {
	text := g.text(n)
	switch name(n) {
	case "cas", "release":
		g.replace(n, "ignore the result of "+brief(text), "("+text+" || true)")
		if name(n) == "cas" && len(n.Args) == 3 {
			target := g.text(n.Fun.(*ast.SelectorExpr).X)
			g.replace(n, "store instead of "+brief(text), fmt.Sprintf("func() bool { %s.store(%s, %s); return true }()", target, g.text(n.Args[0]), g.text(n.Args[2])))
		}
	case "still":
		g.replace(n, "drop the re-check "+brief(text), "("+text+" || true)")
	case "makeBlockWord":
		if id, ok := n.Args[0].(*ast.Ident); ok && otherState[id.Name] != "" {
			g.replace(id, fmt.Sprintf("write %s instead of %s", otherState[id.Name], id.Name), otherState[id.Name])
		}
		if owner := g.text(n.Args[1]); owner != "0" {
			g.replace(n.Args[1], "write no owner", "0*"+owner)
		}
	case "done", "dead", "clean", "next":
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 0 {
			g.replace(n, "drop the mark of "+brief(text), g.text(sel.X))
		}
	}
}

// shared are the names by which conditions speak of shared words.
var shared = regexp.MustCompile(`\b(still|load|loadData|cas|protect|linkedSegment|usedUp|sealed|claimed|filled|deleted|hazarded|marked|retiring|resting|queued|orphan|next|link|version|state|owner|used|pending|ref|homeOf|held|maxVersion|blockCount|release|tryTake|tryLock|word|place|slots|owned|dying|live|cont|self|hints|empty|found)\b|\bh ==|\bok\b`)

var looser = map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}

func (g *generator) binary(n *ast.BinaryExpr) {
	text := g.text(n)
	x, y := g.text(n.X), g.text(n.Y)
	switch n.Op {
	case token.ADD, token.SUB:
		if y == "1" {
			g.replace(n, "drop ± 1 of "+brief(text), x)
		}
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		g.replace(n, fmt.Sprintf("%s instead of %s in %s", looser[n.Op], n.Op, brief(text)), x+" "+looser[n.Op]+" "+y)
	case token.LAND:
		for _, side := range []ast.Expr{n.X, n.Y} {
			if call, ok := side.(*ast.CallExpr); ok && ignored[name(call)] {
				continue // without the condition the call is still made
			}
			if shared.MatchString(g.text(side)) {
				g.replace(side, "drop the condition "+brief(g.text(side)), "("+g.text(side)+" || true)")
			}
		}
	case token.LOR:
		for _, side := range []ast.Expr{n.X, n.Y} {
			if shared.MatchString(g.text(side)) {
				g.replace(side, "drop the alternative "+brief(g.text(side)), "(("+g.text(side)+") && false)")
			}
		}
	case token.EQL:
		if strings.Contains(text, "load(") {
			g.replace(n, "drop the re-check "+brief(text), "("+text+" || true)")
		}
	case token.NEQ:
		if strings.Contains(text, "load(") {
			g.replace(n, "drop the re-check "+brief(text), "("+text+" && false)")
		}
	}
}

// guard drops the way out that an if statement is.
func (g *generator) guard(n *ast.IfStmt) {
	cond := g.text(n.Cond)
	if n.Else != nil || len(n.Body.List) == 0 || !shared.MatchString(cond) || strings.Contains(cond, "err != nil") {
		return
	}
	switch n.Body.List[len(n.Body.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		g.replace(n.Cond, "never "+brief(cond), "("+cond+") && false")
	}
}

// statements drops steps, and swaps neighbours.
func (g *generator) statements(list []ast.Stmt) {
	for i, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && steps[name(call)] {
				g.replace(s, "drop "+brief(g.text(s)), "if false { "+g.text(s)+" }") // what it uses stays in use
			}
		case *ast.DeferStmt:
			if name(s.Call) == "leave" {
				g.replace(s, "drop "+brief(g.text(s)), "_ = ln")
			}
		}
		if i > 0 && g.steps(list[i-1]) && g.steps(s) && !flows(list[i-1], s) && !(initialises(list[i-1]) && initialises(s)) {
			a, b := list[i-1], s
			from, to := g.offset(a.Pos()), g.offset(b.End())
			between := string(g.src[g.offset(a.End()):g.offset(b.Pos())])
			g.list = append(g.list, &mutant{
				file: g.file, line: lineOf(g.src, from), what: fmt.Sprintf("%s: swap %s and %s", g.in, brief(g.text(a)), brief(g.text(b))),
				edits: []edit{{from, to, g.text(b) + between + g.text(a)}},
			})
		}
	}
}

// steps are the calls that do steps.
var steps = map[string]bool{
	"load": true, "store": true, "cas": true, "loadData": true, "storeData": true, "copyIn": true, "copyRuns": true, "copyOut": true,
	"release": true, "linked": true, "unlinked": true, "discard": true, "publishList": true, "buildList": true, "freeFrom": true, "help": true, "walkList": true,
	"walkTable": true, "unlock": true, "tryLock": true, "held": true, "visit": true, "take": true, "detach": true, "close": true, "announce": true, "insert": true,
	"replace": true, "remove": true, "recycle": true, "unlinkedRecycled": true, "settle": true, "settled": true, "collect": true, "giveBack": true,
	"publish": true, "protect": true, "unprotect": true, "markHead": true, "announceSegment": true, "rest": true, "restWord": true, "freeMessage": true, "handOver": true,
	"giveUp": true, "raiseOrphans": true, "goesTo": true, "storeWord": true, "discardParts": true, "finishDrop": true, "freeSegment": true, "freeLeft": true, "retire": true,
}

// steps says whether a simple statement does a step.
func (g *generator) steps(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ExprStmt, *ast.AssignStmt, *ast.IfStmt:
	default:
		return false
	}
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && steps[name(call)] {
			found = true
		}
		return !found
	})
	return found
}

// initialises says whether a statement only fills a block. Nobody sees a block before its filling is over, so the order within does not matter.
func initialises(s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	switch name(call) {
	case "storeData", "copyIn", "copyRuns", "storeWord", "goesTo":
		return true
	}
	return false
}

// flows says whether b uses what a defines, so that they cannot be swapped.
func flows(a, b ast.Stmt) bool {
	assign, ok := a.(*ast.AssignStmt)
	if !ok {
		return false
	}
	defined := map[string]bool{}
	for _, x := range assign.Lhs {
		if id, ok := x.(*ast.Ident); ok {
			defined[id.Name] = true
		}
	}
	found := false
	ast.Inspect(b, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && defined[id.Name] {
			found = true
		}
		return !found
	})
	return found
}
