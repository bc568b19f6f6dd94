package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// childServer is paycode serve as a process of its own, as it is in real life:
// its garbage is collected without the load generator's.
type childServer struct {
	url, operatorKey string
	process          *exec.Cmd
	said             *os.File // its standard error
	remove           func()
}

// startServer starts one on a free port, with db or a new database.
func startServer(ctx context.Context, db string) (*childServer, error) {
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	c := &childServer{remove: remove}
	if err := c.start(ctx, db, dir); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *childServer) start(ctx context.Context, db, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if db == "" {
		db = "sqlite:" + filepath.Join(dir, "bench.db")
	}
	masterKey := filepath.Join(dir, "master.key")
	key, err := operatorKey(ctx, self, db, masterKey)
	if err != nil {
		return err
	}
	c.operatorKey = key
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	l.Close()
	c.url = "http://" + address
	c.process = exec.CommandContext(ctx, self, "serve", "--db", db, "--master-key", masterKey, "--listen", address, "--log-level", "warn")
	if c.said, err = os.Create(filepath.Join(dir, "server.log")); err != nil {
		return err
	}
	defer c.said.Close() // the child has its own
	c.process.Stderr = c.said
	c.process.Cancel = func() error { return c.process.Process.Signal(os.Interrupt) }
	c.process.WaitDelay = time.Minute
	if err := c.process.Start(); err != nil {
		return err
	}
	return c.awaitReady(ctx)
}

// operatorKey makes the database and answers a key to it; a database that was
// there gets another one.
func operatorKey(ctx context.Context, self, db, masterKey string) (string, error) {
	key, err := exec.CommandContext(ctx, self, "admin", "init", "--db", db, "--master-key", masterKey).Output()
	if err != nil {
		key, err = exec.CommandContext(ctx, self, "admin", "key", "operator", "--db", db).Output()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("prepare the database: %s", exit.Stderr)
	}
	return strings.TrimSpace(string(key)), err
}

// readyWithin is how long a server may take to start.
const readyWithin = 30 * time.Second

func (c *childServer) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, "GET", c.url+"/readyz", nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			said, _ := os.ReadFile(c.said.Name())
			return fmt.Errorf("the server does not start: %s", said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server as an operator would, and removes what was temporary.
func (c *childServer) stop() {
	if c.process != nil && c.process.Process != nil {
		c.process.Process.Signal(os.Interrupt)
		c.process.Wait()
	}
	c.remove()
}
