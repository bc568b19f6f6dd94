// Package sqlite is the embedded engine of the store: one file, one writer,
// many readers, no cgo (modernc.org/sqlite). A commit is on the disk when Write
// returns: write-ahead log with synchronous=FULL.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver

	"github.com/paycode/paycode/store"
)

// Options of a database.
type Options struct {
	// Buckets is N for a database that is made now, 0 for 1: there is a single
	// writer, so more buckets would only make its batches smaller.
	Buckets int
}

// readers is how many snapshots may be read side by side.
const readers = 4

// Engine is one open database file.
type Engine struct {
	buckets int
	write   *sql.DB
	read    *sql.DB

	mu      sync.Mutex // held by the one writing transaction
	writer  *conn
	readers chan *conn // those that nobody reads with just now
	closing sync.Once
	closed  error
}

// Open opens the database file at path, makes it when it is absent, and brings its schema up to date.
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	e := &Engine{}
	var err error
	if e.write, err = sql.Open("sqlite", dsn(path, "_txlock=immediate")); err != nil {
		return nil, err
	}
	e.write.SetMaxOpenConns(1)
	c, err := e.write.Conn(ctx)
	if err != nil {
		e.write.Close()
		return nil, fmt.Errorf("sqlite: open %s: %w", filepath.Base(path), err)
	}
	e.writer = newConn(c)
	if err := e.migrate(ctx, max(o.Buckets, 1)); err != nil {
		e.Close()
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if e.read, err = sql.Open("sqlite", dsn(path, "_pragma=query_only(1)")); err != nil {
		e.Close()
		return nil, err
	}
	all := make(chan *conn, readers)
	for range readers {
		c, err := e.read.Conn(ctx)
		if err != nil {
			e.Close()
			return nil, err
		}
		all <- newConn(c)
	}
	e.readers = all
	return e, nil
}

// dsn carries the pragmas, because an Exec of one reaches a single pooled
// connection only. The automatic checkpoint is rare: every thousand pages, as
// is the default, it costs a third of the throughput.
func dsn(path, extra string) string {
	pragmas := []string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "wal_autocheckpoint(20000)", "cache_size(-65536)", "temp_store(MEMORY)"}
	q := extra
	for _, p := range pragmas {
		q += "&_pragma=" + url.QueryEscape(p)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q
}

func (e *Engine) migrate(ctx context.Context, buckets int) error {
	return e.Write(ctx, 0, func(tx store.Tx) (err error) {
		e.buckets, err = store.Migrate(ctx, tx, buckets, withoutRowid)
		return err
	})
}

// withoutRowid keeps a table in the tree of its primary key: without it every
// row would be written twice, once under a hidden number.
func withoutRowid(statement string) string {
	if strings.HasPrefix(statement, "CREATE TABLE") {
		return statement + " WITHOUT ROWID"
	}
	return statement
}

// Write implements store.Engine. SQLite has one writer, so a transaction never
// loses a race and bucket does not matter.
func (e *Engine) Write(ctx context.Context, _ int, do func(store.Tx) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err // whoever asked has gone, and nothing was begun
	}
	return e.writer.transaction("BEGIN IMMEDIATE", do)
}

// Read implements store.Engine.
func (e *Engine) Read(ctx context.Context, do func(store.Tx) error) error {
	select {
	case c := <-e.readers:
		defer func() { e.readers <- c }()
		return c.transaction("BEGIN", do)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ForUpdate implements store.Engine: the single writer needs no row locks.
func (e *Engine) ForUpdate() string { return "" }

// Buckets implements store.Engine.
func (e *Engine) Buckets() int { return e.buckets }

// Close waits for transactions under way, then folds the log into the file.
// It may be called twice.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		for range cap(e.readers) {
			(<-e.readers).close()
		}
		if e.read != nil {
			e.read.Close()
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.writer.close()
		e.closed = e.write.Close()
	})
	return e.closed
}
