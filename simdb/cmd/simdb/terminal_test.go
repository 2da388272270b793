package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"simdb.dev/internal/scratch"
)

// terminal is a real one, of tmux.
type terminal struct {
	t      *testing.T
	socket string
}

func openTerminal(t *testing.T, columns, lines int) *terminal {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("NOT TESTED: the screen of simdb top needs tmux (apt-get install -y tmux)")
	}
	s := &terminal{t, filepath.Join(t.TempDir(), "tmux")}
	s.tmux("-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(lines), "env PS1='$ ' sh")
	t.Cleanup(func() { exec.Command("tmux", "-S", s.socket, "kill-server").Run() })
	return s
}

func (s *terminal) tmux(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *terminal) keys(keys ...string) { s.tmux(append([]string{"send-keys"}, keys...)...) }

// until waits until the screen matches, and gives it.
func (s *terminal) until(pattern string) string {
	s.t.Helper()
	p := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		screen := s.tmux("capture-pane", "-p")
		if p.MatchString(screen) {
			return screen
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the screen never matched %s\n%s", pattern, screen)
		}
	}
}

// TestTopScreen looks at top in a terminal while the region changes, and compares what it shows with testdata/top.screen, where times, process numbers and the size of blanks are those of one run.
func TestTopScreen(t *testing.T) {
	s := openTerminal(t, 90, 20)
	dir := scratch.InTest(t, "/dev/shm")
	t.Setenv(dirVariable, dir)
	simdb := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("simdb", args...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	simdb("create", "prices", "--blocks", "1000", "--block-size", "128")
	simdb("put", "prices", "EURUSD", "1.0843")
	simdb("queue", "push", "prices", "orders", "1", "2", "3")
	simdb("queue", "push", "prices", "log\a", "1")
	s.keys("export "+dirVariable+"="+dir, "Enter", "clear", "Enter", "simdb top prices --every 100ms", "Enter")
	s.until(`entries 3  queues 2  messages 4`)

	// Somebody attaches, and holds a message.
	fifo := filepath.Join(t.TempDir(), "out")
	consumer := exec.Command("sh", "-c", `mkfifo $0; exec 1<>$0; head -c 65536 /dev/zero; exec simdb queue pop prices orders --claim`, fifo)
	if err := consumer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { consumer.Process.Kill(); consumer.Wait() })
	got := s.until(`alive .* 1 message`)
	want, err := os.ReadFile("testdata/top.screen")
	if err != nil {
		t.Fatal(err)
	}
	if normal(got) != normal(string(want)) {
		t.Errorf("the screen is\n%s\ntestdata/top.screen is\n%s", got, want)
	}
	consumer.Process.Kill()
	s.until(`dead .* 1 message`)
	for i := range 30 {
		simdb("queue", "push", "prices", fmt.Sprint("queue ", i), "m")
	}
	s.until(`MESSAGES +QUEUE  \(\d+ of 32\)`)

	// It fits a smaller window, and leaves the terminal as it was.
	s.tmux("resize-window", "-x", "50", "-y", "10")
	screen := s.until(`(?s)^prices.*QUEUE  \([1-4] of 32\).*dead`)
	if lines := strings.Split(strings.TrimRight(screen, "\n"), "\n"); len(lines) > 10 || len(lines[0]) > 50 {
		t.Errorf("too large a screen\n%s", screen)
	}
	s.keys("q")
	s.until(`^[$ ]*\n*$`)
	if on := s.tmux("display-message", "-p", "#{cursor_flag}#{alternate_on}"); on != "10\n" {
		t.Errorf("cursor and other screen are %q", on)
	}
	s.keys("echo $((6*7)) $?", "Enter")
	s.until(`\n(\$ )?42 0`)
	s.keys("simdb top prices --every 10s", "Enter")
	s.until(`^prices`)
	s.keys("C-c")
	s.until(`\n(\$ )?42 0(?s).*\n\$[^\n]*\n\$ *\n*$`)
}

// normal makes times and process numbers the same, and blanks single.
func normal(screen string) string {
	screen = timeOfDay.ReplaceAllString(screen, "TIME")
	screen = regexp.MustCompile(`(?m)^\d+ +\d+ +simdb`).ReplaceAllString(screen, "N PID simdb")
	return strings.TrimSpace(regexp.MustCompile(` +`).ReplaceAllString(screen, " "))
}
