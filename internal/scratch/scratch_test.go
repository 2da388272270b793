package scratch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLeft: what a killed process left goes with the next directory, and nothing else does.
func TestLeft(t *testing.T) {
	parent := os.Getenv("SCRATCH_TEST")
	if parent != "" { // the one that is killed
		d, err := New(parent, "of-a-test")
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(d.Path, "file"), nil, 0o600)
		self, _ := os.FindProcess(os.Getpid())
		self.Kill()
		select {}
	}
	parent = t.TempDir()
	alive, err := New(parent, "of-a-test")
	if err != nil {
		t.Fatal(err)
	}
	killed := exec.Command(os.Args[0], "-test.run", "^TestLeft$")
	killed.Env = append(os.Environ(), "SCRATCH_TEST="+parent)
	if err := killed.Run(); err == nil {
		t.Fatal("it was not killed")
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "*", "file")); len(left) != 1 {
		t.Fatalf("left: %q", left)
	}
	next, err := New(parent, "of-a-test")
	if err != nil {
		t.Fatal(err)
	}
	there, _ := filepath.Glob(filepath.Join(parent, "*"))
	if len(there) != 2 {
		t.Fatalf("%q instead of the living one and the new one", there)
	}
	for _, d := range []*Dir{alive, next} {
		if _, err := os.Stat(d.Path); err != nil {
			t.Fatal(err)
		}
		if err := d.Remove(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(d.Path); !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}
