// Package pgtest runs a private, real PostgreSQL for tests: a data directory of
// its own, a random port on the loopback and a socket in a directory, a password
// that is asked for, everything durable unless a test says otherwise. It is
// gone with the test, also when the test process is killed.
//
// Debian's package postgresql has the programs; no service has to run. Where
// they are missing the tests fail and say so: nothing is skipped.
package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrMissing is answered when PostgreSQL's server programs are not installed.
var ErrMissing = errors.New("pgtest: no PostgreSQL server programs (initdb, postgres) in /usr/lib/postgresql/*/bin or PATH: apt-get install postgresql")

// NotDurable answers settings for tests that say nothing about durability: the
// server never waits for the disk.
func NotDurable() []string {
	return []string{"fsync=off", "synchronous_commit=off", "full_page_writes=off"}
}

const (
	// User is the superuser of a Server.
	User = "paycode"
	// patience is how long a server may take to start or to stop.
	patience = 60 * time.Second
	// pause between two looks whether it has.
	pause = 10 * time.Millisecond
)

// Server is a running PostgreSQL.
type Server struct {
	programs, dir, password string
	held                    *os.File // dir, locked while this process lives
	settings                []string
	port                    int
	process                 *process
}

// Start runs a server until the test ends. settings are "name=value" of
// postgresql.conf and go before the defaults, which are those of PostgreSQL,
// fsync and synchronous_commit on. A test binary starts one and gives each of
// its tests a database (NewDatabase).
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s, err := Launch(settings...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Launch is Start for a TestMain, which calls Close itself.
func Launch(settings ...string) (*Server, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	s := &Server{programs: programs, password: rand.Text(), settings: settings}
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	if err := s.first(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// first makes the data directory and starts the server on a port that is free.
func (s *Server) first() error {
	if err := s.initdb(); err != nil {
		return err
	}
	var err error
	for range 5 { // somebody else may take the port before the server does
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err = s.start(); err == nil {
			return nil
		}
	}
	return err
}

// initdb has text sorted as a language does, so that a statement which relies
// on the order of bytes without saying so is found.
func (s *Server) initdb() error {
	if err := giveAway(s.dir); err != nil {
		return err
	}
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(s.password), 0o600); err != nil {
		return err
	}
	if err := giveAway(password); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(s.programs, "initdb"), "--pgdata", s.data(), "--username", User, "--pwfile", password,
		"--auth", "password", "--encoding", "UTF8", "--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "en-US", "--no-sync")
	cmd.Dir, cmd.SysProcAttr = s.dir, privileges()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w\n%s", err, out)
	}
	return nil
}

// start runs the server and waits until it answers.
func (s *Server) start() error {
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1"}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	var err error
	if s.process, err = run(s.dir, filepath.Join(s.programs, "postgres"), args...); err != nil {
		return err
	}
	return s.ready()
}

func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		c, err := pgconn.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-s.process.done:
			return fmt.Errorf("pgtest: the server ended: %w\n%s", s.process.err, s.Log())
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("pgtest: the server does not answer: %w\n%s", err, s.Log()), s.Kill())
		case <-time.After(pause):
		}
	}
}

// URL is where a database is reached over the loopback.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(User, s.password), Host: s.Address(), Path: "/" + database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// SocketURL is where a database is reached over the unix socket.
func (s *Server) SocketURL(database string) string {
	q := url.Values{"host": {s.dir}, "port": {strconv.Itoa(s.port)}}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(User, s.password), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// Address is host:port on the loopback.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Log is the end of what the server wrote to its log.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, logName))
	return string(bytes.ToValidUTF8(text[max(0, len(text)-8192):], nil))
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Kill ends the server and every process of it as a loss of power would: with
// SIGKILL, and no chance to write anything more.
func (s *Server) Kill() error { return s.process.kill() }

// Restart starts a killed server again, on the same port. It returns when the
// server has recovered and answers.
func (s *Server) Restart() error { return s.start() }

// Stop shuts the server down cleanly; clients are cut off.
func (s *Server) Stop() error { return s.process.stop() }

// Close ends the server and removes all that it wrote.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		err = s.process.kill()
	}
	return errors.Join(err, os.RemoveAll(s.dir), s.held.Close())
}

// findPrograms prefers the newest version of Debian's, which are not in PATH.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	newest, version := "", 0
	for _, f := range found {
		v, _ := strconv.Atoi(strings.Split(f, "/")[4])
		if v > version {
			newest, version = filepath.Dir(f), v
		}
	}
	if newest != "" {
		return newest, nil
	}
	f, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrMissing
	}
	return filepath.Dir(f), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
