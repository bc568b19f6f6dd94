package conformance

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 30 * time.Second
	logShown     = 4 << 10
)

// paycode is one installation: the built command, its files, its address and
// the first operator's key; and the Node that plays against it.
type paycode struct {
	nodeBinary, dir, binary, db, masterKey, address, operatorKey string
}

func install(t *testing.T) *paycode {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("the conformance program needs Node 20 on the PATH: %v", err)
	}
	dir := t.TempDir()
	p := &paycode{
		nodeBinary: node,
		dir:        dir,
		binary:     filepath.Join(dir, "paycode"),
		db:         "sqlite:" + filepath.Join(dir, "paycode.db"),
		masterKey:  filepath.Join(dir, "master.key"),
		address:    freeAddress(t),
	}
	build := exec.Command("go", "build", "-o", p.binary, "./cmd/paycode")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/paycode: %v\n%s", err, out)
	}
	p.init(t)
	return p
}

func (p *paycode) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.binary, args...)
	cmd.Env = environment()
	return cmd
}

// environment is the caller's without its PAYCODE_ variables: each of them
// would stand in for a flag.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PAYCODE_") })
}

// init makes schema and master key and keeps the operator key, which is
// promised to stand alone on standard output.
func (p *paycode) init(t *testing.T) {
	t.Helper()
	var stderr strings.Builder
	cmd := p.command("admin", "init", "--db", p.db, "--master-key", p.masterKey)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("paycode admin init: %v\n%s", err, stderr.String())
	}
	p.operatorKey = strings.TrimSpace(string(out))
	if !strings.HasPrefix(p.operatorKey, "op_") || strings.ContainsAny(p.operatorKey, " \n") {
		t.Fatalf("paycode admin init printed %d bytes, not one key op_… alone", len(out))
	}
}

func (p *paycode) audit(t *testing.T) {
	t.Helper()
	if out, err := p.command("admin", "audit", "--db", p.db).CombinedOutput(); err != nil {
		t.Errorf("paycode admin audit: %v\n%s", err, out)
	}
}

// log is all that the servers of this installation have written so far.
func (p *paycode) log(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, "serve.log"))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// server is a running child process.
type server struct {
	process *os.Process
	gone    chan struct{} // closed once it has left
	err     error         // how it left; read after gone
}

// start runs the server until it answers. A test that fails before it stops
// the server ends it as well, and shows the end of the log.
func (p *paycode) start(t *testing.T, flags ...string) *server {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	serve := []string{"serve", "--db", p.db, "--listen", p.address, "--master-key", p.masterKey}
	cmd := p.command(append(serve, flags...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{process: cmd.Process, gone: make(chan struct{})}
	go func() {
		s.err = cmd.Wait()
		close(s.gone)
	}()
	t.Cleanup(func() {
		s.process.Kill() // no effect on a process that has left
		<-s.gone
		if t.Failed() {
			text := p.log(t)
			t.Logf("the end of the server's log:\n%s", text[max(0, len(text)-logShown):])
		}
	})
	s.awaitReady(t, "http://"+p.address+"/readyz")
	return s
}

func (s *server) awaitReady(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		select {
		case <-s.gone:
			t.Fatalf("the server left at once: %v", s.err)
		default:
		}
		if ready(url) {
			return
		}
	}
	t.Fatalf("the server was not ready within %v", startTimeout)
}

func ready(url string) bool {
	res, err := http.Get(url)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// stop signals the server and waits for it. One that is asked to leave has to
// leave cleanly.
func (s *server) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.process.Signal(signal); err != nil {
		t.Errorf("the server had already left: %v", err)
	}
	select {
	case <-s.gone:
	case <-time.After(stopTimeout):
		t.Fatalf("the server did not leave within %v of %v", stopTimeout, signal)
	}
	if signal == syscall.SIGTERM && s.err != nil {
		t.Errorf("after SIGTERM: %v", s.err)
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
