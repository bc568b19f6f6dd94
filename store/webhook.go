package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/webhook"
)

const (
	insertEndpoint = `INSERT INTO webhooks (bucket, id, merchant_id, url, secret, events, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	lockMerchant    = `SELECT id FROM merchants WHERE bucket = $1 AND id = $2`
	countEndpoints  = `SELECT COUNT(*) FROM webhooks WHERE bucket = $1 AND merchant_id = $2 AND form = ''`
	endpointColumns = `id, merchant_id, form, url, events, created_at`
	selectEndpoints = `SELECT ` + endpointColumns + ` FROM webhooks WHERE bucket = $1 AND merchant_id = $2 AND form = '' ORDER BY id`
	selectListening = `SELECT ` + endpointColumns + ` FROM webhooks WHERE bucket = $1 AND merchant_id IN (%s)`
	deleteEndpoint  = `DELETE FROM webhooks WHERE bucket = $1 AND id = $2 AND merchant_id = $3 AND form = ''`
	deleteAllTo     = `DELETE FROM deliveries WHERE bucket = $1 AND webhook_id = $2`
	selectLog       = `SELECT d.webhook_id, d.event_id, d.attempts, d.next_at, d.done_at, d.last_answer
		FROM webhooks w JOIN deliveries d ON d.bucket = w.bucket AND d.webhook_id = w.id
		WHERE w.bucket = $1 AND w.id = $2 AND w.merchant_id = $3 ORDER BY d.event_id DESC LIMIT $4`
)

// AddEndpoint implements webhook.Endpoints. The merchant is locked, so that
// no two requests count the same endpoints.
func (db *DB) AddEndpoint(ctx context.Context, e webhook.Endpoint, most int) error {
	bucket := e.Merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		if err := tx.Rows(lockMerchant+db.engine.ForUpdate(), []any{bucket, e.Merchant}, none); err != nil {
			return err
		}
		var have int
		if err := tx.Row(countEndpoints, []any{bucket, e.Merchant}, &have); err != nil {
			return err
		}
		if have >= most {
			return webhook.ErrTooMany
		}
		tx.QueueOne(insertEndpoint, bucket, e.ID, e.Merchant, e.URL, e.Secret[:], kindsText(e.Events), micros(e.CreatedAt))
		return nil
	})
}

// kindsText is how the kinds of an endpoint are kept: separated by spaces.
func kindsText(kinds []payment.EventKind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, " ")
}

func scanEndpoint(scan func(...any) error) (e webhook.Endpoint, err error) {
	var events string
	err = scan(&e.ID, &e.Merchant, &e.Form, &e.URL, &events, (*stamp)(&e.CreatedAt))
	for name := range strings.FieldsSeq(events) {
		e.Events = append(e.Events, payment.EventKind(name))
	}
	return e, err
}

// Endpoints implements webhook.Endpoints.
func (db *DB) Endpoints(ctx context.Context, merchant ids.Merchant) ([]webhook.Endpoint, error) {
	return db.endpoints(ctx, selectEndpoints, merchant.Bucket(db.Buckets()), merchant)
}

// ListeningEndpoints implements webhook.Events.
func (db *DB) ListeningEndpoints(ctx context.Context, bucket int, merchants []ids.Merchant) ([]webhook.Endpoint, error) {
	list, args := among(2, merchants)
	return db.endpoints(ctx, fmt.Sprintf(selectListening, list), append([]any{bucket}, args...)...)
}

func (db *DB) endpoints(ctx context.Context, query string, args ...any) (all []webhook.Endpoint, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		all = nil
		return tx.Rows(query, args, func(scan func(...any) error) error {
			e, err := scanEndpoint(scan)
			all = append(all, e)
			return err
		})
	})
	return all, err
}

// RemoveEndpoint implements webhook.Endpoints.
func (db *DB) RemoveEndpoint(ctx context.Context, merchant ids.Merchant, id ids.Webhook) error {
	bucket := merchant.Bucket(db.Buckets())
	return db.engine.Write(ctx, bucket, func(tx Tx) error {
		n, err := tx.Exec(deleteEndpoint, bucket, id, merchant)
		if err == nil && n == 0 {
			return webhook.ErrNotFound
		}
		tx.Queue(deleteAllTo, bucket, id)
		return err
	})
}

// Deliveries implements webhook.Endpoints.
func (db *DB) Deliveries(ctx context.Context, merchant ids.Merchant, id ids.Webhook, limit int) (log []webhook.Delivery, err error) {
	known, err := db.Endpoints(ctx, merchant)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(known, func(e webhook.Endpoint) bool { return e.ID == id }) {
		return nil, webhook.ErrNotFound
	}
	err = db.engine.Read(ctx, func(tx Tx) error {
		log = nil
		return tx.Rows(selectLog, []any{merchant.Bucket(db.Buckets()), id, merchant, limit}, func(scan func(...any) error) error {
			var d webhook.Delivery
			err := scan(&d.Endpoint, &d.Event, &d.Attempts, (*stamp)(&d.NextAt), (*stamp)(&d.DoneAt), &d.LastAnswer)
			log = append(log, d)
			return err
		})
	})
	return log, err
}
