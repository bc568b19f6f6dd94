package store

import (
	"context"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

const (
	upsertAlipayApp = `INSERT INTO alipay_keys (bucket, merchant_id, public_key, certificate, sha1, set_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (bucket, merchant_id) DO UPDATE SET public_key = excluded.public_key, certificate = excluded.certificate,
			sha1 = excluded.sha1, set_at = excluded.set_at`
	selectAlipayApp = `SELECT public_key, certificate, sha1, set_at FROM alipay_keys WHERE bucket = $1 AND merchant_id = $2`
)

// SetAlipayApp implements access.AlipayStore.
func (db *DB) SetAlipayApp(ctx context.Context, a access.AlipayApp) error {
	bucket := a.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(upsertAlipayApp, bucket, a.Merchant, a.PublicKey, a.Certificate, flag(a.SHA1), micros(a.SetAt))
		return err
	})
}

// AlipayApp implements access.AlipayStore.
func (db *DB) AlipayApp(ctx context.Context, id ids.Merchant) (access.AlipayApp, error) {
	a, sha1 := access.AlipayApp{Merchant: id}, 0
	err := db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectAlipayApp, []any{id.Bucket(db.Buckets()), id}, &a.PublicKey, &a.Certificate, &sha1, (*stamp)(&a.SetAt))
	})
	a.SHA1 = sha1 != 0
	return a, notThere(err, access.ErrNotFound)
}
