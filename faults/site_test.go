package faults_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paycode/paycode/client"
)

// site is one installation: a database, its files, and servers on it.
type site struct {
	*testing.T
	dir, database, masterKey, operatorKey string
	servers                               []*instance
}

// instance is a server, at an address that it keeps from one process to the next.
type instance struct {
	site    *site
	address string
	db      string // the site's, or where this server is told that it is
	log     string
	running *child
	stop    func() error // asks it to leave
}

// newSite makes schema and keys and starts servers.
func newSite(t *testing.T, database string, servers int) *site {
	t.Helper()
	s := prepare(t, database)
	for range servers {
		s.add(database)
	}
	return s
}

// prepare makes schema and keys.
func prepare(t *testing.T, database string) *site {
	t.Helper()
	dir := t.TempDir()
	s := &site{T: t, dir: dir, database: database, masterKey: filepath.Join(dir, "master.key")}
	out, err := s.command("admin", "init", "--db", database, "--master-key", s.masterKey).Output()
	if err != nil {
		t.Fatalf("admin init: %v\n%s", err, said(err))
	}
	s.operatorKey = strings.TrimSpace(string(out))
	return s
}

func said(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}

// command is a run of the built command, without the caller's PAYCODE_
// variables: each of them would stand in for a flag.
func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Getenv(binaryIsIn), args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PAYCODE_") })
	return cmd
}

// add starts one more server, which reaches the database by db.
func (s *site) add(db string) *instance {
	s.Helper()
	p := &instance{site: s, address: freeAddress(s.T), db: db, log: filepath.Join(s.dir, fmt.Sprintf("server%d.log", len(s.servers)))}
	s.servers = append(s.servers, p)
	s.Cleanup(p.showLog)
	p.stop = func() error { return p.running.stop() }
	p.start()
	p.awaitReady()
	return p
}

// showLog has a failed test show what the server said last.
func (p *instance) showLog() {
	if p.site.Failed() {
		p.site.Logf("the end of the log of %s:\n%s", p.address, endOf(p.log))
	}
}

// start starts the server's process; it may take its time to answer.
func (p *instance) start() {
	p.site.Helper()
	p.running = launch(p.site.T, p.log, p.site.command("serve", "--db", p.db, "--master-key", p.site.masterKey, "--listen", p.address, "--log-level", "warn"))
}

// again is what a service manager does: it starts a server that has ended.
func (p *instance) again() {
	p.running.kill()
	p.start()
}

func (p *instance) url() string { return "http://" + p.address }

// Bounds that nothing may exceed, however slow the machine is.
const (
	readyWithin = 60 * time.Second
	pause       = 20 * time.Millisecond
)

func (p *instance) awaitReady() {
	p.site.Helper()
	for deadline := time.Now().Add(readyWithin); !p.ready(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			p.site.Fatalf("the server at %s is not ready", p.address)
		}
	}
}

func (p *instance) ready() bool {
	r, err := quick.Get(p.url() + "/readyz")
	if err != nil {
		return false
	}
	r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// quick asks without patience, on a new connection.
var quick = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// operator calls with the operator's key, the first server that is ready.
func (s *site) operator() *client.Client { return s.caller(s.operatorKey) }

func (s *site) caller(key string) *client.Client {
	return &client.Client{Server: s.servers[0].url(), Authorize: client.Bearer(key), HTTP: &http.Client{
		Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: builders},
	}}
}

// audit has the command recompute every balance, on a database that is at rest.
func (s *site) audit() {
	s.Helper()
	if out, err := s.command("admin", "audit", "--db", s.database).CombinedOutput(); err != nil {
		s.Errorf("admin audit: %v\n%s", err, out)
	}
}

// freeAddress picks a port of the loopback that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
