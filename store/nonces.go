package store

import (
	"context"
	"time"

	"github.com/paycode/paycode/access"
)

const (
	insertNonce = `INSERT INTO nonces (bucket, merchant_id, hash, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bucket, merchant_id, hash) DO NOTHING`
	// Two for each that is added, so that what is over does not pile up.
	deleteOldNonces = `DELETE FROM nonces WHERE bucket = $1 AND (merchant_id, hash) IN
		(SELECT merchant_id, hash FROM nonces WHERE bucket = $1 AND expires_at < $2 ORDER BY expires_at LIMIT 2)`
)

// SpendNonce implements access.NonceStore.
func (db *DB) SpendNonce(ctx context.Context, n access.Nonce, now time.Time) (fresh bool, err error) {
	bucket := n.Merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		added, err := tx.Exec(insertNonce, bucket, n.Merchant, n.Hash[:], micros(n.Until))
		fresh = added == 1
		tx.Queue(deleteOldNonces, bucket, micros(now))
		return err
	})
	return fresh, err
}
