package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"simdb.dev/bench/report"
)

// settings is where and how a run was made.
func settings(cfg *config) []report.Setting {
	list := []report.Setting{
		{Key: "goos", Value: runtime.GOOS},
		{Key: "goarch", Value: runtime.GOARCH},
		{Key: "cpu", Value: field("/proc/cpuinfo", "model name")},
		{Key: "cores", Value: fmt.Sprint(len(processors()))},
		{Key: "memory", Value: field("/proc/meminfo", "MemTotal")},
		{Key: "kernel", Value: kernel()},
		{Key: "huge-pages", Value: firstLine("/sys/kernel/mm/transparent_hugepage/shmem_enabled")},
		{Key: "go", Value: runtime.Version()},
		{Key: "commit", Value: commit()},
		{Key: "command", Value: command(cfg)},
		{Key: "date", Value: time.Now().UTC().Format(time.RFC3339)},
		{Key: "rounds", Value: fmt.Sprintf("%d of %v slices", cfg.rounds, cfg.slice)},
		{Key: "load-before", Value: load()},
		{Key: "clock-ns", Value: fmt.Sprintf("%.0f", clockCost())},
	}
	for _, p := range peers {
		if v := version(p.name); v != "" {
			list = append(list, report.Setting{Key: "version-" + p.name, Value: v})
		}
	}
	return list
}

// usage is processor time since the machine began, s: what everybody used, and what of it this process and those that it has started and waited for used.
type usage struct {
	at       time.Time
	all, own float64
}

func readUsage() usage {
	return usage{time.Now(), usedBy(firstLine("/proc/stat")), ownTime()}
}

// usedBy adds up the first line of /proc/stat, without idle time and waiting for a device, and without guests, who are in user time already. It has
// hundredths of a second.
func usedBy(line string) (sum float64) {
	const user, idle, wait, guest = 1, 4, 5, 9
	for i, f := range strings.Fields(line) {
		if v, err := strconv.ParseFloat(f, 64); err == nil && i >= user && i != idle && i != wait && i < guest {
			sum += v / 100
		}
	}
	return sum
}

// others is the share of the processors' time that others used since then, in percent.
func (u usage) others(later usage, cores int) float64 {
	return max(0, 100*((later.all-u.all)-(later.own-u.own))/(later.at.Sub(u.at).Seconds()*float64(cores)))
}

// afterwards is what is known only at the end.
func afterwards(before usage) []report.Setting {
	return []report.Setting{
		{Key: "load-after", Value: load()},
		report.Others(before.others(readUsage(), len(processors()))),
	}
}

// field is the value of a line "name : value".
func field(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// load is the number of processes that wanted to run, on average over one, five and fifteen minutes.
func load() string {
	fields := strings.Fields(firstLine("/proc/loadavg"))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// commit is that of the work tree, marked if the tree differs from it.
func commit() string {
	head, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	changed, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output()
	if err != nil || len(changed) > 0 {
		return strings.TrimSpace(string(head)) + ", changed"
	}
	return strings.TrimSpace(string(head))
}

// command is the command line that repeats the run.
func command(cfg *config) string {
	tags := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				tags = "-tags " + s.Value + " "
			}
		}
	}
	line := "go run " + tags + "./bench"
	for _, a := range cfg.args {
		if strings.ContainsAny(a, " '\"$|&;()*?[]\\<>") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		line += " " + a
	}
	return line
}

// clockCost is how long it takes to read the clock, ns.
func clockCost() float64 {
	const reads = 1 << 20
	begin := now()
	for range reads {
		now()
	}
	return float64(now()-begin) / reads
}

// version is that of a peer, as it says itself.
func version(name string) string {
	line := func(command string, args ...string) string {
		out, err := exec.Command(command, args...).Output()
		if err != nil {
			return ""
		}
		first, _, _ := strings.Cut(string(out), "\n")
		return first
	}
	module := map[string]string{"xsync": "github.com/puzpuzpuz/xsync/v4", "bbolt": "go.etcd.io/bbolt"}[name]
	switch name {
	case "redis":
		return line("redis-server", "--version")
	case "memcached":
		return line("memcached", "-V")
	case "lmdb":
		return lmdbVersion()
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == module {
				return d.Version
			}
		}
	}
	return ""
}
