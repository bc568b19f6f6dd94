// Package postgres is the engine of the store for PostgreSQL, one or
// distributed (pgx). Any number of servers may be on one database. A commit is
// on the disk when Write returns, unless the database is told otherwise
// (synchronous_commit).
//
// Statements that a transaction queues go out together, BEGIN with the first of
// them: a batch of payments takes three round trips, the last of them COMMIT.
// Nothing but SQLSTATE is looked at in an error, because on a distributed
// PostgreSQL the names in it are of shards, or missing.
package postgres

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paycode/paycode/store"
)

// Options of a database. The zero value of each is a choice that works.
type Options struct {
	// Buckets is N for a database that is made now, 0 for DefaultBuckets.
	Buckets int
	// MaxConns is how many connections transactions may use at once, 0 for
	// DefaultConns. Reports have ReportConns more.
	MaxConns int
	// ReplicaURL is a standby that gives reports while it can be reached.
	ReplicaURL string
	// Partitions, if not 0, is into how many partitions by bucket the tables of
	// a database that is made now are cut. PostgreSQL itself then refuses a
	// unique key without the bucket, as a distributed one does.
	Partitions int
	// Tracer, if not nil, sees every statement.
	Tracer pgx.QueryTracer
}

const (
	// DefaultBuckets is N of a database on one machine.
	DefaultBuckets = 4
	// DefaultConns is how many connections transactions use at once: a few
	// write, and as many wait for rows that others hold.
	DefaultConns = 16
	// ReportConns is how many connections reports use at once, on each of the
	// primary and the replica.
	ReportConns = 4
)

// Engine is one open database.
type Engine struct {
	buckets     int
	distributed bool
	pool        *pgxpool.Pool // transactions, and reads of a few rows
	reports     *pgxpool.Pool // reads of many
	replica     *pgxpool.Pool // the same elsewhere, or nil
	away        atomic.Int64  // the unix time in nanoseconds until which the replica is not asked
}

var _ store.Engine = (*Engine)(nil)

// Open connects to the database of a URL, and makes the schema of an empty one.
// Several servers may do so at once. store.ErrOutdated, store.ErrNewer.
func Open(ctx context.Context, url string, o Options) (e *Engine, err error) {
	e = &Engine{}
	defer func() {
		if err != nil {
			e.Close()
			e, err = nil, fmt.Errorf("postgres: open: %w", err)
		}
	}()
	err = locked(ctx, url, func(t *tx) (err error) {
		if e.distributed, err = isDistributed(t); err != nil {
			return err
		}
		e.buckets, err = schema(o.Partitions).Open(t, cmp.Or(o.Buckets, DefaultBuckets))
		return err
	})
	if err != nil {
		return e, err
	}
	if e.pool, err = newPool(ctx, url, shortly(e.distributed), cmp.Or(o.MaxConns, DefaultConns), o.Tracer); err != nil {
		return e, err
	}
	if e.reports, err = newPool(ctx, url, atLength(), ReportConns, o.Tracer); err != nil {
		return e, err
	}
	if o.ReplicaURL != "" {
		e.replica, err = newPool(ctx, o.ReplicaURL, atLength(), ReportConns, o.Tracer)
	}
	return e, err
}

// ForUpdate implements store.Engine.
func (e *Engine) ForUpdate() string { return " FOR UPDATE" }

// Buckets implements store.Engine.
func (e *Engine) Buckets() int { return e.buckets }

// Close waits for transactions under way. It may be called twice.
func (e *Engine) Close() error {
	for _, p := range []*pgxpool.Pool{e.pool, e.reports, e.replica} {
		if p != nil {
			p.Close()
		}
	}
	return nil
}
