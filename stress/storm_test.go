//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestStorm kills workers at random moments and at each failpoint of a store that has them.
func TestStorm(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "stress")
	if out, err := exec.Command("go", "build", "-tags", "failpoints", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, workload := range workloadNames() {
		t.Run(workload, func(t *testing.T) {
			dir, out := t.TempDir(), t.TempDir()
			text, err := exec.Command(bin, "-workload", workload, "-kills", "200", "-seed", "1", "-dir", dir, "-out", out).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			data, err := os.ReadFile(filepath.Join(out, "summary.json"))
			if err != nil {
				t.Fatal(err)
			}
			var sum struct {
				Verdict string
				Storm   storm
				Config  config
			}
			if err := json.Unmarshal(data, &sum); err != nil {
				t.Fatal(err)
			}
			s := sum.Storm
			if sum.Verdict != "linearizable" || s.Kills < 200 || s.Inside < 100 || s.Random == 0 || s.Found == 0 || s.Overslept == 0 || s.Recovery.P50 == 0 {
				t.Errorf("%s: %+v", sum.Verdict, s)
			}
			for _, p := range failpoints {
				reached := false
				for _, ph := range workloads[workload].phases(&sum.Config) {
					reached = reached || p.where(&ph)
				}
				if reached != (s.At[p.name] > 0) {
					t.Errorf("%d kills at %s", s.At[p.name], p.name)
				}
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		})
	}
}

// TestQuantiles: of a list in any order.
func TestQuantiles(t *testing.T) {
	var list []time.Duration
	for i := range 1000 {
		list = append(list, time.Duration((i*7919)%1000))
	}
	if q := quantilesOf(list); q != (quantiles{500, 990, 999}) {
		t.Errorf("%v", q)
	}
}
