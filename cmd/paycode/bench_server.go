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
	"runtime"
	"strconv"
	"strings"
	"time"
)

// childServer is paycode serve as a process of its own, as it is in real life:
// its garbage is collected without the load generator's, and its processor time
// and memory are its own.
type childServer struct {
	self, dir                        string
	database, masterKey, operatorKey string
	platformKey                      string
	url                              string
	process                          *exec.Cmd
	said                             *os.File // its standard error
	remove                           func()
}

// prepareServer makes a database ready, that at the URL or a new file.
func prepareServer(ctx context.Context, database string) (*childServer, error) {
	dir, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	c := &childServer{dir: dir, remove: remove, database: database, masterKey: filepath.Join(dir, "master.key"), platformKey: filepath.Join(dir, "platform.key")}
	if c.database == "" {
		c.database = "sqlite:" + filepath.Join(dir, "bench.db")
	}
	if c.self, err = os.Executable(); err == nil {
		c.operatorKey, err = operatorKey(ctx, c.self, c.database, c.masterKey)
	}
	if err == nil {
		err = exec.CommandContext(ctx, c.self, "admin", "key", "platform", c.platformKey).Run()
	}
	if err != nil {
		remove()
	}
	return c, err
}

// start runs it on a free port.
func (c *childServer) start(ctx context.Context) error {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	l.Close()
	c.url = "http://" + address
	c.process = exec.CommandContext(ctx, c.self, "serve", "--db", c.database, "--master-key", c.masterKey, "--listen", address, "--platform-key", c.platformKey, "--log-level", "error")
	if c.said, err = os.Create(filepath.Join(c.dir, "server.log")); err != nil {
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
	init := []string{"admin", "init", "--db", db, "--master-key", masterKey}
	if strings.HasPrefix(db, "postgres") { // as docs/operate.md says, for a database on this machine
		init = append(init, "--buckets", strconv.Itoa(max(runtime.NumCPU()/2, 1)))
	}
	key, err := exec.CommandContext(ctx, self, init...).Output()
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

// stop ends the server as an operator would, says what it complained about, and
// removes what was temporary.
func (c *childServer) stop() (complaints string) {
	if c.process != nil && c.process.Process != nil {
		c.process.Process.Signal(os.Interrupt)
		c.process.Wait()
		said, _ := os.ReadFile(c.said.Name())
		complaints = string(said[:min(len(said), mostComplaints)])
	}
	c.remove()
	return complaints
}

// mostComplaints is how much of a server's log is shown, in bytes.
const mostComplaints = 2000
