package faults_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// child is a process that ends with the one that started it.
type child struct {
	*exec.Cmd
	gone chan struct{} // closed when it has ended
	err  error         // then: how
}

// startChild starts a process. The kernel kills it when the thread ends that
// started it, so one is kept for that: nothing survives a test that is killed.
func startChild(cmd *exec.Cmd) (*child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	c := &child{Cmd: cmd, gone: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.gone)
		}
	}()
	return c, <-started
}

func (c *child) wait() error {
	<-c.gone
	return c.err
}

// kill ends the process at once and unprepared.
func (c *child) kill() {
	c.Process.Kill()
	<-c.gone
}

// stopWithin is how long a child may take to leave when it is asked to.
const stopWithin = 60 * time.Second

// stop asks the process to leave, and answers how it left.
func (c *child) stop() error {
	if err := c.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-c.gone:
		return c.err
	case <-time.After(stopWithin):
		c.kill()
		return fmt.Errorf("%s did not leave within %v", filepath.Base(c.Path), stopWithin)
	}
}

// launch starts a child that writes to a log file, and kills it when the test ends.
func launch(t *testing.T, log string, cmd *exec.Cmd) *child {
	t.Helper()
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = f, f
	c, err := startChild(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	return c
}

// endOf is the end of a log file, for a test that failed.
func endOf(log string) string {
	text, _ := os.ReadFile(log)
	return string(text[max(0, len(text)-1500):])
}
