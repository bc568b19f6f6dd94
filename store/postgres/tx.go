package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/store"
)

// tx is one transaction on one connection, for one goroutine.
type tx struct {
	ctx      context.Context
	c        *pgx.Conn
	begin    string    // goes out before the first statement; then empty
	batch    pgx.Batch // what is queued
	planAnew bool      // as soon as it begins
	whole    bool      // nothing is asked of it before its end
	err      error     // that spoils the transaction
}

func (t *tx) queue(query string, args []any) *pgx.QueuedQuery {
	plain, err := plainAll(args)
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("%.60q: %w", query, err)
	}
	return t.batch.Queue(query, plain...)
}

// Flush implements store.Tx.
func (t *tx) Flush() error {
	if t.batch.Len() == 0 {
		return t.err
	}
	var before pgx.Batch
	if t.begin != "" {
		before.Queue(t.begin)
		t.begin = ""
		if t.planAnew { // not before: what is sent together is a transaction, and BEGIN could not say its isolation any more
			before.Queue(discardPlans)
		}
	}
	return t.send(before)
}

// atOnce sends a transaction of which nothing has been sent yet in one message,
// which PostgreSQL takes for one transaction and commits at its end.
func (t *tx) atOnce() error {
	var before pgx.Batch
	if t.planAnew {
		before.Queue(discardPlans)
	}
	err := t.send(before)
	if errors.Is(err, errBroken) {
		return fmt.Errorf("%w: %w", payment.ErrUnknownOutcome, err)
	}
	return err
}

// send sends what is queued behind some statements of the transaction's own.
func (t *tx) send(sent pgx.Batch) error {
	if t.err != nil {
		return t.err
	}
	sent.QueuedQueries = append(sent.QueuedQueries, t.batch.QueuedQueries...)
	t.batch = pgx.Batch{}
	if err := t.c.SendBatch(t.ctx, &sent).Close(); err != nil {
		t.err = brokenOr(t.c, err)
	}
	return t.err
}

// Whole implements store.Tx.
func (t *tx) Whole() { t.whole = true }

// Queue implements store.Tx.
func (t *tx) Queue(query string, args ...any) { t.queue(query, args) }

// QueueOne implements store.Tx.
func (t *tx) QueueOne(query string, args ...any) { t.expect(1, query, args) }

// Each implements store.Tx.
func (t *tx) Each(s *store.ForEach, bucket int, rows [][]any) {
	if len(rows) > 0 {
		t.expect(len(rows), s.All, columnsOf(s, bucket, rows))
	}
}

// expect queues a statement that must change n rows. The transaction is spoilt
// otherwise, without an error of the batch's own: that would have the driver
// prepare all of its statements again.
func (t *tx) expect(n int, query string, args []any) {
	t.queue(query, args).Exec(func(tag pgconn.CommandTag) error {
		if got := tag.RowsAffected(); got != int64(n) && t.err == nil {
			t.err = fmt.Errorf("%w: %.40q changed %d rows of %d", store.ErrRace, query, got, n)
		}
		return nil
	})
}

// Find implements store.Tx.
func (t *tx) Find(s *store.ForEach, bucket int, keys [][]any, found func(scan func(dest ...any) error) error) {
	if len(keys) == 0 {
		return
	}
	t.read(s.All, columnsOf(s, bucket, keys), func(scan func(dest ...any) error) {
		if t.err == nil {
			t.err = found(scan)
		}
	})
}

// read queues a query and has row called for each of its rows.
func (t *tx) read(query string, args []any, row func(scan func(dest ...any) error)) {
	t.queue(query, args).Query(func(rows pgx.Rows) error {
		scan := func(dest ...any) error { return scanRow(rows, dest) }
		for rows.Next() {
			row(scan)
		}
		return nil
	})
}

// Exec implements store.Tx.
func (t *tx) Exec(query string, args ...any) (changed int64, err error) {
	t.queue(query, args).Exec(func(tag pgconn.CommandTag) error {
		changed = tag.RowsAffected()
		return nil
	})
	return changed, t.Flush()
}

// Row implements store.Tx.
func (t *tx) Row(query string, args []any, dest ...any) error {
	err := store.ErrNotFound
	first := true
	t.read(query, args, func(scan func(dest ...any) error) {
		if first {
			err, first = scan(dest...), false
		}
	})
	if flushed := t.Flush(); flushed != nil {
		return flushed
	}
	return err
}

// Rows implements store.Tx.
func (t *tx) Rows(query string, args []any, each func(scan func(dest ...any) error) error) (err error) {
	t.read(query, args, func(scan func(dest ...any) error) {
		if err == nil {
			err = each(scan)
		}
	})
	if flushed := t.Flush(); flushed != nil {
		return flushed
	}
	return err
}
