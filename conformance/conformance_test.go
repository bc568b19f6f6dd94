// Package conformance holds an independent implementation of the payer, the
// till and the operator, in JavaScript on Node alone, and runs it against a
// real server process.
//
// The program under run.mjs shares no code with the rest of the module and
// knows the system only from its published formats and its HTTP contract. It
// shows that a stranger can build the other side, and attacks every promise
// that the documents make.
package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 30 * time.Second
	runTimeout   = 4 * time.Minute
)

// TestStranger starts a server on an empty SQLite file, lets the stranger at
// it, stops it as an operator would, and has the books audited by the command.
func TestStranger(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("the conformance program needs Node 20 on the PATH: %v", err)
	}
	p := install(t)
	operatorKey := p.init(t)
	url, stop := p.serve(t)
	runStranger(t, node, url, operatorKey)
	stop()
	if out, err := p.command("admin", "audit", "--db", p.db).CombinedOutput(); err != nil {
		t.Errorf("paycode admin audit: %v\n%s", err, out)
	}
}

// paycode is the built command with the files of one installation.
type paycode struct {
	binary, db, masterKey string
}

func install(t *testing.T) paycode {
	t.Helper()
	dir := t.TempDir()
	p := paycode{
		binary:    filepath.Join(dir, "paycode"),
		db:        "sqlite:" + filepath.Join(dir, "paycode.db"),
		masterKey: filepath.Join(dir, "master.key"),
	}
	build := exec.Command("go", "build", "-o", p.binary, "./cmd/paycode")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/paycode: %v\n%s", err, out)
	}
	return p
}

// command runs without the caller's PAYCODE_ variables: each of them would
// stand in for a flag.
func (p paycode) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.binary, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PAYCODE_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd
}

// init makes schema and master key and answers the operator key, which is
// promised to stand alone on standard output.
func (p paycode) init(t *testing.T) string {
	t.Helper()
	var stderr strings.Builder
	cmd := p.command("admin", "init", "--db", p.db, "--master-key", p.masterKey)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("paycode admin init: %v\n%s", err, stderr.String())
	}
	key := strings.TrimSpace(string(out))
	if !strings.HasPrefix(key, "op_") || strings.ContainsAny(key, " \n") {
		t.Fatalf("paycode admin init printed %d bytes, not one key op_… alone", len(out))
	}
	return key
}

// serve starts the server; stop ends it with SIGTERM and fails the test when
// it does not leave cleanly. A test that fails before ends it as well.
func (p paycode) serve(t *testing.T) (url string, stop func()) {
	t.Helper()
	addr := freeAddress(t)
	log := filepath.Join(filepath.Dir(p.binary), "serve.log")
	logFile, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd := p.command("serve", "--db", p.db, "--listen", addr, "--master-key", p.masterKey, "--webhook-loopback")
	cmd.Stdout, cmd.Stderr = logFile, logFile
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited, gone := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(gone)
		exited <- cmd.Wait()
		logFile.Close()
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", tail(log))
		}
	})
	t.Cleanup(func() {
		cmd.Process.Kill() // no effect on a process that has left
		<-gone
	})
	url = "http://" + addr
	awaitReady(t, url, exited)
	return url, func() { terminate(t, cmd.Process, exited) }
}

func terminate(t *testing.T, process *os.Process, exited <-chan error) {
	t.Helper()
	if err := process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("the server had already left: %v", err)
		return
	}
	select {
	case err := <-exited:
		if err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
	case <-time.After(stopTimeout):
		t.Errorf("the server did not leave within %v of SIGTERM", stopTimeout)
	}
}

// freeAddress picks a loopback port that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func awaitReady(t *testing.T, url string, exited <-chan error) {
	t.Helper()
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-exited:
			t.Fatalf("the server left at once: %v", err)
		default:
		}
		if ready(url) {
			return
		}
	}
	t.Fatalf("the server was not ready within %v", startTimeout)
}

func ready(url string) bool {
	res, err := http.Get(url + "/readyz")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// runStranger streams the program's lines as they come, so that a long run
// is seen to move, and fails when the program does.
func runStranger(t *testing.T, node, url, operatorKey string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "run.mjs")
	cmd.Env = append(os.Environ(), "PAYCODE_URL="+url, "PAYCODE_OPERATOR_KEY="+operatorKey)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, err := stream(t.Output(), out)
	if err = errors.Join(err, cmd.Wait()); err != nil {
		t.Errorf("node run.mjs: %v: %s", err, last)
	}
	if !strings.Contains(last, " passed, ") {
		t.Errorf("the program ended without its count: %q", last)
	}
}

// stream copies line by line and answers the last line.
func stream(to io.Writer, from io.Reader) (last string, err error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		last = lines.Text()
		fmt.Fprintln(to, last)
	}
	return last, lines.Err()
}

func tail(path string) string {
	const shown = 4 << 10
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-shown):])
}
