package faults_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store/postgres/pgtest"
)

// TestServerKilledSQLite kills the only server there is, again and again. What
// comes back is the file.
func TestServerKilledSQLite(t *testing.T) {
	t.Parallel()
	s := newSite(t, "sqlite:"+filepath.Join(t.TempDir(), "paycode.db"), 1)
	s.killServers()
}

// TestServerKilledPostgres kills now one, now the other of two servers on one
// database. The tills go on at the one that is left.
func TestServerKilledPostgres(t *testing.T) {
	t.Parallel()
	s := newSite(t, pgtest.Start(t).NewDatabase(t), 2)
	s.killServers()
}

func (s *site) killServers() {
	c := s.crowd()
	c.begin()
	for round := range *rounds {
		c.some(20 + rand.IntN(20))
		time.Sleep(rand.N(20 * time.Millisecond))
		c.record.fault()
		s.servers[round%len(s.servers)].again()
	}
	c.some(20)
	c.check()
}

// TestPostgresKilled kills every process of PostgreSQL at once, as a loss of
// power does, and one of those that serve a connection, after which PostgreSQL
// ends all the others and recovers by itself.
func TestPostgresKilled(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t)
	s := newSite(t, pg.NewDatabase(t), 2)
	c := s.crowd()
	c.begin()
	for round := range of(3) {
		c.some(20 + rand.IntN(20))
		c.record.fault()
		if round%2 == 0 {
			s.must(pg.Kill())
			s.must(pg.Restart())
		} else {
			s.killBackend(pg)
		}
	}
	c.some(20)
	c.check()
	c.checkLogs()
}

// killBackend kills the process of one of the servers' connections, a busy one
// if there is any.
func (s *site) killBackend(pg *pgtest.Server) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), backWithin)
	defer cancel()
	var pid int
	for pid == 0 {
		db, err := pgx.Connect(ctx, pg.SocketURL("postgres"))
		s.must(err)
		err = db.QueryRow(ctx, `SELECT pid FROM pg_stat_activity WHERE application_name = 'paycode' ORDER BY state = 'idle', random() LIMIT 1`).Scan(&pid)
		db.Close(ctx)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			s.Fatal(err)
		}
	}
	s.must(syscall.Kill(pid, syscall.SIGKILL))
}
