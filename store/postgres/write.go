package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

const (
	// begin leaves isolation to the connection's default_transaction_isolation:
	// READ COMMITTED unless the database or its URL says otherwise. Both do.
	// A standby refuses to hear of READ WRITE without saying that it is one.
	begin = "BEGIN"
	// attempts bounds how often a transaction is run that loses races.
	attempts = 12
	// firstPause is the longest pause before the second attempt; each is up to
	// twice the last, but no longer than lastPause.
	firstPause = 2 * time.Millisecond
	lastPause  = 100 * time.Millisecond
)

// Write implements store.Engine. A transaction that lost a race is run again
// after a short, uneven pause, and one whose connection broke before COMMIT was
// sent on another connection. It is not cut off by a caller who hangs up once
// it has begun.
//
// An error wraps payment.ErrUnknownOutcome when COMMIT was sent and the answer
// is not known, payment.ErrUnavailable when nothing was written because the
// database could not be asked, and store.ErrRace when there were too many races.
func (e *Engine) Write(ctx context.Context, _ int, do func(store.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := e.attempt(ctx, do)
		switch {
		case err == nil:
			return nil
		case attempt == attempts:
			return meaning(err)
		case lostRace(err):
			if !wait(ctx, pause(attempt)) {
				return meaning(err)
			}
		case attempt > 2 || !e.redialed(err):
			return meaning(err)
		}
	}
}

// pause is how long to wait after an attempt: at random, so that those who met
// do not meet again.
func pause(attempt int) time.Duration {
	return rand.N(min(firstPause<<(attempt-1), lastPause))
}

func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// redialed reports whether err is of a connection that another one may do
// better than: the server went away. All others lead there too.
func (e *Engine) redialed(err error) bool {
	if !errors.Is(err, errBroken) || errors.Is(err, payment.ErrUnknownOutcome) || isTimeout(err) {
		return false
	}
	e.pool.Reset()
	return true
}

// attempt runs a transaction once.
func (e *Engine) attempt(ctx context.Context, do func(store.Tx) error) error {
	c, err := acquire(ctx, e.pool)
	if err != nil {
		return err
	}
	defer c.Release() // in the middle of a transaction, as after a panic, the pool closes the connection
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), transactionTime)
	defer cancel()
	t := &tx{ctx: ctx, c: c.Conn(), begin: begin, planAnew: plansAreOld(c.Conn(), time.Now())}
	if err = do(t); err == nil && t.whole && t.begin != "" && t.batch.Len() > 0 && !e.distributed { // there, an error does not say whether it was of the commit
		return standbyOr(t.atOnce())
	}
	if err == nil {
		err = t.Flush()
	}
	switch {
	case err != nil:
		t.rollback()
		return standbyOr(err)
	case t.begin != "":
		return nil // it had nothing to say to the database
	}
	return t.commit()
}

// acquire takes a connection of a pool, and does not wait for ever.
func acquire(ctx context.Context, p *pgxpool.Pool) (*pgxpool.Conn, error) {
	soon, cancel := context.WithTimeout(ctx, waitingTime)
	defer cancel()
	c, err := p.Acquire(soon)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("%w: no connection: %w", payment.ErrUnavailable, err)
}

// commit ends the transaction. From the moment in which COMMIT is sent its
// outcome is known only by an answer that can be believed.
func (t *tx) commit() error {
	tag, err := t.c.Exec(t.ctx, "COMMIT")
	switch {
	case err == nil && tag.String() != "COMMIT":
		return fmt.Errorf("postgres: COMMIT was answered with %s", tag)
	case err == nil || !t.c.IsClosed() && undoneAtCommit(err):
		return err
	}
	return fmt.Errorf("%w: %w", payment.ErrUnknownOutcome, err)
}

// rollback makes the connection fit for the next transaction; one that is not is closed.
func (t *tx) rollback() {
	if t.c.IsClosed() || t.c.PgConn().TxStatus() == 'I' && sqlState(t.err) != readOnly {
		return
	}
	if _, err := t.c.Exec(t.ctx, "ROLLBACK"); err != nil || sqlState(t.err) == readOnly {
		t.c.Close(t.ctx)
	}
}
