package store

import (
	"context"
	"errors"

	"github.com/paycode/paycode/webhook"
)

const (
	insertLane = `INSERT INTO webhooks (bucket, id, merchant_id, form, url, secret, events, created_at) VALUES ($1, $2, $3, $4, '', $5, '', $6)
		ON CONFLICT (bucket, id) DO NOTHING`
	insertCallback = `INSERT INTO callbacks (bucket, merchant_id, form, number, url, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (bucket, merchant_id, form, number) DO NOTHING`
	selectCallback = `SELECT url FROM callbacks WHERE bucket = $1 AND merchant_id = $2 AND form = $3 AND number = $4`
)

// AddCallback implements webhook.Callbacks. The row of webhooks is left alone when it is
// there: it would be one for which all tills of a busy merchant wait.
func (db *DB) AddCallback(ctx context.Context, c webhook.Callback, to webhook.Endpoint) error {
	bucket := c.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		tx.Queue(insertLane, bucket, to.ID, to.Merchant, to.Form, to.Secret[:], micros(to.CreatedAt))
		tx.Queue(insertCallback, bucket, c.Merchant, c.Form, c.Number, c.URL, micros(c.CreatedAt))
		return nil
	})
}

// CallbackURLs implements webhook.Events.
func (db *DB) CallbackURLs(ctx context.Context, bucket int, of []webhook.Callback) (urls []string, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		urls = make([]string, len(of))
		for i, c := range of {
			err := tx.Row(selectCallback, []any{bucket, c.Merchant, c.Form, c.Number}, &urls[i])
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
		return nil
	})
	return urls, err
}
