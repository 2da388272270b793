package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"

	"simdb.dev/simdb"
)

// family is the processes of a run. When one of them fails, all end.
type family struct {
	ctx     context.Context
	cancel  context.CancelFunc
	region  *os.File
	kill    bool
	members []*process
}

// process is a child: this program in another role.
type process struct {
	cmd    *exec.Cmd
	said   bytes.Buffer // on its standard output
	failed error        // it was never started
	hold   interface{ Close() error }
}

func (f *family) start(role string) *process {
	p := &process{}
	f.members = append(f.members, p)
	exe, err := os.Executable()
	if err != nil {
		p.failed = err
		return p
	}
	p.cmd = exec.CommandContext(f.ctx, exe, "-role", role, fmt.Sprintf("-kill=%v", f.kill))
	p.cmd.ExtraFiles = []*os.File{f.region}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, os.Stderr
	if p.hold, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	p.failed = err
	return p
}

// wait waits for the end of the process.
func (p *process) wait() error {
	if p.failed != nil {
		return p.failed
	}
	return p.cmd.Wait()
}

func (p *process) String() string { return p.said.String() }

// child plays a role.
func child(ctx context.Context, role string, kill bool) error {
	go func() { // standard input ends with the parent
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(1)
	}()
	const inherited = 3 // the first of ExtraFiles
	db, err := simdb.OpenFile(os.NewFile(inherited, "region"), simdb.Options{})
	if err != nil {
		return err
	}
	s, err := newStore(db)
	if err != nil {
		return err
	}
	switch role {
	case "producer":
		err = s.produce(ctx)
	case "node 1":
		err = s.bill(ctx, 1, kill)
	case "node 2":
		err = s.bill(ctx, 2, kill)
	case "reader":
		err = s.read(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", role, err)
	}
	return db.Close()
}
