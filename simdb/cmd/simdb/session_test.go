package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// session FILE runs a session as somebody would type it: each line after "$ " in a shell, and the lines after it are what it prints. What is another thing every time may differ: the process
// number, which is 4242 in the file, times of day, numbers of blocks and places, and where named regions are. Another command is not typed before this one has printed what it should.
func session(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: session file")
	}
	s := &shell{ts: ts, pid: writtenPID}
	defer s.end()
	for _, typed := range strings.Split("\n"+ts.ReadFile(args[0]), "\n$ ")[1:] {
		command, want, _ := strings.Cut(typed, "\n")
		s.expect(command, strings.TrimSuffix(want, "\n"))
	}
}

const writtenPID = "4242"

type shell struct {
	ts      *testscript.TestScript
	pid     string // the process number that is meant by the written one
	running []*exec.Cmd
}

var (
	timeOfDay = regexp.MustCompile(`\d\d:\d\d:\d\d`)
	blockOf   = regexp.MustCompile(`offset \d+, block \d+`)
	handleOf  = regexp.MustCompile(`handle \d+`)
	placeOf   = regexp.MustCompile(`(?m)^\d+  `)
)

// pattern is what an output must match that is written as want.
func (s *shell) pattern(want string) *regexp.Regexp {
	p := regexp.QuoteMeta(strings.ReplaceAll(want, "/dev/shm", s.ts.Getenv(dirVariable)))
	p = timeOfDay.ReplaceAllLiteralString(p, timeOfDay.String())
	for _, changing := range []*regexp.Regexp{blockOf, handleOf} {
		p = changing.ReplaceAllLiteralString(p, changing.String())
	}
	p = placeOf.ReplaceAllLiteralString(p, `\d+  `)
	if s.pid == writtenPID {
		p = strings.Replace(p, writtenPID, `(\d+)`, 1)
	}
	p = strings.ReplaceAll(p, writtenPID, s.pid)
	return regexp.MustCompile("^" + regexp.MustCompile(` +`).ReplaceAllLiteralString(p, " +") + "\n?$")
}

// reads are the verbs that may be asked again until what the others do has come about.
var reads = []string{"get", "ps", "watch", "check"}

func (s *shell) expect(command, want string) {
	command = strings.ReplaceAll(command, writtenPID, s.pid)
	if line, _, _ := strings.Cut(command, " #"); strings.HasSuffix(strings.TrimSpace(line), "&") {
		s.begin(strings.TrimSuffix(strings.TrimSpace(line), "&"))
		return
	}
	pattern := s.pattern(want)
	words := append(strings.Fields(command), "", "")
	again := words[0] == "simdb" && slices.Contains(reads, words[1])
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		out, _ := s.command(command).CombinedOutput()
		if found := pattern.FindSubmatch(out); found != nil {
			s.ts.Logf("$ %s\n%s", command, out)
			if len(found) > 1 {
				s.pid = string(found[1])
			}
			return
		}
		if !again || time.Now().After(deadline) {
			s.ts.Fatalf("$ %s\n%s\nwant\n%s", command, out, want)
		}
	}
}

func (s *shell) command(line string) *exec.Cmd {
	c := exec.Command("bash", "-c", line)
	c.Dir = s.ts.Getenv("WORK")
	c.Env = append(os.Environ(), "PATH="+s.ts.Getenv("PATH"), dirVariable+"="+s.ts.Getenv(dirVariable))
	return c
}

// begin starts what is typed with & at its end, in a process group of its own.
func (s *shell) begin(line string) {
	c := s.command(line)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.ts.Check(c.Start())
	s.running = append(s.running, c)
}

func (s *shell) end() {
	for _, c := range s.running {
		syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		c.Wait()
	}
}

// TestReadme: the README shows the session that was run.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile("testdata/session.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if shown := "```console\n" + string(archive.Files[0].Data) + "```\n"; !strings.Contains(string(readme), shown) {
		t.Errorf("the README does not show\n%s", shown)
	}
}
