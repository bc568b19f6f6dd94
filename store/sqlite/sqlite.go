// Package sqlite is the embedded engine of the store: one file, one writer,
// many readers, no cgo (zombiezen.com/go/sqlite). A commit is on the disk when
// Write returns: write-ahead log with synchronous=FULL. Transactions that wait
// for the writer are committed together, because it is the disk that takes the
// time.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/paycode/paycode/store"
)

// ErrClosed is answered for a transaction that came after Close.
var ErrClosed = errors.New("sqlite: closed")

// Options of a database.
type Options struct {
	// Buckets is N for a database that is made now, 0 for 1: there is a single
	// writer, so more buckets would only make its batches smaller.
	Buckets int
}

// readers is how many snapshots may be read side by side.
const readers = 4

// readerCache leaves memory to the writer's pages: what others read is in the system's
// cache as well.
const readerCache = "cache_size = -2048" // kB

// Engine is one open database file.
type Engine struct {
	buckets int
	writer  *conn
	work    chan *transaction
	readers chan *conn // those that nobody reads with just now
	opened  int        // how many there are
	folder  *folder
	closing sync.Once
	gone    chan struct{} // closed when nothing more is begun
	idle    chan struct{} // closed when the writer has ended
	closed  error
}

// Open opens the database file at path, and makes it when it is absent.
// store.ErrOutdated, store.ErrNewer.
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	writer, err := connect(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", filepath.Base(path), err)
	}
	e := &Engine{
		writer: writer, work: make(chan *transaction, maxTogether), readers: make(chan *conn, readers),
		gone: make(chan struct{}), idle: make(chan struct{}),
	}
	if e.folder, err = newFolder(path); err != nil {
		writer.close()
		return nil, fmt.Errorf("sqlite: open %s: %w", filepath.Base(path), err)
	}
	go e.folder.run()
	go e.write()
	err = e.Write(ctx, 0, func(tx store.Tx) (err error) {
		if e.buckets, err = schema().Open(tx, max(o.Buckets, 1)); err != nil {
			return err
		}
		return statistics(tx)
	})
	for i := 0; i < readers && err == nil; i++ {
		var c *conn
		if c, err = connect(path, "query_only = 1", readerCache); err == nil {
			e.readers <- c
			e.opened++
		}
	}
	if err != nil {
		e.Close()
		return nil, fmt.Errorf("sqlite: open %s: %w", filepath.Base(path), err)
	}
	return e, nil
}

// Read implements store.Engine.
func (e *Engine) Read(ctx context.Context, do func(store.Tx) error) error {
	select {
	case c := <-e.readers:
		defer func() { e.readers <- c }()
		if err := c.run("BEGIN"); err != nil {
			return err
		}
		defer c.run("ROLLBACK") // a reader has nothing to commit
		return do(c)
	case <-e.gone:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Report implements store.Engine: there is no replica.
func (e *Engine) Report(ctx context.Context, do func(store.Tx) error) error { return e.Read(ctx, do) }

// ForUpdate implements store.Engine: the single writer needs no row locks.
func (e *Engine) ForUpdate() string { return "" }

// Buckets implements store.Engine.
func (e *Engine) Buckets() int { return e.buckets }

// Close waits for transactions under way, then folds the log into the file.
// It may be called twice.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		close(e.gone)
		for range e.opened {
			(<-e.readers).close()
		}
		<-e.idle
		// The writer goes last, as no reader folds; and then the file, see folder.
		e.closed = errors.Join(e.folder.end(), e.writer.close(), e.folder.file.Close())
	})
	return e.closed
}
