package simdb

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What tells the living from the dead is a lock of an open file description: no pid, no exit status, no time.

// aliveAt says whether the handle at a place is alive, as another sees it.
func aliveAt(t testing.TB, db *DB, place uint64) bool {
	t.Helper()
	infos, err := db.Handles()
	must(t, err)
	for _, h := range infos {
		if h.Place == place {
			return h.Alive
		}
	}
	t.Fatalf("nobody is at place %d: %+v", place, infos)
	return false
}

// startHolder starts a process that opens the region, and says at which place it is. The command has the arguments that follow those of the role.
func startHolder(t testing.TB, db *DB, cmd *exec.Cmd) (place uint64) {
	t.Helper()
	b := newBoard(t)
	exe, err := os.Executable()
	must(t, err)
	cmd.Path = exe
	cmd.Args = append([]string{exe, db.Path(), b.path}, cmd.Args...)
	cmd.Env = append(os.Environ(), roleEnv+"=hold and tell")
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	ctx, cancel := context.WithTimeout(t.Context(), childLimit)
	defer cancel()
	b.begin(ctx, t, 1)
	return b.load(boardRest)
}

func init() {
	roles["hold and tell"] = roleHoldAndTell
	roles["sleep"] = func([]string) { select {} }
}

// roleHoldAndTell opens a region and keeps it. With a third argument it starts another process, or becomes another program, that knows nothing of the region.
func roleHoldAndTell(args []string) {
	db, err := OpenPath(args[0], Options{})
	fatalIf(err)
	b, err := openBoard(args[1])
	fatalIf(err)
	b.store(boardRest, db.h.slot)
	exe, err := os.Executable()
	fatalIf(err)
	fatalIf(os.Setenv(roleEnv, "sleep"))
	switch {
	case len(args) > 2 && args[2] == "fork":
		c := exec.Command(exe)
		fatalIf(c.Start())
		b.store(boardRest+8, uint64(c.Process.Pid))
		b.ready()
	case len(args) > 2 && args[2] == "exec":
		b.ready()
		fatalIf(syscall.Exec(exe, []string{exe}, os.Environ()))
	default:
		b.ready()
	}
	select {}
}

// TestZombieIsDead: a process that was killed is dead before anybody has waited for it.
func TestZombieIsDead(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	cmd := &exec.Cmd{}
	place := startHolder(t, db, cmd)
	if !aliveAt(t, db, place) {
		t.Fatal("dead while it lives")
	}
	must(t, cmd.Process.Kill())
	must(t, unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)) // leaves it a zombie
	if aliveAt(t, db, place) {
		t.Error("a zombie is alive")
	}
	if report, err := db.Sweep(); err != nil || report.Handles != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestPIDIsNoSign: the pid that a handle left is that of another process by now, and the other way round: it makes no difference.
func TestPIDIsNoSign(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	cmd := &exec.Cmd{}
	place := startHolder(t, db, cmd)
	const none = 1 << 30 // greater than any pid
	db.r.storeData(db.r.handle(place)+handlePID, none)
	if !aliveAt(t, db, place) {
		t.Error("dead, because nobody has its pid")
	}
	must(t, cmd.Process.Kill())
	cmd.Wait()
	db.r.storeData(db.r.handle(place)+handlePID, uint64(os.Getpid()))
	if aliveAt(t, db, place) {
		t.Error("alive, because somebody has its pid")
	}
	if report, err := db.Sweep(); err != nil || report.Handles != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestChildKeepsNoLock: a process that the dead one started lives on, and does not keep it alive.
func TestChildKeepsNoLock(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	cmd := &exec.Cmd{Args: []string{"fork"}}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	place := startHolder(t, db, cmd)
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	must(t, cmd.Process.Kill())
	cmd.Wait()
	if err := syscall.Kill(-cmd.Process.Pid, 0); err != nil {
		t.Fatalf("the child went with its parent: %v", err)
	}
	if aliveAt(t, db, place) {
		t.Error("the child keeps the lock")
	}
}

// TestExecKeepsNoLock: a process that becomes another program has left the region.
func TestExecKeepsNoLock(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	cmd := &exec.Cmd{Args: []string{"exec"}}
	place := startHolder(t, db, cmd)
	for end := time.Now().Add(childLimit); aliveAt(t, db, place); { // it says so before it does so
		if time.Now().After(end) {
			t.Fatal("the other program keeps the lock")
		}
	}
	if err := cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("it ended instead: %v", err)
	}
}

// TestHandlesOfOneProcess: handles of one process live and die each for itself, and opening and closing the file beside them, which would give up all POSIX locks, changes nothing.
func TestHandlesOfOneProcess(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	var others [3]*DB
	for i := range others {
		var err error
		others[i], err = OpenPath(db.Path(), Options{})
		must(t, err)
		defer others[i].Close()
	}
	must(t, others[1].Close())
	f, err := os.OpenFile(db.Path(), os.O_RDWR, 0)
	must(t, err)
	must(t, f.Close())
	for _, i := range []int{0, 2} {
		if !aliveAt(t, db, others[i].h.slot) {
			t.Errorf("handle %d is dead", i)
		}
	}
	if report, err := others[0].Sweep(); err != nil || report != (SweepReport{}) {
		t.Errorf("%+v, %v", report, err)
	}
	others[2].r.locks.unlock(others[2].h.slot) // as its death would
	if aliveAt(t, db, others[2].h.slot) || !aliveAt(t, db, others[0].h.slot) {
		t.Error("the wrong one is dead")
	}
}

// TestOtherNamespace: a process in a pid namespace of its own, as in a container, lives and dies like any other; there it is pid 1, which is alive here, too.
func TestOtherNamespace(t *testing.T) {
	db := openShm(t, Options{BlockSize: 64, BlockCount: 10})
	cmd := &exec.Cmd{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS}
	probe := exec.Command("/proc/self/exe", "-test.run=^$")
	probe.SysProcAttr = cmd.SysProcAttr
	if err := probe.Run(); errors.Is(err, syscall.EPERM) {
		t.Skipf("no pid namespace without privilege: %v", err)
	}
	place := startHolder(t, db, cmd)
	if pid := db.r.loadData(db.r.handle(place) + handlePID); pid != 1 {
		t.Fatalf("it is pid %d: no namespace of its own", pid)
	}
	if !aliveAt(t, db, place) {
		t.Error("dead while it lives")
	}
	if report, err := db.Sweep(); err != nil || report.Handles != 0 {
		t.Errorf("%+v, %v", report, err)
	}
	must(t, cmd.Process.Kill())
	cmd.Wait()
	if aliveAt(t, db, place) {
		t.Error("alive after its death")
	}
	if report, err := db.Sweep(); err != nil || report.Handles != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}
