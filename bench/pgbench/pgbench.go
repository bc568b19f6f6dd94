// Package pgbench measures, with PostgreSQL's own pgbench, what the same
// database does for others: TPC-B, as everybody knows it, and a single payment
// as a good engineer writes it by hand, which is the least that a payment can
// be: no codes, no limits, no HTTP.
package pgbench

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/bench"
)

//go:embed *.sql
var files embed.FS

// ErrMissing is answered when pgbench is not installed.
var ErrMissing = errors.New("pgbench: not in PATH and not in /usr/lib/postgresql/*/bin; it comes with PostgreSQL's server: apt-get install postgresql")

// Script is what one of its clients does again and again.
type Script struct {
	Name string
	file string // empty for the one that is built in
}

// Scripts are what can be measured.
func Scripts() []Script {
	return []Script{
		{"hand-written function, one payment a call", "pay.sql"},
		{"the same with double entry", "pay_with_entries.sql"},
		{"pgbench, TPC-B-like", ""},
	}
}

const prefixOfLog = "latency"

// Target is a database of pgbench's own on a server.
type Target struct {
	program string
	server  string // URL of the database that was there
	name    string
	url     string
	dir     string
}

// Find is the path of pgbench, or ErrMissing.
func Find() (string, error) {
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return "", ErrMissing
	}
	return found[len(found)-1], nil
}

// Open makes a database beside the one at server, a URL, and fills it: the
// tables of TPC-B at that scale (a hundred thousand accounts each), and those of
// the hand-written payment.
func Open(ctx context.Context, server string, scale int) (t *Target, err error) {
	t = &Target{server: server, name: "paycode_bench_" + strings.ToLower(rand.Text()[:8])}
	if t.program, err = Find(); err != nil {
		return nil, err
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil, errors.New("pgbench: the database's URL makes no sense") // without the password in it
	}
	u.Path = "/" + t.name
	t.url = u.String()
	if t.dir, err = os.MkdirTemp("", "paycode-pgbench-"); err != nil {
		return nil, fmt.Errorf("pgbench: %w", err)
	}
	if err := t.fill(ctx, scale); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *Target) fill(ctx context.Context, scale int) error {
	if err := t.exec(ctx, t.server, "CREATE DATABASE "+t.name); err != nil {
		return err
	}
	all, err := files.ReadDir(".")
	if err != nil {
		return err
	}
	for _, f := range all {
		text, err := files.ReadFile(f.Name())
		if err == nil {
			err = os.WriteFile(filepath.Join(t.dir, f.Name()), text, 0o600)
		}
		if err != nil {
			return fmt.Errorf("pgbench: %w", err)
		}
	}
	schema, err := files.ReadFile("schema.sql")
	if err != nil {
		return err
	}
	if err := t.exec(ctx, t.url, string(schema)); err != nil {
		return err
	}
	if err := t.exec(ctx, t.url, "VACUUM ANALYZE pay.accounts"); err != nil {
		return err
	}
	_, err = t.run(ctx, "--initialize", "--quiet", "--scale", strconv.Itoa(scale))
	return err
}

// exec runs statements on the database at a URL.
func (t *Target) exec(ctx context.Context, at, statements string) error {
	c, err := pgx.Connect(ctx, at)
	if err != nil {
		return fmt.Errorf("pgbench: %w", err)
	}
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, statements, pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("pgbench: %w", err)
	}
	return nil
}

func (t *Target) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, t.program, append(args, t.url)...)
	cmd.Dir = t.dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("pgbench: %w: %s", err, strings.TrimSpace(strings.ReplaceAll(said.String(), t.url, "…")))
	}
	return string(out), nil
}

// Round has so many clients run a script for a time, with prepared statements.
func (t *Target) Round(ctx context.Context, s Script, clients int, d time.Duration) (bench.Result, error) {
	args := []string{"--no-vacuum", "--protocol", "prepared", "--client", strconv.Itoa(clients),
		"--jobs", strconv.Itoa(min(clients, runtime.NumCPU())), "--time", strconv.Itoa(max(1, int(d.Seconds()+0.5))),
		"--log", "--log-prefix", prefixOfLog}
	if s.file == "" {
		args = append(args, "--builtin", "tpcb-like")
	} else {
		args = append(args, "--file", s.file)
	}
	out, err := t.run(ctx, args...)
	if err != nil {
		return bench.Result{}, err
	}
	return t.result(out, d)
}

// Best is with how many clients, of at least one number, a script does the
// most, each tried for a time.
func (t *Target) Best(ctx context.Context, s Script, clients []int, d time.Duration) (best int, err error) {
	best = clients[0] // also on a machine that had no time for any
	most := 0.0
	for _, n := range clients {
		r, err := t.Round(ctx, s, n, d)
		if err != nil {
			return 0, err
		}
		if r.PerSecond() > most {
			best, most = n, r.PerSecond()
		}
	}
	return best, nil
}

// Close removes the database.
func (t *Target) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return errors.Join(t.exec(ctx, t.server, "DROP DATABASE IF EXISTS "+t.name+" WITH (FORCE)"), os.RemoveAll(t.dir))
}
