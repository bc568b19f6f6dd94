package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

const (
	beginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	// replicaRest is how long a replica that failed is left alone.
	replicaRest = 5 * time.Second
)

// Read implements store.Engine: one snapshot for all of its statements. The
// first goes out together with BEGIN, and nobody waits for the end of a
// transaction that changed nothing, so a single statement takes one round trip.
func (e *Engine) Read(ctx context.Context, do func(store.Tx) error) error {
	err := read(ctx, e.pool, transactionTime, do)
	if err != nil && e.redialed(err) {
		err = read(ctx, e.pool, transactionTime, do)
	}
	return meaning(err)
}

// Report implements store.Engine: by the replica, unless it is away.
func (e *Engine) Report(ctx context.Context, do func(store.Tx) error) error {
	if e.replica != nil && time.Now().UnixNano() >= e.away.Load() {
		err := read(ctx, e.replica, reportTime, do)
		if err == nil || ctx.Err() != nil || !replicaFailed(err) {
			return err
		}
		e.away.Store(time.Now().Add(replicaRest).UnixNano())
	}
	return meaning(read(ctx, e.reports, reportTime, do))
}

// replicaFailed reports whether the primary may do better: the replica could
// not be asked, or ended the query because it had to go on replaying (40001).
func replicaFailed(err error) bool {
	m := meaning(err)
	return m != err || lostRace(err) || errors.Is(err, payment.ErrUnavailable)
}

// read runs do in a read-only transaction on a connection of pool.
func read(ctx context.Context, pool *pgxpool.Pool, atMost time.Duration, do func(store.Tx) error) error {
	c, err := acquire(ctx, pool)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, atMost)
	t := &tx{ctx: ctx, c: c.Conn(), begin: beginRead, planAnew: plansAreOld(c.Conn(), time.Now())}
	ended := false
	defer func() {
		defer cancel()
		if !ended { // by a panic: the pool closes the connection
			c.Release()
		}
	}()
	if err = do(t); err == nil {
		err = t.Flush()
	}
	ended = true
	if t.c.PgConn().TxStatus() == 'I' {
		c.Release()
		return err
	}
	go func() {
		defer c.Release()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactionTime)
		defer cancel()
		t.ctx = ctx
		t.rollback()
	}()
	return err
}
