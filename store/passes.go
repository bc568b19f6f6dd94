package store

import (
	"context"
	"errors"
	"time"

	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/ledger"
)

const (
	selectPass   = `SELECT id, expires_at FROM passes WHERE bucket = $1 AND device_id = $2 AND expires_at > $3 ORDER BY expires_at DESC LIMIT 1`
	deletePasses = `DELETE FROM passes WHERE bucket = $1 AND device_id = $2 AND expires_at <= $3`
	countDebts   = `SELECT COUNT(*) FROM loans WHERE bucket = $1 AND payer_id = $2 AND open = 1 AND kind = $3`
)

// keepPasses is how long a pass is remembered after it has expired: gates may
// bring taps that were made with it.
const keepPasses = 90 * 24 * time.Hour

// HoldPass implements issuing.PassStore. It takes the lock that a freeze takes, so
// that a pass is there before it or not at all; fares take it too.
func (db *DB) HoldPass(ctx context.Context, p issuing.IssuedPass, now time.Time, longer time.Time) (held issuing.IssuedPass, creditLimit int64, err error) {
	bucket := p.Device.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		d, err := lockDevice(tx, bucket, p.Device, db.engine.ForUpdate())
		if err != nil {
			return err
		}
		if err := d.Usable(); err != nil {
			return err
		}
		var debts int
		if err := tx.Row(countDebts, []any{bucket, d.Payer, int(ledger.PayerDebt)}, &debts); err != nil {
			return err
		}
		if debts > 0 {
			return issuing.ErrInDebt
		}
		if creditLimit, err = readCreditLimit(tx, bucket, d.Payer); err != nil {
			return err
		}
		held = issuing.IssuedPass{Device: p.Device}
		switch err := tx.Row(selectPass, []any{bucket, p.Device, micros(longer)}, exact(held.ID[:]), (*stamp)(&held.Expires)); {
		case err == nil:
			return nil
		case !errors.Is(err, ErrNotFound):
			return err
		}
		held = p
		tx.Queue(deletePasses, bucket, p.Device, micros(now.Add(-keepPasses)))
		tx.Each(insertPasses, bucket, [][]any{{p.ID[:], p.Device, micros(p.Expires)}})
		return nil
	})
	return held, creditLimit, notThere(err, issuing.ErrNotFound)
}
