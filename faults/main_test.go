package faults_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// rounds is how often each fault is repeated; some tests, whose faults take
// long to get over, do a fraction of it.
var rounds = flag.Int("rounds", 20, "how many faults a test makes")

// of is the number of rounds of a test that does only one in n.
func of(n int) int { return max(1, *rounds/n) }

const (
	// alone marks the process of which the tests' mounts are private.
	alone       = "PAYCODE_FAULTS_ALONE"
	binaryIsIn  = "PAYCODE_FAULTS_BINARY"
	capSysAdmin = 21 // capabilities(7)
)

func TestMain(m *testing.M) {
	if os.Getenv(alone) != "" {
		m.Run()
		return
	}
	code, err := runAlone()
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		code = 1
	}
	os.Exit(code)
}

// runAlone builds the command and runs this test binary again with mounts of
// its own, so that none of them outlives it, however it ends.
func runAlone() (code int, err error) {
	dir, err := os.MkdirTemp("", "paycode-faults-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "paycode")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/paycode").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	// The tests wait for faults to be noticed, most of the time.
	cmd := exec.Command(os.Args[0], append([]string{"-test.parallel=4"}, os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), alone+"=1", binaryIsIn+"="+binary)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = privateMounts()
	c, err := startChild(cmd)
	if err != nil {
		return 0, fmt.Errorf("mounts of its own need root, or a kernel that lets users make namespaces: %w", err)
	}
	err = c.wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// privateMounts needs root, or makes this user one who may mount: not root
// himself, because PostgreSQL refuses to run as root.
func privateMounts() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		a.Cloneflags = syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		a.AmbientCaps = []uintptr{capSysAdmin}
	}
	return a
}
