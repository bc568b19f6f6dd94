package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const logName = "log"

// process is the postmaster.
type process struct {
	*os.Process
	done chan struct{} // closed when it has ended
	err  error         // then: how
}

// run starts a program. The kernel ends it with the thread that started it, so
// one thread is kept for that: nothing survives a test process that is killed.
func run(dir, program string, args ...string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(dir, logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.SysProcAttr = privileges()
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer log.Close()
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		err := cmd.Start()
		p.Process = cmd.Process
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, <-started
}

// kill ends the process and its children at once.
func (p *process) kill() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	// Stopped first, so that it starts no others meanwhile.
	if err := p.Signal(syscall.SIGSTOP); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	all := append(children(p.Pid), p.Pid)
	for _, pid := range all {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("pgtest: kill: %w", err)
		}
	}
	return p.gone(all)
}

// stop asks for a fast shutdown.
func (p *process) stop() error {
	if err := p.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return p.gone([]int{p.Pid})
}

// gone waits until none of the processes is there: they hold the shared memory
// without which the server cannot be started again.
func (p *process) gone(all []int) error {
	deadline := time.Now().Add(patience)
	for _, pid := range all {
		for alive(pid) {
			if time.Now().After(deadline) {
				return fmt.Errorf("pgtest: process %d does not end", pid)
			}
			time.Sleep(pause)
		}
	}
	<-p.done
	return nil
}

// children are the processes that a process started.
func children(parent int) []int {
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	var found []int
	for _, f := range all {
		if of, state := stat(f); of == parent && state != "Z" {
			pid, _ := strconv.Atoi(strings.Split(f, "/")[2])
			found = append(found, pid)
		}
	}
	return found
}

func alive(pid int) bool {
	parent, state := stat(fmt.Sprintf("/proc/%d/stat", pid))
	return parent != 0 && state != "Z"
}

// stat reads a process's parent and state, proc(5); 0 when it is not there.
func stat(file string) (parent int, state string) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, ""
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // a name may have spaces
	if len(fields) < 2 {
		return 0, ""
	}
	parent, _ = strconv.Atoi(fields[1])
	return parent, fields[0]
}

// privileges are those of an ordinary user: PostgreSQL refuses to run as root.
func privileges() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid, gid := owner(); uid != os.Getuid() {
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return a
}

// giveAway makes the server's user the owner of a file.
func giveAway(file string) error {
	uid, gid := owner()
	if uid == os.Getuid() {
		return nil
	}
	return os.Chown(file, uid, gid)
}

// owner is the user as whom the server runs: this one, or for root another.
func owner() (uid, gid int) {
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid()
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil {
			return uid, gid
		}
	}
	return 65534, 65534
}
