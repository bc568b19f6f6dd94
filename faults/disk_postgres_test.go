package faults_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/paycode/paycode/store/postgres/pgtest"
)

// TestDiskFullPostgres fills the disk that PostgreSQL keeps the tables on. It
// refuses what needs more room, and goes on by itself.
func TestDiskFullPostgres(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t)
	d := newDisk(t, filepath.Join(filepath.Dir(dataOf(t, pg)), "small"), ownerOf(t, dataOf(t, pg)), 64)
	for _, statement := range []string{"CREATE TABLESPACE small LOCATION '" + d.dir + "'", "CREATE DATABASE small TABLESPACE small"} {
		if err := pg.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	c := newSite(t, pg.URL("small"), 2).crowd()
	c.begin()
	for range of(7) {
		c.some(20)
		c.full(d)
	}
	c.some(20)
	c.check()
	c.checkLogs()
}

// TestLogDiskFullPostgres fills the disk of PostgreSQL's write-ahead log. It
// gives up then, and whoever watches over it starts it until it stays.
func TestLogDiskFullPostgres(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t, "min_wal_size=32MB", "max_wal_size=32MB", "wal_recycle=off")
	data := dataOf(t, pg)
	d := moveLog(t, pg, data)
	c := newSite(t, pg.NewDatabase(t), 2).crowd()
	defer watchOver(pg, data)()
	c.begin()
	for range of(10) {
		c.some(20)
		c.fullLog(d, pg)
	}
	c.some(20)
	c.check()
	c.checkLogs()
}

// fullLog is full, and has PostgreSQL begin new files of its log meanwhile.
func (c *crowd) fullLog(d disk, pg *pgtest.Server) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; sleep(ctx, fullFor/2) {
			pg.Exec(ctx, "SELECT pg_switch_wal()") // which it does not survive when there is no room
		}
	}()
	c.full(d)
	cancel()
	<-done
}

// moveLog puts the write-ahead log on a small disk.
func moveLog(t *testing.T, pg *pgtest.Server, data string) disk {
	t.Helper()
	if err := pg.Stop(); err != nil {
		t.Fatal(err)
	}
	log, old := filepath.Join(data, "pg_wal"), filepath.Join(data, "old_wal")
	if err := os.Rename(log, old); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(log, 0o700); err != nil {
		t.Fatal(err)
	}
	d := newDisk(t, log, ownerOf(t, data), 96)
	// cp keeps the owners.
	if out, err := exec.Command("cp", "-a", old+"/.", log).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	if err := pg.Restart(); err != nil {
		t.Fatal(err)
	}
	return d
}

// watchOver starts PostgreSQL whenever it has ended, as a service manager does,
// until the answered function is called.
func watchOver(pg *pgtest.Server, data string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; sleep(ctx, 300*time.Millisecond) {
			if !postmasterRuns(data) {
				pg.Restart() // or the next time
			}
		}
	}()
	return func() { cancel(); <-done }
}

// postmasterRuns looks at the process that the data directory's lock file names.
func postmasterRuns(data string) bool {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	return err == nil && syscall.Kill(pid, 0) != syscall.ESRCH
}

func dataOf(t *testing.T, pg *pgtest.Server) (dir string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), pg.SocketURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	if err := db.QueryRow(t.Context(), "SHOW data_directory").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func ownerOf(t *testing.T, file string) int {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
