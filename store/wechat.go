package store

import (
	"context"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

const (
	upsertWeChatKey = `INSERT INTO wechat_keys (bucket, merchant_id, key_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bucket, merchant_id) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, created_at = excluded.created_at`
	selectWeChatKey    = `SELECT key_id, sealed, created_at FROM wechat_keys WHERE bucket = $1 AND merchant_id = $2`
	countWeChatKeys    = `SELECT COUNT(*) FROM wechat_keys WHERE bucket = $1 AND key_id = $2`
	insertWeChatRefund = `INSERT INTO wechat_refunds (bucket, merchant_id, refund_no, payment_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bucket, merchant_id, refund_no) DO NOTHING`
	selectWeChatRefund = `SELECT payment_id FROM wechat_refunds WHERE bucket = $1 AND merchant_id = $2 AND refund_no = $3`
)

// SetWeChatKey implements access.WeChatStore.
func (db *DB) SetWeChatKey(ctx context.Context, k access.WeChatKey) error {
	bucket := k.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		_, err := tx.Exec(upsertWeChatKey, bucket, k.Merchant, int64(k.KeyID), k.Sealed, micros(k.CreatedAt))
		return err
	})
}

// WeChatKey implements access.WeChatStore.
func (db *DB) WeChatKey(ctx context.Context, merchant ids.Merchant) (access.WeChatKey, error) {
	k := access.WeChatKey{Merchant: merchant}
	var keyID int64
	err := db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectWeChatKey, []any{merchant.Bucket(db.Buckets()), merchant}, &keyID, &k.Sealed, (*stamp)(&k.CreatedAt))
	})
	k.KeyID = uint32(keyID)
	return k, notThere(err, access.ErrKeyUnknown)
}

// BindRefund implements wechat.RefundNumbers.
func (db *DB) BindRefund(ctx context.Context, merchant ids.Merchant, refundNo string, to ids.Payment) (bound ids.Payment, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		if _, err := tx.Exec(insertWeChatRefund, bucket, merchant, refundNo, to); err != nil {
			return err
		}
		return tx.Row(selectWeChatRefund, []any{bucket, merchant, refundNo}, &bound)
	})
	return bound, err
}

// BoundRefund implements wechat.RefundNumbers.
func (db *DB) BoundRefund(ctx context.Context, merchant ids.Merchant, refundNo string) (bound ids.Payment, err error) {
	bucket := merchant.Bucket(db.Buckets())
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectWeChatRefund, []any{bucket, merchant, refundNo}, &bound)
	})
	return bound, notThere(err, access.ErrNotFound)
}
