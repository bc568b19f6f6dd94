// Package store keeps everything in SQL: one body of statements for every
// engine. An engine (store/sqlite, store/postgres) opens the database and
// says how a transaction is run; nothing here knows which one it is.
//
// The rules that make the statements fit a distributed PostgreSQL as well:
// bucket leads every key and every statement pins it by equality; a transaction
// touches one bucket; ids, times and randomness are parameters; a replay is
// seen by a row count, never by an error.
package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/paycode/paycode/payment"
)

// ErrNotFound is answered for a row that is not there.
var ErrNotFound = errors.New("store: not found")

// ErrRace is answered for a transaction whose rows were changed by another one
// meanwhile, more often than an engine tries again. Nothing was written, and
// later it may well be.
var ErrRace = fmt.Errorf("%w: lost a race with another transaction", payment.ErrUnavailable)

// Engine runs transactions on one database.
type Engine interface {
	// Write runs do in a transaction on rows of one bucket and commits it:
	// durable on return. When the engine says that the transaction lost a race,
	// do runs again from its start, so it must not act outside the transaction.
	// After any other error nothing was applied, except that a connection lost
	// during the commit leaves the outcome unknown.
	Write(ctx context.Context, bucket int, do func(Tx) error) error
	// Read runs do on a snapshot that changes nothing. It may run do again from
	// its start when the connection was lost.
	Read(ctx context.Context, do func(Tx) error) error
	// Report is Read for long answers that may be a little behind: a replica
	// may give them. What decides about money, or tells somebody what he has
	// just done, is not among them.
	Report(ctx context.Context, do func(Tx) error) error
	// ForUpdate is what a locking SELECT ends with, or nothing where the
	// engine has a single writer.
	ForUpdate() string
	// Buckets is N, fixed when the database was made.
	Buckets() int
	// Close waits for transactions under way.
	Close() error
}

// Tx runs statements with $1, $2 … parameters.
type Tx interface {
	// Exec answers the number of rows that were changed.
	Exec(query string, args ...any) (int64, error)
	// Queue puts a statement off until the next Flush, so that an engine far
	// away can send many at once.
	Queue(query string, args ...any)
	// QueueOne is Queue for a statement that must change exactly one row:
	// otherwise the transaction has lost a race, and its end answers ErrRace.
	QueueOne(query string, args ...any)
	// Each queues a statement for a set of rows, each with the values of $2,
	// $3 …, that must change exactly one row for each: otherwise ErrRace.
	Each(s *ForEach, bucket int, rows [][]any)
	// Find queues a search for a set of keys; found is called for every row,
	// in no order, before Flush returns.
	Find(s *ForEach, bucket int, keys [][]any, found func(scan func(dest ...any) error) error)
	// Whole says that nothing will be asked of the transaction before its end, so
	// that an engine far away can send all of it, commit included, in one message.
	// It is called before anything else.
	Whole()
	// Flush sends what is queued and answers its first error. Exec, Row, Rows
	// and the transaction's end do the same first.
	Flush() error
	// Row scans the only row of query; ErrNotFound when there is none.
	Row(query string, args []any, dest ...any) error
	// Rows calls each for every row with a function that scans it.
	Rows(query string, args []any, each func(scan func(dest ...any) error) error) error
}

// DB answers what issuing, payment, access and the API want stored.
type DB struct {
	engine Engine
}

// New is a DB on an open engine.
func New(e Engine) *DB { return &DB{e} }

// Buckets is the number of buckets of the database.
func (db *DB) Buckets() int { return db.engine.Buckets() }

// Close ends the engine. Transactions under way are finished first.
func (db *DB) Close() error { return db.engine.Close() }
