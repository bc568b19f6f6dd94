package store

import (
	"context"
	"time"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

const (
	upsertAlipayKey = `INSERT INTO alipay_keys (bucket, merchant_id, public_key, set_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bucket, merchant_id) DO UPDATE SET public_key = excluded.public_key, set_at = excluded.set_at`
	selectAlipayKey = `SELECT public_key FROM alipay_keys WHERE bucket = $1 AND merchant_id = $2`
)

// SetAlipayKey implements access.Store.
func (db *DB) SetAlipayKey(ctx context.Context, id ids.Merchant, public []byte, at time.Time) error {
	bucket := id.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(upsertAlipayKey, bucket, id, public, micros(at))
		return err
	})
}

// AlipayKey implements access.Store.
func (db *DB) AlipayKey(ctx context.Context, id ids.Merchant) (public []byte, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectAlipayKey, []any{id.Bucket(db.Buckets()), id}, &public)
	})
	return public, notThere(err, access.ErrNotFound)
}
