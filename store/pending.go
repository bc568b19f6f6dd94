package store

import (
	"context"
	"time"

	"github.com/paycode/paycode/ids"
)

const selectPending = `SELECT id, expires_at FROM payments WHERE bucket = $1 AND status = 'pending' ORDER BY expires_at LIMIT $2`

// Due implements payment.Store.
func (db *DB) Due(ctx context.Context, bucket int, now time.Time, limit int) (due []ids.Payment, next time.Time, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		due, next = nil, time.Time{}
		return tx.Rows(selectPending, []any{bucket, limit + 1}, func(scan func(...any) error) error {
			var id ids.Payment
			var at time.Time
			err := scan(&id, (*stamp)(&at))
			switch {
			case at.After(now) || len(due) == limit:
				if next.IsZero() {
					next = at
				}
			default:
				due = append(due, id)
			}
			return err
		})
	})
	return due, next, err
}
