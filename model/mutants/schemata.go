package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// schemata are many mutants in one program, which takes the number of the one to be from its environment: compiling takes longer than what comes after it
// (R. Untch, A. J. Offutt, M. J. Harrold: Mutation analysis using mutant schemata, 1993).
//
// Every function with mutants has a copy for each of them, and begins by asking which one to be. A mutant of what is not in a function stays out, and is built on its own.
type schemata struct {
	root, dir string
	number    map[*mutant]int // from 1
	broken    map[*mutant]string
	copies    []functionCopy
	tests     *storeTests
}

// functionCopy says in which lines of a changed file a mutant's function is.
type functionCopy struct {
	file     string
	from, to int
	m        *mutant
}

// chosen is the variable of the environment that has the number.
const chosen = "SIMDB_MUTANT"

// chosenSource is one more file of the store.
const chosenSource = `package simdb

import (
	"os"
	"strconv"
)

var mutantChosen = func() int {
	n, _ := strconv.Atoi(os.Getenv("` + chosen + `"))
	return n
}()
`

// newSchemata builds in dir the scenarios with the mutants that can be joined. Those that do not compile are left out, and known afterwards.
func newSchemata(root, dir string, mutants []*mutant) (*schemata, error) {
	s := &schemata{root: root, dir: dir, number: map[*mutant]int{}, broken: map[*mutant]string{}}
	for {
		if err := s.write(mutants); err != nil {
			return nil, err
		}
		out, err := buildScenarios(root, s.overlay(), s.binary())
		if err == nil {
			s.tests = newStoreTests(root, dir, s.overlay())
			return s, nil
		}
		culprits := s.blame(out)
		if len(culprits) == 0 {
			return nil, fmt.Errorf("building the mutants: %w\n%s", err, out)
		}
		maps.Copy(s.broken, culprits)
		mutants = slices.DeleteFunc(slices.Clone(mutants), func(m *mutant) bool { return culprits[m] != "" })
	}
}

func (s *schemata) overlay() string { return filepath.Join(s.dir, "overlay.json") }
func (s *schemata) binary() string  { return filepath.Join(s.dir, "store.test") }

// buildScenarios compiles them with an overlay. It returns what the compiler says: all errors, not the first ten.
func buildScenarios(root, overlay, binary string) ([]byte, error) {
	build := exec.Command("go", "test", "-c", "-vet=off", "-gcflags=simdb.dev/simdb=-e", "-ldflags=-s -w", "-tags", "explore", "-overlay", overlay, "-o", binary, "./model/store")
	build.Dir = root
	return build.CombinedOutput()
}

// write writes the changed files, and the overlay that names them.
func (s *schemata) write(mutants []*mutant) error {
	clear(s.number)
	s.copies = nil
	files := map[string][]*mutant{}
	for _, m := range mutants {
		if m.equal == "" {
			files[m.file] = append(files[m.file], m)
		}
	}
	replaced := map[string]string{filepath.Join(s.root, "simdb", "mutant_chosen.go"): filepath.Join(s.dir, "mutant_chosen.go")}
	if err := os.WriteFile(filepath.Join(s.dir, "mutant_chosen.go"), []byte(chosenSource), 0o644); err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		text, err := s.join(file, files[file])
		if err != nil {
			return err
		}
		changed := filepath.Join(s.dir, file)
		replaced[filepath.Join(s.root, "simdb", file)] = changed
		if err := os.WriteFile(changed, text, 0o644); err != nil {
			return err
		}
	}
	return replaceFiles(s.overlay(), replaced)
}

// join gives a file with the mutants that are within its functions.
func (s *schemata) join(file string, mutants []*mutant) ([]byte, error) {
	src, err := source(s.root, file)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	functions := map[*mutant][]*ast.FuncDecl{}
	for _, m := range mutants {
		if in, ok := within(m, tree, fset); ok {
			functions[m] = in
			s.number[m] = len(s.number) + 1
		}
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	var out, copies bytes.Buffer
	at := 0
	type piece struct {
		length int
		m      *mutant
	}
	var pieces []piece
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		begin, body, end := offset(f.Pos()), offset(f.Body.Pos())+1, offset(f.End())
		out.Write(src[at:body])
		at = body
		asks := false
		for _, m := range mutants {
			if !slices.Contains(functions[m], f) {
				continue
			}
			if !asks {
				out.WriteString("\nswitch mutantChosen {")
				asks = true
			}
			name := fmt.Sprintf("mutant%d_%s", s.number[m], f.Name.Name) // not exported, or tests of what is would notice
			fmt.Fprintf(&out, "\ncase %d:\n%s", s.number[m], calling(f, name))
			text := fmt.Sprintf("\n%s%s%s\n", src[begin:offset(f.Name.Pos())], name, m.part(src, offset(f.Name.End()), end))
			copies.WriteString(text)
			pieces = append(pieces, piece{strings.Count(text, "\n"), m})
		}
		if asks {
			out.WriteString("\n}\n")
		}
	}
	out.Write(src[at:])
	line := 1 + bytes.Count(out.Bytes(), []byte("\n"))
	for _, p := range pieces {
		s.copies = append(s.copies, functionCopy{file, line, line + p.length, p.m})
		line += p.length
	}
	out.Write(copies.Bytes())
	return out.Bytes(), nil
}

// within are the functions whose bodies a mutant changes. It reports false if it changes anything else, or if a function can not be called with what it was called with.
func within(m *mutant, tree *ast.File, fset *token.FileSet) (list []*ast.FuncDecl, ok bool) {
	for _, e := range m.edits {
		found := false
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil || e.from <= fset.Position(f.Body.Pos()).Offset || e.to >= fset.Position(f.End()).Offset {
				continue
			}
			if !named(f) {
				return nil, false
			}
			found = true
			if !slices.Contains(list, f) {
				list = append(list, f)
			}
		}
		if !found {
			return nil, false
		}
	}
	return list, true
}

// named says whether a function's receiver and all its parameters have names, and it is of no type parameter.
func named(f *ast.FuncDecl) bool {
	fields := slices.Clone(f.Type.Params.List)
	if f.Recv != nil {
		fields = append(fields, f.Recv.List...)
	}
	for _, field := range fields {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == "_" }) {
			return false
		}
	}
	return f.Type.TypeParams == nil && f.Name.Name != "init"
}

// calling is the call of a function's copy in its place.
func calling(f *ast.FuncDecl, name string) string {
	var args []string
	for _, field := range f.Type.Params.List {
		for _, id := range field.Names {
			arg := id.Name
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				arg += "..."
			}
			args = append(args, arg)
		}
	}
	call := name + "(" + strings.Join(args, ", ") + ")"
	if f.Recv != nil {
		call = f.Recv.List[0].Names[0].Name + "." + call
	}
	if f.Type.Results == nil {
		return call + "\nreturn"
	}
	return "return " + call
}

// compileError is where the compiler found a mistake.
var compileError = regexp.MustCompile(`(?m)^\S*?([^/\s]+\.go):(\d+):\d+: (.*)$`)

// blame gives the mutants in whose copies the compiler found mistakes, with what it says of the first.
func (s *schemata) blame(out []byte) map[*mutant]string {
	list := map[*mutant]string{}
	for _, match := range compileError.FindAllSubmatch(out, -1) {
		line, _ := strconv.Atoi(string(match[2]))
		for _, c := range s.copies {
			if c.file == string(match[1]) && c.from <= line && line <= c.to && list[c.m] == "" {
				list[c.m] = string(match[3])
			}
		}
	}
	return list
}

// program is a store with one mutant in it: what the compiler is to be told, what the environment says, and the scenarios.
type program struct {
	overlay, binary string
	env             []string
	tests           *storeTests
}

// storeTests are the store's own tests with the mutants of an overlay, compiled when they are asked for.
type storeTests struct {
	root, dir, overlay string
	mu                 sync.Mutex
	binaries           map[string]string // by build tags
}

func newStoreTests(root, dir, overlay string) *storeTests {
	return &storeTests{root: root, dir: dir, overlay: overlay, binaries: map[string]string{}}
}

// binary gives the tests with these build tags.
func (t *storeTests) binary(tags string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b, ok := t.binaries[tags]; ok {
		return b, nil
	}
	b := filepath.Join(t.dir, "simdb"+tags+".test")
	build := exec.Command("go", "test", "-c", "-vet=off", "-tags", tags, "-overlay", t.overlay, "-o", b, "./simdb")
	build.Dir = t.root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the tests of simdb do not compile: %w\n%s", err, out)
	}
	t.binaries[tags] = b
	return b, nil
}

// errUncompiled is what a mutant comes to that is no program.
var errUncompiled = errors.New("does not compile")

// program gives the program of one mutant, and builds it in dir if it is not among those that are joined.
func (s *schemata) program(m *mutant, dir string) (program, error) {
	if said, ok := s.broken[m]; ok {
		return program{}, fmt.Errorf("%w: %s", errUncompiled, said)
	}
	if n, ok := s.number[m]; ok {
		return program{s.overlay(), s.binary(), []string{chosen + "=" + strconv.Itoa(n)}, s.tests}, nil
	}
	overlay, err := writeOverlay(s.root, dir, m)
	if err != nil {
		return program{}, err
	}
	p := program{overlay: overlay, binary: filepath.Join(dir, "store.test"), tests: newStoreTests(s.root, dir, overlay)}
	if out, err := buildScenarios(s.root, p.overlay, p.binary); err != nil {
		return program{}, fmt.Errorf("%w: %s", errUncompiled, out)
	}
	return p, nil
}
