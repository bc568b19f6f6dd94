package store

import (
	"context"
	"errors"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/ids"
)

const (
	upsertWeChatKey = `INSERT INTO wechat_keys (bucket, merchant_id, key_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (bucket, merchant_id) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, created_at = excluded.created_at`
	upsertWeChatV3Key = `INSERT INTO wechat_v3_keys (bucket, merchant_id, serial_no, public_key, key_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (bucket, merchant_id) DO UPDATE SET serial_no = excluded.serial_no, public_key = excluded.public_key,
			key_id = excluded.key_id, sealed = excluded.sealed, created_at = excluded.created_at`
	upsertWeChatClient = `INSERT INTO wechat_clients (bucket, merchant_id, certificate, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bucket, merchant_id) DO UPDATE SET certificate = excluded.certificate, created_at = excluded.created_at`
	selectWeChatKey    = `SELECT key_id, sealed FROM wechat_keys WHERE bucket = $1 AND merchant_id = $2`
	selectWeChatV3Key  = `SELECT serial_no, public_key, key_id, sealed FROM wechat_v3_keys WHERE bucket = $1 AND merchant_id = $2`
	selectWeChatClient = `SELECT certificate FROM wechat_clients WHERE bucket = $1 AND merchant_id = $2`
	countWeChatKeys    = `SELECT COUNT(*) FROM wechat_keys WHERE bucket = $1 AND key_id = $2`
	countWeChatV3Keys  = `SELECT COUNT(*) FROM wechat_v3_keys WHERE bucket = $1 AND key_id = $2`
	insertWeChatRefund = `INSERT INTO wechat_refunds (bucket, merchant_id, refund_no, payment_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (bucket, merchant_id, refund_no) DO NOTHING`
	selectRefundedPayment = `SELECT payment_id FROM refunds WHERE bucket = $1 AND merchant_id = $2 AND id = $3`
	selectWeChatRefund    = `SELECT payment_id FROM wechat_refunds WHERE bucket = $1 AND merchant_id = $2 AND refund_no = $3`
)

// SetWeChatKeys implements access.WeChatStore.
func (db *DB) SetWeChatKeys(ctx context.Context, k access.WeChatKeys) error {
	bucket := k.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		if v2 := k.V2; v2 != nil {
			tx.QueueOne(upsertWeChatKey, bucket, k.Merchant, int64(v2.KeyID), v2.Sealed, micros(k.CreatedAt))
		}
		if v3 := k.V3; v3 != nil {
			tx.QueueOne(upsertWeChatV3Key, bucket, k.Merchant, v3.Serial, v3.PublicKey, int64(v3.KeyID), v3.Sealed, micros(k.CreatedAt))
		}
		if k.Client != nil {
			tx.QueueOne(upsertWeChatClient, bucket, k.Merchant, *k.Client, micros(k.CreatedAt))
		}
		return nil
	})
}

// WeChatKey implements access.WeChatStore.
func (db *DB) WeChatKey(ctx context.Context, merchant ids.Merchant) (k access.WeChatKey, err error) {
	var keyID int64
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectWeChatKey, []any{merchant.Bucket(db.Buckets()), merchant}, &keyID, &k.Sealed)
	})
	k.KeyID = uint32(keyID)
	return k, notThere(err, access.ErrKeyUnknown)
}

// WeChatV3Key implements access.WeChatStore.
func (db *DB) WeChatV3Key(ctx context.Context, merchant ids.Merchant) (k access.WeChatV3Key, err error) {
	var keyID int64
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectWeChatV3Key, []any{merchant.Bucket(db.Buckets()), merchant}, &k.Serial, &k.PublicKey, &keyID, &k.Sealed)
	})
	k.KeyID = uint32(keyID)
	return k, notThere(err, access.ErrKeyUnknown)
}

// WeChatClient implements access.WeChatStore.
func (db *DB) WeChatClient(ctx context.Context, merchant ids.Merchant) (certificate []byte, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectWeChatClient, []any{merchant.Bucket(db.Buckets()), merchant}, &certificate)
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return certificate, err
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

// RefundedPayment implements wechat.RefundNumbers.
func (db *DB) RefundedPayment(ctx context.Context, merchant ids.Merchant, refund ids.Refund) (of ids.Payment, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		return tx.Row(selectRefundedPayment, []any{refund.Bucket(db.Buckets()), merchant, refund}, &of)
	})
	return of, notThere(err, access.ErrNotFound)
}
