//go:build linux

// Package pcsctest runs a private, real pcscd with a virtual reader for tests, in
// network and mount namespaces of its own: any number run side by side, and the
// machine's own is left alone. It is gone with the test, also when the test
// process is killed.
//
// Debian's packages pcscd, vsmartcard-vpcd, iproute2 and util-linux have the
// programs; no service has to run, and root is not needed where users may make
// namespaces. Where something is missing the tests fail and say so: nothing is
// skipped.
package pcsctest

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paycode/paycode/nfc/vpcd"
)

// driver is the virtual reader; Debian and Ubuntu put it there.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// patience is how long pcscd may take to start.
const patience = 30 * time.Second

// Reader is part of the virtual reader's name.
const Reader = "paycode test"

//go:embed start.sh
var start string

// Daemon is a running pcscd.
type Daemon struct {
	Socket string // where programs outside of its namespaces reach it

	dir     string
	process *os.Process
	ended   chan struct{}
}

// Start runs a pcscd until the test ends.
func Start(tb testing.TB) *Daemon {
	tb.Helper()
	d, err := Launch()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(d.Close)
	return d
}

// Launch is Start for who calls Close himself.
func Launch() (*Daemon, error) {
	dir, err := os.MkdirTemp("", "paycode-pcsc-") // short: a socket's path has 107 bytes
	if err != nil {
		return nil, err
	}
	d := &Daemon{Socket: filepath.Join(dir, "run", "pcscd.comm"), dir: dir, ended: make(chan struct{})}
	if err = d.launch(); err == nil {
		err = d.ready()
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close ends the daemon.
func (d *Daemon) Close() {
	if d.process != nil {
		d.process.Kill()
		<-d.ended
	}
	os.RemoveAll(d.dir)
}

func (d *Daemon) launch() error {
	if _, err := os.Stat(driver); err != nil {
		return fmt.Errorf("pcsctest: no virtual reader: apt-get install vsmartcard-vpcd pcscd iproute2: %w", err)
	}
	config := fmt.Sprintf("FRIENDLYNAME %q\nDEVICENAME /dev/null:0x8C7B\nLIBPATH %s\nCHANNELID 0x8C7B\n", Reader, driver)
	err := errors.Join(
		os.MkdirAll(filepath.Join(d.dir, "conf"), 0o700), os.Mkdir(filepath.Join(d.dir, "run"), 0o700),
		os.WriteFile(filepath.Join(d.dir, "conf", "vpcd"), []byte(config), 0o600),
	)
	if err != nil {
		return err
	}
	cmd := exec.Command("sh", "-c", start, "sh", d.dir)
	cmd.SysProcAttr = namespaces()
	log, err := os.Create(filepath.Join(d.dir, "log"))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	started := make(chan error)
	go func() {
		defer close(d.ended)
		defer log.Close()
		runtime.LockOSThread() // and never unlocked: the kernel ends the process with this thread
		err := cmd.Start()
		d.process = cmd.Process
		if started <- err; err == nil {
			cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("pcsctest: namespaces need root, or a system that lets its users make them: %w", err)
	}
	return nil
}

// namespaces are those of the daemon; whoever is not root is root there.
func namespaces() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// ready waits until pcscd listens.
func (d *Daemon) ready() error {
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("unix", d.Socket); err == nil {
			return c.Close()
		}
		select {
		case <-d.ended:
		default:
			if time.Now().Before(deadline) {
				continue
			}
		}
		said, _ := os.ReadFile(filepath.Join(d.dir, "log"))
		return fmt.Errorf("pcsctest: pcscd does not start:\n%s", said)
	}
}

// Near is a command line that runs what follows it near the reader: in the network
// where vpcd.Address is the virtual reader, and nothing else is.
func (d *Daemon) Near() []string {
	near := []string{"nsenter", "--target", strconv.Itoa(d.process.Pid), "--net"}
	if os.Getuid() != 0 {
		near = append(near, "--user", "--preserve-credentials")
	}
	return append(near, "--")
}

// Hold holds a device against the reader until it is taken away, or the test ends.
func (d *Daemon) Hold(tb testing.TB, device vpcd.Device) (takeAway func()) {
	tb.Helper()
	host, port, err := net.SplitHostPort(vpcd.Address)
	if err != nil {
		tb.Fatal(err)
	}
	wire := fmt.Sprintf("exec 3<>/dev/tcp/%s/%s; cat <&3 & cat >&3; kill $!", host, port)
	line := append(d.Near(), "bash", "-c", wire)
	cmd := exec.Command(line[0], line[1:]...)
	var said strings.Builder
	cmd.Stderr = &said
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		tb.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		served <- vpcd.Serve(struct {
			io.Reader
			io.Writer
		}{out, in}, device)
	}()
	var gone bool
	takeAway = func() {
		if gone {
			return
		}
		gone = true
		in.Close()
		if err := <-served; err != nil && !errors.Is(err, os.ErrClosed) {
			tb.Error(err)
		}
		if err := cmd.Wait(); err != nil && said.Len() > 0 {
			tb.Errorf("%v: %s", err, &said)
		}
	}
	tb.Cleanup(takeAway)
	return takeAway
}
